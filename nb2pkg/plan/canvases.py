"""Which statements make something to draw on, or what was drawn: ``fig, ax = plt.subplots()``?

pyplot holds what is drawn: it is shown at the end of the cell, whatever has a name for it. So nobody
misses such a name who does not read it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from nb2pkg.facts.dotted import dotted, root
from nb2pkg.facts.libraries import Aliases, known
from nb2pkg.facts.parts import parts_of
from nb2pkg.model import Facts

DRAWING_METHODS = frozenset(
    {"plot", "hist", "scatter", "bar", "boxplot", "show", "legend", "set_title"}
)
_HELD_BY_PYPLOT = ("matplotlib.", "seaborn.", "pylab.")
_GIVES_DATA = frozenset(  # of pyplot and of axes: counts and edges, spectra, correlations
    ("hist", "hist2d", "hexbin", "psd", "csd", "specgram", "xcorr", "acorr", "cohere", "boxplot")
)
_DRAWN_ON = ("ax", "axes", "fig", "figure")  # keywords by which a function is told where to draw


def of(statements: Sequence[Facts], aliases: Aliases) -> frozenset[tuple[int, str]]:
    """Position and name, wherever a statement binds a name to nothing else."""
    found: set[tuple[int, str]] = set()
    names: set[str] = set()
    for position, facts in enumerate(statements):
        if "alive" in facts.effects:
            continue
        for name in facts.binds:
            values = list(_values(facts, name))
            if values and all(_is_drawn(value, aliases, names) for value in values):
                found.add((position, name))
                names.add(name)
    return frozenset(found)


def _values(facts: Facts, name: str) -> Iterator[ast.expr]:
    """What the statement binds the name to, wherever in it; the name itself where nobody can say."""
    plain: set[int] = set()
    parts = parts_of(facts.node)
    for part in parts.of(ast.Assign):
        for target in part.targets:
            stored = [n for n in ast.walk(target) if isinstance(n, ast.Name) and n.id == name]
            plain.update(map(id, stored))
            yield from (part.value for n in stored if isinstance(n.ctx, ast.Store))
    for stored_name in parts.of(ast.Name):
        if stored_name.id == name and isinstance(stored_name.ctx, ast.Store):
            if id(stored_name) not in plain:
                yield stored_name


def _is_drawn(value: ast.expr, aliases: Aliases, canvases: set[str]) -> bool:
    """Is it the value of a call that draws, or of one that is told what to draw on?"""
    if not isinstance(value, ast.Call):
        return False
    name = aliases.dotted(dotted(value.func))
    method = name.rpartition(".")[2]
    if method in known("draws_nothing") or method in aliases.own_methods:
        return False
    if method in _GIVES_DATA and (name.startswith("matplotlib.") or root(value.func) in canvases):
        return False
    if name.startswith(_HELD_BY_PYPLOT) or method.startswith("plot_"):
        return True
    if not DRAWING_METHODS.isdisjoint(name.split(".")[1:]):
        return True
    if isinstance(value.func, ast.Attribute) and root(value.func) in canvases:
        return True
    return any(k.arg in _DRAWN_ON and root(k.value) in canvases for k in value.keywords)
