"""Problems and errors as text for a person."""

from __future__ import annotations

from collections.abc import Iterable

import click

from nb2pkg.errors import Nb2pkgError, PromotionError
from nb2pkg.model import Notebook, Problem


def say_error(error: Nb2pkgError) -> None:
    """One message and a hint; a PromotionError's problems come first."""
    if isinstance(error, PromotionError):
        for problem in error.problems:
            say(f"{_head(problem)}\n    hint: {problem.hint}")
    say(f"nb2pkg: {error.message}")
    if error.hint:
        say(f"hint: {error.hint}")


def say(text: str = "") -> None:
    """What is said to a person goes to stderr: stdout is for data."""
    click.echo(text, err=True)


def _head(problem: Problem) -> str:
    place = f"cell {problem.place.cell + 1}, line {problem.place.line}: " if problem.place else ""
    return f"{place}{problem.code} {problem.message}"


def excerpt(notebook: Notebook, problem: Problem) -> list[str]:
    """The line of the problem and a caret under what it speaks of."""
    if problem.place is None or not problem.place.width:
        return []
    lines = notebook.cells[problem.place.cell].source.split("\n")
    if problem.place.line > len(lines):
        return []
    line = lines[problem.place.line - 1]
    width = max(1, min(problem.place.width, len(line) - problem.place.column))
    return [f"    {line}", "    " + " " * problem.place.column + "^" * width]


def detailed(notebook: Notebook, problems: Iterable[Problem]) -> list[str]:
    """Each problem with its place, its line, a caret, and what to do."""
    lines: list[str] = []
    for problem in problems:
        lines.append(_head(problem))
        lines.extend(excerpt(notebook, problem))
        if problem.hint:
            lines.append(f"    hint: {problem.hint}")
    return lines


def as_json(problem: Problem) -> dict[str, object]:
    place = problem.place
    return {
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
        "cell": place.cell + 1 if place else None,
        "line": place.line if place else None,
        "column": place.column + 1 if place else None,
    }
