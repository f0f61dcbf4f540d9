"""Where do the values of a variable first differ between two runs, and by how much?

One run writes its leaves to a scratch file (no pickle: nothing is executed when it is read), the
other one compares its own with them.
"""

from __future__ import annotations

import cmath
import itertools
import marshal
import math
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from .arrays import numpy
from .kept import OPEN
from .leaves import SHORT_TEXT, Leaf, Reader
from .rules import resolve
from .walk import MARSHAL, PLAIN, Eyes

CLOSE = 1e-9
NOTHING_TO_SHOW = "only in a part that has no values to show"
_END = ""


def write(
    namespace: dict[str, Any], names: list[str], path: str, scrub: Callable[[str], str]
) -> None:
    """Write the leaves of some variables."""
    with OPEN(path, "wb") as file:
        for name in names:
            if name in namespace:
                for leaf in Reader(_eyes(scrub)).leaves(namespace[name]):
                    marshal.dump((name, *_packed(leaf)), file, MARSHAL)
        marshal.dump((_END, "", "", "", None), file, MARSHAL)


def _eyes(scrub: Callable[[str], str]) -> Eyes:
    return Eyes(scrub, [], resolve)


def _packed(leaf: Leaf) -> tuple[Any, ...]:
    if leaf.form != "numbers":
        return (leaf.where, leaf.type, leaf.form, leaf.data)
    array = leaf.data
    return (leaf.where, leaf.type, leaf.form, (array.dtype.str, array.tobytes()))


def _read(file: BinaryIO) -> Iterator[tuple[str, Leaf]]:
    while True:
        name, where, kind, form, data = marshal.load(file)
        if name == _END:
            return
        yield name, Leaf(where, kind, form, data)


def compare(
    namespace: dict[str, Any], names: list[str], path: str, scrub: Callable[[str], str]
) -> dict[str, Any]:
    """For each variable, the first place where it differs from what the other run wrote."""
    found: dict[str, Any] = {}
    with OPEN(path, "rb") as file:
        for name, pairs in itertools.groupby(_read(file), key=lambda pair: pair[0]):
            if name in names and name in namespace:
                here = Reader(_eyes(scrub)).leaves(namespace[name])
                found[name] = _compared((leaf for _, leaf in pairs), here)
    for name in names:
        found.setdefault(name, _one_sided(name in namespace))
    return found


def _one_sided(is_here: bool) -> dict[str, Any]:
    missing = {"original": "not there", "narrative": "there"}
    if not is_here:
        missing = {"original": "there", "narrative": "not there"}
    return {**_report(""), **missing}


def _report(where: str) -> dict[str, Any]:
    texts = dict.fromkeys(("original", "narrative", "original_type", "narrative_type"), "")
    return {"where": where, **texts, "largest": None, "relative": None, "close": False}


def _compared(theirs: Iterator[Leaf], ours: Iterator[Leaf]) -> dict[str, Any]:
    """Go through both in step; after the first difference only to see whether all are small."""
    first: dict[str, Any] = {}
    gaps: list[tuple[float, float]] = []
    close = True
    for a, b in itertools.zip_longest(theirs, ours):
        if a is None or b is None or a[:3] != b[:3]:
            first = first or _structure(a, b)
            close = False
            break
        different, gap = _NUMBERS_OR_ITEMS[a.form](a, b)
        if different:
            first = first or _first_of(a, b, different)
            close = close and gap is not None and gap[1] <= CLOSE
            gaps += [gap] if gap is not None else []
    if not first:
        return _report(NOTHING_TO_SHOW)
    return {**first, **_largest(gaps), "close": close}


def _largest(gaps: list[tuple[float, float]]) -> dict[str, float | None]:
    """The largest absolute and relative gap; none when something is no number."""
    found = {"largest": [gap[0] for gap in gaps], "relative": [gap[1] for gap in gaps]}
    most = {key: max(several, default=math.inf) for key, several in found.items()}
    return {key: gap if math.isfinite(gap) else None for key, gap in most.items()}


