"""Modules that are files: beside the notebook, or in a folder that it adds to sys.path."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from nb2pkg.environment import beside_nb2pkg
from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.parts import parts_of
from nb2pkg.files import walk
from nb2pkg.model import Notebook
from nb2pkg.notebook import magics
from nb2pkg.paths import FOLDER
from nb2pkg.requirements import imports, roots
from nb2pkg.requirements.known import candidates, is_standard
from nb2pkg.requirements.needs import parts_of_notebook

_BEFORE, _BEHIND = ("sys.path.insert",), ("sys.path.append", "sys.path.extend", "site.addsitedir")
_WRITES = ("writefile", "file")
_MOST = 20_000  # entries of a project that are looked at
_UPWARDS = ("parent", "dirname")


def around(
    notebook: Notebook, folder: Path, is_installed: Callable[[str], bool] = beside_nb2pkg
) -> frozenset[str]:
    """Their top-level names. folder is that of the notebook.

    In a folder that is added behind the others, what is installed is not found. A module that is not
    installed and of which no distribution is known is the file of the project that is called like it:
    how the notebook finds it is not known, but it is nothing of somebody else.
    """
    found = {*modules(folder), *written(notebook)}
    parts = parts_of_notebook(notebook)
    for part in parts:
        for added in _added(part.tree, folder, _BEFORE):
            found |= modules(added)
        for added in _added(part.tree, folder, _BEHIND):
            found |= {name for name in modules(added) if not is_installed(name)}
    tops = {one.top for part in parts for one in imports.of(part.tree)}
    unknown = {n for n in tops - found if not (is_standard(n) or is_installed(n) or candidates(n))}
    return frozenset(found | _in_project(unknown, folder))


def written(notebook: Notebook) -> frozenset[str]:
    """The modules that its cells write: ``%%writefile scales.py``, ``%%file birds/song.py``."""
    paths = (
        magic.argument.split()[-1].replace("\\", "/").removeprefix("./")
        for _, masked in magics.readable(notebook)
        for magic in masked.magics
        if magic.name in _WRITES and magic.argument.strip()
    )
    return frozenset(
        path.partition("/")[0].removesuffix(".py") for path in paths if path.endswith(".py")
    )


def _in_project(names: set[str], folder: Path) -> set[str]:
    """Those that are files or packages anywhere in the project around the folder."""
    root = roots.nearest(folder.resolve()) if names else None
    found: set[str] = set()
    seen = 0
    for place, folders, files in walk.folders(root, _is_apart) if root is not None else ():
        found |= names & {name.removesuffix(".py") for name in files if name.endswith(".py")}
        found |= {n for n in names.intersection(folders) if Path(place, n, "__init__.py").is_file()}
        seen += len(files) + len(folders)
        if seen > _MOST or found == names:
            break
    return found


def _is_apart(folder: Path) -> bool:
    """Has it no code, or is it a package that nb2pkg made?"""
    return walk.is_without_code(folder) or (folder / FOLDER).exists()


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
    for call in parts_of(tree).of(ast.Call):
        if dotted(call.func) in calls:
            for argument in call.args:
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
