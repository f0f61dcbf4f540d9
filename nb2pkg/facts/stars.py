"""Which names does ``from module import *`` bring?

Modules of the standard library are asked; of installed packages a literal ``__all__`` is read from
the source, which is never run. Everything else is not known, and said so.
"""

from __future__ import annotations

import ast
import importlib
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_NOISY = {"this", "antigravity", "idlelib", "turtle", "turtledemo", "__main__"}


@cache
def exported(module: str) -> frozenset[str] | None:
    """The names, or None when they cannot be known without running the package."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names and top not in _NOISY:
        loaded = importlib.import_module(module)
        public = [name for name in vars(loaded) if not name.startswith("_")]
        return frozenset(getattr(loaded, "__all__", public))
    if "." in module:
        return None  # finding it would run its parent
    spec = find_spec(module) if module else None
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    return _literal_all(Path(spec.origin))


def _literal_all(path: Path) -> frozenset[str] | None:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, UnicodeDecodeError):
        return None
    found: frozenset[str] | None = None
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                try:
                    found = frozenset(ast.literal_eval(value))
                except (ValueError, TypeError):
                    return None
            case ast.AugAssign(target=ast.Name(id="__all__")):
                return None
            case ast.Call(func=ast.Attribute(value=ast.Name(id="__all__"))):
                return None
    return found
