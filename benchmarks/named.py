"""Whether a difference was announced: `promote` named, with a problem code, a cell that can explain it."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Sequence

from benchmarks.judge import Difference
from benchmarks.moved import parse, python_of

CODE = re.compile(r"\bNB\d+\b")
CELL = re.compile(r"\bcells?\s+\[?([\w-]+)", re.IGNORECASE)
QUOTED = re.compile(r"[`'\"](\w+)[`'\"]")


def mentions(message: str, notebook: Path, differences: Sequence[Difference]) -> bool:
    """True when a problem names a cell that differs, one that makes what it reads, or a variable that differs."""
    problems = _problems(message)
    suspects = _suspects(notebook, differences)
    variables = {d.what.removeprefix("variable ") for d in differences if d.what.startswith("variable ")}
    quoted = set(QUOTED.findall("\n".join(problems)))
    return bool(quoted & variables or {label for text in problems for label in CELL.findall(text)} & suspects)


def _problems(message: str) -> list[str]:
    """Each problem with the lines that belong to it: from one code to the next."""
    starts = [match.start() for match in CODE.finditer(message)]
    lines = [message.rfind("\n", 0, start) + 1 for start in starts]
    return [message[a:b] for a, b in zip(lines, [*lines[1:], len(message)])]


def _suspects(notebook: Path, differences: Sequence[Difference]) -> set[str]:
    """All the ways to call the cells that differ, and the cells that bind the names which those read."""
    cells = json.loads(notebook.read_text(encoding="utf-8-sig")).get("cells", [])
    code = [(place, cell) for place, cell in enumerate(cells) if cell.get("cell_type") == "code"]
    names = [_names("".join(cell["source"])) for _, cell in code]
    first = {d.cell for d in differences if d.cell is not None}
    variables = {d.what.removeprefix("variable ") for d in differences}
    reads = variables.union(*(names[index][1] for index in first))
    found = first | {index for index, (binds, _) in enumerate(names) if binds & reads}
    labels: set[str] = set()
    for index in found:
        place, cell = code[index]
        labels |= {str(place + 1), str(cell.get("id", ""))}
    return labels


def _names(source: str) -> tuple[set[str], set[str]]:
    binds: set[str] = set()
    reads: set[str] = set()
    for statement in parse(python_of(source)):
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                (reads if isinstance(node.ctx, ast.Load) else binds).add(node.id)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                binds.add(node.name)
    return binds, reads
