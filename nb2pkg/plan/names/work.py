"""What the statements of a step do, as far as its name is concerned: what they call, in which forms.

Features of syntax (of the table verbs.toml): draws, mask ``t[t.a > 1]``, columns ``t[["a"]]``, slice
``t[:9]``, delete ``del t``, parts (several results), list ``[a, b]``, operators ``a * b`` of names alone,
arithmetic, stores ``t["a"] = 1``, labels ``t.columns = ...``, several (reads several values), assert,
prints, shows, binds, options ``rcParams["a"] = 1``, gives (a result), changes, calls.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from nb2pkg.facts.dotted import dotted, root
from nb2pkg.facts.libraries import Aliases, known
from nb2pkg.facts.parts import parts_of
from nb2pkg.model import Facts
from nb2pkg.plan.names import verbs

_DRAWING = ("matplotlib.", "seaborn.", "plotly.", "altair.")
_DRAWS = verbs.table()["plot"].main
_NO_DRAWING = ("configure", "load")
_STYLES = (
    "*adjust*",
    "tight_layout",
    "despine",
    "get_*",
    "[xy]lim",
    "[xy]ticks",
    "axis",
    "legend",
    "*palette*",
    "axes_style",
    "plotting_context",
    "*cmap*",
    "theme",
)
_FIGURES = {"fig", "ax", "axs", "axes", "fig1", "ax1", "ax2", "ax3", "f", "figure", "subplots"}
_DEEPEST = 3  # functions that call functions


@dataclass(frozen=True)
class Work:
    """The statements of a step. data: which names hold values of the notebook; own: its functions."""

    facts: tuple[Facts, ...]
    returns: tuple[str, ...]
    rebinds: frozenset[str]
    data: frozenset[str]
    aliases: Aliases
    own: Mapping[str, ast.stmt]
    is_shown: bool = False

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(part for f in self.facts for part in ast.walk(f.node))

    @cached_property
    def calls(self) -> frozenset[str]:
        """Last parts of all names that may be called, here or in functions of the notebook."""
        return frozenset(self._used([f.node for f in self.facts], _DEEPEST))

    def _used(self, nodes: Iterable[ast.stmt], depth: int) -> Iterator[str]:
        for node in nodes:
            parts = parts_of(node)
            yield from (attribute.attr for attribute in parts.of(ast.Attribute))
            for name in {name.id for name in parts.of(ast.Name)} - self.data:
                yield name
                if name in self.own and depth:
                    yield from self._used([self.own[name]], depth - 1)

    @cached_property
    def drawings(self) -> frozenset[str]:
        """Names that are bound to figures, axes and what is drawn."""
        found: set[str] = set()
        for f in self.facts:
            if f.bound and isinstance(f.node, ast.Assign | ast.With):
                value = f.node.value if isinstance(f.node, ast.Assign) else None
                is_drawn = value is not None and (
                    self.is_drawing(value) or root(value) in found or _is_figure(value)
                )
                found |= {name for name in f.bound if is_drawn or name in _FIGURES}
        return frozenset(found)

    def is_drawing(self, value: ast.expr) -> bool:
        """Is the outermost call of a chain one that draws, or is one before it?"""
        node: ast.expr = value
        while isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
            if isinstance(node, ast.Call) and self.draws(node):
                return True
            node = node.func if isinstance(node, ast.Call) else node.value
        return False

    def draws(self, call: ast.Call) -> bool:
        """Does the call draw, itself or through functions of the notebook?"""
        name = self.aliases.dotted(dotted(call.func))
        last = name.rpartition(".")[2]
        if last in known("draws_nothing"):
            return False
        if name in self.own:
            inner = parts_of(self.own[name]).of(ast.Call)
            return any(dotted(p.func) != name and self._draws_by_name(p) for p in inner)
        return self._draws_by_name(call)

    def _draws_by_name(self, call: ast.Call) -> bool:
        name = self.aliases.dotted(dotted(call.func))
        last = name.rpartition(".")[2]
        if (
            last in known("draws_nothing")
            or "rcParams" in name
            or ".config." in name
            or verbs.of_call(last) in _NO_DRAWING
        ):
            return False
        if verbs.matches(_STYLES, (last,)):
            return False
        return name.startswith(_DRAWING) or verbs.matches(_DRAWS, (last,))

    @cached_property
    def drawn_calls(self) -> tuple[ast.Call, ...]:
        calls = (part for part in self.nodes if isinstance(part, ast.Call))
        return tuple(call for call in calls if self.draws(call))

    @cached_property
    def results(self) -> tuple[str, ...]:
        """What it returns but for drawings."""
        return tuple(name for name in self.returns if name not in self.drawings)

    @cached_property
    def fresh(self) -> tuple[str, ...]:
        """Results that the notebook did not have before."""
        return tuple(name for name in self.results if name not in self.rebinds)

    @cached_property
    def changed(self) -> tuple[str, ...]:
        """What it changes in place."""
        names = (name for f in self.facts for name, _ in f.mutates if name in self.data)
        return tuple(
            dict.fromkeys(n for n in names if n not in self.drawings and n not in _FIGURES)
        )

    @cached_property
    def read(self) -> tuple[str, ...]:
        """Values that it is given, in the order in which they are read."""
        bound = {name for f in self.facts for name in f.bound}
        names = (name for f in self.facts for name in f.reads if name in self.data)
        return tuple(dict.fromkeys(n for n in names if n not in bound and n not in _FIGURES))

    @cached_property
    def only_draws(self) -> bool:
        return bool(self.drawn_calls) and not self.results

    @cached_property
    def syntax(self) -> frozenset[str]:
        return frozenset(
            feature
            for feature, is_there in (
                ("draws", bool(self.drawn_calls)),
                ("parts", len(self.results) > 1),
                ("several", len(self.read) > 1 or len(self.drawn_calls) > 1),
                ("prints", any("print" in f.effects or "display" in f.effects for f in self.facts)),
                ("shows", self.is_shown),
                ("binds", bool(self.returns)),
                ("gives", bool(self.results) or (self.is_shown and not self.only_draws)),
                ("changes", bool(self.changed) or any(n in self.rebinds for n in self.results)),
            )
            if is_there
        ) | frozenset(feature for node in self.nodes for feature in _features(node))


def _is_figure(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and dotted(value.func).rpartition(".")[2] in (
        "figure",
        "gca",
    )


def _features(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Subscript(ctx=ast.Load(), slice=inner):
            yield from _of_subscript(inner)
        case ast.Subscript(ctx=ast.Store(), value=value):
            yield (
                "options"
                if "rcParams" in dotted(value) or "defaults" in dotted(value)
                else "stores"
            )
        case ast.Attribute(ctx=ast.Store(), attr=name, value=value):
            yield "labels" if name in ("columns", "index", "names", "name") else "stores"
            if "options" in dotted(value) or "rcParams" in dotted(value):
                yield "options"
        case ast.BinOp(left=ast.Name(), right=ast.Name()):
            yield from ("operators", "arithmetic")
        case ast.BinOp() | ast.AugAssign():
            yield "arithmetic"
        case ast.List(elts=parts) if len(parts) > 1 and all(isinstance(p, ast.Name) for p in parts):
            yield "list"
        case ast.Delete():
            yield "delete"
        case ast.Assert():
            yield "assert"
        case ast.Call():
            yield "calls"


def _of_subscript(inner: ast.expr) -> Iterator[str]:
    parts = list(ast.walk(inner))
    if any(isinstance(part, ast.Compare) for part in parts) or isinstance(inner, ast.UnaryOp):
        yield "mask"
    if any(isinstance(part, ast.Slice) for part in parts):
        yield "slice"
    match inner:
        case ast.List(elts=[ast.Constant(value=str()), *_]) | ast.Constant(value=str()):
            yield "columns"
