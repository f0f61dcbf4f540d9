"""What a step that draws is called for: the title of the plot, its axes, its kind, its data."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nb2pkg.facts.dotted import dotted, root
from nb2pkg.plan.names import nouns, phrases
from nb2pkg.plan.names.work import Work

_TITLES = {"title", "set_title", "suptitle", "set_suptitle", "set_plot_title"}
_LABELS = {"xlabel": "x", "set_xlabel": "x", "ylabel": "y", "set_ylabel": "y"}
# Words in the names of functions that draw which do not tell their plots apart.
_PLAIN = {
    "make",
    "plot",
    "plots",
    "subplots",
    "subplot",
    "add",
    "set",
    "show",
    "draw",
    "figure",
    "ax",
    "graph",
}
_KINDS = {
    "hist": "histogram",
    "bar": "bars",
    "barh": "bars",
    "box": "boxes",
    "boxplot": "boxes",
    "scatterplot": "scatter",
    "imshow": "image",
    "pie": "shares",
    "kdeplot": "density",
    "kde": "density",
    "violinplot": "violins",
    "lineplot": "lines",
    "barplot": "bars",
    "countplot": "counts",
    "histplot": "histogram",
    "displot": "distribution",
    "qqplot": "quantiles",
    "pairplot": "pairs",
    "lmplot": "regression",
    "regplot": "regression",
    "qq": "quantiles",
    "corr": "correlations",
    "acf": "autocorrelation",
    "pacf": "partial_autocorrelation",
    "ecdfplot": "cumulative_distribution",
    "ecdf": "cumulative_distribution",
    "stripplot": "strips",
    "swarmplot": "swarm",
    "pointplot": "points",
    "residplot": "residuals",
    "clustermap": "clusters",
    "jointplot": "joint_distribution",
    "catplot": "categories",
    "relplot": "relation",
    "rugplot": "rug",
    "boxenplot": "boxes",
    "errorbar": "errors",
    "regress_exog": "regressors",
}


def things(work: Work, heading: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """What may stand behind ``plot`` in the name, the best first."""
    calls = _calls(work)
    if len(_titles(calls)) == 1:
        yield phrases.of_title(_titles(calls)[0])
    yield heading
    yield from _by_axes(calls)
    yield from _by_labels(calls)
    kind = next(
        (words for call in calls if work.draws(call) for words in [_kind(call)] if words), ()
    )
    data = next(_data(work, calls), ())
    is_clear = nouns.is_telling("_".join(data))
    specific = bool(kind) and kind[0] not in _KINDS.values()
    yield kind if specific and (len(kind) > 1 or not is_clear) else ()
    yield (*data, *kind) if data and kind and is_clear else ()
    yield data if is_clear else ()
    yield kind


def _calls(work: Work) -> list[ast.Call]:
    """All calls, in the order of the text."""
    calls = [part for part in work.nodes if isinstance(part, ast.Call)]
    return sorted(calls, key=lambda call: (call.end_lineno or 0, call.end_col_offset or 0))


def _titles(calls: list[ast.Call]) -> list[str]:
    found = []
    for call in calls:
        given = [k.value for k in call.keywords if k.arg in ("title", "label_title")]
        if _last(call) in _TITLES:
            given = [*call.args[:1], *given]
        found += [text for value in given if (text := _text(value))]
    return list(dict.fromkeys(found))


def _text(value: ast.expr) -> str:
    """A text that is written out; of a formatted one what stands before its first value."""
    match value:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
            return text
        case ast.BinOp(left=left, op=ast.Add() | ast.Mod()):
            return _text(left)
    return ""


def _last(call: ast.Call) -> str:
    return dotted(call.func).rpartition(".")[2]


def _by_axes(calls: list[ast.Call]) -> Iterator[tuple[str, ...]]:
    """``sns.barplot(tips, x="day", y="tip", hue="sex")`` is tip by day; and sex, if it must be told apart."""
    for call in calls:
        named = {k.arg: _column(_text(k.value)) for k in call.keywords if k.arg and _text(k.value)}
        if _last(call) in ("Plot", "map", "map_dataframe"):
            plain = [_column(_text(value)) for value in call.args[1:3]]
            named = {**dict(zip(("x", "y"), plain)), **named}
        x, y, hue = (named.get(key, ()) for key in ("x", "y", "hue"))
        hue = hue or named.get("color", ()) if _last(call) == "Plot" else hue
        kind = _kind(call)
        if x and y:
            yield (*y, "by", *x)
            yield (*y, "by", *x, "and", *hue) if hue else ()
            yield (*y, "by", *x, *kind)
        elif x or y:
            one = x or y
            yield (*one, *kind) if kind else one
            yield (*one, "by", *hue) if hue else ()
            yield (*one, *kind, "by", *hue) if hue else ()


def _column(text: str) -> tuple[str, ...]:
    """A column without its unit."""
    return tuple(
        word for word in nouns.of_name(text) if word not in ("mm", "cm", "kg", "km", "pct")
    )


def _by_labels(calls: list[ast.Call]) -> Iterator[tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for call in calls:
        given = {k.arg: _text(k.value) for k in call.keywords if k.arg in _LABELS}
        if _last(call) in _LABELS and call.args:
            given[_last(call)] = _text(call.args[0])
        for key, text in given.items():
            if key is not None and text:
                found.setdefault(_LABELS[key], phrases.of_title(text))
    x, y = found.get("x", ()), found.get("y", ())
    if x and y and x != y:
        yield (*y, "against", *x)
    yield y


def _kind(call: ast.Call) -> tuple[str, ...]:
    """What sort of plot it is, where the function says so: ``plot_forest`` is forest."""
    given = next((_text(k.value) for k in call.keywords if k.arg == "kind"), "")
    name = given or _last(call)
    if name in _KINDS:
        return tuple(_KINDS[name].split("_"))
    words = [word for word in name.lower().split("_") if word not in _PLAIN]
    if not any(part in name.lower() for part in ("plot", "hist", "scatter", "contour", "heat")):
        return ()
    if words == [name.lower()] and name.endswith("plot"):
        return (name.removesuffix("plot"),) if len(name) > 6 else ()
    return tuple(w for word in words for w in _KINDS.get(word, word).split("_") if w.isalpha())


def _data(work: Work, calls: list[ast.Call]) -> Iterator[tuple[str, ...]]:
    """What is drawn: the last positional value of a call that draws, else what it is a method of."""
    drawing = [call for call in calls if work.draws(call)]
    for telling in (True, False):
        for call in drawing:
            names = [_named(value) for value in call.args[:2]][::-1]
            names += [
                _named(k.value) for k in call.keywords if k.arg in ("data", "y", "data_frame")
            ]
            names += [_named(call.func.value)] if isinstance(call.func, ast.Attribute) else []
            for name in names:
                if name and root(ast.parse(name, mode="eval").body) not in {
                    "plt",
                    "sns",
                    "np",
                    "ax",
                }:
                    words = nouns.of_name(name.rpartition(".")[2])
                    if words and nouns.is_telling(name.rpartition(".")[2]) >= telling:
                        if root(ast.parse(name, mode="eval").body) in {*work.data} - work.drawings:
                            yield words
        yield from (nouns.of_name(n) for n in work.read if nouns.is_telling(n) >= telling)


def _named(value: ast.expr) -> str:
    """The dotted name that a value is taken from; with the column, if it is one."""
    while True:
        match value:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(column))):
                return f"{name}.{column}" if column.isidentifier() else name
            case ast.Name(id=name):
                return name
            case ast.Attribute(attr=name):
                return f"{root(value)}.{name}" if root(value) else ""
            case ast.Subscript(value=inner) | ast.Call(func=ast.Attribute(value=inner)):
                value = inner
            case _:
                return ""
