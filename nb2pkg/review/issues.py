"""The problems of the manifest, with the titles and hints of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter

from nb2pkg.model import Cell
from nb2pkg.problems import CATALOGUE, QUIET, Entry
from nb2pkg.project.manifest import Manifest, StoredProblem
from nb2pkg.review.model import Issue


def collect(known: Manifest, cells: Mapping[str, Cell]) -> tuple[Issue, ...]:
    """In the order of the notebook; those of the notebook as a whole come first."""
    issues = [_issue(problem, known, cells) for problem in known.problems]
    return tuple(sorted(issues, key=lambda issue: (issue.number, issue.line, issue.code)))


def _issue(problem: StoredProblem, known: Manifest, cells: Mapping[str, Cell]) -> Issue:
    said = CATALOGUE.get(problem.code, Entry("a problem of another version of nb2pkg", "", ""))
    what = meant(said, problem.message)
    symbols = [step.symbol for step in known.steps if step.symbol.rpartition(".")[2] == what]
    module = symbols[0].rpartition(".")[0] if symbols else "MODULE"
    own = cells.get(problem.cell)
    return Issue(
        problem.code,
        said.title,
        problem.message,
        # The manifest keeps the message only: what it is about is read out of it again.
        said.hint.format(what=what or "it", module=module),
        problem.cell,
        own.index + 1 if own else 0,
        problem.line or 0,
        problem.code in QUIET,
    )


def meant(entry: Entry, message: str) -> str:
    """What a message is about: what stands in place of ``{what}`` in the catalogue."""
    pattern, seen = "", False
    for text, name, _, _ in Formatter().parse(entry.message):
        pattern += re.escape(text)
        if name == "what":
            pattern += "(?P=what)" if seen else "(?P<what>.+)"
            seen = True
        elif name is not None:
            pattern += ".+"
    match = re.fullmatch(pattern, message, re.DOTALL) if seen else None
    return match["what"] if match else ""
