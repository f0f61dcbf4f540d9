"""What changed between two boundaries? Fingerprints of the variables, and who shares memory.

Small variables are always looked at again. Large ones only when the cells in between may have
touched them, and all of them at the end. No object is kept alive from one boundary to the next.
"""

from __future__ import annotations

import functools
import sys
import threading
import types
from typing import Any, NamedTuple

from . import code, insides
from .figures import alive, running_shell
from .schemas import kind_of, schema_of
from .touched import UnknownError, closure, executed, holders_of, names_in
from .walk import Eyes, Walk

FEW_NODES, FEW_BYTES = 300, 1 << 16
HIDDEN = frozenset({"In", "Out", "exit", "quit", "get_ipython", "open"})
_NO_DATA = code.LIBRARIES | code.STANDARD | {"__main__", "__mp_main__"}
_IPYTHONS = ("IPython", "ipykernel", "_io", "io", "builtins")


class Record(NamedTuple):
    """What was seen of one variable when it was last walked."""

    identity: int  # a hint that it was bound anew: ids are given away again
    kind: str
    digest: str
    opaque: str
    small: bool
    memory: frozenset[int]
    reach: frozenset[int]
    reads: frozenset[str]
    at_large: bool  # can be changed by code that does not name it
    draws: bool  # so it can by pyplot, while it shows a figure

    @property
    def entry(self) -> tuple[str, str, str]:
        """By what two boundaries are compared."""
        return (self.kind, self.digest, self.opaque)


class Boundaries:
    """The records of the last boundary, and from them what the next one has to look at."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.cells = 0  # cells that had run at the last boundary
        self.shows = False  # had pyplot figures at the last boundary?
        self.threads = {thread.ident for thread in threading.enumerate()}

    def look(
        self,
        namespace: dict[str, Any],
        eyes: Eyes,
        final: bool,
        more: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Names that changed or went, and the groups that share memory. more: beside the namespace."""
        eyes.namespace = namespace
        present = {
            name: value
            for name, value in sorted({**(more or {}), **namespace}.items(), key=_first)
            if type(name) is str and is_shown(name, value)
        }
        before = self.records
        self.records = self._walked(present, eyes, final)
        self.shows = bool(alive())
        changed = {
            name: _described(record, present[name])
            for name, record in self.records.items()
            if name not in before or before[name].entry != record.entry
        }
        return {
            "names": changed,
            "gone": sorted(set(before) - set(present)),
            "shared": _groups(self.records),
        }

    def _walked(self, present: dict[str, Any], eyes: Eyes, final: bool) -> dict[str, Record]:
        """Records of all names. Of the large ones only those are made anew that the cells touched,
        or that share memory with something that changed."""
        names = self._named()
        if names is None or final:
            return {name: _record(value, eyes) for name, value in present.items()}
        found: dict[str, Record] = {}
        todo = {name for name, value in present.items() if self._is_fresh(name, value)}
        while True:
            found.update((name, _record(present[name], eyes)) for name in sorted(todo))
            known = {name: found.get(name) or self.records[name] for name in present}
            anyway = {name for name, r in known.items() if r.at_large or (r.draws and self.shows)}
            todo = (
                _touched(names | anyway, self.records, known) | self._beside_changed(known)
            ) - set(found)
            if not todo:
                return {name: known[name] for name in present}

    def _beside_changed(self, known: dict[str, Record]) -> set[str]:
        """Names that share memory with what changed, went, or was bound anew."""
        ids: set[int] = set()
        for name, before in self.records.items():
            after = known.get(name)
            if after is None:
                ids |= before.memory
            elif before.entry != after.entry or before.identity != after.identity:
                ids |= before.memory | after.memory
        return {name for name, record in known.items() if not ids.isdisjoint(record.memory)}

    def _is_fresh(self, name: str, value: Any) -> bool:
        record = self.records.get(name)
        return record is None or record.small or record.identity != id(value)

    def _named(self) -> set[str] | None:
        """Names in the cells since the last boundary; None when they cannot be known."""
        history = executed(running_shell())
        if history is None:
            return None
        sources, self.cells = history[self.cells :], len(history)
        if not sources or _others_at_work(self.threads):
            return None
        try:
            return names_in(sources)
        except UnknownError:
            return None


