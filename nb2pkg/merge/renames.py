"""Symbols that the engineer renamed or moved: what is generated follows."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nb2pkg.merge.symbols import PROVENANCE, Item, Module, split
from nb2pkg.paths import is_module, module_of, path_of

Print = Callable[[Item], object]  # what two symbols have in common that are one; None: nothing


@dataclass(frozen=True, slots=True)
class SymbolPlace:
    """A symbol of the package: the path of its module, and its name."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class Renames:
    """symbols: where each symbol that was renamed or moved is now; paths: modules moved whole."""

    symbols: Mapping[SymbolPlace, SymbolPlace]
    paths: Mapping[str, str]

    def by_symbol(self, package: str) -> dict[str, str]:
        """For a person and for the links of the manifest: "module.symbol" before and now."""
        return {
            f"{module_of(old.path, package)}.{old.name}": f"{module_of(new.path, package)}.{new.name}"
            for old, new in self.symbols.items()
        }


def place_of(symbol: str, package: str) -> SymbolPlace:
    """Where "module.symbol" stands, as seen from the project."""
    module, _, name = symbol.rpartition(".")
    return SymbolPlace(path_of(package, module), name)


def find(
    base: Mapping[str, str], theirs: Mapping[str, str], package: str, known: Mapping[str, str]
) -> Renames:
    """Pair symbols that are missing now with symbols that are new.

    Known from last time: still the pair. Same body: renamed or moved. Another body: the line above
    that tells its cell is the same.
    """
    before, now = _modules(base, package), _modules(theirs, package)
    missing = _only_in(before, now)
    new = _only_in(now, before)
    if not missing or not new:
        return Renames({}, {})
    pairs: dict[SymbolPlace, SymbolPlace] = {}
    for old, renamed in known.items():
        place, moved = place_of(old, package), place_of(renamed, package)
        if place in missing and moved in new:
            pairs[place] = moved
            del missing[place], new[moved]
    for print_of in (_name_and_body, _name_and_cell, _body, _cell):
        _pair(missing, new, print_of, pairs)
    return Renames(pairs, _moved_whole(before, now, pairs))


def _modules(texts: Mapping[str, str], package: str) -> dict[str, Module]:
    found = {}
    for path in sorted(texts):
        if is_module(path, package):
            module = split(texts[path].replace("\r\n", "\n"))
            if module is not None:
                found[path] = module
    return found


def _only_in(here: Mapping[str, Module], there: Mapping[str, Module]) -> dict[SymbolPlace, Item]:
    known = {(path, key) for path, module in there.items() for key in module.by_key}
    return {
        SymbolPlace(path, item.key): item
        for path, module in here.items()
        for item in module.items
        if item.kind == "symbol" and item.key.isidentifier() and (path, item.key) not in known
    }


def _pair(
    missing: dict[SymbolPlace, Item],
    new: dict[SymbolPlace, Item],
    print_of: Print,
    pairs: dict[SymbolPlace, SymbolPlace],
) -> None:
    """Pair what has the same print, if nothing else has it; take the pairs out of both."""
    old_prints = {place: print_of(item) for place, item in missing.items()}
    new_prints = {place: print_of(item) for place, item in new.items()}
    often = Counter(old_prints.values()), Counter(new_prints.values())
    by_print = {mark: place for place, mark in new_prints.items()}
    for place, mark in old_prints.items():
        if mark is not None and often[0][mark] == 1 and often[1][mark] == 1:
            pairs[place] = by_print[mark]
            del missing[place], new[by_print[mark]]


def _name_and_body(item: Item) -> object:
    return item.key, item.body


def _name_and_cell(item: Item) -> object:
    cell = _cell(item)
    return None if cell is None else (item.key, cell)


def _body(item: Item) -> object:
    """What a symbol is but for its own name."""
    found = []
    for node in item.nodes:
        copy = ast.parse(ast.unparse(node))
        for inner in ast.walk(copy):
            for field in ("id", "name"):
                if getattr(inner, field, None) == item.key:
                    setattr(inner, field, "")
        found.append(ast.dump(copy))
    return tuple(found)


def _cell(item: Item) -> object:
    """The line that tells which cell a symbol comes from."""
    return next((c for c in item.comments if c.startswith(PROVENANCE)), None)


def _moved_whole(
    before: Mapping[str, Module],
    now: Mapping[str, Module],
    pairs: Mapping[SymbolPlace, SymbolPlace],
) -> dict[str, str]:
    """Modules that are gone, and all of whose symbols are in one new file."""
    found: dict[str, str] = {}
    for path, module in before.items():
        symbols = [item.key for item in module.items if item.kind == "symbol"]
        targets = {
            pairs[SymbolPlace(path, s)].path for s in symbols if SymbolPlace(path, s) in pairs
        }
        all_moved = symbols and all(SymbolPlace(path, s) in pairs for s in symbols)
        if path not in now and all_moved and len(targets) == 1:
            target = next(iter(targets))
            if target not in before and target not in found.values():
                found[path] = target
    return found
