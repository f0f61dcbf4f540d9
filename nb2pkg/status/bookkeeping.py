"""What nb2pkg adds to the code of a cell: the marker, annotations, the docstring. No change of the analysis is in it.

Where a person has taken these away, or a run has added some since, a diff would show little else.
"""

from __future__ import annotations

import ast
import copy

from nb2pkg.merge.symbols import PROVENANCE, parse

Function = ast.FunctionDef | ast.AsyncFunctionDef


def without(generated: str, current: str) -> tuple[str, str]:
    """Both texts of a symbol without markers; the generated one also without what only it has of the rest."""
    before, now = _unmarked(generated), _unmarked(current)
    old, new = _function(before), _function(now)
    if old is None or new is None:
        return before, now
    lines, own = before.split("\n"), now.split("\n")
    body = old.body
    if _docstring(old) is not None and _docstring(new) is None and len(body) > 1:
        # From the bottom up, so that the lines above stay where they are.
        end = body[0].end_lineno or body[0].lineno
        lines[body[0].lineno - 1 : end + (not lines[end].strip())] = []
    ends = _header_end(old, before.split("\n")), _header_end(new, own)
    if all(ends) and _same_but_unannotated(old, new):
        lines[old.lineno - 1 : ends[0]] = own[new.lineno - 1 : ends[1]]
    return "\n".join(lines), now


def _unmarked(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not line.startswith(PROVENANCE))


def _function(text: str) -> Function | None:
    tree = parse(text)
    first = tree.body[0] if tree and tree.body else None
    return first if isinstance(first, Function) else None


def _docstring(node: Function) -> str | None:
    return ast.get_docstring(node, clean=False)


def _header_end(node: Function, lines: list[str]) -> int:
    """The line with the colon, counted from 1; 0 if the body begins on it, or it is not found."""
    inner = [*_annotated(node), *node.args.defaults, *node.args.kw_defaults, node.returns]
    last = max([node.lineno, *(part.end_lineno or 0 for part in inner if part is not None)])
    numbers = range(last, node.body[0].lineno)
    ends = (n for n in numbers if lines[n - 1].partition("#")[0].rstrip().endswith(":"))
    return next(ends, 0)


def _same_but_unannotated(old: Function, new: Function) -> bool:
    """The same signature, but for annotations that new does not have."""
    annotated = copy.deepcopy(old)
    for mine, theirs in zip(_annotated(annotated), _annotated(new)):
        if theirs.annotation is None:
            mine.annotation = None
    if new.returns is None:
        annotated.returns = None
    return (_signature(annotated), old.name) == (_signature(new), new.name)


def _annotated(node: Function) -> list[ast.arg]:
    return [inner for inner in ast.walk(node.args) if isinstance(inner, ast.arg)]


def _signature(node: Function) -> str:
    returns = ast.dump(node.returns) if node.returns else ""
    decorators = [ast.dump(inner) for inner in node.decorator_list]
    return f"{decorators} {ast.dump(node.args)} {returns}"
