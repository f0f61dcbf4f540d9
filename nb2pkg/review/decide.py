"""What two people must decide, before they read anything else. Each matter has a filter of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nb2pkg.observed import VERIFIED
from nb2pkg.review.model import Question, Symbol
from nb2pkg.status.model import Mark, Row, State

_IN_CONFLICT = (State.BOTH, State.UNMERGED)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to decide: what it is about, with the section that shows it, and what is known."""

    symbol: str
    text: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """Things to decide of one kind. advice: how. word: of the filter that shows their functions."""

    key: str
    title: str
    word: str
    advice: str
    items: tuple[Item, ...]


def matters(symbols: Sequence[Symbol], rows: Iterable[Row]) -> tuple[Matter, ...]:
    """Those of which there are any. rows: of the status, for what belongs to no symbol."""
    names = {symbol.symbol for symbol in symbols}
    lost = [row for row in rows if row.state is State.UNMERGED and row.symbol not in names]
    every = (
        Matter(
            "conflict",
            "Conflicts",
            "in conflict",
            "Notebook and package changed the same code: nb2pkg promote merges them, or asks.",
            (*_conflicts(symbols), *(Item(row.symbol, row.state.value) for row in lost)),
        ),
        Matter(
            "unverified",
            "Not verified",
            "not verified",
            "nb2pkg verify runs the notebook and this package, and compares.",
            tuple(_unverified(symbols)),
        ),
        Matter(
            "changed",
            "Changed since somebody decided",
            "changed",
            "Look again: nb2pkg review approve SYMBOL, nb2pkg validate SYMBOL; or promote again.",
            tuple(_changed(symbols)),
        ),
    )
    return tuple(matter for matter in every if matter.items)


def flags(
    symbols: Sequence[Symbol], found: Sequence[Matter], questions: Sequence[Question]
) -> dict[str, tuple[str, ...]]:
    """For each symbol the filters that show it."""
    asked = {question.symbol for question in questions}
    about = {matter.key: {item.symbol for item in matter.items} for matter in found}
    return {
        symbol.symbol: (
            *(["asked"] if symbol.symbol in asked else []),
            *(key for key, names in about.items() if symbol.symbol in names),
            *([] if _is_approved(symbol) else ["unapproved"]),
        )
        for symbol in symbols
    }


def _is_approved(symbol: Symbol) -> bool:
    return bool(symbol.rows) and all(row.approved.holds for row in symbol.rows)


def _conflicts(symbols: Iterable[Symbol]) -> Iterator[Item]:
    for symbol in symbols:
        if states := {row.state.value for row in symbol.rows if row.state in _IN_CONFLICT}:
            yield Item(symbol.symbol, ", ".join(sorted(states)), symbol.anchor)


def _unverified(symbols: Iterable[Symbol]) -> Iterator[Item]:
    for symbol in symbols:
        stale = [row.verified.reason for row in symbol.rows if row.verified.mark is Mark.STALE]
        if symbol.verdict and symbol.verdict not in VERIFIED:
            notes = f": {'; '.join(symbol.notes)}" if symbol.notes else ""
            yield Item(symbol.symbol, f"{symbol.verdict}{notes}", symbol.anchor)
        elif stale:
            yield Item(symbol.symbol, stale[0], symbol.anchor)


def _changed(symbols: Iterable[Symbol]) -> Iterator[Item]:
    for symbol in symbols:
        reasons = dict.fromkeys(reason for row in symbol.rows for reason in _reasons(row))
        if symbol.is_edited and not reasons and not symbol.rows:
            reasons = {"edited since it was generated": None}
        if symbol.code.note:
            reasons = {symbol.code.note: None}
        if reasons:
            yield Item(symbol.symbol, "; ".join(reasons), symbol.anchor)


def _reasons(row: Row) -> Iterator[str]:
    if not row.state.is_in_step and row.state not in _IN_CONFLICT:
        yield row.state.value
    yield from (opinion.reason for opinion in (row.validated, row.approved) if opinion.reason)
