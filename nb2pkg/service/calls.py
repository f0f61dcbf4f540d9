"""The calls by name: what each is given, what it answers, and the checks of what is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nb2pkg.errors import Nb2pkgError
from nb2pkg.paths import Project
from nb2pkg.project import locate, manifest
from nb2pkg.project.approvals import What
from nb2pkg.service import cells, decide, model, preview, projects, schema, tried
from nb2pkg.service.jobs import Jobs
from nb2pkg.service.opened import Opened, opened

Given = Mapping[str, Any]


class BadCallError(Nb2pkgError):
    """A call that nobody can answer: an unknown name, a missing value, a path outside the folder."""


@dataclass(frozen=True, slots=True)
class _Call:
    answer: Callable[[Service, Given], Any]
    gives: type[Any]
    takes: Mapping[str, type[Any]]
    optional: Mapping[str, type[Any]]


class Service:
    """Answers calls about what is in one folder. Paths are relative to it, and stay inside."""

    def __init__(self, root: Path, jobs: Jobs | None = None) -> None:
        self.root = root.resolve()
        self.jobs = jobs or Jobs()

    def answer(self, name: str, given: Given) -> dict[str, Any]:
        """The answer as JSON.

        Raises:
            BadCallError: It is not a call, or not with these values.
            Nb2pkgError: It cannot be done; the message says why.
        """
        call = CALLS.get(name)
        if call is None:
            raise BadCallError(f"there is no call {name}")
        _check(call, given)
        return asdict(call.answer(self, given))

    def path(self, given: str) -> Path:
        """A path in the folder. BadCallError for one that leads out of it, also by a link."""
        path = (self.root / given).resolve()
        if path != self.root and self.root not in path.parents:
            raise BadCallError(f"{given}: is not in the folder that is served")
        return path

    def notebook(self, given: Given) -> Opened:
        """The notebook that a call is about, as the editor has it."""
        return opened(self.file(given), given.get("text"))

    def file(self, given: Given) -> Path:
        """The notebook that a call is about, as it is on disk."""
        path = self.path(given["path"])
        if path.suffix != ".ipynb":
            raise BadCallError(f"{given['path']}: is not a notebook")
        return path

    def cells(self, found: Opened, given: Given) -> list[int]:
        """The cells that a call is about: places of code cells."""
        chosen: list[int] = given["cells"]
        count = len(found.notebook.cells)
        for index in chosen:
            if type(index) is not int or not 0 <= index < count:
                raise BadCallError(f"there is no cell {index}")
        return [index for index in chosen if found.notebook.cells[index].kind == "code"]

    def project(self, given: Given) -> Project:
        """The package that a call is about."""
        return locate.only(self.path(given["project"]), given.get("notebook", ""))


def _check(call: _Call, given: Given) -> None:
    missing = [name for name in call.takes if name not in given]
    if missing:
        raise BadCallError(f"{missing[0]} is missing")
    for name, value in given.items():
        wanted = call.takes.get(name) or call.optional.get(name)
        if wanted is None:
            raise BadCallError(f"there is no value {name}")
        if not isinstance(value, wanted):
            raise BadCallError(f"{name} is not a {wanted.__name__}")
        if name in _OF_TEXTS and not all(isinstance(item, str) for item in value):
            raise BadCallError(f"{name} is not a list of texts")


# ----------------------------------------------------------------------------------------- calls


def _state(service: Service, given: Given) -> model.NotebookState:
    return cells.state_of(service.notebook(given))


def _preview(service: Service, given: Given) -> model.Preview:
    found = service.notebook(given)
    return preview.preview_of(found, service.cells(found, given))


def _neighbours(service: Service, given: Given) -> model.Neighbours:
    found = service.notebook(given)
    service.cells(found, {"cells": [given["cell"]]})
    return preview.neighbours_of(found, given["cell"])


def _tag(service: Service, given: Given) -> model.TagsChanged:
    found = service.notebook(given)
    return decide.tagged(found, service.cells(found, given), given["tag"])


def _accept(service: Service, given: Given) -> model.TagsChanged:
    found = service.notebook(given)
    return decide.accepted(found, service.cells(found, given))


def _write_tags(service: Service, given: Given) -> model.TagsChanged:
    found = service.notebook(given)
    return decide.written(found, service.cells(found, given), given["tag"])


def _sources(service: Service, given: Given) -> model.Sources:
    cells = service.notebook(given).notebook.cells
    return model.Sources(tuple(model.Source(c.index, c.kind, c.source) for c in cells))


def _symbols(service: Service, given: Given) -> model.Symbols:
    return projects.symbols_of(service.project(given), service.root)


def _check_tag(_service: Service, given: Given) -> model.TagCheck:
    return decide.checked(given["tag"])


def _validate(service: Service, given: Given) -> model.Decided:
    found = service.notebook(given)
    chosen = service.cells(found, given)
    return decide.validated(found, chosen, given.get("why", ""), given.get("by", ""))


def _review(service: Service, given: Given) -> model.Decided:
    project, what = service.project(given), _WHATS.get(given["what"])
    if what is None:
        raise BadCallError(f"{given['what']} is not one of {', '.join(_WHATS)}")
    known = locate.named_now(project)
    made = [manifest.named(known, symbol) for symbol in given["symbols"]]
    return decide.reviewed(project, made, what, given.get("why", ""), given.get("by", ""))


def _conflicts(service: Service, given: Given) -> model.Conflicts:
    return projects.conflicts_of(service.notebook(given))


def _folder(service: Service, _given: Given) -> model.FolderState:
    return projects.in_folder(service.root)


def _status(service: Service, given: Given) -> model.ProjectState:
    return projects.state_of(service.project(given), given["project"])


def _attempts(service: Service, given: Given) -> model.Attempts:
    return tried.attempts_of(service.file(given))


def _record_attempt(service: Service, given: Given) -> model.Attempts:
    return tried.recorded(service.file(given), given["why"])


def _comment_attempt(service: Service, given: Given) -> model.Attempts:
    return tried.commented(service.file(given), given["attempt"], given["comment"])


def _attempt_diff(service: Service, given: Given) -> model.AttemptDiff:
    return tried.difference_of(service.file(given), given["old"], given.get("new", ""))


def _restore_attempt(service: Service, given: Given) -> model.Restored:
    return tried.restored(service.file(given), given["attempt"], given.get("cell", ""))


def _start(service: Service, given: Given) -> model.Job:
    path = service.path(given["path"])
    return service.jobs.start(given["command"], path, given.get("options", ()))


def _job(service: Service, given: Given) -> model.Job:
    return service.jobs.look(given["job"], given.get("since", 0))


def _cancel(service: Service, given: Given) -> model.Job:
    return service.jobs.cancel(given["job"])


_OF_TEXTS = ("options", "symbols")
_WHATS: Mapping[str, What] = {"approve": "approved", "reject": "rejected"}
_NOTEBOOK = {"path": str}
_TEXT = {"text": str}
_WHO = {"why": str, "by": str}
CALLS: Mapping[str, _Call] = {
    "state": _Call(_state, model.NotebookState, _NOTEBOOK, _TEXT),
    "preview": _Call(_preview, model.Preview, {**_NOTEBOOK, "cells": list}, _TEXT),
    "neighbours": _Call(_neighbours, model.Neighbours, {**_NOTEBOOK, "cell": int}, _TEXT),
    "tag": _Call(_tag, model.TagsChanged, {**_NOTEBOOK, "cells": list, "tag": str}, _TEXT),
    "accept": _Call(_accept, model.TagsChanged, {**_NOTEBOOK, "cells": list}, _TEXT),
    "write_tags": _Call(
        _write_tags, model.TagsChanged, {**_NOTEBOOK, "cells": list, "tag": str}, {}
    ),
    "sources": _Call(_sources, model.Sources, _NOTEBOOK, {}),
    "symbols": _Call(_symbols, model.Symbols, {"project": str}, {"notebook": str}),
    "check_tag": _Call(_check_tag, model.TagCheck, {"tag": str}, {}),
    "validate": _Call(_validate, model.Decided, {**_NOTEBOOK, "cells": list}, {**_TEXT, **_WHO}),
    "review": _Call(
        _review,
        model.Decided,
        {"project": str, "symbols": list, "what": str},
        {"notebook": str, **_WHO},
    ),
    "conflicts": _Call(_conflicts, model.Conflicts, _NOTEBOOK, {}),
    "folder": _Call(_folder, model.FolderState, {}, {}),
    "status": _Call(_status, model.ProjectState, {"project": str}, {"notebook": str}),
    "attempts": _Call(_attempts, model.Attempts, _NOTEBOOK, {}),
    "record_attempt": _Call(_record_attempt, model.Attempts, {**_NOTEBOOK, "why": str}, {}),
    "comment_attempt": _Call(
        _comment_attempt, model.Attempts, {**_NOTEBOOK, "attempt": str, "comment": str}, {}
    ),
    "attempt_diff": _Call(
        _attempt_diff, model.AttemptDiff, {**_NOTEBOOK, "old": str}, {"new": str}
    ),
    "restore_attempt": _Call(
        _restore_attempt, model.Restored, {**_NOTEBOOK, "attempt": str}, {"cell": str}
    ),
    "start": _Call(_start, model.Job, {"command": str, "path": str}, {"options": list}),
    "job": _Call(_job, model.Job, {"job": str}, {"since": int}),
    "cancel": _Call(_cancel, model.Job, {"job": str}, {}),
}
"""The calls: what each must be given, what it may be given, and what it answers."""


def schemas() -> dict[str, dict[str, Any]]:
    """By the name of a call, the JSON Schema of its answer."""
    return {name: schema.of(call.gives) for name, call in CALLS.items()}
