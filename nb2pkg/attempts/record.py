"""Make an attempt of a notebook as it is on disk: because a person says so, or since it was just run."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from nb2pkg.attempts import circumstances, content, difference, git, settings, store
from nb2pkg.attempts.circumstances import DataPlace
from nb2pkg.attempts.model import (
    NOT_RUN,
    UNKNOWN,
    Attempt,
    AttemptComment,
    AttemptDetails,
    DataFile,
    Files,
    InstalledVersions,
    Metric,
    Outputs,
    RunResult,
    Trigger,
)
from nb2pkg.attempts.store import LastAttempt, Store
from nb2pkg.errors import MissingFileError, NotebookError
from nb2pkg.files import explained
from nb2pkg.notebook import reader
from nb2pkg.paths import FOLDER

_IN_PASSING = 32_000_000  # bytes of data, and of a notebook, that are read when nobody asked for it


@dataclass(frozen=True, slots=True)
class AttemptRequest:
    """What an attempt is to say. outputs: None for what the project wants.

    branch: a new one begins at the last attempt; empty: the one that goes on. python: the interpreter with
    which the notebook was run; empty: its kernel's.
    """

    why: str = ""
    metrics: tuple[Metric, ...] = ()
    branch: str = ""
    outputs: Outputs | None = None
    trigger: Trigger = "command"
    result: RunResult = NOT_RUN
    python: str = ""


@dataclass(frozen=True, slots=True)
class RecordedAttempt:
    """The attempt that has the notebook now. is_new: it was recorded for this request.

    notes: what a person should know, such as a metric that could not be read.
    """

    id: str
    branch: str
    notebook: str
    is_new: bool = True
    notes: tuple[str, ...] = ()


def record(notebook: Path, wanted: AttemptRequest = AttemptRequest()) -> RecordedAttempt:
    """Record the notebook as it is on disk. Nb2pkgError if that cannot be done; nothing is lost then."""
    data = _data(notebook)
    place = store.required(notebook)
    return store.insisting(lambda: _added(place, data, wanted))


def as_it_is(place: Store) -> tuple[AttemptDetails, Files]:
    """What would be recorded of the notebook now; nothing is."""
    data = _data(place.path)
    seen = _looked_at(data, "keep", AttemptRequest())
    return _facts(place, seen, AttemptRequest(), None), content.split(data)


def in_passing(notebook: Path, wanted: AttemptRequest) -> RecordedAttempt | None:
    """Record what was just run, where attempts are kept; None where they are not.

    An attempt that has the same content as the last one is not recorded again: what it gave is added.
    """
    if not notebook.is_file() or not git.program() or not _is_kept(notebook):
        return None
    if notebook.stat().st_size > _IN_PASSING:
        wanted = replace(wanted, outputs="strip")
    return record(notebook, wanted)


def add_result(notebook: Path, attempt: str, result: RunResult) -> None:
    """Say of an attempt what running it gave, if that is something else than what is known of it."""
    place = store.required(notebook)
    _add_result(place, attempt, store.tip(place, attempt).facts, result)


def _is_kept(notebook: Path) -> bool:
    """Is there a repository, or a folder of nb2pkg, and does the project not say no?"""
    folder = notebook.parent.resolve()
    return (store.find(notebook) is not None or (folder / FOLDER).is_dir()) and settings.is_on(
        folder
    )


def _data(notebook: Path) -> bytes:
    try:
        return notebook.read_bytes()
    except FileNotFoundError:
        raise MissingFileError(notebook) from None
    except IsADirectoryError:
        raise NotebookError(f"{notebook}: is a folder", "Name one notebook in it.") from None
    except OSError as error:
        raise explained(error, notebook, "read") from error


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the notebook says of itself; nothing if it cannot be read."""

    code: tuple[ast.Module, ...] = ()
    metrics: tuple[Metric, ...] = ()
    result: RunResult = NOT_RUN
    installed: InstalledVersions = UNKNOWN
    notes: tuple[str, ...] = ()