def _touched(names: set[str], before: dict[str, Record], known: dict[str, Record]) -> set[str]:
    """Names that the cells may have touched; all of them when one is of a kind that may do
    anything, as a generator does. What a name was bound to before was perhaps used, too."""
    either = [*before.items(), *known.items()]
    reads: dict[str, frozenset[str]] = {}
    reach: dict[str, frozenset[int]] = {}
    for name, record in either:
        reads[name] = reads.get(name, frozenset()) | record.reads
        reach[name] = reach.get(name, frozenset()) | record.reach
    memory = {name: record.memory for name, record in known.items()}
    found = closure(names, reads, reach, memory)
    free = any(record.opaque for name, record in either if name in found)
    return set(known) if free else found & set(known)


def _others_at_work(known: set[int | None]) -> bool:
    """Does a thread run that was not there at the start, and that is not one of a progress bar?"""
    return any(
        thread.ident not in known and insides.top_of(insides.module_of(type(thread))) != "tqdm"
        for thread in threading.enumerate()
    )


def _first(item: tuple[Any, Any]) -> str:
    return str(item[0])


def defined_in(package: str, names: list[str]) -> dict[str, Any]:
    """Of these names, the functions, classes and literals that modules of a package define."""
    found: dict[str, Any] = {}
    for module in list(sys.modules.values()):
        path = vars(module).get("__name__") if type(module) is types.ModuleType else None
        if type(path) is str and f"{path}.".startswith(f"{package}."):
            for name in set(names) & set(vars(module)):
                value = vars(module)[name]
                if _is_defined_in(path, value):
                    found[name] = value
    return found


def _is_defined_in(path: str, value: Any) -> bool:
    if type(value) is types.FunctionType:
        return value.__globals__.get("__name__") == path
    if insides.has(type(value), type):
        return insides.module_of(value) == path
    return type(value) in (str, int, float, bool, bytes, tuple)


def is_shown(name: str, value: Any) -> bool:
    """Is a name one of the notebook, and not one of IPython?"""
    if name.startswith("_"):
        return False
    module = getattr(value, "__module__", "") if name == "open" else insides.module_of(type(value))
    return name not in HIDDEN or insides.top_of(str(module)) not in _IPYTHONS


def _record(value: Any, eyes: Eyes) -> Record:
    walk = Walk(eyes)
    digest = walk.digest(value)
    small = walk.nodes < FEW_NODES and walk.size < FEW_BYTES
    return Record(
        identity=id(value),
        kind=kind_of(value),
        digest=digest,
        opaque="; ".join(walk.reasons),
        small=small,
        memory=frozenset(walk.memory),
        reach=frozenset(walk.reach),
        reads=frozenset(walk.reads),
        draws=walk.draws,
        at_large=walk.at_large or (not small and _is_elsewhere(value, eyes)),
    )


def _is_elsewhere(value: Any, eyes: Eyes) -> bool:
    """Is a value also a global of a module that the notebook uses, whose functions can change it?"""
    if not eyes.elsewhere:
        eyes.elsewhere.add(id(eyes))  # looked for once, also when there is nothing
        tops = {_origin(one) for one in dict(eyes.namespace or {}).values()} - _NO_DATA
        for name, module in list(sys.modules.items()):
            if insides.top_of(name) in tops and type(module) is types.ModuleType:
                eyes.elsewhere.update(map(id, list(vars(module).values())))
    return id(value) in eyes.elsewhere


def _origin(value: Any) -> str:
    """The top-level package that a module, a function or a class comes from."""
    module: Any = ""
    if type(value) is functools.partial:
        value = value.func
    if type(value) is types.ModuleType:
        module = vars(value).get("__name__")
    elif type(value) is types.FunctionType:
        module = value.__globals__.get("__name__")
    elif insides.has(type(value), type):
        module = insides.module_of(value)
    return insides.top_of(str(module))


def _described(record: Record, value: Any) -> dict[str, Any]:
    kind, digest, opaque = record.entry
    return {"kind": kind, "digest": digest, "opaque": opaque, "schema": schema_of(value)}


def _groups(records: dict[str, Record]) -> list[list[str]]:
    """Every set of names that hold one same object. The sets may overlap: that a and b share
    something, and b and c something else, does not join a and c."""
    holders = holders_of({name: record.memory for name, record in records.items()})
    return [list(group) for group in sorted(set(map(tuple, holders.values())))]
