"""Which files are the analysis known to use? The tests copy those first."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from nb2pkg.model import StatementKind
from nb2pkg.observed import Observed
from nb2pkg.plan.model import Plan

_MANY = 8  # more files than that are named by their folders
_FILE = re.compile(r"[\w .()@+-]+\.\w{1,10}")
_ABOVE = re.compile(r"(?:\.\.[/\\]{1,2})+[\w.-]+")


def used(plan: Plan, observed: Observed | None) -> tuple[str, ...]:
    """Paths as seen from the notebook's folder: what a run opened, else what the cells name.

    Many files are named by their folders, as ``data/``.
    """
    seen = set(_opened(observed) if observed is not None else _named(plan))
    if len(seen) > _MANY:
        seen = {_folder(path) or path for path in seen}
    return tuple(sorted(seen | set(_above(plan))))


def known(plan: Plan, observed: Observed) -> tuple[str, ...] | None:
    """Those that a run opened, all of them in the notebook's folder; None if there are others."""
    found = used(plan, observed)
    is_inside = all(".." not in PurePosixPath(path).parts for path in found)
    return found if plan.touches_files and is_inside else None


def _opened(observed: Observed) -> Iterator[str]:
    for moment in observed.cells.values():
        yield from (*moment.read, *moment.written)


def _named(plan: Plan) -> Iterator[str]:
    """Names of files in statements that read or write some, or that name a constant."""
    for facts in (facts for cell in plan.facts for facts in cell.statements):
        if "files" in facts.effects or facts.kind is StatementKind.LITERAL:
            found = (path for text in _texts(facts.node) if (path := PurePosixPath(text)))
            yield from (str(path) for path in found if _is_beside(path))


def _is_beside(path: PurePosixPath) -> bool:
    is_inside = not path.is_absolute() and ".." not in path.parts
    return is_inside and bool(_FILE.fullmatch(path.name)) and "://" not in str(path)


def _above(plan: Plan) -> Iterator[str]:
    """What stands in folders above, as `../data` of `../data/birds.csv`."""
    for facts in (facts for cell in plan.facts for facts in cell.statements):
        for text in _texts(facts.node):
            found = _ABOVE.match(text)
            if found:
                yield found[0].replace("\\", "/").replace("//", "/")


def _texts(node: ast.AST) -> Iterable[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def _folder(path: str) -> str:
    parent = str(PurePosixPath(path).parent)
    return "" if parent == "." else f"{parent}/"
