"""Has anything changed since a package was last verified? Answered from its manifest; nothing is run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nb2pkg import environment, facts
from nb2pkg.data import between
from nb2pkg.environment import kernelspec
from nb2pkg.execution.model import Conditions
from nb2pkg.observed import VERIFIED
from nb2pkg.paths import Folder
from nb2pkg.project import locate
from nb2pkg.project.manifest import Manifest
from nb2pkg.promote import reverify


def changed(project: Folder, known: Manifest, conditions: Conditions) -> tuple[str, ...]:
    """What speaks against relying on the last run, as parts of a sentence; nothing if it still holds."""
    run: Mapping[str, Any] = known.content.get("run", {})
    if run.get("verdict") not in VERIFIED or "of" not in run:
        return ("no run of nb2pkg verify has verified it so far",)
    source, original = locate.notebook(project, known), locate.original(project, known)
    package = reverify.package_of(project, known, facts.analyze(source))
    now = reverify.digests(project, package, source, original)
    is_other = {part for part, digest in now.items() if run["of"].get(part) != digest}
    data = tuple(_of_data(original.parent, known))
    python = reverify.interpreter(project, known, conditions)
    return (
        *(f"the {part} has changed" for part in ("package", "notebook") if part in is_other),
        *(data or ["the folder of the notebook has changed"] if "folder" in is_other else data),
        *_of_environment(run["environment"], kernelspec.python_of(source, python)),
    )


def _of_data(folder: Path, known: Manifest) -> Iterator[str]:
    for file in known.data:
        path = folder / file.version.path
        if not path.is_file():
            yield f"{file.version.path} is missing"
        elif between.digest_of(path) != file.version.md5:
            yield f"{file.version.path} has changed"


def _of_environment(then: Mapping[str, Any], python: str) -> Iterator[str]:
    now = environment.ask(python)
    if now.python != then["python"]:
        yield f"Python is now {now.python} instead of {then['python']}"
    for name, version in then["versions"].items():
        found = now.get(name)
        if found is None:
            yield f"{name} is no longer installed"
        elif found.version != version:
            yield f"{name} is now {found.version} instead of {version}"
        elif found.origin.get("dir_info", {}).get("editable"):
            yield f"{name} is an editable install, whose code may have changed"
