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
            "Keep one of them: nb2pkg tag --remove takes them off.",
        ),
        "NB103": Entry(
            "tag on a cell that is not code",
            "the tag {what} is on a cell that holds no code",
            "Tag the code cells below it instead.",
        ),
        "NB104": Entry(
            "name that is taken",
            "the name {what} is asked for, and already means something else",
            "Choose another name: nb2pkg tag NOTEBOOK CELL --as MODULE.FUNCTION.",
        ),
        "NB105": Entry(
            "notebook whose form was repaired",
            "the file is not quite a notebook: {what}",
            "Open it in Jupyter and save it, so that every tool reads the same.",
        ),
        "NB106": Entry(
            "tag of several functions",
            "{what} is only a part of what is tagged {tag}, so it has a name of its own",
            "Tag each part with a name, or bring what belongs together into one cell that shows nothing.",
        ),
        "NB201": Entry(
            "name that nothing above makes",
            "{what} is read here, and no cell above makes it",
            "A cell was deleted, or stands further down: nb2pkg order NOTEBOOK tells, and fixes the order.",
        ),
        "NB202": Entry(
            "cells were run in another order",
            "the cells were last run in another order than they stand in ({what}); "
            "document order is what is promoted",
            "Run Restart & Run All, look whether the outputs are the same, and save; "
            "nb2pkg order NOTEBOOK --run does so in a copy.",
        ),
        "NB203": Entry(
            "name that is made on some paths only",
            "{what} may not exist when this runs",
            "Give {what} a value on every path above.",
        ),
        "NB204": Entry(
            "code that looks at where it stands",
            "{what} sees where code stands, or how all of it is shown",
            "Remove {what}, or keep the cell in the notebook.",
        ),
        "NB205": Entry(
            "another order gives other values",
            "the cells were last run in another order than they stand in ({what}), and that order "
            "gives other values than document order, which is what is promoted",
            "Put the cells into the order in which they work: nb2pkg order NOTEBOOK finds it, --apply "
            "writes it. Then run Restart & Run All, and save.",
        ),
        "NB206": Entry(
            "code that lists the names of the notebook",
            "{what} sees every name of the notebook, so nothing above it is moved",
            "Remove {what}, or look up what is needed by its name.",
        ),
        "NB301": Entry(
            "code made from text",
            "{what} runs code from text, which sees other names inside a function",
            "Write the code out, or use a dictionary.",
        ),
        "NB302": Entry(
            "looks at the namespace",
            "{what} looks at the notebook's namespace, which a module does not have",
            "Pass the values by name, or keep them in a dictionary.",
        ),
        "NB303": Entry(
            "result that is made on some paths only",
            "{what} is made on some paths only, and a function could not return it",
            "Give {what} a value before this statement.",
        ),
        "NB304": Entry(
            "deletes a name",
            "{what} is deleted, and a function can only delete its own names",
            "Leave it in the notebook, or drop the del.",
        ),
        "NB306": Entry(
            "IPython's history",
            "{what} is IPython's own and does not exist in a module",
            "Give the value a name of its own.",
        ),
        "NB307": Entry(
            "asks a person",
            "{what} asks the person at the keyboard",
            "Make the answer a parameter.",
        ),
        "NB308": Entry(
            "magic or shell command",
            "{what} is IPython's, not Python",
            "Use a Python library for it if the package needs it.",
        ),
        "NB309": Entry(
            "definition inside a statement",
            "a function or class is defined inside this statement",
            "Define it at the top level of a cell.",
        ),
        "NB310": Entry(
            "depends on where the code stands",
            "{what} depends on the place of the code, so it would tell another story in a module",
            "Leave it in the notebook.",
        ),
        "NB311": Entry(
            "function that would keep an old value",
            "a function made here reads {what} later, and {what} is bound again below",
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
            "{what}: which names it brings is not known without running it",
            "Import the names that you need one by one.",
        ),
        "NB315": Entry(
            "sets up the process",
            "{what} sets up the process for what follows, so it stays where it is",
            "Nothing to do.",
        ),
        "NB316": Entry(
            "builtin that is read and then bound on some paths",
            "{what} is Python's own here, and bound to something else on some paths",
            "Give your value another name than {what}.",
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
            "IPython changes a string of several lines in this cell before it runs it, "
            "and not every version does so in the same way",
            "Write the string in one line, with \\n in it, or read it from a file.",
        ),
        "NB401": Entry(
            "function that reads notebook data and is used as a value",
            "{what} reads data of the notebook and is also used otherwise than by calling it",
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
            "the class reads {what} of the notebook",
            "Pass {what} to the constructor and keep it on the object.",
        ),
        "NB406": Entry(
            "function that reads what may not exist yet",
            "{what} may not exist yet where the function is called",
            "Define {what} above the first call.",
        ),
        "NB407": Entry(
            "generator or inner function over data that changes",
            "the function keeps {what} beyond its call, and {what} is bound again below",
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
            "a call of {what} stands where another variable hides the data that it reads",
            "Rename the variable.",
        ),
        "NB411": Entry(
            "class whose objects are pickled",
            "the notebook pickles, and a pickle names the module of {what}",
            "Pickle plain data, or move the class by hand and write the old pickles anew.",
        ),
        "NB501": Entry(
            "name wanted",
            "{what} got its name for want of a better one",
            "Tag the cell nb2pkg:{module}.NAME to name it, or name all that is not tagged: nb2pkg names.",
        ),
        "NB502": Entry(
            "module that is not a distribution",
            "{what} is a file that the notebook finds in a folder, not an installed package",
            "Package it, or move its code into the notebook and promote it.",
        ),
        "NB503": Entry(
            "distribution that is a guess",
            "{module} is not installed where the notebook's kernel runs: that {what} brings it is a guess",
            "Run nb2pkg with --python and the notebook's interpreter, or name the distribution in "
            "pyproject.toml: [tool.nb2pkg.dependencies.distributions].",
        ),
        "NB504": Entry(
            "came along without a tag",
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
            "this test is not one of the package: {what}",
            "Promote what it needs, or leave it where it is.",
        ),
        "NB507": Entry(
            "helper that differs from another notebook's",
            "{what} is not the same as {other}",
            "Give them different names, or bring one of them into line.",
        ),
        "NB508": Entry(
            "version that nobody knows",
            "{what} is not installed where the notebook's kernel runs, so that no version is known",
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
            "Publish it, give its address to the project, or move what is used into the notebook.",
        ),
        "NB511": Entry(
            "cell that installs another version",
            "the cell installs {what}, and the notebook ran with {ran}",
            "Restart the kernel and run the notebook again, or fix the version in the cell.",
        ),
        "NB512": Entry(
            "environment that could not be asked",
            "no version is known: {what}",
            "Name the notebook's interpreter with --python.",
        ),
        "NB513": Entry(
            "guard that is always true here",
            'if __name__ == "__main__" is true in a notebook, so its body is promoted without it',
            "Nothing is to be done.",
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
        "NB601": Entry(
            "another result when it was run",
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
            "Seed the random numbers, and leave times and addresses out, to have it verified.",
        ),
        "NB604": Entry(
            "step that only runs in Jupyter",
            "{what}: the tests from there on are skipped",
            "Give the step what it needs without Jupyter, then promote with --verify again.",
        ),
        "NB605": Entry(
            "value that the pipeline does not give",
            "outside of Jupyter {what} is not what it is in the notebook, so the pipeline does not give it",
            "Look at what {what} depends on beside its inputs: a cell that stays, a random state, a clock.",
        ),
    }


CATALOGUE: Mapping[str, Entry] = MappingProxyType(_catalogue())

QUIET = frozenset(
    {"NB105", "NB106", "NB315", "NB504", "NB505", "NB507", "NB513", "NB514", "NB515", "NB603"}
)
"""Codes that tell of something normal: listed, but not counted as something to fix."""


def problem(code: str, place: Place | None, what: str = "", **fields: str) -> Problem:
    entry = CATALOGUE[code]
    return Problem(
        place,
        code,
        entry.message.format(what=what, **fields),
        entry.hint.format(what=what, **fields),
    )


def at(facts: Facts, code: str, what: str = "", **fields: str) -> Problem:
    """A problem of a whole statement; the caret goes to the name when it stands in the first line."""
    first = facts.source.split("\n", 1)[0]
    column = max(first.find(what), 0) if what else 0
    width = len(what) if what and what in first else max(len(first.rstrip()), 1)
    return problem(code, Place(facts.cell, facts.line, column, width), what, **fields)


def of_use(facts: Facts, use: Use) -> Problem:
    """A problem of one use of a name inside a statement."""
    return problem(use.code, Place(facts.cell, use.line, use.column, use.width), use.what)