def _looked_at(data: bytes, outputs: Outputs, wanted: AttemptRequest) -> _Seen:
    try:
        source = reader.parse(data, content.NOTEBOOK, without_code=True)
    except NotebookError:
        return _Seen(notes=("the notebook cannot be read: it was recorded as it is",))
    read, notes = circumstances.metrics(source)
    result = circumstances.result(source, outputs == "keep")
    code = circumstances.trees(source)
    installed = circumstances.installed(source, code, wanted.python)
    return _Seen(code, read, result, installed, notes)


def _added(place: Store, data: bytes, wanted: AttemptRequest) -> RecordedAttempt:
    """The attempt with the notebook in these bytes, in the branch as it is now."""
    there = store.branches(place)
    branch = wanted.branch or there.current
    parent = there.tips.get(branch) or there.tips.get(there.current)
    before = store.tip(place, parent) if parent else None
    outputs = _outputs(place, wanted, before)
    files, seen = content.split(data, outputs), _looked_at(data, outputs, wanted)
    facts = _facts(place, seen, replace(wanted, branch=branch, outputs=outputs), before)
    if before is not None and wanted.trigger != "command" and _is_same(facts, files, before):
        same = _behind_joins(place, before)
        _add_result(place, same, before.facts, facts.result)
        return RecordedAttempt(same, branch, place.notebook, is_new=False)
    id_ = store.add(place, branch, facts, files, before)
    if branch != there.current:
        store.go_on_with(place, branch)
    if place.repository.own is not None:  # in any other one, the person's own commands do that
        git.run(place.repository, "gc", "--auto", "--quiet")
    return RecordedAttempt(id_, branch, place.notebook, notes=seen.notes)


def _outputs(place: Store, wanted: AttemptRequest, before: LastAttempt | None) -> Outputs:
    """What becomes of outputs, if nobody says so: those that a person left out before stay out."""
    is_left_out = before is not None and before.facts.outputs == "strip"
    if wanted.outputs is None and wanted.trigger != "command" and is_left_out:
        return "strip"
    return wanted.outputs or settings.outputs(place.path.parent)


def _facts(
    place: Store, seen: _Seen, wanted: AttemptRequest, before: LastAttempt | None
) -> AttemptDetails:
    return AttemptDetails(
        notebook=place.notebook,
        branch=wanted.branch,
        when=store.now(),
        who=git.identity(place.repository)[0],
        why=wanted.why,
        trigger=wanted.trigger,
        outputs=wanted.outputs or "keep",
        result=wanted.result if wanted.result.status else seen.result,
        metrics=_merged(seen.metrics, wanted.metrics),
        installed=seen.installed,
        data=_data_files(place, seen, wanted, before),
    )


def _merged(read: Iterable[Metric], given: Iterable[Metric]) -> tuple[Metric, ...]:
    """The metrics by name; what a person says counts."""
    return tuple({metric.name: metric for metric in (*read, *given)}.values())


def _data_files(
    place: Store, seen: _Seen, wanted: AttemptRequest, before: LastAttempt | None
) -> tuple[DataFile, ...]:
    known = before.facts.data if before else ()
    where = DataPlace(place.path.parent, place.repository.top, known)
    most = None if wanted.trigger == "command" else _IN_PASSING
    return circumstances.data(seen.code, where, most)


def _is_same(facts: AttemptDetails, files: Files, before: LastAttempt) -> bool:
    """Has the last attempt the same notebook, data, numbers and environment?"""
    ids = {path: git.id_of(data, len(before.id)) for path, data in files.items()}
    if ids != {path: id_ for path, id_ in before.ids.items() if path != content.FACTS}:
        return False
    last = before.facts
    return (facts.installed, facts.branch) == (last.installed, last.branch) and (
        not any(difference.data(last, facts))
        and {*map(repr, facts.metrics)} <= {*map(repr, last.metrics)}
    )


def _behind_joins(place: Store, last: LastAttempt) -> str:
    """The attempt whose notebook it is, where two histories were joined."""
    while last.facts.trigger == "join":
        last = store.tip(place, git.ids(place.repository, [f"{last.id}^"])[0])
    return last.id


def _add_result(place: Store, about: str, before: AttemptDetails, result: RunResult) -> None:
    known = store.comments(place.repository).get(about, ())
    if result.status and Attempt(about, 0, before, comments=known).result != result:
        who = git.identity(place.repository)[0]
        said = AttemptComment(store.now(), who, result.reason, result.status)
        store.comment(place.repository, about, said)
