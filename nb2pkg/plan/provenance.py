"""Which cell became which symbol, and what the narrative can do without."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nb2pkg.facts.stars import exported
from nb2pkg.model import CellFacts, Facts, StatementKind
from nb2pkg.plan.model import Definition, Plan, Step, in_order


@dataclass(frozen=True, slots=True)
class Link:
    """A step and its cells; it is called in the last of them."""

    symbol: str
    cells: tuple[str, ...]
    params: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    shown: str = ""  # the name of a value that is returned to be shown
    keywords: tuple[str, ...] = ()  # parameters of the analysis that it takes
    stage: str = ""  # what the tests call it, where other cells call the same function

    @property
    def name(self) -> str:
        return self.stage or self.symbol.rpartition(".")[2]


def by_cell(plan: Plan) -> dict[str, list[str]]:
    """Cell id to the symbols that were made from it."""
    found: dict[str, list[str]] = {}
    for item in in_order((*plan.definitions, *plan.steps)):
        found.setdefault(plan.notebook.cells[item.cell].id, []).append(_symbol(item))
    return found


def _symbol(item: Definition | Step) -> str:
    """What stands in the package: copies have one function."""
    return f"{item.module}.{item.function if isinstance(item, Step) else item.name}"


def of_steps(plan: Plan) -> tuple[Link, ...]:
    """The steps, in the order of the notebook."""
    statements = [facts for cell in plan.facts for facts in cell.statements]
    return tuple(
        _link(plan, step, statements) for step in in_order(plan.steps) if isinstance(step, Step)
    )


def _link(plan: Plan, step: Step, statements: Sequence[Facts]) -> Link:
    facts = [statements[position] for position in step.positions]
    bound = dict.fromkeys(name for f in facts for name in f.bound)
    ids = dict.fromkeys(plan.notebook.cells[f.cell].id for f in facts)
    return Link(
        symbol=_symbol(step),
        cells=tuple(ids),
        params=step.params,
        returns=step.returns,
        changes=step.mutates,
        inside=tuple(name for name in bound if name not in step.returns),
        shown=step.shown,
        keywords=tuple(keyword.parameter for keyword in step.keywords if keyword.parameter),
        stage=step.name if step.copy_of else "",
    )


def absent(cells: Iterable[CellFacts], definitions: Iterable[str]) -> frozenset[str]:
    """Names that the original has, and that the narrative may lack.

    That is what moved as it is, and all that is imported: where an import was missing, the narrative
    would stop.
    """
    names = set(definitions)
    for facts in (facts for cell in cells for facts in cell.statements):
        names |= {imported.name for imported in facts.imports}
        if facts.kind in (StatementKind.IMPORT, StatementKind.GUARDED_IMPORT):
            names |= set(facts.bound)
        for imported in facts.imports:
            if imported.name == "*":
                names |= exported(imported.module) or set()
    return frozenset(names)


def rewritten(plan: Plan) -> list[str]:
    """Definitions whose text is not that of their cell."""
    cells = plan.notebook.cells
    return sorted({d.name for d in plan.definitions if d.source not in cells[d.cell].source})
