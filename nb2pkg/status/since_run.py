"""Has anything changed since a package was last verified? Answered from its manifest; nothing is run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nb2pkg import environment, facts
from nb2pkg.data import between
from nb2pkg.environment import kernelspec
from nb2pkg.execution.model import Conditions
from nb2pkg.observed import Verdict
from nb2pkg.paths import Folder
from nb2pkg.project import locate
from nb2pkg.project.manifest import Manifest
from nb2pkg.promote import reverify

_VERIFIED = {verdict.value for verdict in Verdict if verdict.is_verified}


def changed(project: Folder, known: Manifest, conditions: Conditions) -> tuple[str, ...]:
    """What speaks against relying on the last run, as parts of a sentence; nothing if it still holds."""
    run: Mapping[str, Any] = known.content.get("run", {})
    if run.get("verdict") not in _VERIFIED or "of" not in run:
        return ("nb2pkg verify has found no verdict that still holds",)
    source = locate.notebook(project, known)
    package = reverify.package_of(project, known, facts.analyze(source))
    now = reverify.digests(package, source)
    what = {"package": "the package has changed", "notebook": "the notebook has changed"}
    python = reverify.interpreter(project, known, conditions)
    return (
        *(text for part, text in what.items() if run["of"].get(part) != now[part]),
        *_of_data(locate.original(project, known).parent, known),
        *_of_environment(run["environment"], kernelspec.python_of(source, python)),
    )


def _of_data(folder: Path, known: Manifest) -> Iterator[str]:
    for file in known.data:
        path = folder / file.version.path
        if not path.is_file():
            yield f"{file.version.path} is not there"
        elif between.digest_of(path) != file.version.md5:
            yield f"{file.version.path} has changed"


def _of_environment(then: Mapping[str, Any], python: str) -> Iterator[str]:
    now = environment.ask(python)
    if now.python != then["python"]:
        yield f"Python is {now.python}, and was {then['python']}"
    for name, version in then["versions"].items():
        found = now.get(name)
        if found is None or found.version != version:
            yield f"{name} is {found.version if found else 'not installed'}, and was {version}"
