"""Modules merged symbol by symbol: the order and the layout of the engineer are kept."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import takewhile

from nb2pkg.merge import imports, lines
from nb2pkg.merge.model import (
    BOTH,
    BOTH_MADE,
    DELETED_HERE,
    GONE_THERE,
    Choices,
    Conflict,
    MergedFile,
    Resolve,
    Sides,
)
from nb2pkg.merge.symbols import PROVENANCE, Item, Module, names, parse, runs, split

ELSEWHERE = "the package has this name from elsewhere than the notebook"
UNFIT = "changed in the notebook and in the package; what is put together is no Python"
GUARD = "if TYPE_CHECKING"
HEAD = ("(docstring)", "(imports)")  # nothing new stands above these


@dataclass(frozen=True, slots=True)
class Settled:
    """What becomes of one item; text is None if it goes. uses: names that its code mentions."""

    text: str | None
    conflict: Conflict | None = None
    kept: bool = False
    uses: frozenset[str] = frozenset()
    is_new: bool = False  # some of its code comes from the notebook of now


@dataclass(frozen=True, slots=True)
class Three:
    """The three versions of a module, and what is the same for all its items."""

    path: str
    package: str
    choices: Choices
    base: Module
    theirs: Module
    ours: Module
    settled: dict[str, Settled] = field(default_factory=dict)

    def way(self, symbol: str) -> Resolve:
        return self.choices.of(self.path, symbol)

    def conflict(self, symbol: str, sides: Sides, reason: str) -> Conflict:
        return sides.conflict(self.path, symbol, reason)


def merge(path: str, sides: Sides, package: str, choices: Choices) -> MergedFile:
    """A Python file; by lines if one of the texts is none."""
    modules = [split(text or "") for text in (sides.base, sides.theirs, sides.ours)]
    base, theirs, ours = modules
    if base is None or theirs is None or ours is None:
        return lines.merge(path, sides, choices.of(path))
    three = Three(path, package, choices, base, theirs, ours)
    _settle_items(three)
    _settle_imports(three)
    text = _assembled(three)
    text = text if (sides.theirs or "\n").endswith("\n") else text.rstrip("\n")
    conflicts = tuple(s.conflict for s in three.settled.values() if s.conflict)
    known = {**three.ours.by_key, **three.base.by_key, **three.theirs.by_key}
    kept = tuple(_label(path, known[key]) for key, s in three.settled.items() if s.kept)
    are_marked = any(three.way(c.symbol) is Resolve.MARKERS for c in conflicts)
    if not runs(text) and not are_marked:
        whole = lines.settled(sides, choices.of(path))
        return MergedFile(whole, (sides.conflict(path, "", UNFIT),))
    return MergedFile(text, conflicts, tuple(dict.fromkeys(kept)))


def edits(path: str, base: str, theirs: str) -> tuple[str, ...]:
    """What the engineer changed in a file, to be told: "path: symbol", or the path alone."""
    before, after = split(base), split(theirs)
    if before is None or after is None:
        return (path,)
    old, new = before.by_key, after.by_key
    changed = [
        item
        for key in {**new, **old}
        for item in [new.get(key) or old[key]]
        if key not in old or key not in new or not old[key].is_like(new[key])
    ]
    return tuple(dict.fromkeys(_label(path, item) for item in changed))


def _label(path: str, item: Item) -> str:
    return f"{path}: {item.symbol}" if item.symbol else path


def _settle_items(three: Three) -> None:
    base, theirs, ours = three.base.by_key, three.theirs.by_key, three.ours.by_key
    for key in {**theirs, **ours, **base}:
        found = [item for item in (theirs.get(key), ours.get(key), base.get(key)) if item]
        if found[0].kind != "imports":
            three.settled[key] = _settle(three, base.get(key), theirs.get(key), ours.get(key))


def _settle(three: Three, b: Item | None, t: Item | None, o: Item | None) -> Settled:
    if b is None:
        return _settle_new(three, t, o)
    if t is None or o is None:
        return _settle_gone(three, b, t, o)
    if t.is_like(b):
        return _taken(t) if o.is_like(b) and t.text != b.text else _taken(o, is_new=True)
    if o.is_like(b):
        return _taken(t, kept=True)
    return _taken(t) if t.is_like(o) else _settle_both(three, b, t, o)


def _taken(item: Item, kept: bool = False, is_new: bool = False) -> Settled:
    return Settled(item.text, None, kept, frozenset(names(item.nodes)), is_new)


def _settle_new(three: Three, t: Item | None, o: Item | None) -> Settled:
    if t is not None and o is not None and not t.is_like(o):
        sides = Sides(None, t.text, o.text)
        conflict = three.conflict(t.symbol, sides, BOTH_MADE)
        return _disputed(three, conflict, sides, (t, o))
    if t is not None:
        return _taken(t, kept=o is None)
    return _taken(o, is_new=True) if o else Settled(None)


def _settle_gone(three: Three, b: Item, t: Item | None, o: Item | None) -> Settled:
    there = t or o
    if there is None or there.is_like(b):
        return Settled(None, kept=t is None and o is not None)
    sides = Sides(b.text, t.text if t else None, o.text if o else None)
    reason = GONE_THERE if t else DELETED_HERE
    return _disputed(three, three.conflict(b.symbol, sides, reason), sides, (there,))


def _disputed(three: Three, conflict: Conflict, sides: Sides, both: Iterable[Item]) -> Settled:
    """A conflict about an item as a whole."""
    way = three.way(conflict.symbol)
    text: str | None = lines.settled(sides, way) or None
    uses = frozenset(name for item in both for name in names(item.nodes))
    return Settled(text, conflict, uses=uses, is_new=way is not Resolve.THEIRS)


def _settle_both(three: Three, b: Item, t: Item, o: Item) -> Settled:
    """Changed on both sides: line by line. What no longer is Python is a conflict as well."""
    base, theirs = _of_same_cell(b, t, o)
    found = lines.regions(Sides(base, theirs, o.text))
    uses = frozenset(names(t.nodes) | names(o.nodes))
    disputed = any(region.sides for region in found)
    way = three.way(t.symbol)
    text = lines.settle(found, way)
    whole = way is not Resolve.MARKERS or not disputed
    if not whole or parse(text) is not None:
        sides = Sides(b.text, t.text, o.text)
        conflict = three.conflict(t.symbol, sides, BOTH) if disputed else None
        return Settled(text, conflict, kept=not disputed, uses=uses, is_new=True)
    sides = Sides(b.text, t.text, o.text)
    return _disputed(three, three.conflict(t.symbol, sides, BOTH), sides, (t, o))


def _of_same_cell(b: Item, t: Item, o: Item) -> tuple[str, str]:
    """Another cell is no edit: base and theirs with the line that tells the cell as it is now."""
    origins = [
        next((x for x in item.text.split("\n") if x.startswith(PROVENANCE)), "")
        for item in (b, t, o)
    ]
    if origins[0] and origins[0] == origins[1] and origins[2]:
        return b.text.replace(origins[0], origins[2], 1), t.text.replace(origins[1], origins[2], 1)
    return b.text, t.text


# --------------------------------------------------------------------------------------- imports


def _settle_imports(three: Three) -> None:
    """The blocks of the engineer, with what the notebook needs now and without what it dropped."""
    blocks = {i.key: i.text for i in _blocks(three.theirs)}
    was, has, wants = (_imported(module) for module in (three.base, three.theirs, three.ours))
    used, needed = _uses(three)
    dropped = {e for e in was if e in has and e not in wants and e.bound not in used}
    missing = [e for e in wants if e not in has and (e not in was or e.bound in needed)]
    remaining = {e for e in has if e not in dropped}
    taken = _taken_names(three)
    clashes = [e for e in missing if e.bound in taken or _clashes(e, remaining)]
    if not clashes and remaining | {*missing} == {*wants} and _are_untouched(three):
        blocks = {i.key: i.text for i in _blocks(three.ours)}
    else:
        for entry in sorted(dropped):
            blocks = {key: imports.remove(text, entry) for key, text in blocks.items()}
        for entry in missing:
            if entry not in clashes or three.way(entry.bound) is Resolve.OURS:
                key = wants[entry] if wants[entry] in blocks or not blocks else list(blocks)[-1]
                blocks[key] = imports.add(blocks.get(key, ""), entry, three.package)
    for key in {**{i.key: "" for i in _blocks(three.theirs)}, **blocks}:
        text = blocks.get(key, "")
        is_edited = key in three.theirs.by_key and {*has} != {*was}
        three.settled[key] = Settled(text if text.strip() else None, kept=is_edited)
    for entry in clashes:
        sides = Sides(None, None, entry.statement + "\n")
        conflict = three.conflict(entry.bound, sides, ELSEWHERE)
        three.settled[f"clash {entry.bound}"] = Settled(None, conflict)
    _settle_guarded(three, used)


def _settle_guarded(three: Three, used: set[str]) -> None:
    """Imports for annotations alone, below ``if TYPE_CHECKING:``, by name as well."""
    items = [module.by_key.get(GUARD) for module in (three.base, three.theirs, three.ours)]
    entries = [imports.guarded(item.nodes) if item else None for item in items]
    base, theirs, ours = entries
    there = items[1]
    if base is None or theirs is None or ours is None or there is None:
        return
    dropped = {e for e in base if e in theirs and e not in ours and e.bound not in used}
    missing = [e for e in ours if e not in theirs and e not in base]
    head, _, body = there.text.partition(":\n")
    block = textwrap.dedent(body)
    for entry in sorted(dropped):
        block = imports.remove(block, entry)
    for entry in missing:
        block = imports.add(block, entry, three.package)
    if block and "TYPE_CHECKING" in head and (dropped or missing):
        text = f"{head}:\n{textwrap.indent(block, '    ')}"
        kept = {*theirs} != {*base}
        three.settled[GUARD] = Settled(text, kept=kept, uses=frozenset({"TYPE_CHECKING"}))


def _blocks(module: Module) -> list[Item]:
    return [item for item in module.items if item.kind == "imports"]


def _imported(module: Module) -> dict[imports.Imported, str]:
    """What a module imports, and the block that it stands in."""
    return {entry: item.key for item in _blocks(module) for entry in imports.of(item.nodes)}


def _are_untouched(three: Three) -> bool:
    base, theirs = _blocks(three.base), _blocks(three.theirs)
    return [b.text for b in base] == [t.text for t in theirs]


def _uses(three: Three) -> tuple[set[str], set[str]]:
    """Names that the merged module uses; names that new code uses and the engineer's lacks."""
    alive = [s for s in three.settled.values() if s.text is not None]
    used = {name for settled in alive for name in settled.uses} | {"annotations"}
    new = {name for settled in alive if settled.is_new for name in settled.uses}
    return used, new - imports.bound_anywhere(three.theirs.items)


