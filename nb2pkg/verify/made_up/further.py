"""What else a test could assert: more than a reader wants, so only what finds a wrong function stays.

The few lines of ``expected`` say what a value is. An object of a library, or a figure, has far more
to it; a line for each attribute is offered here, and ``choose`` takes those that nothing else makes up for.
"""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections.abc import Iterator
from typing import Any

from . import expected, objects
from .literals import literal

_MOST_ATTRIBUTES = 40  # of an object, tried
_MOST_ARTISTS = 3  # of each kind, on each axes
_MOST_PARTS = 4
_DEEPEST = 2


def lines(subject: str, value: Any, depth: int = 0) -> Iterator[str]:
    """Lines that assert more of a value than those that say what it is."""
    if value is None or literal(value) is not None or depth > _DEEPEST:
        return
    if _is_of("matplotlib.figure", "Figure", value):
        yield from of_figure(subject, value)
    elif _is_of("matplotlib.axes", "Axes", value):
        yield from _of_axes(subject, value)
    elif any(_is_of(*each, value) for each in _TABLES):
        yield from _of_sums(subject, value)
    elif isinstance(value, (list, tuple, dict)):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in [*pairs][:_MOST_PARTS]:
            if literal(key) is not None:
                yield from lines(f"{subject}[{literal(key)}]", part, depth + 1)
    elif not (inspect.isroutine(value) or inspect.isclass(value) or inspect.ismodule(value)):
        yield from _of_object(subject, value, depth)


_TABLES = (("pandas", "DataFrame"), ("pandas", "Series"), ("numpy", "ndarray"))


def _is_of(module: str, name: str, value: Any) -> bool:
    return module in sys.modules and isinstance(value, getattr(sys.modules[module], name))


def _of_sums(subject: str, value: Any) -> Iterator[str]:
    """Of a table, a column or an array of which only both ends are written down."""
    with contextlib.suppress(Exception):  # what it holds may be of any kind
        name = type(value).__name__
        numbers = value.select_dtypes("number") if name == "DataFrame" else value
        made = f'{subject}.select_dtypes("number")' if name == "DataFrame" else subject
        yield from expected.lines(f"{made}.sum()", numbers.sum(), 2) or ()
        yield from expected.lines(f"{made}.std()", numbers.std(), 2) or ()


def _of_object(subject: str, value: Any, depth: int) -> Iterator[str]:
    """A line for each attribute that can be written down, and for its text."""
    for name in _attributes(value)[:_MOST_ATTRIBUTES]:
        with contextlib.suppress(Exception):  # a property may raise anything
            part = getattr(value, name)
            own = f"{subject}.{name}"
            if part is not None and not callable(part):
                yield from expected.lines(own, part, 2) or lines(own, part, depth + 1)
    for each in (objects.of_array, objects.of_text):
        with contextlib.suppress(Exception):
            yield from each(subject, value, expected.lines) or ()


def _attributes(value: Any) -> list[str]:
    """Those that are public, of the object and then of its class."""
    if not hasattr(value, "__dict__") and type(value).__module__ == "builtins":
        return []
    own = [*getattr(value, "__dict__", ())]
    shown = [
        name
        for cls in type(value).__mro__
        for name, member in vars(cls).items()
        if inspect.isdatadescriptor(member)  # properties, slots, the parameters of param
    ]
    return [name for name in dict.fromkeys([*own, *shown]) if not name.startswith("_")]


# ---- what is drawn

_OF_ARTISTS = {
    "lines": (
        *("xdata", "ydata", "color", "linestyle", "linewidth", "marker", "markersize"),
        *("alpha", "label"),
    ),
    "collections": ("sizes", "offsets", "facecolor", "linewidth", "alpha", "array", "clim"),
    "patches": ("x", "width", "height", "facecolor", "edgecolor", "alpha", "hatch", "label"),
    "images": ("array", "clim", "extent", "interpolation", "alpha"),
    "texts": ("text", "position", "fontsize", "color", "rotation"),
}
_OF_AXES = ("xlim", "ylim", "xticks", "yticks", "aspect", "facecolor")
_OF_TITLES = ("title", "xaxis.label", "yaxis.label")
_OF_TICKS = ("xticklabels", "yticklabels")


def of_figure(subject: str, figure: Any) -> Iterator[str]:
    """Lines for how it and what stands on it are drawn."""
    yield from _got(subject, figure, ("suptitle", "dpi"))
    for number, axes in enumerate(figure.axes[:_MOST_ARTISTS]):
        yield from _of_axes(f"{subject}.axes[{number}]", axes)


def _of_axes(subject: str, axes: Any) -> Iterator[str]:
    yield from _got(subject, axes, _OF_AXES)
    for kind, names in _OF_ARTISTS.items():
        for number, artist in enumerate([*getattr(axes, kind)][:_MOST_ARTISTS]):
            own = f"{subject}.{kind}[{number}]"
            yield from _got(own, artist, names)
            if getattr(artist, "get_cmap", None) and artist.get_array() is not None:
                yield from expected.lines(f"{own}.get_cmap().name", artist.get_cmap().name) or ()
    for place in _OF_TITLES:
        first, _, second = place.partition(".")
        title = getattr(getattr(axes, first), second) if second else getattr(axes, first)
        yield from _got(f"{subject}.{place}", title, ("fontsize", "fontweight", "color"))
    for place in _OF_TICKS:
        for number, label in enumerate(getattr(axes, f"get_{place}")()[:1]):
            yield from _got(f"{subject}.get_{place}()[{number}]", label, ("rotation", "fontsize"))
    for axis in ("xaxis", "yaxis"):
        for number, line in enumerate(getattr(axes, axis).get_gridlines()[:1]):
            yield from _got(f"{subject}.{axis}.get_gridlines()[{number}]", line, ("visible",))
    legend = axes.get_legend()
    if legend is not None:
        yield from _got(f"{subject}.get_legend().get_title()", legend.get_title(), ("text",))


def _got(subject: str, artist: Any, names: tuple[str, ...]) -> Iterator[str]:
    """A line for what each of these is, as its getter says."""
    for name in names:
        with contextlib.suppress(Exception):  # not all of them have all, in all releases
            value = getattr(artist, f"get_{name}")()
            made = f"{subject}.get_{name}()"
            if type(value).__name__ == "MaskedArray":
                value, made = value.filled(), f"{made}.filled()"
            is_said = value is not None and not str(value).startswith("_")  # as is "_nolegend_"
            yield from (expected.lines(made, value, 2) or ()) if is_said else ()
