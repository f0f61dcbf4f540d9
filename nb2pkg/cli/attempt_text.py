"""Attempts as lines for a person, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from nb2pkg.attempts.difference import AttemptChange, AttemptDifference, number
from nb2pkg.attempts.history import AttemptHistory
from nb2pkg.attempts.model import SHORT, Attempt
from nb2pkg.attempts.text import to_json

_SIGNS = {"@": "    ...", " ": "      ", "+": "    + ", "-": "    - "}


def table(attempts: Sequence[Attempt]) -> Iterator[str]:
    """A line for each attempt."""
    rows = [_row(attempt) for attempt in attempts]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip()


def _row(attempt: Attempt) -> tuple[str, ...]:
    metrics = " ".join(f"{m.name}={number(m.value)}" for m in attempt.facts.metrics)
    columns = (f"#{attempt.number}", attempt.short, attempt.facts.when[:16].replace("T", " "))
    return (*columns, attempt.facts.branch, attempt.result.status, metrics, _title(attempt))


def _title(attempt: Attempt) -> str:
    automatic = f"(at {attempt.facts.trigger})" if attempt.facts.is_automatic else ""
    said = f"[{len(attempt.said)} comment{'s' * (len(attempt.said) > 1)}]" if attempt.said else ""
    why = attempt.facts.why.splitlines()[0] if attempt.facts.why else ""
    return " ".join(part for part in (why, automatic, said) if part)


def tree(history: AttemptHistory) -> Iterator[str]:
    """The attempts below the one that they went on from: a branch is set in."""
    children: dict[str, list[Attempt]] = {}
    for attempt in history.attempts:
        parent = history.by_id.get(attempt.parent)
        children.setdefault(parent.id if parent else "", []).append(attempt)
    # Without recursion: a history may be longer than calls can be deep.
    waiting = [(attempt, 0) for attempt in reversed(children.get("", []))]
    while waiting:
        attempt, depth = waiting.pop()
        columns = (text for text in _row(attempt) if text)
        yield f"{'|  ' * depth}* {'  '.join(columns)}"
        following = children.get(attempt.id, [])
        own = [each for each in following if each.facts.branch == attempt.facts.branch][:1]
        forks = [each for each in following if each not in own]
        waiting += [(each, depth) for each in own] + [(each, depth + 1) for each in reversed(forks)]


def details(attempt: Attempt, symbols: Iterable[str]) -> Iterator[str]:
    """All that is known of an attempt, but for its notebook."""
    facts = attempt.facts
    yield f"#{attempt.number} {attempt.id}"
    yield from (f"  {line}" for line in facts.why.splitlines())
    rows = {
        "notebook": facts.notebook + (", without outputs" if facts.outputs == "strip" else ""),
        "branch": facts.branch + (f", after {attempt.parent[:SHORT]}" if attempt.parent else ""),
        "recorded": f"{facts.when} by {facts.who or 'somebody'}"
        + (f", at {facts.trigger}" if facts.is_automatic else ""),
        "result": attempt.result.text,
        "metrics": ", ".join(f"{m.name} {number(m.value)}" for m in facts.metrics),
        "python": facts.installed.python,
        "installed": ", ".join(f"{n} {v}" for n, v in facts.installed.distributions.items()),
        "promoted": ", ".join(symbols),
    }
    for name, text in rows.items():
        if text:
            yield f"  {name:<9} {text}"
    for file in facts.data:
        version = file.version
        digest = f"md5 {version.md5}" if version.md5 else "too big to be read in passing"
        yield f"  {'data':<9} {version.path}, {version.size:,} bytes, {digest}"
    for comment in attempt.said:
        yield f"  {comment.who or 'somebody'}, {comment.when}: {comment.text}"


def difference(found: AttemptDifference) -> Iterator[str]:
    """What differs, cell by cell."""
    for cell in found.cells:
        yield cell.words
        for sign, text in cell.lines:
            yield f"{_SIGNS[sign]}{text}"
        if cell.output_lines:
            yield "  shows"
        for sign, text in cell.output_lines:
            yield f"{_SIGNS[sign]}{text}"
    for kind, changes in (
        ("metric", found.metrics),
        ("data", found.data),
        ("installed", found.installed),
        ("", (found.result,) if found.result else ()),
    ):
        yield from (f"{kind} {_change(change)}".lstrip() for change in changes)
    yield from found.notes
    if found.is_empty:
        yield "nothing differs"


def _change(change: AttemptChange) -> str:
    if change.how:
        return f"{change.name}: {change.how}"
    if change.old is None:
        return f"{change.name}: {change.new} (new)"
    if change.new is None:
        return f"{change.name}: no longer there (was {change.old})"
    return f"{change.name}: {change.old} -> {change.new}"


# ------------------------------------------------------------------------------------------- JSON


def history_as_json(
    history: AttemptHistory, symbols: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Everything for a machine."""
    return {
        "notebook": history.notebook,
        "current": history.current,
        "branches": dict(history.branches),
        "attempts": [attempt_as_json(a, symbols.get(a.id, ())) for a in history.attempts],
    }


def attempt_as_json(attempt: Attempt, symbols: Sequence[str]) -> dict[str, Any]:
    """An attempt for a machine."""
    facts = attempt.facts
    return {
        "id": attempt.id,
        "number": attempt.number,
        "parent": attempt.parent or None,
        "branch": facts.branch,
        "when": facts.when,
        "who": facts.who,
        "why": facts.why,
        "trigger": facts.trigger,
        "automatic": facts.is_automatic,
        "outputs": facts.outputs,
        "result": {"status": attempt.result.status or None, "reason": attempt.result.reason},
        "metrics": {metric.name: to_json(metric.value) for metric in facts.metrics},
        "python": facts.installed.python,
        "distributions": dict(facts.installed.distributions),
        "data": [
            {"path": f.version.path, "md5": f.version.md5 or None, "size": f.version.size}
            for f in facts.data
        ],
        "comments": [{"when": c.when, "who": c.who, "text": c.text} for c in attempt.said],
        "promoted": list(symbols),
    }


def difference_as_json(found: AttemptDifference) -> dict[str, Any]:
    """A difference for a machine."""
    return {
        "cells": [
            {
                "what": cell.kind,
                "old": cell.old or None,
                "new": cell.new or None,
                "moved": cell.is_moved,
                "other_outputs": cell.has_other_outputs,
                "other_metadata": cell.has_other_metadata,
                "lines": [sign + text for sign, text in cell.lines],
                "output_lines": [sign + text for sign, text in cell.output_lines],
            }
            for cell in found.cells
        ],
        **{
            key: [
                {"name": c.name, "old": c.old, "new": c.new} | ({"how": c.how} if c.how else {})
                for c in changes
            ]
            for key, changes in (
                ("metrics", found.metrics),
                ("data", found.data),
                ("installed", found.installed),
                ("result", (found.result,) if found.result else ()),
            )
        },
        "notes": list(found.notes),
    }
