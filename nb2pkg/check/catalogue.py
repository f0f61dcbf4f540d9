"""The catalogue of checks: every code, what it says, and what a person can do about it.

docs/checks.md has a section with an example for each; a test compares the two. Where promotion finds
the very same thing, the entry is promotion's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from nb2pkg import problems
from nb2pkg.check.model import Edit, Finding, Level, Strip
from nb2pkg.model import Facts, Place, Problem


@dataclass(frozen=True, slots=True)
class CheckEntry:
    """title is for lists; message and hint take the fields that ``finding`` is given.

    is_on: checked unless a person selects otherwise. Matters of opinion are off.
    """

    title: str
    message: str
    hint: str
    level: Level = "warning"
    is_on: bool = True


def _shared(code: str, level: Level) -> CheckEntry:
    entry = problems.CATALOGUE[code]
    return CheckEntry(entry.title, entry.message, entry.hint, level)


def _order_and_state() -> dict[str, CheckEntry]:
    return {
        "NB701": CheckEntry(
            "two cells with one count",
            "an earlier cell has the count [{what}] too: one of them was pasted, or run in another "
            "session",
            "Run Restart & Run All, check that the outputs are the same, and save.",
        ),
        "NB702": CheckEntry(
            "cell that was never run",
            "the cell was not run, and other cells were",
            "Run Restart & Run All, and save; or delete the cell.",
        ),
        "NB703": CheckEntry(
            "error among the outputs",
            "the cell ended in an error ({what}) when it was last run",
            "Fix the cell; or tag it raises-exception if the error is part of the story.",
        ),
        "NB704": CheckEntry(
            "function whose result depends on when it is called",
            "{what}() reads {data}, which is bound again between two of its calls (cell {cell})",
            "Make {data} a parameter of {what}.",
        ),
        "NB705": CheckEntry(
            "definition that is bound to something else",
            "{what} is {kind} above (cell {cell}) and gets another meaning here, so that cells above "
            "cannot be run again",
            "Give the value another name.",
        ),
        "NB706": CheckEntry(
            "name whose type changes",
            "{what} is {before} above (cell {cell}) and {after} from here on",
            "Give the second value another name.",
            "note",
            is_on=False,
        ),
    }


def _runs() -> dict[str, CheckEntry]:
    """Found with --run alone."""
    return {
        "NB711": CheckEntry(
            "cell that fails when the notebook is run",
            "the cell fails when the notebook is run from the top ({what})",
            "Run Restart & Run All, and fix it; or tag it raises-exception if the error is part of "
            "the story.",
            "error",
        ),
        "NB712": CheckEntry(
            "output that does not come again",
            "the cell shows something else than what is stored of it (reason: {what})",
            "Run Restart & Run All, look what has changed, and save.",
        ),
        "NB713": CheckEntry(
            "output that differs from run to run",
            "the cell shows something else at every run (reason: {what})",
            "Seed random numbers, sort what has no order, and show no times.",
            "note",
            is_on=False,
        ),
    }


RUN_CODES = frozenset(_runs())


def _code() -> dict[str, CheckEntry]:
    return {
        "NB801": CheckEntry(
            "cell that is not Python",
            "the cell {problem}: {what}",
            "{advice}",
            "error",
        ),
        "NB802": CheckEntry(
            "import that is not installed here",
            "{what} is not installed in the environment of nb2pkg",
            "Install it, or run nb2pkg in the environment of the notebook.",
            is_on=False,
        ),
        "NB803": CheckEntry(
            "import that no requirement declares",
            "{what} is imported, and the project does not declare {distribution}",
            "Add {distribution} to the requirements of the project.",
        ),
        "NB804": CheckEntry(
            "import that nothing uses",
            "{what} is imported, and nothing uses it",
            "Remove the import.",
        ),
        "NB805": CheckEntry(
            "star import",
            "{what} binds names that nobody can see here",
            "Import the names that you need one by one.",
        ),
    }


def _habits() -> dict[str, CheckEntry]:
    return {
        "NB806": CheckEntry(
            "notebook that installs packages",
            "{what} changes the environment whenever the notebook is run",
            "Declare it in the requirements of the project. In a cell, %pip installs into the "
            "kernel's environment, and !pip into whichever comes first.",
        ),
        "NB807": CheckEntry(
            "shell command",
            "{what} needs a shell, and the programs of this machine",
            "Use a Python library for it, or do it outside the notebook.",
            "note",
            is_on=False,
        ),
        "NB808": CheckEntry(
            "code made from text",
            "{what} runs code from text",
            "Write the code out, or use a dictionary.",
        ),
        "NB809": CheckEntry(
            "random numbers without a seed",
            "{what} draws random numbers, and nothing in the notebook seeds them",
            "Seed them: {seed}.",
        ),
        "NB810": CheckEntry(
            "path of one machine",
            "{what} exists on one machine only",
            "Use a path relative to the notebook, or a parameter.",
        ),
        "NB811": CheckEntry(
            "path outside the project",
            "{what} lies outside the project",
            "Put the file into the project, or make its place a parameter.",
        ),
    }


def _cells_and_functions() -> dict[str, CheckEntry]:
    return {
        "NB812": CheckEntry(
            "cell without effect",
            "nothing uses {what}, and the cell does nothing else",
            "Delete the cell, or show what it makes.",
            "note",
            is_on=False,
        ),
        "NB813": CheckEntry(
            "long cell",
            "the cell has {what} lines of code, more than {limit}",
            "Split it, or move functions into a package: nb2pkg tag, then nb2pkg promote.",
            "note",
            is_on=False,
        ),
        "NB814": CheckEntry(
            "functions without a test",
            "the notebook defines {what} functions, and asserts nothing",
            "Add a cell of tests: %%nbtest.",
            "note",
            is_on=False,
        ),
        "NB815": CheckEntry(
            "default value that calls share",
            "{function}() changes {what}, whose default value is the same one at every call",
            "Make None the default, and the value inside the function.",
        ),
        "NB816": CheckEntry(
            "data file that does not exist",
            "{what} does not exist, and no cell above writes it",
            "Put the file there, or write or download it in a cell above.",
        ),
    }


def _safety_and_format() -> dict[str, CheckEntry]:
    return {
        "NB901": CheckEntry(
            "secret in a cell",
            "{what} is in the cell: {masked}",
            "Revoke it, for it is in every copy; then read it from the environment.",
            "error",
        ),
        "NB902": CheckEntry(
            "secret in an output",
            "{what} is in the outputs of the cell: {masked}",
            "Revoke it, clear the outputs and save.",
            "error",
        ),
        "NB903": CheckEntry(
            "outputs are kept",
            "the cell keeps its outputs, which may show confidential data",
            "Clear the outputs, or let nb2pkg check --outputs strip --fix do it.",
        ),
        "NB904": CheckEntry(
            "giant output",
            "the outputs of the cell have {what} kB, more than {limit}",
            "Show less of it, or a picture with fewer points.",
        ),
        "NB905": CheckEntry(
            "old notebook format",
            "the file is in a format from before 2015, which current Jupyter does not write",
            "Open it in Jupyter and save it.",
        ),
        "NB906": CheckEntry(
            "no heading",
            "the notebook has {what} code cells and no heading",
            "Say in a markdown cell what it is about.",
            "note",
            is_on=False,
        ),
    }


CATALOGUE: Mapping[str, CheckEntry] = MappingProxyType(
    {
        "NB101": _shared("NB101", "warning"),
        "NB102": _shared("NB102", "warning"),
        "NB103": _shared("NB103", "warning"),
        "NB201": _shared("NB201", "error"),
        "NB202": _shared("NB202", "warning"),
        "NB205": _shared("NB205", "warning"),
        "NB207": _shared("NB207", "warning"),
        **_order_and_state(),
        **_runs(),
        **_code(),
        **_habits(),
        **_cells_and_functions(),
        **_safety_and_format(),
    }
)


def finding(
    code: str,
    place: Place | None,
    what: str = "",
    fix: Edit | Strip | None = None,
    missing: str = "",
    **fields: str,
) -> Finding:
    entry = CATALOGUE[code]
    return Finding(
        place,
        code,
        entry.message.format(what=what, **fields),
        entry.hint.format(what=what, **fields),
        fix,
        missing,
    )


def of_problem(problem: Problem) -> Finding:
    """A problem of promotion as a finding."""
    return Finding(problem.place, problem.code, problem.message, problem.hint)


def at(facts: Facts, what: str = "") -> Place:
    """The place of a statement, or of a text in its first line."""
    source = facts.magic.text if facts.magic else facts.source  # a magic is masked there
    first = source.split("\n", 1)[0]
    column = max(first.find(what), 0) if what else 0
    width = len(what) if what and what in first else max(len(first.rstrip()), 1)
    return Place(facts.cell, facts.line, column, width)
