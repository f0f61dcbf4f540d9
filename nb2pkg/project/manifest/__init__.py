"""The manifest: which cell became which symbol, in what state the cells were, what a run showed.

Version 4 of the schema. It stands in the order of the notebook, and the facts of a cell are one line
between its brackets, so that two branches that promote different cells merge, be they neighbours. What is empty, and what is
false, is left out of the facts of a symbol.

    version     4
    notebook    path of the original, as seen from the project folder, with slashes
    story       path of the narrative, likewise: in notebooks/, or that of the original if it took
                its place
    package     name of the package
    variable    the environment variable that names the folder of the files
    everything  whether all was promoted that could be, tagged or not
    python      the interpreter that a person named, as seen from the project folder; it is looked for
                there, and nobody misses it where it is not
    refused     of a cell, by id: digests of the statements that a run showed to have to stay
    home        of a package in a project that was there before: the folders of its code, of its tests
                and of its narrative
    run         of a package that was run: the verdict, where the notebook stopped, the environment,
                and of each file that it worked with (data, by path as seen from the notebook): MD5, size,
                and the ids of the cells that use it; of what nb2pkg verify ran (of), digests of the package,
                of the notebook, and of its folder
    cells       of each code cell, by id:
      digest      of its source, as it was promoted
      words       digests of its words, by which it is recognized when it has changed
      own         its id in the notebook, where that is another: the notebook had none at first, or
                  has none now
      tag         as a person would write it
      looks       a run saw it change nothing
      apart       a run showed that it cannot share a function with other cells
      made        of each symbol ("module.name") that was made from it:
        now         what the engineer calls it, if that is something else
        base        digest of its text as it was generated; the text is in the file of project.base
        rewritten   of a definition: it takes data of the notebook as parameters
        lent        of a definition that another package of the project has as well: the symbol that
                    is imported from there, and a digest of what it meant
        step        of a function made of statements: the ids of the cells that it is made of, the
                    names that it takes, returns, changes in place, keeps inside and shows, and the
                    parameters of the analysis that it takes (keywords)
        observed    what the run showed, without data values
        attempt     the id of the attempt at the notebook that its text came from, if that was recorded
        verified    the verdict, and digests of the code and of the cells that it speaks of

A notebook that was promoted from its narrative, or whose place the narrative took, is kept beside it
(KEPT): it counts then, and not what stands in the path of the original. ORIGINAL is the original, byte
for byte, whose place the narrative took.

What stayed, and why, is told in a file beside it, a line for each problem: [cell id, code, line,
message]. A problem can be about all of the notebook, so git is told to keep the lines of both sides.
"""

from nb2pkg.project.manifest.model import (
    ATTRIBUTES,
    ATTRIBUTES_TEXT,
    FOLDER,
    KEPT,
    LINTED,
    LINTED_TEXT,
    ORIGINAL,
    PATH,
    PROBLEMS,
    VERSION,
    Made,
    Manifest,
    StoredProblem,
)
from nb2pkg.project.manifest.reading import (
    cells_behind,
    named,
    names_of,
    parsed,
    read,
    required,
    verdict,
)
from nb2pkg.project.manifest.writing import (
    as_text,
    content,
    following,
    problems_text,
    with_base,
    with_digests,
    with_run,
)

__all__ = [
    "ATTRIBUTES",
    "ATTRIBUTES_TEXT",
    "FOLDER",
    "KEPT",
    "LINTED",
    "LINTED_TEXT",
    "ORIGINAL",
    "PATH",
    "PROBLEMS",
    "VERSION",
    "Made",
    "Manifest",
    "StoredProblem",
    "as_text",
    "cells_behind",
    "content",
    "following",
    "named",
    "names_of",
    "parsed",
    "problems_text",
    "read",
    "required",
    "verdict",
    "with_base",
    "with_digests",
    "with_run",
]
