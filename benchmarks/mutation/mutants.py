"""All mutants of the promoted code of a project, made by mutmut.

    cd PROJECT; python -m benchmarks.mutation.mutants          # as JSON

mutmut decides what is mutated and how; here each mutant becomes the text of one whole file. mutmut's
own way, all mutants in one module behind trampolines, hides the signatures that some tests look at,
and leaves out constants. Names and numbers are those that `mutmut run` gives. It reads its settings
from the working directory, and keeps them in globals: so this is a process of its own.
"""

from __future__ import annotations

import ast
import difflib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import libcst as cst
from mutmut.mutation.file_mutation import Mutation, create_mutations, deep_replace
from mutmut.mutation.trampoline_templates import mangle_function_name
from mutmut.utils.format_utils import get_mutant_name

from benchmarks.mutation.model import MODULE_LEVEL, NOT_PROMOTED, Mutant


def all_mutants(project: Path) -> Iterator[Mutant]:
    """The mutants of all promoted modules, in order. The project is the working directory."""
    for path in sorted(project.glob("src/*/*.py")):
        if path.name not in NOT_PROMOTED:
            yield from _of_file(path.relative_to(project), path.read_text(encoding="utf-8"))


def _of_file(path: Path, code: str) -> Iterator[Mutant]:
    module, mutations, _, _ = create_mutations(str(path), code)
    owners = _owners(module)
    statements = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.stmt)]
    numbers: Counter[tuple[str, str]] = Counter()
    known = {code}
    for mutation in mutations:
        owner = owners.get(mutation.contained_by_top_level_function, (MODULE_LEVEL, ""))
        numbers[owner] += 1
        text = _applied(module, mutation)
        if text in known or not _compiles(text):
            continue
        known.add(text)
        diff = _diff(code, text)
        line = _first_line(code, text)
        yield Mutant(
            f"{_name(path, *owner)}__mutmut_{numbers[owner]}",
            path.as_posix(),
            line,
            ".".join(filter(None, reversed(owner))),
            _kind(mutation),
            diff,
            _own_lines(statements, line),
            text,
        )


def _owners(module: cst.Module) -> dict[cst.CSTNode | None, tuple[str, str]]:
    """Name and class of each function that mutmut knows: at the top level, and in classes there."""
    found: dict[cst.CSTNode | None, tuple[str, str]] = {}
    for node in module.body:
        if isinstance(node, cst.FunctionDef):
            found[node] = (node.name.value, "")
        elif isinstance(node, cst.ClassDef):
            for inner in node.body.body:
                if isinstance(inner, cst.FunctionDef):
                    found[inner] = (inner.name.value, node.name.value)
    return found


def _name(path: Path, function: str, owner: str) -> str:
    if function == MODULE_LEVEL:
        return str(get_mutant_name(path, function))
    inner = mangle_function_name(name=function, class_name=owner or None)
    return str(get_mutant_name(path, inner))


def _applied(module: cst.Module, mutation: Mutation) -> str:
    changed = deep_replace(module, mutation.original_node, mutation.mutated_node)
    return cst.ensure_type(changed, cst.Module).code


def _compiles(text: str) -> bool:
    """Whether it is Python at all: `break` to `return` is not, outside of a function."""
    try:
        compile(text, "<mutant>", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def _diff(before: str, after: str) -> tuple[str, ...]:
    """The lines that went and that came, with their sign."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return tuple(line for line in list(lines)[2:] if not line.startswith("@@"))


def _first_line(before: str, after: str) -> int:
    pairs = zip(before.splitlines(), after.splitlines())
    return next((n for n, (old, new) in enumerate(pairs, 1) if old != new), 1)


def _own_lines(statements: list[ast.stmt], line: int) -> tuple[int, ...]:
    """The lines of the innermost statement at a line; of a function, all: its head runs with it."""
    around = [s for s in statements if s.lineno <= line <= (s.end_lineno or s.lineno)]
    if not around:
        return (line,)
    inner = min(around, key=lambda s: (s.end_lineno or s.lineno) - s.lineno)
    lines = set(range(inner.lineno, (inner.end_lineno or inner.lineno) + 1))
    if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
        return tuple(sorted(lines - {inner.lineno}) or lines)
    for node in ast.walk(inner):
        if isinstance(node, ast.stmt) and node is not inner:
            lines -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return tuple(sorted(lines))


def _kind(mutation: Mutation) -> str:
    """What was done, in words: mutmut does not tell which of its operators it was."""
    old, new = mutation.original_node, mutation.mutated_node
    if isinstance(old, cst.Call) and isinstance(new, cst.Call):
        return _kind_of_call(old, new)
    if isinstance(old, cst.SimpleString) and isinstance(new, cst.SimpleString):
        return "text marked" if "XX" in new.value else "case of text"
    if isinstance(old, cst.AugAssign) and isinstance(new, cst.Assign):
        return "+= to ="
    for types, words in _KINDS:
        if isinstance(old, types):
            return words
    return "operator or keyword"


_KINDS: tuple[tuple[type[cst.CSTNode] | tuple[type[cst.CSTNode], ...], str], ...] = (
    (cst.BaseNumber, "number + 1"),
    ((cst.Assign, cst.AnnAssign), "value to None"),
    (cst.Lambda, "lambda gives None"),
    (cst.Name, "other name"),
    (cst.IfExp, "branch forced"),
    (cst.Match, "case dropped"),
)


def _kind_of_call(old: cst.Call, new: cst.Call) -> str:
    if len(new.args) < len(old.args):
        return "argument dropped"
    if not new.func.deep_equals(old.func):
        return "other method"
    names = [
        (a.keyword and a.keyword.value, b.keyword and b.keyword.value) for a, b in _pairs(old, new)
    ]
    return "keyword renamed" if any(a != b for a, b in names) else "argument to None"


def _pairs(old: cst.Call, new: cst.Call) -> Iterator[tuple[cst.Arg, cst.Arg]]:
    return zip(old.args, new.args)


if __name__ == "__main__":
    print(json.dumps([asdict(mutant) for mutant in all_mutants(Path())]))
