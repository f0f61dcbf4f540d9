"""Whether a difference was announced: `promote` named, with a problem code, a cell or a variable
that differs."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.judge import Difference
from benchmarks.moved import parse, python_of

# A problem with its indented lines; NB5xx is about names, files and versions, not about behaviour.
PROBLEM = re.compile(r"^.*\bNB[1-4]\d\d\b.*(?:\n[ \t].*)*", re.MULTILINE)
# "cell 3", or "[3]" for its execution count.
CELL = re.compile(r"\bcells?\s+([\w-]+)|\[(\d+)\]", re.IGNORECASE)
QUOTED = re.compile(r"[`'\"](\w+)[`'\"]")
ASIDE = "Good to know"  # what follows is not about what may differ


def mentions(message: str, notebook: Path, differences: Sequence[Difference]) -> bool:
    """Whether a problem names a cell that differs (or makes what differs), or a variable that does."""
    problems = "\n".join(PROBLEM.findall(message.partition(ASIDE)[0]))
    variables = {
        d.what.removeprefix("variable ") for d in differences if d.what.startswith("variable ")
    }
    labels = {label for pair in CELL.findall(problems) for label in pair if label}
    return bool(
        set(QUOTED.findall(problems)) & variables
        or labels & _suspects(notebook, differences, variables)
    )


def _suspects(notebook: Path, differences: Sequence[Difference], variables: set[str]) -> set[str]:
    """All the ways to call the cells in question: place, id, execution count."""
    cells = json.loads(notebook.read_text(encoding="utf-8-sig")).get("cells", [])
    places = {d.cell for d in differences if d.cell is not None}
    if not places:
        places = {place for place, cell in enumerate(cells, 1) if _binds(cell) & variables}
    return {
        str(label)
        for place in places
        for label in (place, *map(cells[place - 1].get, ("id", "execution_count")))
    }


def _binds(cell: dict[str, Any]) -> set[str]:
    """Names that a cell makes, nearly enough."""
    if cell["cell_type"] != "code":
        return set()
    nodes = [node for part in parse(python_of("".join(cell["source"]))) for node in ast.walk(part)]
    made = {
        node.id
        for node in nodes
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
    return made | {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
