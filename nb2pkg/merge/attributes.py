"""A narrative that uses functions as attributes of their modules follows the engineer's names.

from p import load            from p import files
notes = load.read()     ->    notes = files.read_notes()
# mean: see p.clean           # average: see p.clean
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from nb2pkg.merge import imports
from nb2pkg.merge.renames import Renames, SymbolPlace
from nb2pkg.paths import module_of, path_of

_GONE = "\0"  # a line that was part of a statement
Edit = tuple[int, int, int, str]  # line from 0, first and last byte, what stands there instead
Now = Callable[[str, str], tuple[str, str]]  # module and name of a symbol, to what they are now


def follow(
    sources: Sequence[str],
    masked: Callable[[str], str],
    taken: Collection[str],
    renames: Renames,
    package: str,
    imported_as: str = "",
) -> list[str]:
    """The code cells with the new names; masked makes Python of a cell, taken are names in use.

    imported_as: what the imports call the package, if that is not its name: "." inside of it.
    """
    imported_as = imported_as or package
    trees = [_tree(masked(source)) for source in sources]
    called = {e.bound: e.name for t in trees for e in imports.of(t.body) if e.module == imported_as}
    uses = [[n for n in _attributes(tree) if _head(n) in called] for tree in trees]

    def now(module: str, name: str) -> tuple[str, str]:
        old = SymbolPlace(path_of(package, module), name)
        new = renames.symbols.get(old, SymbolPlace(renames.paths.get(old.path, old.path), name))
        return module_of(new.path, package), new.name

    homes: dict[str, set[str]] = {}  # a module to where that is now what is used of it
    for node in (node for inner in uses for node in inner):
        module = called[_head(node)]
        homes.setdefault(module, set()).add(now(module, node.attr)[0])
    aliases = {module: alias for alias, module in called.items()}
    aliases |= {m: _free(m, taken) for m in set().union(*homes.values()) if m not in aliases}
    result = []
    for source, tree, inner in zip(sources, trees, uses):
        edits = [*_edits(inner, called, aliases, now)]
        edits += _imports(source, tree, aliases, homes, imported_as)
        result.append(_pointing(_edited(source, edits), now, package))
    return result


def _tree(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError:
        return ast.Module([], [])


def _attributes(tree: ast.Module) -> list[ast.Attribute]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]


def _head(node: ast.Attribute) -> str:
    return node.value.id if isinstance(node.value, ast.Name) else ""


def _free(module: str, taken: Collection[str]) -> str:
    return _free(f"{module}_module", taken) if module in taken else module


def _edits(
    uses: Iterable[ast.Attribute], called: Mapping[str, str], aliases: Mapping[str, str], now: Now
) -> Iterator[Edit]:
    for node in uses:
        module, name = now(called[_head(node)], node.attr)
        if (module, name) != (called[_head(node)], node.attr) and node.lineno == node.end_lineno:
            new = f"{aliases[module]}.{name}"
            yield node.lineno - 1, node.col_offset, node.end_col_offset or 0, new


def _edited(source: str, edits: Iterable[Edit]) -> str:
    lines = source.encode("utf-8").split(b"\n")
    for line, first, last, new in sorted(edits, reverse=True):
        lines[line] = lines[line][:first] + new.encode("utf-8") + lines[line][last:]
    return b"\n".join(lines).decode("utf-8")


def _imports(
    source: str,
    tree: ast.Module,
    aliases: Mapping[str, str],
    homes: Mapping[str, set[str]],
    package: str,
) -> Iterator[Edit]:
    """A statement that imports modules of the package imports those that are used now."""
    lines = source.encode("utf-8").split(b"\n")
    for node in tree.body:
        entries = imports.of([node])
        if not entries or any(entry.module != package for entry in entries):
            continue
        own = {entry.name for entry in entries}
        wanted = set().union(*(homes.get(module, {module}) for module in own))
        if wanted != own:
            first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
            named = [m if m == aliases[m] else f"{m} as {aliases[m]}" for m in sorted(wanted)]
            yield from ((n, 0, len(lines[n]), _GONE) for n in range(first + 1, last + 1))
            yield first, 0, len(lines[first]), imports.statement(package, named).rstrip("\n")


def _pointing(text: str, now: Now, package: str) -> str:
    """Comments that say where something is, with its name there."""
    pattern = re.compile(rf"# (\w+(?:, \w+)*): see {re.escape(package)}\.(\w+)\Z")
    lines: list[str] = []
    for line in text.split("\n"):
        match = pattern.match(line)
        found: dict[str, list[str]] = {}
        for name in match[1].split(", ") if match else ():
            module, new = now(match[2] if match else "", name)
            found.setdefault(module, []).append(new)
        lines += [f"# {', '.join(names)}: see {package}.{m}" for m, names in found.items()] or [
            line
        ]
    return "\n".join(line for line in lines if line != _GONE)
