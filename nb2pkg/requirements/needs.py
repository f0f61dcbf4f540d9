"""What notebooks and files need, before anybody knows which distributions bring it."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from nb2pkg.model import Magic, Notebook
from nb2pkg.notebook import magics
from nb2pkg.notebook.magic_syntax import parse
from nb2pkg.requirements import implied, imports, installs
from nb2pkg.requirements.known import is_nowhere, is_standard, table
from nb2pkg.requirements.model import Imported, Need, Use

KERNEL = "ipykernel"  # without which no notebook runs


@dataclass(frozen=True, slots=True)
class Part:
    """Some code with its name for people; lines of files are told, those of cells are not."""

    tree: ast.Module
    place: str
    use: Use
    has_lines: bool = True

    def at(self, line: int) -> str:
        """A line of it, for people."""
        return f"{self.place}:{line}" if self.has_lines else self.place


def parts_of_files(files: Mapping[str, str], use: Use) -> tuple[Part, ...]:
    """The files that are Python; one that does not parse tells nothing."""
    found = ((path, _tree(text)) for path, text in files.items() if path.endswith(".py"))
    return tuple(Part(tree, path, use) for path, tree in found if tree is not None)


def parts_of_notebook(notebook: Notebook) -> tuple[Part, ...]:
    """The code cells, without their magics."""
    masked = magics.readable(notebook)
    found = ((cell, _tree(m.python)) for cell, m in masked if m.body_is_python)
    return tuple(
        Part(tree, _cell(cell.index), Use.NOTEBOOK, has_lines=False)
        for cell, tree in found
        if tree is not None
    )


def _tree(text: str) -> ast.Module | None:
    try:
        return parse(text)
    except SyntaxError:
        return None


def _cell(index: int) -> str:
    return f"cell {index + 1}"


def of_parts(parts: Iterable[Part], local: Collection[str]) -> Iterator[Need]:
    """What code needs. local: top-level modules that are the project's own."""
    parts = tuple(parts)
    imported = [(part, imports.of(part.tree)) for part in parts]
    libraries = {one.top for _, found in imported for one in found}
    for part, found in imported:
        for one in found:
            if is_foreign(one, local):
                yield Need(
                    part.use, one.module, "", (part.at(one.line),), one.is_optional, one.marker
                )
    for part in parts:
        for words, line in implied.of(part.tree, libraries):
            yield Need(part.use, words=words, places=(part.at(line),))


def modules(parts: Iterable[Part]) -> frozenset[str]:
    """Every dotted module that the code must have, Python's own too."""
    found = (one for part in parts for one in imports.of(part.tree))
    return frozenset(one.module for one in found if not one.is_optional)


def is_foreign(imported: Imported, local: Collection[str]) -> bool:
    """Does some distribution bring it?"""
    module = imported.module
    return not (imported.top in local or is_standard(module) or is_nowhere(module))


def of_magics(notebook: Notebook) -> Iterator[Need]:
    """What magics need, and what cells install that nobody imports; and the kernel."""
    yield Need(Use.NOTEBOOK, KERNEL)
    for cell, masked in magics.readable(notebook):
        for magic in masked.magics:
            if words := _of_magic(magic):
                yield Need(Use.NOTEBOOK, words=words, places=(_cell(cell.index),))


def _of_magic(magic: Magic) -> str:
    asked = " ".join([magic.name, *magic.argument.split()[:2]])
    return next((words for text, words in table("magics").items() if asked.startswith(text)), "")


def of_installs(notebook: Notebook) -> Iterator[Need]:
    """What cells install: a plugin, an engine or what is imported anyway. If it is not there, then the
    notebook ran without it.
    """
    for one in installs.of(notebook):
        words, places = _without_version(one.words), (_cell(one.cell),)
        yield Need(Use.NOTEBOOK, words=words, places=places, is_optional=True)


def _without_version(words: str) -> str:
    return words.split("=")[0].split("<")[0].split(">")[0].split("~")[0].split("!")[0].strip()