def _structure(a: Leaf | None, b: Leaf | None) -> dict[str, Any]:
    """One side has something else, or nothing, at this place."""
    one = b or a
    report = _report(one.where if one else "")
    for side, leaf in (("original", a), ("narrative", b)):
        report[side] = _value(leaf, 0) if leaf else "not there"
        report[f"{side}_type"] = leaf.type if leaf else ""
    return report


def _first_of(a: Leaf, b: Leaf, different: tuple[int, str, str]) -> dict[str, Any]:
    number, original, narrative = different
    report = _report(b.where + (b.place(number) if b.place and number >= 0 else ""))
    report.update(original=original, narrative=narrative)
    report.update(original_type=a.type, narrative_type=b.type)
    return report


def _value(leaf: Leaf, number: int) -> str:
    """One value of a leaf, as short text."""
    if leaf.form != "items":
        return leaf.type
    return short(leaf.data[number]) if number < len(leaf.data) else leaf.type


def short(value: Any) -> str:
    """A value in few characters; only plain ones arrive here."""
    text = repr(value)
    return text if len(text) <= SHORT_TEXT else text[: SHORT_TEXT - 3] + "..."


def _items(a: Leaf, b: Leaf) -> tuple[tuple[int, str, str] | None, tuple[float, float] | None]:
    """First differing item of two lists, and the largest gaps when all of them are numbers."""
    pairs = itertools.zip_longest(a.data, b.data, fillvalue=...)
    differing = [(n, x, y) for n, (x, y) in enumerate(pairs) if not _same(x, y)]
    if not differing:
        return None, None
    number, x, y = differing[0]
    shown = (number, "not there" if x is ... else short(x), "not there" if y is ... else short(y))
    floats = all(type(x) is type(y) and type(x) in (float, complex) for _, x, y in differing)
    gaps = [_gap(x, y) for _, x, y in differing] if floats else []
    return shown, (max(g[0] for g in gaps), max(g[1] for g in gaps)) if gaps else None


def _same(x: Any, y: Any) -> bool:
    if type(x) is not type(y):
        return False
    if id(type(x)) not in PLAIN:
        return x is y
    return bool(x == y) or (x != x and y != y)


def _gap(x: Any, y: Any) -> tuple[float, float]:
    if cmath.isnan(x) or cmath.isnan(y):
        return math.inf, math.inf
    difference = abs(x - y)
    return difference, difference / max(abs(x), abs(y))


def _numbers(a: Leaf, b: Leaf) -> tuple[tuple[int, str, str] | None, tuple[float, float] | None]:
    """First differing number of two arrays of one type and shape, and the largest gaps."""
    np, ours = numpy(), b.data.reshape(-1)
    theirs = np.frombuffer(a.data[1], dtype=a.data[0])
    with np.errstate(all="ignore"):
        same = (theirs == ours) | ((theirs != theirs) & (ours != ours))
        where = np.flatnonzero(~same)
        if not len(where):
            return None, None
        x, y = theirs[where], ours[where]
        first = (int(where[0]), short(x[0].item()), short(y[0].item()))
        if ours.dtype.kind not in "fc":
            return first, None
        gap = np.abs(x - y)
        relative = gap / np.maximum(np.abs(x), np.abs(y))
        gap, relative = (np.where(np.isnan(part), math.inf, part).max() for part in (gap, relative))
        return first, (float(gap), float(relative))


def _digests(a: Leaf, b: Leaf) -> tuple[tuple[int, str, str] | None, None]:
    return (None if a.data == b.data else (-1, a.type, b.type)), None


_NUMBERS_OR_ITEMS: dict[str, Callable[[Leaf, Leaf], tuple[Any, Any]]] = {
    "items": _items,
    "numbers": _numbers,
    "digest": _digests,
}
