"""What a package remembers of its promotion, and what would be generated from that now.

Whoever compares a package with what its notebook gives asks here, so that all ask the same: with
the options of the promotion, in its environment, and knowing what the last run showed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from nb2pkg import facts, paths
from nb2pkg.graph import fingerprint
from nb2pkg.model import Notebook
from nb2pkg.notebook import reader
from nb2pkg.observed import Moment, Observed
from nb2pkg.paths import Folder, Project
from nb2pkg.plan.request import Options
from nb2pkg.project import locate, manifest
from nb2pkg.project.manifest import Made, Manifest
from nb2pkg.promote.build import Promotion, Request, project_of, promote, resolve_request


def generated(
    folder: Folder, known: Manifest, source: Notebook, wanted: Request | None = None
) -> Promotion:
    """What the notebook of a package gives now, in memory. wanted: if something else is asked for."""
    wanted = _as_seen(wanted or request(folder, known), known, source)
    return promote(locate.original(folder, known), wanted, _observed(known), source)


def _as_seen(wanted: Request, known: Manifest, source: Notebook) -> Request:
    """With what the last run showed of cells that are still as they were."""
    return replace(
        wanted,
        refused=dict.fromkeys(_refused(source, known), ""),
        looking=frozenset(_marked(source, known, "looks")),
        apart=frozenset(_marked(source, known, "apart")),
    )


def request(folder: Folder, known: Manifest) -> Request:
    """What was asked for when the package was promoted."""
    place = paths.project_at(folder)
    wanted = Request(
        place.folder,
        known.everything,
        known.package,
        paths=place.paths,
        names=known.names,
        engine=known.engine,
    )
    return with_python(wanted, folder, known)


def with_python(wanted: Request, folder: Folder, known: Manifest) -> Request:
    """With the interpreter of the promotion, unless a person names another one now."""
    if wanted.python:
        return wanted
    python = python_of(folder, known)
    return replace(wanted, python=python, is_remembered=bool(python))


def python_of(folder: Folder, known: Manifest) -> str:
    """The interpreter that was named; empty where it is not there, as on another machine."""
    if not known.python:
        return ""
    found = os.path.abspath(paths.bare(folder) / known.python)
    return found if os.path.isfile(found) else ""


def options_of(path: Path, source: Notebook, python: str = "") -> Options:
    """How all of a notebook would be promoted, in the environment of its package if it has one."""
    wanted = Request(everything=True, python=python)
    if (package := package_of(path)) is not None:
        place, known = package
        wanted = replace(wanted, output=paths.bare(place), paths=place.paths)
        wanted = with_python(wanted, place, known)
    return resolve_request(path, wanted, source)[1]


def options_again(path: Path, source: Notebook) -> Options:
    """How a notebook would be promoted now: by its tags, as it was if it has a package."""
    package = package_of(path)
    if package is None:
        return resolve_request(path, Request(), source)[1]
    place, known = package
    wanted = _as_seen(request(place, known), known, source)
    return resolve_request(locate.original(place, known), wanted, source)[1]


def read(path: Path, text: str | None = None) -> Notebook:
    """A notebook; if it has a package, with the ids by which that knows its cells.

    text: what an editor has of it, if that is not what is on disk.
    """
    found = reader.read(path) if text is None else reader.parse(text.encode("utf-8"), str(path))
    package = package_of(path)
    if package is None:
        return found
    place, known = package
    if (place / known.story).resolve() == path.resolve():
        return locate.narrative(place, known, found)
    return locate.identified(place, known, found)


def package_of(path: Path) -> tuple[Project, Manifest] | None:
    """The package of which a notebook is the original, or the narrative."""
    for place in _places(path):
        known = manifest.read(place)
        own = known and (locate.original(place, known), (place / known.story).resolve())
        if known is not None and own and path.resolve() in own:
            return place, known
    return None


def _places(path: Path) -> Iterator[Project]:
    """Where the package of a notebook usually is: beside it, or around its narrative."""
    yield Project(project_of(path, Request()))
    yield from locate.all_in(path.resolve().parent.parent)


def _refused(source: Notebook, known: Manifest) -> Iterator[int]:
    """Positions of the statements that the last run showed to have to stay, and that are still there."""
    statements = (one for cell in facts.analyze(source) for one in cell.statements)
    for position, one in enumerate(statements):
        digests = known.refused.get(source.cells[one.cell].id, ())
        if fingerprint.of_source(one.source) in digests:
            yield position


def _marked(source: Notebook, known: Manifest, mark: str) -> Iterator[str]:
    """Ids of the cells of which the last run showed something, and that are still as they were."""
    listed = known.content["cells"]
    for cell in source.code:
        record = listed.get(cell.id, {})
        if record.get(mark) and record["digest"] == fingerprint.of_cell(cell):
            yield cell.id


def _observed(known: Manifest) -> Observed | None:
    """What the last run showed of each step; None if there was none."""
    if not known.is_run:
        return None
    cells: dict[str, Moment] = {}
    for made in known.made:
        if made.step is not None and made.observed:
            _add(cells, made)
    return Observed(cells, known.content["run"]["environment"], data=known.data)


def _add(cells: dict[str, Moment], made: Made) -> None:
    """What was seen of a step, around its cells. Another step may have been seen in them."""
    step, seen = made.step, made.observed
    assert step is not None
    for cell in step.cells:
        cells.setdefault(cell, Moment({}, {}, frozenset()))
    first, last = step.cells[0], step.cells[-1]
    cells[first] = replace(cells[first], before={**cells[first].before, **seen.get("takes", {})})
    changed = {*seen.get("changes", ()), *(name for name in step.params if name in step.returns)}
    cells[last] = replace(
        cells[last],
        after={**cells[last].after, **seen.get("returns", {})},
        changed=cells[last].changed | changed,
        read=(*cells[last].read, *seen.get("reads", ())),
        written=(*cells[last].written, *seen.get("writes", ())),
    )
