"""What the narrative calls the modules and functions that it imports at its top."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from nb2pkg.facts.libraries import known
from nb2pkg.facts.stars import exported
from nb2pkg.model import Facts
from nb2pkg.plan.import_order import Conflict
from nb2pkg.plan.layout import Arranged
from nb2pkg.plan.model import Definition, Piece, PieceKind
from nb2pkg.plan.plan_state import PlanState
from nb2pkg.plan.scope import BUILTINS


class Names:
    """Settles piece by piece what is imported at the top, and what where it is used.

    held: modules that must not be imported at the top. modules: each module to what is imported
    ("clean", "clean as clean_module"); names: each module to the names imported out of it.
    """

    def __init__(
        self, state: PlanState, laid_out: Arranged, held: Mapping[str, Conflict], top: int
    ) -> None:
        statements = state.timeline.statements
        pieces = [piece for cell in laid_out.cells for piece in cell.pieces]
        kept = [statements[p.position] for p in pieces if p.kind is PieceKind.KEPT]
        self._package = laid_out.package
        self._held = held
        self._taken = taken_by(statements)
        self._mentions = _mentions(statements, pieces)
        self._looks_up = any(f.has_unknown_text or f.reads_everything for f in kept)
        self._until = _until(statements, top)
        self._below: set[str] = set()  # modules that are imported further down
        self.modules: dict[str, str] = {}
        self.names: dict[str, set[str]] = {}
        self.missed: dict[str, Conflict] = {}

    def settled(self, piece: Piece) -> Piece:
        """The piece with what is imported for it, and under which name."""
        item = piece.step or piece.definition
        if item is None or piece.in_place:
            return piece
        if item.module in self._held:
            self.missed[item.module] = self._held[item.module]
        is_top = item.module not in self._held and piece.position <= self._until
        if piece.definition is not None:
            return self._definition(piece, piece.definition, is_top)
        name = piece.step.function if piece.step is not None else item.name
        if is_top:
            return replace(piece, called=self.function(item.module, name))
        return self._below_top(piece, item.module, name)

    def function(self, module: str, name: str) -> str:
        """What a function of a module is called, once what that needs is imported at the top."""
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

    def _below_top(self, piece: Piece, module: str, name: str) -> Piece:
        """A call right below the import that it needs; its module is imported once."""
        if module in self._taken or piece.position > self._until:
            return imported_here(piece, self._package, self._taken)
        line = "" if module in self._below else f"from {self._package} import {module}"
        self._below.add(module)
        return replace(piece, called=f"{module}.{name}", imports=line)

    def _definition(self, piece: Piece, item: Definition, is_top: bool) -> Piece:
        """A definition keeps its name: it is imported if something that stays mentions it."""
        mentions = self._mentions.get(item.name, ())
        if not (mentions or self._looks_up):
            return replace(piece, kind=PieceKind.ABOVE)
        if not is_top or item.name in BUILTINS or any(p < piece.position for p in mentions):
            return piece  # until then it means something else, or nothing
        self.names.setdefault(item.module, set()).add(item.name)
        return replace(piece, kind=PieceKind.ABOVE)


def imported_here(piece: Piece, package: str, taken: frozenset[str]) -> Piece:
    """A call with the import of its function right above it. taken: names that mean something else."""
    if piece.step is None:
        return piece
    if piece.step.function in taken:
        alias = f"{piece.step.module}_module"
        line = f"from {package} import {piece.step.module} as {alias}"
        return replace(piece, called=f"{alias}.{piece.step.function}", imports=line)
    line = f"from {package}.{piece.step.module} import {piece.step.function}"
    return replace(piece, called=piece.step.function, imports=line)


def taken_by(statements: Iterable[Facts]) -> frozenset[str]:
    """Names that mean something in the notebook, or may."""
    found = {*BUILTINS, *known("reserved", "names")} - {"config"}
    for facts in statements:
        found |= {*mentioned(facts), *facts.bound, *facts.own, *facts.deletes}
        for one in facts.imports:
            found |= exported(one.module) or frozenset() if one.name == "*" else frozenset()
    return frozenset(found)


def mentioned(facts: Facts) -> set[str]:
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
            names = mentioned(statements[piece.position])
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
