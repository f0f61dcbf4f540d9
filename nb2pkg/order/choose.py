"""The order that the notebook itself speaks for, without running it.

What was written down comes first: if the order of the counts (or of the log) works, it is right, and
document order is right too where it gives every cell the same values. If it does not work, cells were
run again or are gone; then document order, a repair of it, or an arrangement is a guess.
"""

from __future__ import annotations

from collections.abc import Sequence

from nb2pkg.order.arrange import is_trusted, kept, wanted
from nb2pkg.order.candidates import candidates, completed
from nb2pkg.order.model import Candidate, Certainty, History, Kind, Order, OrderFinding, Summary
from nb2pkg.order.reads import candidate, missing, parts_read_early
from nb2pkg.order.same import gives_same_values

_FINDS = "every cell finds its names"
_WHY = {
    Kind.REPAIRED: "in document order cells read too early; these were moved, and no others",
    Kind.ARRANGED: "in document order cells read too early; this order gives each its names",
}


def choose(found: Sequence[Summary], history: History) -> OrderFinding:
    """The order by what is written down and what the cells read and make."""
    options = candidates(found, history)
    chosen, certainty, why = _recorded(options, found, history) or _guessed(options, found, history)
    return OrderFinding(
        chosen=chosen,
        certainty=certainty,
        why=why,
        history=history,
        candidates=options,
        missing=missing(found, history.deleted),
        parts=parts_read_early(chosen.cells, found) if certainty is Certainty.GUESSED else (),
    )


def _recorded(
    options: Sequence[Candidate], found: Sequence[Summary], history: History
) -> tuple[Candidate, Certainty, str] | None:
    """What follows from the order that was written down, if that can be the order."""
    document = options[0]
    if history.mixed and document.seems_to_work:
        return None
    for kind, order in history.orders:
        run = candidate(kind, order, found)
        if not run.may_work:
            continue
        sure = history.complete and kind is not Kind.FIRST_RUNS
        certainty = Certainty.KNOWN if sure else Certainty.GUESSED
        chosen, why = _settled(run, document, found)
        return chosen, certainty, why
    return None


def _settled(
    run: Candidate, document: Candidate, found: Sequence[Summary]
) -> tuple[Candidate, str]:
    """Document order, if it does the same as what was run; else what was run."""
    stands = tuple(index for index in document.cells if index in set(run.cells))
    if document.may_work and stands == run.cells:
        return document, "the cells were run in the order in which they stand"
    if document.may_work and gives_same_values(stands, run.cells, found):
        return document, "they were run in another order, which gives every cell the same values"
    if stands == run.cells:
        return run, "the cells that were run work in the order in which they stand"
    chosen = _with_rest(run, document, found)
    return chosen, "the cells were run in this order, and document order gives other values"


def _with_rest(run: Candidate, document: Candidate, found: Sequence[Summary]) -> Candidate:
    """What was run, with the other cells where they stand, else behind it, else without them."""
    rest = tuple(index for index in document.cells if index not in set(run.cells))
    for order in (completed(run.cells, document.cells), run.cells + rest):
        whole = candidate(run.kind, order, found)
        if whole.may_work:
            return whole
    return run


def _guessed(
    options: Sequence[Candidate], found: Sequence[Summary], history: History
) -> tuple[Candidate, Certainty, str]:
    """No order is written down, or none that works."""
    document = options[0]
    works = [option for option in options if option.works and option.kind is not Kind.COUNTS]
    if document.seems_to_work or not works:
        return _document_or_least(options, history)
    first = max(works, key=lambda option: _merits(option, found))
    return first, Certainty.GUESSED, _WHY.get(first.kind, f"{_FINDS} in it")


def _merits(option: Candidate, found: Sequence[Summary]) -> tuple[int, bool]:
    """Readers that get the value meant for them; where the document says little, none of its order."""
    anew = option.kind is Kind.ARRANGED and not is_trusted(found)
    return kept(option.cells, found, wanted(found)), anew


def _document_or_least(
    options: Sequence[Candidate], history: History
) -> tuple[Candidate, Certainty, str]:
    document = options[0]
    if document.seems_to_work:
        return document, Certainty.GUESSED, f"{_doubt(history)}in document order {_FINDS}"
    least = min(options, key=_sins)
    return least, Certainty.GUESSED, "no order gives every cell its names; in this one fewest lack"


def _doubt(history: History) -> str:
    if history.mixed:
        return "the counts are of several sessions; "
    if history.source:
        return "the order of the runs cannot be all, for cells were run again, or are gone; "
    return "no order is written down; "


def _sins(option: Candidate) -> tuple[int, int, int]:
    """Names that are read too early, surely and in all; and cells that are left out."""
    sure = sum(early.sure for early in option.early)
    return sure, sum(early.likely for early in option.early), -len(option.cells)


def orders_to_try(finding: OrderFinding) -> tuple[Order, ...]:
    """The orders of the candidates, the most promising first."""
    ranked = sorted(finding.candidates, key=lambda c: (not c.works, not c.may_work))
    return tuple(dict.fromkeys([finding.chosen.cells, *(c.cells for c in ranked)]))