def _taken_names(three: Three) -> set[str]:
    """Symbols of the engineer's module that stay."""
    gone = {key for key, settled in three.settled.items() if settled.text is None}
    symbols = (i for i in three.theirs.items if i.kind == "symbol" and i.key not in gone)
    return {name for item in symbols for name in item.symbol.split(", ")}


def _clashes(entry: imports.Imported, others: set[imports.Imported]) -> bool:
    """Is the name bound otherwise already? ``import a.b`` and ``import a.c`` bind the same."""
    same = [e for e in others if e.bound == entry.bound]
    return any(e.name or e.alias or entry.name or entry.alias for e in same)


# -------------------------------------------------------------------------------------- the file


def _assembled(three: Three) -> str:
    """The items in their order, each with the blank lines above it."""
    base, theirs, ours = three.base.by_key, three.theirs.by_key, three.ours.by_key
    parts: list[str] = []
    for key in _order(three):
        text = three.settled[key].text or ""
        gap = _gap(base.get(key), theirs.get(key), ours.get(key))
        item = theirs.get(key) or ours.get(key)
        firsts = [m.items[0].key for m in (three.theirs, three.ours) if m.items]
        is_block = item is not None and item.kind == "symbol" and "\n " in text
        # Whoever keeps both sides of a conflict of git often has two functions without a line between.
        is_glued = is_block and key in ours and ours[key].gap.count("\n") > 1
        if parts and not gap and (is_glued or key in firsts):
            gap = "\n\n" if is_block else "\n"
        parts.append((gap if parts or key in theirs else gap.lstrip("\n")) + text)
    return "".join(parts) + (three.theirs.tail if parts else "")


