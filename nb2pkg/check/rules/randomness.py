"""Random numbers that are others at every run."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nb2pkg.check.catalogue import finding
from nb2pkg.check.model import Examined, Finding
from nb2pkg.check.rules.rule import rule
from nb2pkg.facts.libraries import known
from nb2pkg.model import Place

_STATE = "pass random_state=0"
_SEEDS = {
    "numpy": "numpy.random.seed(0), or numpy.random.default_rng(0) and its methods",
    "random": "random.seed(0)",
    "torch": "torch.manual_seed(0)",
    "tensorflow": "tensorflow.random.set_seed(0)",
}


@rule("NB809")
def unseeded(examined: Examined) -> Iterator[Finding]:
    """The first draw from each generator, where nothing at all looks like seeding it."""
    if examined.broken or _seeds_somehow(examined):
        return
    reported: set[str] = set()
    for position, facts in enumerate(examined.lines.statements):
        for call, name in examined.calls[position]:
            family = _family(examined, call, name)
            if family and family not in reported:
                reported.add(family)
                width = (call.func.end_col_offset or 0) - call.func.col_offset
                place = Place(facts.cell, call.lineno, call.func.col_offset, max(width, 1))
                seed = _STATE if name in known("random", "take_a_seed") else _SEEDS[family]
                yield finding("NB809", place, name, seed=seed)


def _seeds_somehow(examined: Examined) -> bool:
    return any(
        "seed" in name.rpartition(".")[2].lower()
        for calls in examined.calls
        for _, name in calls
        if name not in known("random", "made_by_seed")
    )


def _family(examined: Examined, call: ast.Call, name: str) -> str:
    """Whose generator a call draws from; empty if none, or if it is passed one."""
    if name in known("random", "made_by_seed"):
        return "" if call.args or call.keywords else "numpy"
    if name in known("random", "take_a_seed"):
        given = any(keyword.arg in ("random_state", None) for keyword in call.keywords)
        return "" if given else "numpy"
    if name not in known("random"):
        return ""
    family = name.partition(".")[0]
    return family if _is_imported(examined, name) else ""


def _is_imported(examined: Examined, name: str) -> bool:
    """``random.choice`` is Python's own only if ``random`` is the module, not a variable."""
    top = name.partition(".")[0]
    return any(
        imported.module.partition(".")[0] == top
        for facts in examined.lines.statements
        for imported in facts.imports
    )
