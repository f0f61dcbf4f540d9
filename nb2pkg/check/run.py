"""Checks files: one, or many in parallel."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from nb2pkg.check import cache, places, project, secrets, settings, suppress
from nb2pkg.check.model import Finding, Limits, Located, Outputs, ProjectFacts, Report
from nb2pkg.check.settings import CheckSettings
from nb2pkg.errors import NotebookError
from nb2pkg.model import Notebook
from nb2pkg.notebook import reader
from nb2pkg.requirements import roots

_ENOUGH = 24  # notebooks from which on other processes pay: starting them takes some 0.1 s
_CHUNK = 8
_OF_PROJECT = ("NB803",)  # what is wrong with the project, and not with each notebook


@dataclass(frozen=True, slots=True)
class Selected:
    """What the command line says; None where the settings of the project hold."""

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    outputs: Outputs | None = None
    cache: Path | None = None  # None: nothing is kept


@dataclass(frozen=True, slots=True)
class Checked:
    """A file as it was read, with what was found in it."""

    data: bytes
    notebook: Notebook
    found: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Request:
    """A file as it was read, with what its check depends on, and the name that this has in the cache."""

    path: Path
    data: bytes
    codes: frozenset[str]
    limits: Limits
    around: ProjectFacts
    cache: Path | None
    name: str


def check_all(paths: Sequence[Path], wanted: Selected, jobs: int = 0) -> Iterator[Report]:
    """Reports in the order of the paths. jobs 0: as many as there are processors."""
    for path in paths:
        settings.around(path.absolute().parent)  # wrong settings are told before anything is done
    yield from once(_checked(paths, wanted, jobs))


def _checked(paths: Sequence[Path], wanted: Selected, jobs: int) -> Iterator[Report]:
    jobs = min(jobs or os.cpu_count() or 1, len(paths) // _CHUNK + 1)
    if jobs == 1 or len(paths) < _ENOUGH:
        yield from (check_file(path, wanted) for path in paths)
        return
    # What the cache knows is not worth another process.
    known = {path: _cached_report(path, wanted) for path in paths} if wanted.cache else {}
    others = [path for path in paths if known.get(path) is None]
    with closing(_in_parallel(others, wanted, jobs)) as anew:
        for path in paths:
            yield known.get(path) or next(anew)


def _in_parallel(
    paths: Sequence[Path], wanted: Selected, jobs: int
) -> Generator[Report, None, None]:
    if not paths:
        return
    from concurrent.futures import ProcessPoolExecutor

    # Processes that are copies of this one need not import it again.
    import nb2pkg.check.examine  # noqa: F401

    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(check_file, paths, [wanted] * len(paths), chunksize=_CHUNK)


def once(reports: Iterable[Report]) -> Iterator[Report]:
    """The reports, with what the project lacks in the first notebook that shows it."""
    told: set[tuple[Path | None, str]] = set()
    for report in reports:
        found = []
        for one in report.found:
            if one.finding.code in _OF_PROJECT:
                key = roots.nearest(Path(report.path).absolute().parent), one.finding.hint
                if key in told:
                    continue
                told.add(key)
            found.append(one)
        yield replace(report, found=tuple(found))


def check_file(path: Path, wanted: Selected) -> Report:
    """What was found in a file, or why it cannot be read."""
    try:
        checked = look(path, wanted)
    except NotebookError as error:
        return Report(str(path), error=(error.message, error.hint))
    return _report(path, checked)


def _cached_report(path: Path, wanted: Selected) -> Report | None:
    """The report of a file, if the cache has it."""
    try:
        checked = _cached(_request(path, wanted))
    except NotebookError:  # reported when the file is checked
        return None
    return _report(path, checked) if checked else None


def _report(path: Path, checked: Checked) -> Report:
    if not checked.found:
        return Report(str(path))
    return Report(str(path), places.locate(checked.data, checked.notebook, checked.found))


def with_found(report: Report, more: Iterable[Finding], wanted: Selected) -> Report:
    """The report with findings of another kind, if a person wants to hear of them."""
    path = Path(report.path)
    codes = _settings(path.absolute().parent, wanted).wanted(path.absolute())
    data = _read(path)
    source = reader.parse(data, str(path), without_code=True)
    heard = suppress.heard(source, [f for f in more if f.code in codes])
    heard = tuple(replace(f, message=secrets.mask(f.message)) for f in heard)
    located = places.locate(data, source, heard)
    return replace(report, found=tuple(sorted((*report.found, *located), key=_by_place)))


def _by_place(located: Located) -> tuple[int, int, int, str]:
    place = located.finding.place
    where = (place.cell, place.line, place.column) if place else (-1, 0, 0)
    return (*where, located.finding.code)


def look(path: Path, wanted: Selected) -> Checked:
    """Read a file and check it, or ask the cache; NotebookError if it cannot be read."""
    request = _request(path, wanted)
    return _cached(request) or _examined(request)


def _request(path: Path, wanted: Selected) -> _Request:
    data = _read(path)
    where = path.absolute()
    own = _settings(where.parent, wanted)
    codes, around = own.wanted(where), project.around(where.parent)
    name = cache.key(data, codes, own.limits, around) if wanted.cache else ""
    return _Request(path, data, codes, own.limits, around, wanted.cache, name)


def _cached(request: _Request) -> Checked | None:
    """What an earlier command found, if the cache has it."""
    found = cache.load(request.cache, request.name) if request.cache else None
    if found is None:
        return None
    parsed = reader.parse(request.data, str(request.path), without_code=True) if found else _NOTHING
    return Checked(request.data, parsed, _that_hold(found, request))


def _examined(request: _Request) -> Checked:
    from nb2pkg.check.examine import examine, findings  # the analysis: most of all imports

    examined = examine(request.data, str(request.path), request.around, request.limits)
    found = suppress.heard(examined.notebook, findings(examined, request.codes))
    found = tuple(replace(f, message=secrets.mask(f.message)) for f in found)
    if request.cache:
        cache.save(request.cache, request.name, found)
    return Checked(request.data, examined.notebook, _that_hold(found, request))


def _that_hold(found: tuple[Finding, ...], request: _Request) -> tuple[Finding, ...]:
    """Without those whose file is there: what the cache keeps says nothing of other files.

    Some run notebooks from a folder above, up to the root of the project; DVC brings files itself.
    """
    folder = request.path.absolute().parent
    places = (folder, *folder.parents[: max(request.around.depth, 0)])
    return tuple(f for f in found if not (f.missing and any(_has(p, f.missing) for p in places)))


def _has(folder: Path, path: str) -> bool:
    return any((folder / f"{path}{ending}").exists() for ending in ("", ".dvc"))


_NOTHING = Notebook("", "", ())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotebookError(f"{path}: cannot be read: {error.strerror}") from error


def _settings(folder: Path, wanted: Selected) -> CheckSettings:
    own = settings.around(folder)
    limits = own.limits
    if wanted.outputs is not None:
        limits = replace(limits, outputs=wanted.outputs)
    return replace(
        own,
        select=own.select if wanted.select is None else wanted.select,
        ignore=own.ignore if wanted.ignore is None else wanted.ignore,
        limits=limits,
    )
