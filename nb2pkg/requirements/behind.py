"""What a part of a library needs that the library does not: ``holoviews.operation.datashader``.

A distribution requires what its package needs; parts that only some people use may import more. Their
files are read where the kernel finds them; nothing is imported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from nb2pkg.environment import Environment
from nb2pkg.notebook.magic_syntax import parse
from nb2pkg.requirements import imports
from nb2pkg.requirements.known import candidates, is_standard
from nb2pkg.requirements.model import Need, Use

_LARGEST = 1_000_000  # bytes of a file that is worth a look


def needs(asked: Iterable[Need], environment: Environment) -> Iterator[Need]:
    """For each part of a library that is asked for, what its file imports at once from others."""
    looked_at: set[tuple[Use, str]] = set()
    for need in asked:
        if "." not in need.module or need.is_optional or (need.use, need.module) in looked_at:
            continue
        looked_at.add((need.use, need.module))
        for module in _imported_at_once(need.module, environment):
            if environment.has(module) or candidates(module):  # no guesses about what others import
                yield replace(need, module=module)


@cache
def _imported_at_once(module: str, environment: Environment) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_read(module, environment)))


def _read(module: str, environment: Environment) -> Iterator[str]:
    path = _file(module, environment)
    if path is None or path.stat().st_size > _LARGEST:
        return
    try:
        tree = parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, SyntaxError):
        return
    outside = ast.Module([node for node in tree.body if not _is_called(node)], [])
    own = module.partition(".")[0]
    for one in imports.of(outside):
        if not (one.is_optional or one.marker or one.top == own or is_standard(one.module)):
            yield one.module


def _is_called(node: ast.stmt) -> bool:
    """Is it code that runs only when somebody calls it, or on some condition?"""
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.If)


def _file(module: str, environment: Environment) -> Path | None:
    """The file of the innermost module below the top that a dotted name leads to."""
    parts = module.split(".")
    for place in environment.places:
        for length in range(len(parts), 1, -1):
            path = Path(place, *parts[:length])
            for found in (path.with_suffix(".py"), path / "__init__.py"):
                if found.is_file():
                    return found
    return None
