"""What the tests of a cell gave when it last ran, by its stored output."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nb2pkg.model import Cell, Notebook
from nb2pkg.notebook import test_cells

# The last line of a report of %%nbtest, as nb2pkg.jupyter.report writes it.
_COUNTS = re.compile(r"(?P<counts>(?:\d+ [a-z ]+(?:, )?)+|no tests) in \d+\.\d\d s")


@dataclass(frozen=True, slots=True)
class Tests:
    """The outcome of a cell of tests. counts: as in ``3 passed, 1 failed``."""

    counts: str

    @property
    def is_bad(self) -> bool:
        return "failed" in self.counts or "error" in self.counts


def last_outcome(notebook: Notebook, cell: Cell) -> Tests | None:
    """None if it is not a cell of tests, or has not run."""
    if test_cells.begins(cell.source) is None:
        return None
    outputs = notebook.document["cells"][cell.index].get("outputs", [])
    lines = [line for output in outputs for line in _text(output).rstrip().split("\n")[-1:]]
    found = [match for line in lines if (match := _COUNTS.fullmatch(line))]
    return Tests(found[-1]["counts"]) if found else None


def _text(output: Mapping[str, Any]) -> str:
    text = output.get("text", "") if output.get("output_type") == "stream" else ""
    return text if isinstance(text, str) else "".join(text)
