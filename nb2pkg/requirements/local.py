"""Modules that are files: beside the notebook, or in a folder that it adds to sys.path."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from nb2pkg.environment import beside_nb2pkg
from nb2pkg.facts.dotted import dotted
from nb2pkg.model import Notebook
from nb2pkg.requirements.needs import parts_of_notebook

_BEFORE, _BEHIND = ("sys.path.insert",), ("sys.path.append", "sys.path.extend", "site.addsitedir")
_UPWARDS = ("parent", "dirname")


def around(
    notebook: Notebook, folder: Path, is_installed: Callable[[str], bool] = beside_nb2pkg
) -> frozenset[str]:
    """Their top-level names. folder is that of the notebook.

    In a folder that is added behind the others, what is installed is not found.
    """
    found = set(modules(folder))
    for part in parts_of_notebook(notebook):
        for added in _added(part.tree, folder, _BEFORE):
            found |= modules(added)
        for added in _added(part.tree, folder, _BEHIND):
            found |= {name for name in modules(added) if not is_installed(name)}
    return frozenset(found)


def modules(folder: Path) -> frozenset[str]:
    """The modules and packages in a folder; none if it cannot be listed."""
    try:
        entries = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    except OSError:
        return frozenset()
    files = {entry.stem for entry in entries if entry.suffix == ".py"}
    packages = {entry.name for entry in entries if (entry / "__init__.py").is_file()}
    return frozenset(files | packages)


def _added(tree: ast.Module, folder: Path, calls: tuple[str, ...]) -> Iterator[Path]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func) in calls:
            for argument in node.args:
                yield from _folders(argument, folder)


def _folders(argument: ast.expr, folder: Path) -> Iterator[Path]:
    """The folders that an expression may mean: its texts joined, or the folder above."""
    if isinstance(argument, ast.List | ast.Tuple):
        for element in argument.elts:
            yield from _folders(element, folder)
        return
    texts = [part.value for part in ast.walk(argument) if isinstance(part, ast.Constant)]
    names = [text for text in texts if isinstance(text, str) and "\0" not in text]
    levels = sum(_is_upwards(part) for part in ast.walk(argument))
    above = folder.joinpath(*[os.pardir] * levels)
    if names or levels:
        yield above.joinpath(*(os.path.expanduser(name) for name in names))


def _is_upwards(node: ast.AST) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name in _UPWARDS
