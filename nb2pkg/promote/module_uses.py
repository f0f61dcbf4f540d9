"""What a person wrote in a narrative with the modules that it imports at its top.

narrative: clean.to_grams(7)    the notebook: to_grams(7)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from nb2pkg.merge.names import bound_by
from nb2pkg.notebook import magics
from nb2pkg.plan.model import Plan


def called(plan: Plan, now: Mapping[str, Any]) -> dict[str, str]:
    """What the narrative calls modules of the package, and which they are; not what it binds anew."""
    pairs = (text.partition(" as ") for text in plan.header.modules)
    names = {alias or module: module for module, _, alias in pairs}
    texts = ("".join(c["source"]) for c in now["cells"] if c.get("cell_type") == "code")
    bound = {name for text in texts for name in _bound(text, plan.package)}
    return {name: module for name, module in names.items() if name not in bound}


def _bound(text: str, package: str) -> Iterator[str]:
    for node in ast.walk(_tree(text)):
        yield from bound_by(node)
        if isinstance(node, ast.Import | ast.ImportFrom):
            if getattr(node, "module", "") != package:
                yield from ((a.asname or a.name).partition(".")[0] for a in node.names)


def used(text: str, modules: Mapping[str, str]) -> set[str]:
    """Names of what the text finds in these modules."""
    return {node.attr for node in _uses(text, modules)}


def bare(text: str, modules: Mapping[str, str]) -> str:
    """The text with the names of functions alone, for what it finds in these modules."""
    lines = text.encode("utf-8").split(b"\n")
    for node in sorted(_uses(text, modules), key=lambda n: (n.lineno, n.col_offset), reverse=True):
        if node.lineno == node.end_lineno:
            line = lines[node.lineno - 1]
            before, behind = line[: node.col_offset], line[node.end_col_offset :]
            lines[node.lineno - 1] = before + node.attr.encode("utf-8") + behind
    return b"\n".join(lines).decode("utf-8")


def _uses(text: str, modules: Mapping[str, str]) -> list[ast.Attribute]:
    nodes = (node for node in ast.walk(_tree(text)) if isinstance(node, ast.Attribute))
    return [n for n in nodes if isinstance(n.value, ast.Name) and n.value.id in modules]


def _tree(text: str) -> ast.Module:
    """What of the text is Python; nothing, if it is no code."""
    try:
        return ast.parse(magics.mask(text).python)
    except SyntaxError:
        return ast.Module([], [])
