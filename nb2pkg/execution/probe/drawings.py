"""What does a figure of matplotlib draw? Lines, patches, pictures, texts, and the axes they are on.

Only what was asked for is read: no tick is made, no limit is computed, no canvas is touched. A
variable that holds a drawing can be changed through pyplot, without being named.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from . import insides
from .standard import leaf, rule
from .walk import Rule

if TYPE_CHECKING:
    from .walk import Walk

_ARTIST = ("_visible", "_alpha", "zorder", "_label", "_clipon", "_gid", "_animated")
# What each kind of artist keeps of what it draws, apart from what every artist has.
# fmt: off
_PARTS: dict[str, tuple[str, ...]] = {
    "Line2D": (
        "_xorig", "_yorig", "_color", "_linestyle", "_linewidth", "_drawstyle", "_markersize",
        "_markerfacecolor", "_markeredgecolor", "_markeredgewidth", "_markevery", "_verts3d",
    ),
    "Patch": ("_edgecolor", "_facecolor", "_linewidth", "_linestyle", "_fill", "_hatch"),
    "Rectangle": ("_x0", "_y0", "_width", "_height", "angle"),
    "Ellipse": ("_center", "_width", "_height", "_angle"),
    "Wedge": ("center", "r", "theta1", "theta2", "width"),
    "Polygon": ("_path",), "PathPatch": ("_path",),
    "FancyArrowPatch": ("_posA_posB", "_mutation_scale"),
    "FancyBboxPatch": ("_x", "_y", "_width", "_height"),
    "Collection": (
        "_offsets", "_paths", "_facecolors", "_edgecolors", "_linewidths", "_linestyles", "_A",
        "_colorizer", "norm", "cmap", "_sizes", "_hatch", "_coordinates", "_levels", "levels", "_segments3d",
        "_vec", "_offsets3d",
    ),
    "_ImageBase": ("_A", "_colorizer", "norm", "cmap", "_interpolation", "_extent", "origin"),
    "Text": (
        "_text", "_x", "_y", "_color", "_rotation", "_horizontalalignment", "_verticalalignment",
        "_fontproperties",
    ),
    "Annotation": ("xy", "xyann", "arrowprops", "xycoords", "_textcoords", "arrow_patch"),
    "Legend": ("texts", "_title_box", "_loc_real", "_ncols", "legend_handles", "legendHandles"),
    "Quiver": ("U", "V", "X", "Y", "scale"),
    "Spine": ("_bounds", "_position", "spine_type"),
    "Axis": ("label", "_scale", "_major_tick_kw", "_minor_tick_kw", "_label_position"),
    "_AxesBase": (
        "_children", "title", "_left_title", "_right_title", "xaxis", "yaxis", "zaxis", "legend_",
        "_viewLim", "_position", "_axison", "_aspect", "_facecolor", "patch", "spines", "child_axes",
        "tables", "lines", "patches", "collections", "images", "texts", "elev", "azim", "_colorbars",
        "_xmargin", "_ymargin", "_axisbelow", "containers",
    ),
    "FigureBase": (
        "_localaxes", "_suptitle", "_supxlabel", "_supylabel", "bbox_inches", "_dpi", "_original_dpi",
        "patch", "artists", "lines", "patches", "texts", "images", "legends", "subfigs",
    ),
    "Table": ("_cells",),
    "Artist": (),
}
# fmt: on
_OBJECTS: dict[str, tuple[str, ...]] = {
    "Path": ("_vertices", "_codes"),
    "Bbox": ("_points",),
    "TransformedBbox": (),
    "Affine2D": ("_mtx",),
    "Transform": (),
    "Normalize": ("_vmin", "_vmax", "_clip", "_vcenter", "boundaries", "_gamma", "linthresh"),
    "Colormap": ("name", "N", "colors", "_rgba_bad", "_rgba_over", "_rgba_under"),
    "ScaleBase": ("name",),
    "Locator": ("locs", "_base", "_nbins", "numticks"),
    "Formatter": ("fmt", "seq", "func"),
    "FontProperties": ("_family", "_slant", "_variant", "_weight", "_stretch", "_size", "_file"),
    "MarkerStyle": ("_marker", "_fillstyle"),
    "Ticker": ("_locator", "_formatter", "locator", "formatter"),
    "GridSpecBase": ("_nrows", "_ncols", "_row_height_ratios", "_col_width_ratios"),
    "SubplotSpec": ("num1", "_num2", "_gridspec"),
    "Tick": (),
    "TickedStroke": (),
    "OffsetBox": ("_children", "_text"),
    "Colorbar": ("mappable", "orientation", "_label", "_values", "_boundaries"),
    "Spines": ("_dict",),
    "Colorizer": ("_norm", "_cmap", "clip"),
}
_HOUSEKEEPING = frozenset({"_remove_method", "_callbacks", "stale_callback"})
_UNCOMPARABLE = ("FigureCanvasBase", "FigureManagerBase", "CallbackRegistry", "Animation", "Widget", "RendererBase")  # fmt: skip


def _state(walk: Walk, value: Any) -> dict[str, Any]:
    return dict(insides.state_of(value, walk.eyes.layout(type(value))))


def _artist(walk: Walk, value: Any) -> None:
    """Parts of all the kinds that an artist is, in a fixed order."""
    walk.draws = True
    state = _state(walk, value)
    kinds = {insides.name_of(cls) for cls in insides.mro(type(value))}
    parts = [*_ARTIST, *(part for kind in _PARTS if kind in kinds for part in _PARTS[kind])]
    present = [part for part in parts if part in state]
    walk.items(present)
    walk.items([state[part] for part in present])
    if "Line2D" in kinds:
        walk.child(state.get("_marker"))
    if "Axis" in kinds:
        walk.child(state.get("major"))
    if "FigureBase" in kinds and "_localaxes" not in state:
        walk.items([*value.axes])


def _object(walk: Walk, value: Any) -> None:
    """What a path, a scale or a norm is made of; the most special kind decides."""
    kinds = (insides.name_of(cls) for cls in insides.mro(type(value)))
    kind = next(kind for kind in kinds if kind in _OBJECTS)
    state = _state(walk, value)
    parts = [state.get(part) for part in _OBJECTS[kind]]
    walk.items(parts)
    for part in parts:
        if type(part) is functools.partial:  # labels of ticks are bound to a function
            walk.items([*part.args, *part.keywords.values()])


def _container(walk: Walk, value: Any) -> None:
    """Bars, error bars, stems: what they hold together."""
    walk.items([*tuple.__iter__(value)])
    walk.attributes(value, _HOUSEKEEPING)


def _axes_stack(walk: Walk, value: Any) -> None:
    """The axes of a figure, in the order in which they were made."""
    walk.items([*value.as_list()])


def _uncomparable(walk: Walk, _: Any) -> None:
    walk.opaque("part of a drawing")


LIBRARY_RULES: dict[str, Rule] = {
    **{f"matplotlib:{kind}": rule(_artist)._replace(whole=True) for kind in _PARTS},
    **{f"matplotlib:{kind}": rule(_object)._replace(whole=True) for kind in _OBJECTS},
    "matplotlib:Container": leaf(_container)._replace(whole=True),
    "matplotlib:_AxesStack": rule(_axes_stack),
    **{f"matplotlib:{kind}": leaf(_uncomparable)._replace(whole=True) for kind in _UNCOMPARABLE},
}
