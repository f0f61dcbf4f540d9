"""Why something is out of step or stale, as sentences; those that say the same of several symbols are one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nb2pkg.status.model import Row, State

_OF_SYMBOLS = {
    State.PACKAGE: "somebody has edited the code since the promotion, and it was not verified",
    State.BOTH: "the cell and the code have both changed since the promotion",
    State.LENT: "the code is imported from another package, and has changed there",
    State.CELL_GONE: "the cell is no longer in the notebook",
    State.CODE_GONE: "the code is no longer in the package",
    State.UNMERGED: "both sides of a conflict stand in the file",
}
_OF_CELLS = {
    State.NOTEBOOK: "changed since the promotion, and no code was made from it",
    State.WAITING: "tagged since the promotion, and not promoted yet",
}
_MOST = 6  # subjects of one sentence


def of(row: Row) -> tuple[str, ...]:
    """Everything about a row that a person should know, each as the end of a sentence."""
    opinions = (row.validated, row.approved, row.verified)
    state = () if row.state.is_in_step else (_of_state(row),)
    return (*state, *(opinion.reason for opinion in opinions if opinion.reason))


def _of_state(row: Row) -> str:
    if row.state is State.NOTEBOOK and row.symbol:
        return f"the {row.change} of the cell changed since the promotion"
    return _OF_CELLS[row.state] if row.state in _OF_CELLS else _OF_SYMBOLS[row.state]


def sentences(rows: Iterable[Row]) -> Iterator[str]:
    """All of it, in the order of the rows."""
    subjects: dict[str, dict[str, None]] = {}
    for row in rows:
        for reason in of(row):
            subjects.setdefault(reason, {})[row.symbol or f"cell {row.number}"] = None
    for reason, names in subjects.items():
        shown = list(names)[:_MOST]
        more = len(names) - len(shown)
        yield f"{', '.join(shown)}{f' and {more} more' if more else ''}: {reason}."
