"""What does a figure of matplotlib show? How many lines, bars and dots, and digests of what they are.

Nothing is drawn for it. The digests hold the data, the colors, and the texts, which are no data in
the record either: a title may name a patient. Fonts, sizes and positions of axes do not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .digested import (
    SMALL_SHARE,
    Kind,
    Look,
    Told,
    digest,
    made_of,
    rounded,
    steady,
    type_alone,
)

LIMIT_DIGITS = 4  # of the limits of axes: margins are a matter of taste
_IN_SPACE = ("_verts3d", "_offsets3d", "_segments3d", "_vec")
ARTISTS = ("lines", "patches", "collections", "images", "texts")


def _figure(look: Look, value: Any) -> Told:
    axes = [_one_of_axes(look, one) for one in value.axes]
    texts = [
        *_texts(value.texts),
        *(t for legend in value.legends for t in _legend(legend)),
    ]
    return {"items": len(axes), "texts": {"digest": digest(*texts)}, "axes": axes}


def _one_of_axes(look: Look, value: Any) -> Told:
    sides = [side for side in "xyz" if hasattr(value, f"get_{side}lim")]
    axis = [getattr(value, f"{side}axis") for side in sides]
    limits = [_limits(getattr(value, f"get_{side}lim")()) for side in sides]
    return {
        "scales": [str(one.get_scale()) for one in axis],
        "limits": {"digest": digest(*limits)},
        "labels": {"digest": digest(*_labels(value), *(one.get_label_text() for one in axis))},
        "ticks": {"digest": look.digest(*(part for one in axis for part in _ticks(one)))},
        **{kind: _artists(look, getattr(value, kind)) for kind in ARTISTS},
    }


def _artists(look: Look, artists: Iterable[Any]) -> Told:
    marks = [look.mark(artist) for artist in artists]
    return {"items": len(marks), "digest": digest(*marks)}


def _limits(limits: tuple[float, float]) -> str:
    small = max(map(abs, limits)) * SMALL_SHARE
    return str([rounded(float(limit), small, LIMIT_DIGITS) for limit in limits])


def _texts(artists: Iterable[Any]) -> Iterator[str]:
    return (steady(artist.get_text()) for artist in artists)


def _labels(axes: Any) -> Iterator[str]:
    """The titles, and what the legend says."""
    yield from (steady(axes.get_title(side)) for side in ("left", "center", "right"))
    if axes.get_legend() is not None:
        yield from _legend(axes.get_legend())


def _legend(legend: Any) -> Iterator[str]:
    return _texts([legend.get_title(), *legend.get_texts()])


def _ticks(axis: Any) -> list[Any]:
    """Texts of ticks that somebody chose, or that are the categories of the data."""
    formatter = vars(axis.get_major_formatter())
    chosen = formatter.get("seq"), getattr(formatter.get("func"), "args", None)
    return [*chosen, [*getattr(axis.units, "_mapping", ())]]


# ---- artists


def _points(points: Any) -> list[Any]:
    """Coordinates: x and y apart, since what is small in one may be large in the other."""
    return [points[:, 0], points[:, 1]] if len(points) else []


def _in_space(artist: Any) -> list[Any]:
    """Coordinates in three dimensions; those in two are known only once it is drawn."""
    return [vars(artist)[name] for name in _IN_SPACE if name in vars(artist)]


def _line(line: Any) -> list[Any]:
    points = _in_space(line) or _points(line.get_xydata())
    return [*points, line.get_color(), line.get_linestyle(), line.get_marker()]


def _patch(patch: Any) -> list[Any]:
    vertices = patch.get_patch_transform().transform(patch.get_path().vertices)
    return [*_points(vertices), patch.get_facecolor()]


def _collection(collection: Any) -> list[Any]:
    shades = collection.get_array()
    colors = collection.get_facecolor() if shades is None else shades
    points = _in_space(collection)
    if hasattr(collection, "get_coordinates"):  # a mesh: a path for each cell would be long
        points = [collection.get_coordinates()]
    elif not points:
        paths = [path.vertices for path in collection.get_paths()]
        points = [
            *_points(collection.get_offsets()),
            *(p for path in paths for p in _points(path)),
        ]
    sizes = collection.get_sizes() if hasattr(collection, "get_sizes") else None
    return [*points, colors, sizes]


def _image(image: Any) -> list[Any]:
    return [image.get_array(), [float(side) for side in image.get_extent()]]


def _text(text: Any) -> list[Any]:
    return [steady(text.get_text()), *text.get_position()]


DRAWN: dict[str, Kind] = {
    "matplotlib.FigureBase": _figure,
    "matplotlib._AxesBase": _one_of_axes,
    "matplotlib.Line2D": made_of(_line),
    "matplotlib.Patch": made_of(_patch),
    "matplotlib.Quiver": made_of(lambda arrows: (arrows.X, arrows.Y, arrows.U, arrows.V)),
    "matplotlib.Collection": made_of(_collection),
    "matplotlib._ImageBase": made_of(_image),
    "matplotlib.Text": made_of(_text),
    "matplotlib.Artist": type_alone,
}
