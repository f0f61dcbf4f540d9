"""The cells of the notebook as a review shows them, and what all of the gathering reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nb2pkg.graph.network import Edge
from nb2pkg.model import Cell, CellFacts, Notebook
from nb2pkg.notebook import tags
from nb2pkg.paths import Folder
from nb2pkg.project.manifest import Manifest
from nb2pkg.review import outputs
from nb2pkg.review.model import Issue, Story


@dataclass(frozen=True, slots=True)
class Sources:
    """What the gathering reads: each file once."""

    project: Folder
    known: Manifest
    notebook: Notebook | None
    cells: Mapping[str, Cell]  # by id
    facts: tuple[CellFacts, ...] = ()
    flows: tuple[Edge, ...] = ()  # between cells, by their index; imported names left out
    note: str = ""  # why there is no notebook


@dataclass(frozen=True, slots=True)
class Stories:
    """Makes the stories of cells."""

    sources: Sources
    found: tuple[Issue, ...]
    pictures: bool

    def of(self, cell: Cell) -> Story:
        raw = self.sources.notebook.document["cells"][cell.index] if self.sources.notebook else {}
        own = self.issues((cell.id,))
        return Story(
            cell.id,
            cell.index + 1,
            cell.source,
            tags.format_tag(cell),
            outputs.shown(raw.get("outputs"), self.pictures),
            tuple(sorted({issue.line for issue in own if issue.line and not issue.is_quiet})),
        )

    def issues(self, cells: tuple[str, ...]) -> tuple[Issue, ...]:
        return tuple(issue for issue in self.found if issue.cell in cells)
