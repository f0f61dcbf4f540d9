"""Names for steps of a certain kind: what loads, saves, fits, groups, splits, sets options."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nb2pkg.facts.dotted import dotted
from nb2pkg.plan.names import nouns, verbs
from nb2pkg.plan.names.results import (
    all_calls,
    final_calls,
    is_of_arrays,
    joined,
    last,
    made,
    thing,
)
from nb2pkg.plan.names.work import Work

_MOMENTS = {"mean": "mean", "sum": "total", "median": "median", "max": "highest", "min": "lowest"}
_MOMENTS |= {"std": "deviation_of", "count": "number_of", "size": "count", "nunique": "distinct"}
_FORMULAS = {
    "ols",
    "glm",
    "logit",
    "probit",
    "mixedlm",
    "gee",
    "rlm",
    "wls",
    "gls",
    "quantreg",
    "poisson",
}


def _loading(work: Work, heading: tuple[str, ...]) -> Iterator[str]:
    """What brings values from outside: named for them, else for the file or set of data."""
    reading = [c for c in all_calls(work) if verbs.of_call(last(c)) == "load"]
    given = [name for name in work.read if not name.isupper()]  # a folder or file is no data
    if not reading or not work.results or given:
        return
    telling = [nouns.of_name(name) for name in work.results if nouns.is_telling(name)]
    if len(telling) == 2 and len(telling[0]) == len(telling[1]) == 1:
        yield joined("load", (*telling[0], "and", *telling[1]))
    if len(telling) > 2:
        yield joined("load", (*telling[0], "and", "others"))
    if telling and len(telling) < 3:
        yield joined("load", telling[-1 if len(work.results) == 1 else 0])
    for call in reading:
        yield joined("load", _source(work, call))
    yield from made("load", work, heading)


def _source(work: Work, call: ast.Call) -> tuple[str, ...]:
    """``read_csv("data/orders.csv")`` and ``datasets.orders.load()`` load orders."""
    texts = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    for text in texts:
        if words := nouns.of_file(text):
            return words
    parts = work.aliases.dotted(dotted(call.func)).split(".")
    own = [part for part in parts[1:-1] if part not in ("datasets", "data", "io", "api")]
    return nouns.of_name(own[-1]) if own else ()


def _saving(work: Work, heading: tuple[str, ...]) -> Iterator[str]:
    writing = [c for c in all_calls(work) if verbs.of_call(last(c)) == "save"]
    if not writing or work.results:
        return
    for call in writing:
        texts = [part for part in ast.walk(call) if isinstance(part, ast.Constant)]
        for value in (c.func.value for c in (call,) if isinstance(c.func, ast.Attribute)):
            if isinstance(value, ast.Name) and nouns.is_telling(value.id):
                yield joined("save", nouns.of_name(value.id))
        for text in texts:
            if isinstance(text.value, str) and "." in text.value:
                yield joined("save", nouns.of_file(text.value))
    for name in work.read:
        yield joined("save", nouns.of_name(name))
    yield joined("save", heading)


def _configuring(work: Work, _: tuple[str, ...]) -> Iterator[str]:
    """What sets options and nothing else."""
    calls = [f.node.value for f in work.facts if isinstance(f.node, ast.Expr)]
    names = [last(call) for call in calls if isinstance(call, ast.Call)]
    if work.results or not (names or "options" in work.syntax):
        return
    if all(verbs.of_call(name) == "configure" for name in names):
        used = " ".join(work.aliases.dotted(name) for f in work.facts for name in f.uses)
        plots = any(part in used for part in ("matplotlib", "seaborn", "plotly"))
        warns = any("filter" in name for name in names)
        if "seed" in names:
            yield "seed_random_numbers"
        yield "silence_warnings" if warns else "configure_plots" if plots else "configure_options"


def _fitting(work: Work, heading: tuple[str, ...]) -> Iterator[str]:
    """What fits a model: named for its class, else for the name of the notebook."""
    fits = [c for c in all_calls(work) if verbs.of_call(last(c)) == "fit"]
    if not fits or not (work.results or work.changed or work.is_shown):
        return
    models = [words for call in fits if (words := _model(work, call))]
    yield from (joined("fit", words) for words in models)
    if models:
        return
    yield from made("fit", work, heading)


def _model(work: Work, call: ast.Call) -> tuple[str, ...]:
    made = call.func.value if isinstance(call.func, ast.Attribute) else None
    if isinstance(made, ast.Name):
        name = made.id
        makers = [
            f.node.value for f in work.facts if isinstance(f.node, ast.Assign) and name in f.bound
        ]
        made = makers[-1] if makers else made
    match made:
        case ast.Call(func=function):
            last = dotted(function).rpartition(".")[2]
            if last[:1].isupper() or last in _FORMULAS:
                return nouns.of_class(last)
        case ast.Name(id=name) if nouns.is_telling(name):
            return nouns.of_name(name)
    return ()


def _grouped(work: Work, heading: tuple[str, ...]) -> Iterator[str]:
    """``orders.groupby("city")["amount"].sum()`` is total amount by city: a value, so a noun."""
    for call in final_calls(work):
        if last(call) != "groupby" or not work.fresh or not call.args:
            continue
        keys = _columns(call.args[0])
        moment = next((m for c in final_calls(work) for m in [last(c)] if m in _MOMENTS), "")
        column = next(_column_behind(work), ())
        yield "_".join(heading) if len(heading) > 1 else ""
        if keys and moment and column and len(keys) < 3:
            by = " and ".join(" ".join(key) for key in keys).split()
            yield (
                joined(_MOMENTS[moment], (*column, "by", *by))
                if "_" not in _MOMENTS[moment]
                else ""
            )
        if keys and len(keys) < 3:
            by = " and ".join(" ".join(key) for key in keys).split()
            for words in thing(work):
                yield joined("aggregate", (*words, "by", *by))


def _columns(value: ast.expr) -> list[tuple[str, ...]]:
    items = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
    texts = [i.value for i in items if isinstance(i, ast.Constant) and isinstance(i.value, str)]
    return [nouns.of_name(text) for text in texts]


def _column_behind(work: Work) -> Iterator[tuple[str, ...]]:
    """The one column that is taken from groups."""
    for part in work.nodes:
        match part:
            case ast.Subscript(value=ast.Call(), slice=ast.Constant(value=str(text))):
                yield nouns.of_name(text)


def _storing(work: Work, heading: tuple[str, ...]) -> Iterator[str]:
    """What puts columns into a table and makes nothing else: named for them."""
    stored: dict[str, tuple[str, ...]] = {}
    reads: set[str] = set()
    for f in work.facts:
        for part in ast.walk(f.node):
            match part:
                case ast.Subscript(ctx=ast.Store(), slice=ast.Constant(value=str(text))):
                    stored[text] = nouns.of_name(text)
                case ast.Subscript(ctx=ast.Load(), slice=ast.Constant(value=str(text))):
                    reads.add(text)
    if not stored or work.fresh:
        return
    verb = "convert" if {"to_datetime", "to_numeric", "astype"} & work.calls else "transform"
    verb = verb if set(stored) <= reads else "add"
    words = [w for w in stored.values() if w]
    if len(words) == 2:
        yield joined(verb, (*words[0], "and", *words[1]))
    if words and len(words) < 3:
        yield joined(verb, words[0])
    if words and len(words) > 2:
        yield joined(verb, heading)
        yield from (joined(verb, (*nouns.of_name(n), "columns")) for n in work.changed)


def _splitting(work: Work, heading: tuple[str, ...]) -> Iterator[str]:
    if "train_test_split" in work.calls and len(work.results) > 1:
        yield joined("split", heading)
        yield from (
            joined("split", nouns.of_name(name)) for name in work.read if nouns.is_telling(name)
        )
        yield "split_train_and_test"


def _extracting(work: Work, heading: tuple[str, ...]) -> Iterator[str]:
    """What takes several values out of one."""
    parts = [f.node.value for f in work.facts if isinstance(f.node, ast.Assign)]
    takes = all(isinstance(p, ast.Subscript | ast.Attribute) or _is_taken(work, p) for p in parts)
    if len(work.results) > 1 and len(work.read) == 1 and len(parts) == len(work.facts) and takes:
        yield joined("extract", heading)
        yield joined("extract", nouns.of_name(work.read[0]))


def _is_taken(work: Work, value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and is_of_arrays(work, value)


KINDS = (
    _loading,
    _saving,
    _configuring,
    _fitting,
    _grouped,
    _storing,
    _splitting,
    _extracting,
)
