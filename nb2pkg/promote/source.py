"""Which notebook does a person promote: an original, or the narrative that was made from one?

Of a narrative it is the notebook behind it that is promoted, with what was changed in the narrative.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nb2pkg import escape
from nb2pkg.errors import ConflictError
from nb2pkg.merge import follow, renames
from nb2pkg.model import Notebook
from nb2pkg.notebook import reader
from nb2pkg.paths import Folder, Project
from nb2pkg.project import locate, manifest
from nb2pkg.project.manifest import Manifest
from nb2pkg.promote import backport, remembered
from nb2pkg.promote.backport import Carried
from nb2pkg.promote.build import Request, project_of


@dataclass(frozen=True, slots=True)
class Origin:
    """What is promoted. path: that of the original, whose folder has the files of the analysis.

    source: the notebook, if it is another than the file at path, or there is a package that knows its
    cells; they have the ids by which it does. carried: what was changed in the narrative; base: the
    narrative as it counts as generated now. attempt: the id of the attempt that was made of it.
    """

    path: Path
    wanted: Request
    source: Notebook | None = None
    carried: Carried | None = None
    base: str | None = None
    attempt: str = ""


def requested(path: Path, wanted: Request) -> Origin:
    """The origin of a notebook that a person named, with what its package remembers of earlier requests."""
    return _find(path, _remembered(Project(project_of(path, wanted), wanted.paths), wanted))


def _find(path: Path, wanted: Request) -> Origin:
    """The origin of a notebook that a person named.

    Raises ConflictError for an original whose package goes on from its narrative.
    """
    folder = Project(project_of(path, wanted), wanted.paths)
    for place in (folder, *locate.all_in(path.parent.parent)):
        known = manifest.read(place)
        if known is not None and (place / known.story).resolve() == path.resolve():
            reader.read(path)  # says what is wrong with it
            return _of_narrative(place, known, wanted)
    known = manifest.read(folder)
    _check_same(path, folder, known)
    is_kept = (folder / manifest.KEPT).is_file()
    if known is not None and is_kept and locate.original(folder, known) == path.resolve():
        raise ConflictError(
            f"{path}: its package goes on from the narrative, which has cells that are not in here",
            f"Promote {folder / known.story}, or name another folder with --output.",
        )
    if known is None:
        return Origin(path, wanted)
    return Origin(path, wanted, locate.identified(folder, known, reader.read(path)))


def _remembered(project: Folder, wanted: Request) -> Request:
    """What a person wants of a project that is there already: its name, the names that they gave, all of
    it if that is how it was promoted before; and its interpreter.
    """
    known = manifest.read(project)
    if known is None:
        return wanted
    if wanted.name and wanted.name != known.package:
        raise ConflictError(
            f"{project}: the package in it is called {known.package}",
            "Leave --name out, or name another folder with --output.",
        )
    wanted = replace(
        wanted,
        name=known.package,
        everything=wanted.everything or known.everything,
        names={**known.names, **wanted.names},
        engine=known.engine if wanted.engine is None else wanted.engine,
    )
    return remembered.with_python(wanted, project, known)


def _check_same(path: Path, folder: Project, known: Manifest | None) -> None:
    """Raise ConflictError for a folder with the package of another notebook, which would be lost.

    A notebook that is gone has another name now.
    """
    before = locate.original(folder, known) if known is not None else path
    if before.exists() and path.exists() and not before.samefile(path):
        raise ConflictError(
            f"{folder}: is the package of another notebook, {before}",
            f"Name another folder with --output, or give this one a package of its own in the "
            f"project with --into {escape.shell(folder.folder)}.",
        )


def notebook(folder: Folder, known: Manifest) -> Notebook:
    """The notebook of a package as it is now: with what was changed in a narrative that goes on."""
    if not (folder / manifest.KEPT).is_file():
        return locate.notebook(folder, known)
    return _of_narrative(folder, known, Request()).source or locate.notebook(folder, known)


def _of_narrative(folder: Folder, known: Manifest, wanted: Request) -> Origin:
    original = locate.original(folder, known)
    source = locate.notebook(folder, known)
    again = remembered.request(folder, known)
    wanted = replace(
        again,
        everything=wanted.everything or again.everything,
        python=wanted.python or again.python,
        is_remembered=again.is_remembered and not wanted.python,
        values_of=wanted.values_of,
        rows=wanted.rows,
        in_place=wanted.in_place,
        constraints=wanted.constraints,
        names={**again.names, **wanted.names},
        engine=again.engine if wanted.engine is None else wanted.engine,
    )
    now = locate.story(folder, known) or ""
    base, renamed = _followed(folder, known)
    before, after = _document(base), _document(now)
    if before is None or after is None or before["cells"] == after["cells"]:
        return Origin(original, wanted, source)
    names = {n.rpartition(".")[2]: o.rpartition(".")[2] for o, n in renamed.items()}
    plan = remembered.generated(folder, known, source).plan
    carried = backport.carry(plan, before, after, names)
    text = reader.serialize(carried.document, source.layout)
    fresh = reader.parse(text.encode("utf-8"), str(original))
    counted = _as_generated(before, after, carried)
    return Origin(original, wanted, fresh, carried, json.dumps(counted, ensure_ascii=False))


def _followed(folder: Folder, known: Manifest) -> tuple[str, Mapping[str, str]]:
    """The narrative as it was generated, with the names that symbols have in the package now; and
    which symbols have other names now.
    """
    base, theirs = locate.generated(folder), locate.current(folder)
    found = renames.find(base, theirs, known.package, known.renamed)
    followed = follow.apply(base, found, known.package)
    return followed.get(known.narrative, ""), found.by_symbol(known.package)


def _document(text: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(text)
        return found if all("id" in cell and "source" in cell for cell in found["cells"]) else None
    except (ValueError, KeyError, TypeError):
        return None


def _as_generated(
    before: Mapping[str, Any], now: Mapping[str, Any], carried: Carried
) -> dict[str, Any]:
    """What was carried over is no edit of the narrative any more; what was left still is one."""
    old = {cell["id"]: cell for cell in before["cells"]}
    cells = [
        old[cell["id"]] if cell["id"] in carried.left else cell
        for cell in now["cells"]
        if cell["id"] not in carried.left or cell["id"] in old
    ]
    return {**now, "cells": cells}


def kept(origin: Origin, folder: Folder) -> dict[str, str]:
    """Path to text of the notebook that counts from now on, if it is not the original itself."""
    path = folder / manifest.KEPT
    if origin.source is None or not (path.is_file() or origin.carried):
        return {}
    if path.is_file() and json.loads(path.read_bytes()) == origin.source.document:
        return {}  # its layout may be one that nobody else writes
    return {manifest.KEPT: reader.serialize(origin.source.document, origin.source.layout)}
