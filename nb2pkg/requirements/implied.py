"""Requirements that no import names: what ``read_excel`` needs, an engine, the scheme of an address."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator

from nb2pkg.facts.dotted import dotted
from nb2pkg.requirements.known import table

_SCHEME = re.compile(r"([a-z][a-z0-9+]*:)//")
_OPENERS = {"sqlalchemy", "pandas", "polars", "dask", "xarray", "fsspec", "geopandas", "pyarrow"}
"""Libraries that take addresses of databases and of buckets."""


def of(tree: ast.Module, libraries: Collection[str]) -> Iterator[tuple[str, int]]:
    """Words of each requirement, and the line that asks for it.

    libraries: top-level modules that are imported there or beside it; a method such as ``to_excel``
    counts where its library is among them, whatever the table is called.
    """
    nodes = [*ast.walk(tree)]
    names = _names(nodes)
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((words, node.lineno) for words in _of_import(node))
        elif isinstance(node, ast.Call):
            called = dotted(node.func)
            head, dot, rest = called.partition(".")
            found = [*_of_call(names.get(head, head) + dot + rest, libraries)]
            found += _of_engine(node, libraries)
            yield from ((words, node.lineno) for words in found)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            match = _SCHEME.match(node.value)
            if match and match[1] in table("schemes") and _OPENERS & set(libraries):
                yield table("schemes")[match[1]], node.lineno


def _names(nodes: Iterable[ast.AST]) -> dict[str, str]:
    """What the imports call things: ``pd`` is pandas."""
    found: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return found


def _of_import(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Parts of a library that need more than the library."""
    head = f"{node.module}." if isinstance(node, ast.ImportFrom) and not node.level else ""
    names = [f"{head}{alias.name}." for alias in node.names]
    for module, words in table("imports").items():
        if any(name.startswith(f"{module}.") for name in names):
            yield words


def _of_call(called: str, libraries: Collection[str]) -> Iterator[str]:
    extras = table("extras")
    if called in extras:
        yield extras[called]
        return
    method = called.rpartition(".")[2]
    for name, words in extras["methods"].items():
        library, _, own = name.partition(".")
        if own == method and "." in called and library in libraries:
            yield words


def _of_engine(node: ast.Call, libraries: Collection[str]) -> Iterator[str]:
    """``engine="openpyxl"`` of a call; an engine that is the library's own is none."""
    for keyword in node.keywords:
        if keyword.arg == "engine" and isinstance(keyword.value, ast.Constant):
            words = table("engines").get(str(keyword.value.value))
            if words and _OPENERS & set(libraries):
                yield words
