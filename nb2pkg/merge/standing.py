"""Where each generated symbol stands now: as it was, edited, renamed, gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nb2pkg.merge import follow, renames
from nb2pkg.merge.renames import SymbolPlace
from nb2pkg.merge.symbols import Item, split
from nb2pkg.paths import is_module, module_of


@dataclass(frozen=True, slots=True)
class Standing:
    """symbol is what the engineer calls it now. The code as it was generated, with the engineer's
    names, and as it is; None if it is gone, or its module is no Python any more.
    """

    symbol: str
    generated: str
    current: str | None
    is_edited: bool


def find(
    base: Mapping[str, str], theirs: Mapping[str, str], package: str, known: Mapping[str, str]
) -> dict[str, Standing]:
    """ "module.name" as it was generated to where it stands, for all symbols of the modules."""
    found = renames.find(base, theirs, package, known)
    followed = follow.apply(base, found, package)
    before = _items(followed, package)
    after = _items(theirs, package)
    standings = {}
    for place in _items(base, package):
        now = found.symbols.get(
            place, SymbolPlace(found.paths.get(place.path, place.path), place.name)
        )
        old, new = before.get(now), after.get(now)
        standings[_symbol(place, package)] = Standing(
            _symbol(now, package),
            old.text if old else "",
            new.text if new else None,
            new is None or old is None or not new.is_like(old),
        )
    return standings


def _symbol(place: SymbolPlace, package: str) -> str:
    return f"{module_of(place.path, package)}.{place.name}"


def _items(texts: Mapping[str, str], package: str) -> dict[SymbolPlace, Item]:
    """Symbols that have a name of their own, by where they stand."""
    found = {}
    for path, text in texts.items():
        if is_module(path, package):
            module = split(text.replace("\r\n", "\n"))
            for item in module.items if module else ():
                if item.kind == "symbol":
                    for name in item.symbol.split(", "):
                        found[SymbolPlace(path, name)] = item
    return found
