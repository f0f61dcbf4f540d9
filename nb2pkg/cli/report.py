"""Problems and errors as text for a person."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import PurePath

import click

from nb2pkg import escape
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


_heard: list[tuple[str, str, bool]] = []  # how what was printed was said, and whether its line ends
_listeners: list[bool] = []


def listen() -> None:
    """Keep in mind what is printed from now on."""
    _listeners.append(True)


def heard() -> list[tuple[str, str, bool]]:
    """What was printed since somebody listens."""
    return list(_heard)


def repeat(how: str, text: str, ends: bool) -> None:
    """Print what was heard, in the same way."""
    if how == "say":
        say(text)
    elif how == "show":
        show(text, ends)
    else:
        give(text, ends)


def _hear(how: str, text: str, ends: bool) -> None:
    if _listeners:
        _heard.append((how, text, ends))


def say(text: str = "") -> None:
    """What is said to a person goes to stderr: stdout is for data."""
    _hear("say", text, True)
    click.echo(_safe(text), err=True)


def show(text: str, nl: bool = True) -> None:
    """Lines on stdout for a person."""
    _hear("show", text, nl)
    click.echo(_safe(text), nl=nl)


def give(data: str | PurePath, nl: bool = True) -> None:
    """Data on stdout: as it is, unless it is a person who reads it there."""
    _hear("give", str(data), nl)
    if sys.stdout.isatty():
        click.echo(_safe(str(data)), nl=nl)
    else:
        raw = os.fsencode(data) if isinstance(data, PurePath) else escape.surrogates(data)
        click.echo(raw, nl=nl)


_names: dict[str, str] = {}  # names of several lines, and how they are shown


def note(path: str | os.PathLike[str]) -> None:
    """A name that a person gave: it may have ends of lines in it."""
    named = PurePath(path)
    for name in (str(named), named.name, named.stem):
        if escape.line(name) != escape.terminal(name):
            _names[name] = escape.line(name)


def _safe(text: str) -> str:
    for name, shown in _names.items():
        text = text.replace(name, shown)
    return escape.terminal(text)


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
