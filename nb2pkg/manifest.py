"""The manifest: which cell became which symbol, and what was generated last time.

Version 2 of the schema:

    version     2
    notebook    path of the original, as seen from the project folder, with slashes
    package     name of the package
    files       path -> sha256 of the text that was generated
    links       cell id -> symbols ("module.name") made from it
    steps       the functions made of statements: symbol, the ids of the cells they are made of, the
                names that they take, return, change in place, keep inside and show
    absent      imports, definitions and constants of the notebook that the narrative can do without
    rewritten   functions that take data of the notebook as parameters
    variable    the environment variable that names the folder of the files
    problems    [code, cell id, line, message] of what stayed and why
    observed    of a verified package: what the run showed, without data values
    verified    of a verified package: the date, the verdicts
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from nb2pkg import links
from nb2pkg.errors import Nb2pkgError
from nb2pkg.links import Link
from nb2pkg.observed import Observed
from nb2pkg.plan.model import Plan
from nb2pkg.render.pipeline import variable

FOLDER = ".nb2pkg"
PATH = f"{FOLDER}/manifest.json"
VERSION = 2


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of a package that was generated before."""

    package: str
    files: Mapping[str, str]
    notebook: str = ""
    steps: tuple[Link, ...] = ()
    absent: tuple[str, ...] = ()
    rewritten: tuple[str, ...] = ()
    variable: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)  # all of it, as it is on disk

    @property
    def narrative(self) -> str:
        """Path of the linked notebook, as seen from the project folder."""
        return f"notebooks/{PurePosixPath(self.notebook).name}"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def text(
    plan: Plan, notebook: str, files: Mapping[str, str], observed: Observed | None = None
) -> str:
    """The manifest of a plan whose generated files are these."""
    steps = links.of_steps(plan)
    content: dict[str, Any] = {
        "version": VERSION,
        "notebook": notebook,
        "package": plan.package,
        "files": {path: digest(files[path]) for path in sorted(files)},
        "links": links.by_cell(plan),
        "steps": [asdict(link) for link in steps],
        "absent": links.absent(plan),
        "rewritten": links.rewritten(plan),
        "variable": variable(plan),
        "problems": [
            [
                p.code,
                plan.notebook.cells[p.place.cell].id if p.place else None,
                p.place.line if p.place else None,
                p.message,
            ]
            for p in plan.problems
        ],
    }
    if observed is not None:
        content |= records(steps, observed)
    return as_text(content)


def as_text(content: Mapping[str, Any]) -> str:
    """The text of the file."""
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def records(steps: tuple[Link, ...], observed: Observed) -> dict[str, Any]:
    """What a run showed: kept, since the day of the run is the last on which it is sure to work."""
    found: dict[str, Any] = {
        "observed": {
            "environment": observed.environment,
            "steps": {step.symbol: _seen(step, observed) for step in steps},
        }
    }
    return found | ({"verified": asdict(observed.verified)} if observed.verified else {})


def _seen(step: Link, observed: Observed) -> dict[str, Any]:
    """Types and shapes of what a step took and made; which files its cells used."""
    moments = [observed.cells[cell] for cell in step.cells if cell in observed.cells]
    if not moments:
        return {}
    before, after = moments[0].before, moments[-1].after
    return {
        "takes": {name: before[name] for name in step.params if name in before},
        "returns": {name: after[name] for name in step.returns if name in after},
        "changes": sorted(observed.changes(step.cells) & set(step.params) - set(step.returns)),
        "reads": sorted({path for moment in moments for path in moment.read}),
        "writes": sorted({path for moment in moments for path in moment.written}),
    }


def read(project: Path) -> Manifest | None:
    """The manifest of a project folder; None if there is none."""
    path = project / PATH
    if not path.is_file():
        return None
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        _check_version(path, content["version"])
        found = Manifest(
            package=content["package"],
            files=dict(content["files"]),
            notebook=content["notebook"],
            steps=tuple(Link(**_tuples(step)) for step in content["steps"]),
            absent=tuple(content["absent"]),
            rewritten=tuple(content["rewritten"]),
            variable=content["variable"],
            content=content,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Nb2pkgError(
            f"{path}: the manifest cannot be read ({error})",
            "Bring it back from version control, or promote into another folder (--output).",
        ) from error
    return found


def _check_version(path: Path, version: int) -> None:
    if version != VERSION:
        raise Nb2pkgError(
            f"{path}: the manifest has version {version}, and this nb2pkg knows {VERSION}",
            "Use the nb2pkg that wrote it, or promote into another folder (--output).",
        )


def _tuples(step: Mapping[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in step.items()}