def _gap(b: Item | None, t: Item | None, o: Item | None) -> str:
    if t is None:
        return o.gap if o else ""
    if b is not None and o is not None and t.gap == b.gap:
        return o.gap
    return t.gap


def _order(three: Three) -> list[str]:
    """Keys of all items that are left: the engineer's order, unless only the notebook's changed."""
    orders = [[i.key for i in m.items] for m in (three.base, three.theirs, three.ours)]
    common = set(orders[0]) & set(orders[1]) & set(orders[2])
    base, theirs, ours = ([key for key in order if key in common] for order in orders)
    alive = {key for key, settled in three.settled.items() if settled.text is not None}
    if theirs == base and ours != base:
        return woven(orders[2], orders[1], alive)
    return woven(orders[1], orders[2], alive)


def woven(lead: list[str], other: list[str], alive: set[str]) -> list[str]:
    """lead, with each key that only other has behind the key that precedes it there.

    >>> woven(["a", "b"], ["a", "x", "y", "b"], {"a", "b", "x", "y"})
    ['a', 'x', 'y', 'b']
    """
    placed = {key for key in lead if key in alive}
    behind: dict[str, list[str]] = {}
    last = ""
    for key in other:
        if key in placed:
            last = key
        elif key in alive:
            behind.setdefault(last, []).append(key)
    first = behind.pop("", [])
    order = [key for at in lead if at in placed for key in (at, *behind.get(at, []))]
    head = sum(1 for _ in takewhile(HEAD.__contains__, order))
    return [
        *(key for key in first if key == HEAD[0]),
        *order[:head],
        *(key for key in first if key != HEAD[0]),
        *order[head:],
    ]
