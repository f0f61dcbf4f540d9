"""What is read before it is made, in an order of cells; and what nothing makes at all."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from nb2pkg.order.model import Candidate, Early, Kind, Missing, Order, Summary
from nb2pkg.order.summaries import originators
from nb2pkg.plan.scope import BUILTINS, IPYTHON_NAMES
from nb2pkg.plan.shared import is_stream

_CONVENTIONS = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "plt": "import matplotlib.pyplot as plt",
    "sns": "import seaborn as sns",
    "tf": "import tensorflow as tf",
    "sp": "import scipy as sp",
    "sm": "import statsmodels.api as sm",
    "nx": "import networkx as nx",
    "os": "import os",
    "sys": "import sys",
    "re": "import re",
    "math": "import math",
    "json": "import json",
}


def candidate(kind: Kind, order: Order, found: Sequence[Summary]) -> Candidate:
    """The order, with what is read too early in it."""
    return Candidate(kind, order, early(order, found))


def early(order: Order, found: Sequence[Summary]) -> tuple[Early, ...]:
    """Names that some cell makes, and that are read before they are there."""
    by_index = {summary.index: summary for summary in found}
    return tuple(early_in((by_index[index] for index in order), originators(found)))


def early_in(cells: Iterable[Summary], makers: Mapping[str, tuple[int, ...]]) -> Iterator[Early]:
    """As early, for cells in their order: one by one, so that the first is cheap."""
    bound: set[str] = set()
    unseen = False
    for summary in cells:
        unseen = unseen or bool(summary.unseen)
        for name, read in sorted(summary.reads.items()):
            # What may be there already, the cell may bring itself: try: n / except NameError: n = 0
            given = name in bound or (not read.sure and summary.originates(name))
            if not given and name in makers and not _is_provided(name):
                sure, likely = read.sure and not unseen, read.likely and not unseen
                yield Early(summary.index, read.line, name, sure, likely, makers[name])
        bound |= summary.binds
        bound -= summary.deletes


def parts_read_early(order: Order, found: Sequence[Summary]) -> tuple[str, ...]:
    """What is said of parts of objects, as columns, that are mentioned above the cell that makes them.

    That is no proof: the data may have had such a part before.
    """
    by_index = {summary.index: summary for summary in found}
    makers = {key: summary.index for summary in reversed(found) for key in summary.makes_keys}
    seen: set[str] = set()
    said = []
    for index in order:
        for key in sorted(by_index[index].reads_keys - seen):
            if makers.get(key, index) != index and not is_stream(key):
                said.append(
                    f"cell {index + 1} mentions {key}, which cell {makers[key] + 1} makes later"
                )
        seen |= by_index[index].makes_keys
    return tuple(said)


def _is_provided(name: str) -> bool:
    return name in BUILTINS or name in IPYTHON_NAMES


def missing(found: Sequence[Summary], deleted: Mapping[str, str]) -> tuple[Missing, ...]:
    """Each name that a cell reads and no cell makes, where it is read first."""
    makers = originators(found)
    seen: dict[str, Missing] = {}
    for summary in found:
        for name, read in summary.reads.items():
            if name in makers or _is_provided(name):
                continue
            known = seen.get(name)
            if known is None or (read.sure and not known.sure):
                hint = deleted.get(name) or _hint(name, found, makers)
                sure = read.sure and not any(s.unseen for s in found)
                seen[name] = Missing(summary.index, read.line, name, sure, hint)
    return tuple(sorted(seen.values()))


def _hint(name: str, found: Sequence[Summary], makers: Mapping[str, tuple[int, ...]]) -> str:
    """Where it may come from. Nothing is invented: what the notebook itself or a convention says."""
    for summary in found:
        if summary.unseen:
            return f"perhaps it comes from {summary.unseen} in cell {summary.index + 1}"
    if name in _CONVENTIONS:
        return f"by convention: {_CONVENTIONS[name]}"
    changed = [s.index + 1 for s in found if name in s.binds]
    if changed:
        return f"cell {changed[0]} changes it, and no cell makes it"
    close = difflib.get_close_matches(name, makers, n=1, cutoff=0.8)
    if close:
        return f"cell {makers[close[0]][0] + 1} makes {close[0]}: was it renamed?"
    return ""
