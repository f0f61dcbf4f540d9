"""Symbols that one side took away while the other still uses them: merged, they would be missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nb2pkg.merge import imports, names
from nb2pkg.merge.model import Conflict
from nb2pkg.merge.symbols import Item, Module, split
from nb2pkg.paths import is_module, module_of

GONE = "uses {}, which is gone from the notebook"
DELETED = "uses {}, which was deleted in the package"

Texts = Mapping[str, str]


def find(base: Texts, theirs: Texts, ours: Texts, merged: Texts, package: str) -> list[Conflict]:
    """A conflict for each use of a symbol that is no longer there.

    What is as the engineer has it is not looked at, nor what is all as the notebook gives it: it
    was as complete before.
    """
    found: list[Conflict] = []
    theirs, merged = _code(theirs), _code(merged)
    for path in sorted({*base, *ours}):
        if is_module(path, package):
            lost = _lost(path, base, theirs, ours, merged)
            if lost:
                found += _uses(path, lost, (theirs, ours, merged), package)
    return found


def _code(texts: Texts) -> dict[str, str]:
    """The modules, with line ends as they are generated."""
    return {p: text.replace("\r\n", "\n") for p, text in texts.items() if p.endswith(".py")}


def _lost(
    path: str, base: Texts, theirs: Texts, ours: Texts, merged: Texts
) -> dict[str, tuple[Item, str]]:
    """Symbols that only one side still has and the merged module lacks; and why."""
    known = [_symbols(texts.get(path, "")) for texts in (base, theirs, ours, merged)]
    before, there, here, now = known
    if before is None or there is None or here is None or now is None:
        return {}  # no Python, or with markers in it: a person looks at it anyway
    return {
        name: (before[name], GONE if name in there else DELETED)
        for name in before
        if name not in now and (name in there) != (name in here)
    }


def _symbols(text: str) -> dict[str, Item]:
    module = split(text)
    return {name: item for item in (module.items if module else ()) for name in _bound(item)}


def _bound(item: Item) -> list[str]:
    if item.kind == "imports":
        return [entry.bound for entry in imports.of(item.nodes)]
    return item.symbol.split(", ") if item.symbol else []


def _uses(
    path: str, lost: Mapping[str, tuple[Item, str]], texts: tuple[Texts, Texts, Texts], package: str
) -> Iterator[Conflict]:
    theirs, ours, merged = texts
    inner = module_of(path, package)
    for where, text in merged.items():
        if _is_as_before(path, where, texts):
            continue
        mentioned = [name for name in lost if name in text]
        module = split(text) if mentioned else None
        imported = _imported_from(module, {f".{inner}", f"{package}.{inner}"})
        for name in mentioned:
            item, reason = lost[name]
            if name in imported or (where == path and names.mentions(text, name)):
                message = reason.format(f"{inner}.{name}")
                sides = theirs.get(where, ""), ours.get(where, "")
                yield Conflict(where, name, item.text, *sides, message)


def _is_as_before(path: str, where: str, texts: tuple[Texts, Texts, Texts]) -> bool:
    theirs, ours, merged = texts
    return any(
        side.get(where) == merged.get(where) and side.get(path) == merged.get(path)
        for side in (theirs, ours)
    )


def _imported_from(module: Module | None, sources: set[str]) -> set[str]:
    entries = (e for item in (module.items if module else ()) for e in imports.of(item.nodes))
    return {entry.name for entry in entries if entry.module in sources}
