"""Which variables may the last cells have touched? All, unless their source says otherwise."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

# What can reach a variable without naming it.
_BACK_DOORS = frozenset(
    {"eval", "exec", "globals", "locals", "vars", "__import__", "gc", "inspect", "ctypes", "sys"}
    | {"In", "Out", "__main__", "compile", "atexit", "signal", "threading"}
)
_SHELL = "get_ipython"
# Magics that change nothing that a variable holds, and those that run the code they are given.
_HARMLESS = frozenset(
    {
        "matplotlib",
        "config",
        "load_ext",
        "precision",
        "pip",
        "conda",
        "cd",
        "pwd",
        "ls",
        "who",
        "whos",
    }
    | {"system", "sx", "bash", "sh", "html", "HTML", "javascript", "latex", "markdown", "writefile"}
)
_RUNNERS = frozenset({"time", "timeit", "capture", "prun"})
_CALLS = {"run_line_magic": 2, "run_cell_magic": 3, "system": 1, "getoutput": 1}


class UnknownError(Exception):
    """What the cells did cannot be read off their source."""


def names_in(sources: Iterable[str]) -> set[str]:
    """Every name in the source of cells."""
    found: set[str] = set()
    bound: set[str] = set()
    for source in sources:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise UnknownError from error
        _gather(tree, found, bound)
    # What such a name holds was not looked at; the last outputs are among them.
    hidden = {name for name in found - bound if name.startswith("_") and name[-2:] != "__"}
    if hidden or not found.isdisjoint(_BACK_DOORS):
        raise UnknownError
    return found


def _gather(tree: ast.AST, found: set[str], bound: set[str]) -> None:
    """Names in a tree, and those that it binds; the shell is followed to what its magics run."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        magic = _magic(node)
        if magic is not None:
            found |= names_in(magic)
            continue
        if isinstance(node, ast.Name):
            if node.id == _SHELL:
                raise UnknownError
            found.add(node.id)
            if isinstance(node.ctx, ast.Store):
                bound.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update((part.asname or part.name).partition(".")[0] for part in node.names)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        todo.extend(ast.iter_child_nodes(node))


def _magic(node: ast.AST) -> list[str] | None:
    """The code that a call of the shell runs; None when it is no such call."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    shell = node.func.value
    if not (isinstance(shell, ast.Call) and isinstance(shell.func, ast.Name)):
        return None
    if shell.func.id != _SHELL:
        return None
    texts = [getattr(part, "value", getattr(part, "s", None)) for part in node.args]
    if len(texts) != _CALLS.get(node.func.attr) or not all(type(text) is str for text in texts):
        raise UnknownError
    if len(texts) == 1 or texts[0] in _HARMLESS:
        return []
    if texts[0] not in _RUNNERS or any(str(text).startswith("-") for text in texts):
        raise UnknownError
    return [_transformed(str(text)) for text in texts[1:]]


def _transformed(source: str) -> str:
    shell = sys.modules["IPython"].get_ipython()
    return str(shell.transform_cell(source))


def closure(
    names: Iterable[str],
    reads: Mapping[str, AbstractSet[str]],
    reach: Mapping[str, AbstractSet[int]],
    memory: Mapping[str, AbstractSet[int]],
) -> set[str]:
    """Names that the code behind some names may touch too: what functions read, and whatever
    holds what is in their closures."""
    found: set[str] = set()
    todo = {*names}
    while todo:
        name = todo.pop()
        found.add(name)
        held = reach.get(name, frozenset())
        todo |= reads.get(name, frozenset())
        if held:
            todo |= {other for other, ids in memory.items() if not held.isdisjoint(ids)}
        todo -= found
    return found


def holders_of(memory: Mapping[str, AbstractSet[int]]) -> dict[int, list[str]]:
    """For each object that several variables hold, which ones."""
    seen: set[int] = set()
    several: set[int] = set()
    for ids in memory.values():
        several |= seen & ids
        seen |= ids
    holders: dict[int, list[str]] = {}
    for name, ids in memory.items():
        for identity in several & ids:
            holders.setdefault(identity, []).append(name)
    return holders


def executed(shell: Any) -> list[str] | None:
    """Source of all cells so far, as IPython made it plain Python; None when it was not kept."""
    history = getattr(getattr(shell, "history_manager", None), "input_hist_parsed", None)
    if type(history) is not list or not all(type(source) is str for source in history):
        return None
    return history
