"""The manifest: which cell became which symbol, and what was generated last time.

Version 1 of the schema:

    version     1
    notebook    path of the original, as seen from the project folder, with slashes
    package     name of the package
    files       path -> sha256 of the text that was generated
    links       cell id -> symbols ("module.name") made from it
    problems    [code, cell id, line, message] of what stayed and why
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nb2pkg.errors import Nb2pkgError
from nb2pkg.plan.model import Plan, in_order

FOLDER = ".nb2pkg"
PATH = f"{FOLDER}/manifest.json"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of a package that was generated before."""

    package: str
    files: Mapping[str, str]


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def text(plan: Plan, notebook: str, files: Mapping[str, str]) -> str:
    """The manifest of a plan whose generated files are these."""
    content = {
        "version": VERSION,
        "notebook": notebook,
        "package": plan.package,
        "files": {path: digest(files[path]) for path in sorted(files)},
        "links": _links(plan),
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
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _links(plan: Plan) -> dict[str, list[str]]:
    links: dict[str, list[str]] = {}
    for item in in_order((*plan.definitions, *plan.steps)):
        links.setdefault(plan.notebook.cells[item.cell].id, []).append(f"{item.module}.{item.name}")
    return links


def read(project: Path) -> Manifest | None:
    """The manifest of a project folder; None if there is none."""
    path = project / PATH
    if not path.is_file():
        return None
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version = content["version"]
        found = Manifest(content["package"], dict(content["files"]))
    except (ValueError, KeyError, TypeError) as error:
        raise Nb2pkgError(
            f"{path}: the manifest cannot be read ({error})",
            "Bring it back from version control, or promote into another folder (--output).",
        ) from error
    if version != VERSION:
        raise Nb2pkgError(
            f"{path}: the manifest has version {version}, and this nb2pkg knows {VERSION}",
            "Use the nb2pkg that wrote it, or a newer one.",
        )
    return found
