"""What the narrative calls the modules and functions that it imports at its top."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from nb2pkg.facts.libraries import known
from nb2pkg.facts.stars import exported
from nb2pkg.model import Facts
from nb2pkg.plan.choice import Choice
from nb2pkg.plan.import_order import Conflict
from nb2pkg.plan.model import CellPlan, Piece, PieceKind
from nb2pkg.plan.world import BUILTINS


class Names:
    """Settles piece by piece what is imported, and keeps what has to be.

    held: modules that must not be imported at the top. modules: each module to what is imported
    ("clean", "clean as clean_module"); names: each module to the names imported out of it.
    """

    def __init__(
        self,
        choice: Choice,
        cells: Iterable[CellPlan],
        held: Mapping[str, Conflict],
        top: int,
    ) -> None:
        statements = choice.timeline.statements
        pieces = [piece for cell in cells for piece in cell.pieces]
        kept = [statements[p.position] for p in pieces if p.kind is PieceKind.KEPT]
        self._held = held
        self._taken = _taken(statements)
        self._mentions = _mentions(statements, pieces)
        self._looks_up = any(f.has_unknown_text or f.reads_everything for f in kept)
        self._until = _until(statements, top)
        self.modules: dict[str, str] = {}
        self.names: dict[str, set[str]] = {}
        self.missed: dict[str, Conflict] = {}

    @property
    def is_used(self) -> bool:
        return bool(self.modules or self.names)

    def settled(self, piece: Piece) -> Piece:
        """The piece as it is where what it needs is imported at the top; else as it was."""
        item = piece.step or piece.definition
        if item is None or piece.in_place or piece.position > self._until:
            return piece
        if item.module in self._held:
            self.missed[item.module] = self._held[item.module]
            return piece
        if piece.step is not None:
            return replace(piece, called=self.function(item.module, item.name))
        return self._definition(piece, item.module, item.name)

    def function(self, module: str, name: str) -> str:
        """What a function of a module is called, once what that needs is imported."""
        if module not in self._taken:
            self.modules[module] = module
            return f"{module}.{name}"
        if name not in self._taken:
            self.names.setdefault(module, set()).add(name)
            return name
        alias = f"{module}_module"
        while alias in self._taken:
            alias += "_"
        self.modules[module] = f"{module} as {alias}"
        return f"{alias}.{name}"

    def _definition(self, piece: Piece, module: str, name: str) -> Piece:
        """A definition keeps its name: it is imported if something that stays mentions it."""
        mentions = self._mentions.get(name, ())
        if name in BUILTINS or any(position < piece.position for position in mentions):
            return piece  # until then it means something else, or nothing
        if mentions or self._looks_up:
            self.names.setdefault(module, set()).add(name)
        return replace(piece, kind=PieceKind.ABOVE)


def _taken(statements: Iterable[Facts]) -> frozenset[str]:
    """Names that mean something in the notebook, or may."""
    found = {*BUILTINS, *known("reserved", "names")} - {"config"}
    for facts in statements:
        found |= {*_mentioned(facts), *facts.bound, *facts.own, *facts.deletes}
        for one in facts.imports:
            found |= exported(one.module) or frozenset() if one.name == "*" else frozenset()
    return frozenset(found)


def _mentioned(facts: Facts) -> set[str]:
    """Names that a statement reads, wherever it does."""
    found = {*facts.uses, *facts.late_reads, *facts.late_writes, *facts.text_names}
    if facts.magic is not None:
        found |= {*facts.magic.names, *re.findall(r"[^\W\d]\w*", facts.magic.text)}
    return found


def _mentions(statements: tuple[Facts, ...], pieces: Iterable[Piece]) -> dict[str, list[int]]:
    """Each name to the positions of what mentions it in the narrative."""
    found: dict[str, list[int]] = {}
    for piece in pieces:
        names: set[str] = set()
        if piece.kind is PieceKind.KEPT:
            names = _mentioned(statements[piece.position])
        elif piece.step is not None:
            names = {*piece.step.params, *(k.parameter for k in piece.step.keywords)}
        for name in names:
            found.setdefault(name, []).append(piece.position)
    return found


def _until(statements: tuple[Facts, ...], top: int) -> int:
    """Up to which statement names surely mean what is imported at the top."""
    for position, facts in enumerate(statements):
        if position > top and _may_bind_anything(facts):
            return position
    return len(statements)


def _may_bind_anything(facts: Facts) -> bool:
    if any(one.name == "*" and exported(one.module) is None for one in facts.imports):
        return True
    return facts.reads_everything or "get_ipython" in facts.uses
