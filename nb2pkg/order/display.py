"""What was found, as lines for a person and as plain data for a machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nb2pkg.model import Cell, Notebook
from nb2pkg.order.counts import format_cells
from nb2pkg.order.model import Candidate, Certainty, Early, Mismatch, Missing, OrderFinding, Trial

_SHOWN = 12
_WIDTH = 60


def order_lines(notebook: Notebook, finding: OrderFinding) -> Iterator[str]:
    """The order: the number of each cell in the document, its count, and its first line."""
    for index in finding.chosen.cells:
        cell = notebook.cells[index]
        count = f"[{cell.execution_count or ' '}]"
        yield f"{index + 1:>4}  {count:>5}  {_first_line(cell)}".rstrip()


def _first_line(cell: Cell) -> str:
    line = cell.source.strip().partition("\n")[0]
    return line if len(line) <= _WIDTH else line[: _WIDTH - 3] + "..."


def report_lines(finding: OrderFinding, values: bool) -> Iterator[str]:
    """What is known, guessed and lost; what is missing; what does not come again."""
    chosen = finding.chosen.kind.value
    if finding.is_right and finding.trial and finding.certainty is not Certainty.RUN:
        yield "Document order runs, but not all that is stored comes again, in no order that was tried."
    elif finding.is_right:
        yield f"Document order is right ({finding.certainty.value}): {finding.why}."
    elif finding.chosen.is_document_order:
        yield f"Document order is the best that was found ({finding.certainty.value}), but it does not run."
    else:
        yield f"Another order is needed ({finding.certainty.value}): {chosen}."
        yield f"  {finding.why}"
    yield from _listed("known", finding.history.known)
    yield from _listed("guessed", _guesses(finding))
    yield from _listed("lost", finding.history.lost)
    yield from _listed("missing", [_missing(item) for item in finding.missing])
    yield from _listed("read too early", [_early(item) for item in finding.chosen.early])
    if finding.trial is not None:
        yield from _trial_lines(finding.trial, len(finding.trials), values)


def _listed(word: str, items: list[str] | tuple[str, ...]) -> Iterator[str]:
    for item in items[:_SHOWN]:
        yield f"  {word}: {item}"
    if len(items) > _SHOWN:
        yield f"  {word}: and {len(items) - _SHOWN} more"


def _guesses(finding: OrderFinding) -> tuple[str, ...]:
    guess = finding.certainty is Certainty.GUESSED and not finding.is_right
    own = (f"this order: {finding.why}",) if guess and finding.chosen.is_document_order else ()
    left = set(_all_cells(finding)) - set(finding.chosen.cells)
    rest = (f"{format_cells(sorted(left))}: left out of this order",) if left else ()
    parts = finding.parts if finding.trial is None else ()
    return (*own, *finding.history.doubts, *parts, *rest)


def _all_cells(finding: OrderFinding) -> set[int]:
    return {index for candidate in finding.candidates for index in candidate.cells}


def _missing(item: Missing) -> str:
    maybe = "" if item.sure else ", perhaps"
    hint = f" ({item.hint})" if item.hint else ""
    return f"{item.name}: cell {item.cell + 1}, line {item.line} reads it{maybe}, and no cell makes it{hint}"


def _early(item: Early) -> str:
    where = format_cells(item.makers)
    maybe = "" if item.sure else ", perhaps"
    return f"{item.name}: cell {item.cell + 1}, line {item.line} reads it{maybe}, {where} makes it later"


def _trial_lines(trial: Trial, runs: int, values: bool) -> Iterator[str]:
    orders = f" ({runs} orders were looked at)" if runs > 1 else ""
    yield (
        f"Run: {trial.ran} of {trial.total} cells ran, {trial.matches} of {trial.compared} "
        f"show again what is stored{orders}."
    )
    for wrong in sorted(trial.mismatches, key=lambda item: item.cell)[:_SHOWN]:
        detail = f": {wrong.detail}" if values and wrong.detail else ""
        yield f"  cell {wrong.cell + 1} {wrong.what} ({wrong.why}){detail}"
    if len(trial.mismatches) > _SHOWN:
        yield f"  and {len(trial.mismatches) - _SHOWN} more"


def as_json(notebook: Notebook, finding: OrderFinding, values: bool) -> dict[str, Any]:
    """Everything; cells are counted from 1."""
    return {
        "order": [index + 1 for index in finding.chosen.cells],
        "ids": [notebook.cells[index].id for index in finding.chosen.cells],
        "kind": finding.chosen.kind.name.lower(),
        "certainty": finding.certainty.name.lower(),
        "why": finding.why,
        "document_order_is_right": finding.is_right,
        "known": list(finding.history.known),
        "guessed": list(_guesses(finding)),
        "lost": list(finding.history.lost),
        "missing": [
            {"name": m.name, "cell": m.cell + 1, "line": m.line, "sure": m.sure, "hint": m.hint}
            for m in finding.missing
        ],
        "candidates": [_candidate_as_json(candidate) for candidate in finding.candidates],
        "run": _trial_as_json(finding.trial, values) if finding.trial else None,
    }


def _candidate_as_json(candidate: Candidate) -> dict[str, Any]:
    return {
        "kind": candidate.kind.name.lower(),
        "order": [index + 1 for index in candidate.cells],
        "read_too_early": [
            {"name": e.name, "cell": e.cell + 1, "line": e.line, "sure": e.sure}
            for e in candidate.early
        ],
    }


def _trial_as_json(trial: Trial, values: bool) -> dict[str, Any]:
    return {
        "ran": trial.ran,
        "cells": trial.total,
        "matches": trial.matches,
        "compared": trial.compared,
        "stopped": {"cell": trial.stopped_at + 1, "reason": trial.stop} if trial.stop else None,
        "mismatches": [_mismatch_as_json(wrong, values) for wrong in trial.mismatches],
    }


def _mismatch_as_json(wrong: Mismatch, values: bool) -> dict[str, Any]:
    detail = wrong.detail if values else ""
    return {"cell": wrong.cell + 1, "what": wrong.what, "why": wrong.why, "detail": detail}
