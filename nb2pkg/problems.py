"""The catalogue of problems: every code, what it says, and what a person can do about it.

docs/problems.md has a section with an example for each; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from nb2pkg.model import Facts, Place, Problem, Use


@dataclass(frozen=True, slots=True)
class Entry:
    """title is for lists; message and hint take the fields that ``problem`` is given."""

    title: str
    message: str
    hint: str


def _catalogue() -> dict[str, Entry]:
    return {
        "NB101": Entry(
            "tag not understood",
            "the tag {what} is not understood",
            "Write nb2pkg, nb2pkg:module, nb2pkg:module.function, nb2pkg-test or nb2pkg-skip.",
        ),
        "NB102": Entry(
            "contradicting tags",
            "the tags {what} contradict each other",
            "Keep only one of them; nb2pkg tag --remove removes tags.",
        ),
        "NB103": Entry(
            "tag on a cell that is not code",
            "the tag {what} is on a cell that is not code",
            "Tag the code cells below it instead.",
        ),
        "NB104": Entry(
            "name that is taken",
            "the name {what} was requested, but it already means something else",
            "Choose another name: nb2pkg tag NOTEBOOK CELL --as MODULE.FUNCTION.",
        ),
        "NB105": Entry(
            "malformed notebook that was repaired",
            "the file is not a valid notebook: {what}",
            "Open it in Jupyter and save it, so that every tool reads it the same way.",
        ),
        "NB106": Entry(
            "tag that covers several functions",
            "{what} is only part of what is tagged {tag}, so it gets a name of its own",
            "Tag each part with a name, or bring what belongs together into one cell that shows nothing.",
        ),
        "NB201": Entry(
            "name that is not defined above",
            "{what} is used here, but no cell above defines it",
            "A cell was deleted, or is further down: nb2pkg order NOTEBOOK finds out, and can fix the order.",
        ),
        "NB202": Entry(
            "cells were run in a different order",
            "the cells were last run in a different order ({what}); "
            "they are promoted in document order",
            "Run Restart & Run All, check that the outputs are the same, and save; "
            "nb2pkg order NOTEBOOK --run does this in a copy.",
        ),
        "NB203": Entry(
            "name that is only defined on some paths",
            "{what} may not exist when this runs",
            "Give {what} a value on every path above.",
        ),
        "NB204": Entry(
            "code that looks at its own location",
            "{what} sees where code is, or how everything is displayed",
            "Remove {what}, or keep the cell in the notebook.",
        ),
        "NB205": Entry(
            "a different order gives different values",
            "the cells were last run in a different order ({what}), and that order "
            "gives different values than document order, in which they are promoted",
            "Put the cells into an order that works: nb2pkg order NOTEBOOK finds it, and --apply "
            "writes it. Then run Restart & Run All, and save.",
        ),
        "NB206": Entry(
            "code that lists the names of the notebook",
            "{what} sees every name of the notebook, so nothing above it is moved",
            "Remove {what}, or look up what you need by name.",
        ),
        "NB207": Entry(
            "cell that may have been run several times",
            "{what} is added to here, and runs before this one left no trace ({runs}): what the cells "
            "show may be of several runs of this one; from top to bottom there is one",
            "Run Restart & Run All, check that the outputs are the same, and save; "
            "nb2pkg order NOTEBOOK --run does this in a copy.",
        ),
        "NB301": Entry(
            "code made from text",
            "{what} runs code from text, which sees different names inside a function",
            "Write the code out, or use a dictionary.",
        ),
        "NB302": Entry(
            "looks at the namespace",
            "{what} looks at the notebook's namespace, which a module does not have",
            "Pass the values by name, or keep them in a dictionary.",
        ),
        "NB303": Entry(
            "result that is only defined on some paths",
            "{what} is only defined on some paths, so a function could not return it",
            "Give {what} a value before this statement.",
        ),
        "NB304": Entry(
            "deletes a name",
            "{what} is deleted, and a function can only delete its own names",
            "Leave it in the notebook, or drop the del.",
        ),
        "NB306": Entry(
            "IPython's history",
            "{what} belongs to IPython and does not exist in a module",
            "Give the value a name of its own.",
        ),
        "NB307": Entry(
            "asks a person",
            "{what} asks the person at the keyboard",
            "Make the answer a parameter.",
        ),
        "NB308": Entry(
            "magic or shell command",
            "{what} is IPython syntax, not Python",
            "If the package needs it, use a Python library instead.",
        ),
        "NB309": Entry(
            "definition inside a statement",
            "a function or class is defined inside this statement",
            "Define it at the top level of a cell.",
        ),
        "NB310": Entry(
            "depends on where the code is",
            "{what} depends on where the code is, so it would say something else in a module",
            "Leave it in the notebook.",
        ),
        "NB311": Entry(
            "function that would keep an old value",
            "a function defined here reads {what} later, and {what} is rebound below",
            "Give the later value another name, or make it a parameter of the function.",
        ),
        "NB312": Entry(
            "value that a function of the notebook reads later",
            "{what} is read by a function that stays in the notebook",
            "Make {what} a parameter of that function.",
        ),
        "NB313": Entry(
            "value that a function of the notebook sets",
            "{what} is set by a function of the notebook through global",
            "Return the value from that function instead.",
        ),
        "NB314": Entry(
            "star import that cannot be resolved",
            "{what}: the names that it imports are not known without running it",
            "Import the names that you need one by one.",
        ),
        "NB315": Entry(
            "sets up the process",
            "{what} sets up the process for what follows, so it stays where it is",
            "Nothing to do.",
        ),
        "NB316": Entry(
            "builtin that is read and then bound on some paths",
            "{what} is a builtin here, and is bound to something else on some paths",
            "Give your value a name other than {what}.",
        ),
        "NB317": Entry(
            "cell that ended in an error",
            "the cell ended in an error ({what}) when it was last run",
            "Fix the cell, or leave it as it is: it stays in the notebook.",
        ),
        "NB318": Entry(
            "annotation without a value",
            "{what} is annotated but gets no value",
            "Give it a value, or drop the annotation.",
        ),
        "NB319": Entry(
            "looks at types made in the notebook",
            "the outputs show that {what} was made in the notebook",
            "Show its name instead of its type.",
        ),
        "NB320": Entry(
            "string that IPython changes",
            "IPython changes a multi-line string in this cell before running it, "
            "and not all versions do so in the same way",
            "Remove the blanks in its empty lines, write it on one line with \\n in it, or read it from "
            "a file.",
        ),
        "NB401": Entry(
            "function that reads notebook data and is used as a value",
            "{what} reads data of the notebook and is also used without being called",
            "Give {what} the data as a parameter.",
        ),
        "NB402": Entry(
            "function that sets the notebook's variables",
            "{what} through global",
            "Return the value instead, and let the notebook keep it.",
        ),
        "NB403": Entry(
            "name with several meanings",
            "{what} is defined more than once in a way that cannot be told apart",
            "Give each definition a name of its own.",
        ),
        "NB404": Entry(
            "definition computed from the notebook",
            "{what} is evaluated when the definition is made",
            "Use a literal, or compute it inside the function.",
        ),
        "NB405": Entry(
            "class that reads notebook data",
            "the class reads {what} from the notebook",
            "Pass {what} to the constructor and keep it on the object.",
        ),
        "NB406": Entry(
            "function that reads what may not exist yet",
            "{what} may not exist yet where the function is called",
            "Define {what} above the first call.",
        ),
        "NB407": Entry(
            "generator or inner function over data that changes",
            "the function keeps {what} beyond its call, and {what} is rebound below",
            "Make {what} a parameter.",
        ),
        "NB408": Entry(
            "definition that looks at its surroundings",
            "{what} inside the definition means something else in a module",
            "Pass what it needs as a parameter.",
        ),
        "NB409": Entry(
            "the notebook looks at how a definition was made",
            "{what} shows where a definition stands, so definitions stay in the notebook",
            "Remove {what}, then promote again.",
        ),
        "NB410": Entry(
            "call that cannot be rewritten",
            "a call to {what} is where another variable hides the data that it reads",
            "Rename the variable.",
        ),
        "NB411": Entry(
            "class whose objects are pickled",
            "the notebook pickles objects, and a pickle names the module of {what}",
            "Pickle plain data, or move the class by hand and write the old pickles again.",
        ),
        "NB501": Entry(
            "placeholder name",
            "{what} got its name for want of a better one",
            "Tag the cell nb2pkg:{module}.NAME to name it, or name everything that is not tagged with nb2pkg names.",
        ),
        "NB502": Entry(
            "module that is not a distribution",
            "{what} is a file that the notebook finds in a folder, not an installed package",
            "Package it, or move its code into the notebook and promote it.",
        ),
        "NB503": Entry(
            "distribution that is a guess",
            "{module} is not installed where the notebook's kernel runs: that {what} provides it is a guess",
            "Run nb2pkg with --python and the notebook's interpreter, or name the distribution in "
            "pyproject.toml: [tool.nb2pkg.dependencies.distributions].",
        ),
        "NB504": Entry(
            "promoted without a tag",
            "{what} is needed by what was tagged, and came along without being validated",
            "Tag its cell once it is validated.",
        ),
        "NB505": Entry(
            "pipeline that ends early",
            "the pipeline ends before this: {what}",
            "Promote it too, or write it so that it can run outside the notebook.",
        ),
        "NB506": Entry(
            "test that stays in the notebook",
            "this test does not become a test of the package: {what}",
            "Promote what it needs, or leave it where it is.",
        ),
        "NB507": Entry(
            "helper that differs from another notebook's",
            "{what} is not the same as {other}",
            "Give them different names, or bring one of them into line.",
        ),
        "NB508": Entry(
            "unknown version",
            "{what} is not installed where the notebook's kernel runs, so its version is not known",
            "Install it there, or run nb2pkg with --python and the notebook's interpreter.",
        ),
        "NB509": Entry(
            "version that the client does not allow",
            "{what} ({why})",
            "See whether it works with the client's version: nb2pkg verify PROJECT --env fresh.",
        ),
        "NB510": Entry(
            "distribution that no index has",
            "{what} is installed from a folder: nobody else can install it by its name",
            "Publish it, add its URL to the project, or move what is used into the notebook.",
        ),
        "NB511": Entry(
            "cell that installs another version",
            "the cell installs {what}, and the notebook ran with {ran}",
            "Restart the kernel and run the notebook again, or fix the version in the cell.",
        ),
        "NB512": Entry(
            "environment that could not be inspected",
            "no version is known: {what}",
            "Name the notebook's interpreter with --python.",
        ),
        "NB513": Entry(
            "guard that is always true here",
            'if __name__ == "__main__" is true in a notebook, so its body is promoted without it',
            "Nothing to do.",
        ),
        "NB514": Entry(
            "parameter that is not an option",
            "the parameter {what} is not an option of the package",
            "Nothing that was promoted reads it, or its value needs more than constants, imports and "
            "the parameters above it: give it a plain value.",
        ),
        "NB515": Entry(
            "import that is not at the top",
            "imported below {what}, and not at the top of the narrative: {modules}",
            "Nothing is to be done.",
        ),
        "NB516": Entry(
            "plain statement",
            "one plain statement earns no function: it is a line of the pipeline and of the narrative",
            "To make it a function, name it: nb2pkg tag NOTEBOOK CELL --as MODULE.FUNCTION.",
        ),
        "NB517": Entry(
            "flow that is not made",
            "there is no flow for the engine: {what}",
            "The pipeline runs without it: python -m PACKAGE. To ask for no flow: promote --verify --engine none.",
        ),
        "NB601": Entry(
            "different result when it was run",
            "running it showed a difference: {what}",
            "It stays in the notebook. If nothing in the code explains it, please report it.",
        ),
        "NB602": Entry(
            "not run",
            "the notebook stops here ({what}), so what is below was not run and is not verified",
            "Fix the cell, then promote with --verify again.",
        ),
        "NB603": Entry(
            "differs from run to run",
            "{what}: only the kind could be compared",
            "To have it verified, seed the random numbers, and leave out times and addresses.",
        ),
        "NB604": Entry(
            "step that only runs in Jupyter",
            "{what}: the tests from there on are skipped",
            "Give the step what it needs without Jupyter, then promote with --verify again.",
        ),
        "NB605": Entry(
            "value that the pipeline does not return",
            "outside Jupyter {what} is not what it is in the notebook, so the pipeline does not return it",
            "Look at what {what} depends on besides its inputs: a cell that stays, a random state, a clock.",
        ),
        "NB606": Entry(
            "cell that only looks",
            "the run saw it change nothing, and nobody reads what it binds: it only looks, and stays",
            "To make it a function, name it: nb2pkg tag NOTEBOOK CELL --as MODULE.FUNCTION.",
        ),
        "NB607": Entry(
            "cell that shares no function",
            "sharing one function with other cells changed what it does, so it has a function of its own",
            "Nothing to do. If its copies change, change it too.",
        ),
    }


CATALOGUE: Mapping[str, Entry] = MappingProxyType(_catalogue())

_QUIET = (105, 106, 315, 504, 505, 507, 513, 514, 515, 516, 603, 606, 607)
QUIET = frozenset(f"NB{number}" for number in _QUIET)
"""Codes that tell of something normal: listed, but not counted as something to fix."""


def problem(code: str, place: Place | None, what: str = "", **fields: str) -> Problem:
    entry = CATALOGUE[code]
    message, hint = (text.format(what=what, **fields) for text in (entry.message, entry.hint))
    return Problem(place, code, message, hint)


def at(facts: Facts, code: str, what: str = "", **fields: str) -> Problem:
    """A problem of a whole statement; the caret goes to the name when it stands in the first line."""
    first = facts.source.split("\n", 1)[0]
    column = max(first.find(what), 0) if what else 0
    width = len(what) if what and what in first else max(len(first.rstrip()), 1)
    return problem(code, Place(facts.cell, facts.line, column, width), what, **fields)


def of_use(facts: Facts, use: Use) -> Problem:
    """A problem of one use of a name inside a statement."""
    return problem(use.code, Place(facts.cell, use.line, use.column, use.width), use.what)
