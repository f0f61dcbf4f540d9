"""Is a value as it was when the notebook was run? The tests ask it; this file needs no changes.

recorded.json, beside this file, says what each step gave: types, shapes, names of columns, dtypes,
how much is missing, and digests of what it printed, drew and returned. It holds no data value. Note
though that the digest of one small number or of a short word can be found by trying them all.

Floats are compared at 6 significant digits; digested.py has all the rules. described.py and drawn.py
say what is told of tables and figures.

Where a change is meant to be, record anew: `nb2pkg promote NOTEBOOK --verify` writes recorded.json
again, and the review sees which entries changed.
"""

from __future__ import annotations

import contextlib
import functools
import json
import math
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .described import describe, everything_is_public
from .digested import Look, digest, hidden, steady

__all__ = ["EFFECTS", "as_called", "as_recorded", "changed", "describe", "differences"]
__all__ += ["everything_is_public", "gaps", "watched"]

Described = Mapping[str, Any]

EFFECTS: dict[str, dict[str, Any]] = {}
"""What the steps printed and drew while they were watched: step to "printed" and "figures"."""


# ---- against recorded.json


def as_recorded(step: str, values: Mapping[str, Any]) -> list[str]:
    """How the values behind a step, and what it printed and drew, differ from what was recorded."""
    entry = _recorded()["steps"].get(step)
    if entry is None:
        return [f"{step}: nothing was recorded of it"]
    told = []
    for name, wanted in entry["values"].items():
        told += differences(wanted, values[name], name) if name in values else [f"{name}: missing"]
    wanted_effects = {k: entry[k] for k in ("printed", "figures") if entry.get(k) is not None}
    if wanted_effects and step not in EFFECTS:
        return [
            *told,
            f"{step}: it was not watched, so what it prints and draws is not known",
        ]
    return told + _effects(wanted_effects, EFFECTS.get(step, {}), step)


def as_called(call: str, result: object) -> list[str]:
    """How the result of a call differs from what was recorded."""
    wanted = _recorded()["calls"].get(call)
    if wanted is None:
        return [f"{call}: nothing was recorded of it"]
    return differences(wanted, result, call)


@functools.cache
def _recorded() -> dict[str, Any]:
    content = (Path(__file__).parent / "recorded.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(content)
    return found


def changed(before: Mapping[str, Described], values: Mapping[str, Any]) -> list[str]:
    """Names whose values are no longer as they were described, or are gone."""
    return [n for n, told in before.items() if n not in values or differences(told, values[n])]


def gaps(value: object) -> dict[Any, int]:
    """How many values are missing, by column; empty if none is."""
    told = describe(value)
    columns = told.get("columns", [told])
    return {c.get("label", "values"): c["missing"] for c in columns if c.get("missing")}


# ---- what a step prints and draws


@contextlib.contextmanager
def watched(step: str, before: str = "") -> Iterator[None]:
    """While it lasts, note in EFFECTS what is printed, and which figures of pyplot are drawn.

    The figures from before are closed first, as Jupyter closes them behind each cell. Random
    numbers go on from where they were behind the step `before`, if that was watched.
    """
    printed = _Printed(sys.stdout)
    drawn: list[dict[str, Any]] = []
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
    _set_random_state(_RANDOM_STATES.get(before, {}) if before else {})
    try:
        with contextlib.redirect_stdout(printed), _described_when_closed(drawn):
            yield
    finally:
        _RANDOM_STATES[step] = _random_state()
        drawn += [describe(figure) for figure in _open_figures().values()]
        EFFECTS[step] = {"printed": _text(printed), "figures": drawn}


_RANDOM_STATES: dict[str, dict[str, Any]] = {}


def _random_state() -> dict[str, Any]:
    """Where the generators are that all code shares."""
    found = {"random": random.getstate()}
    if "numpy.random" in sys.modules:
        found["numpy"] = sys.modules["numpy.random"].get_state()
    return found


def _set_random_state(state: dict[str, Any]) -> None:
    if "random" in state:
        random.setstate(state["random"])
    if "numpy" in state:
        sys.modules["numpy.random"].set_state(state["numpy"])


class _Printed:
    """Passes on what is printed, and keeps it."""

    def __init__(self, former: Any) -> None:
        self.former = former
        self.texts: list[str] = []
        self.left = 10_000_000  # characters that are kept; of all others a digest is
        self.lines, self.rest = 0, ""

    def write(self, text: str) -> int:
        if len(text) <= self.left:
            self.texts.append(text)
            self.left -= len(text)
        else:
            self.lines, self.rest = self.lines + text.count("\n"), digest(self.rest + text)
        return len(text) if self.former is None else int(self.former.write(text))

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.former, name)


def _text(printed: _Printed) -> dict[str, Any]:
    text = "".join(printed.texts)
    lines = len(text.splitlines()) + printed.lines
    return {"items": lines, "digest": digest(steady(text) + printed.rest)}


@contextlib.contextmanager
def _described_when_closed(drawn: list[dict[str, Any]]) -> Iterator[None]:
    """While it lasts, pyplot shows nothing, and what it closes is described."""
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        yield
        return
    show, close = pyplot.show, pyplot.close

    def close_described(*which: Any, **named: Any) -> None:
        before = _open_figures()
        close(*which, **named)
        after = _open_figures()
        drawn.extend(describe(f) for number, f in before.items() if after.get(number) is not f)

    pyplot.show, pyplot.close = (lambda *_which, **_named: None), close_described
    try:
        yield
    finally:
        pyplot.show, pyplot.close = show, close


def _open_figures() -> dict[int, Any]:
    """The open figures by number; asked in a way that makes none of them the current one."""
    managers = getattr(sys.modules.get("matplotlib._pylab_helpers"), "Gcf", None)
    if managers is None:
        return {}
    return {number: managers.figs[number].canvas.figure for number in sorted(managers.figs)}


def _effects(wanted: Mapping[str, Any], found: Mapping[str, Any], step: str) -> list[str]:
    told = []
    if "printed" in wanted:
        one, other = wanted["printed"], found["printed"]
        if _differs(one, other, "items"):
            told.append(f"{step}: printed {_counts(one['items'], other['items'], 'line')}")
        else:
            told += _digests(one, other, step, "printed another text than recorded")
    if "figures" in wanted:
        ones, others = wanted["figures"], found["figures"]
        if len(ones) != len(others):
            return [*told, f"{step}: {_counts(len(ones), len(others), 'figure')}"]
        for number, (one, other) in enumerate(zip(ones, others), 1):
            name = f"{step}, figure {number}" if len(ones) > 1 else f"{step}, figure"
            told += _compared(one, other, name)
    return told


# ---- what differs, in sentences


def differences(wanted: Described, value: object, name: str = "") -> list[str]:
    """One sentence for each difference; none if the value is as described.

    Only what `wanted` tells is compared: without digests, that is the structure alone.
    """
    found = Look(everything_is_public, names_keys=True).description(value)
    return [text.removeprefix(": ") for text in _compared(wanted, found, name)]


def _compared(wanted: Described, found: Described, name: str) -> list[str]:
    if "type" in wanted and not _is_same_type(wanted["type"], found["type"]):
        types = [told["type"].removeprefix("builtins.") for told in (found, wanted)]
        return [f"{name}: {types[0]}, recorded was {types[1]}"]
    if found.keys() == {"type"} and len(wanted) > 1:
        return [f"{name}: what it holds could be read when it was recorded, and cannot now"]
    for key, compare in _SPECIAL.items():
        if key in wanted and key in found:
            return compare(wanted, found, name)
    return _values(wanted, found, name)


def _is_same_type(one: str, other: str) -> bool:
    """A class that was told without its module may be in an installed package by now."""
    bare = "." not in one or "." not in other
    return one == other or (bare and one.rpartition(".")[2] == other.rpartition(".")[2])


def _differs(wanted: Described, found: Described, key: str) -> bool:
    """Is it described, and described otherwise?"""
    return key in wanted and wanted[key] != found.get(key)


def _values(wanted: Described, found: Described, name: str) -> list[str]:
    """Of anything: its structure; where that is the same, what is in it."""
    structure = _structure(wanted, found, name)
    if structure:
        return structure
    if _differs(wanted, found, "digest") and _is_reordered(wanted, found):
        things = "rows" if "index" in wanted else "items" if "items" in wanted else "values"
        return [f"{name}: the same {things}, in another order"]
    return _content(wanted, found, name) + _index(wanted, found, name)


def _is_reordered(wanted: Described, found: Described) -> bool:
    return "unordered" in wanted and not _differs(wanted, found, "unordered")


def _structure(wanted: Described, found: Described, name: str) -> list[str]:
    told = []
    for key in ("dtype", "kind", "name"):
        if _differs(wanted, found, key):
            told.append(f"{name}: {found.get(key)}, recorded was {wanted[key]}")
    if "label" in wanted and hidden(wanted["label"]) != hidden(found["label"]):
        told.append(f"{name}: named {_shown(found)}, recorded was {_shown(wanted)}")
    if "names" in wanted and [*_by_label(wanted["names"])] != [*_by_label(found["names"])]:
        told.append(f"{name}: other names than recorded")
    if _differs(wanted, found, "shape"):
        told.append(f"{name}: {_shapes(wanted, found)}")
    if _differs(wanted, found, "items") and not (_has_keys(wanted) and _has_keys(found)):
        told.append(f"{name}: {_counts(wanted['items'], found.get('items', 0), 'item')}")
    return told


def _shapes(wanted: Described, found: Described) -> str:
    one, other = wanted["shape"], found["shape"]
    if len(one) != 1 or len(other) != 1:
        return f"shape {tuple(other)}, recorded was {tuple(one)}"
    return _counts(one[0], other[0], "row" if "index" in wanted else "value")


def _counts(wanted: int, found: int, thing: str, things: str = "") -> str:
    """`2 missing values, recorded were none`"""
    named = thing if found == 1 else things or f"{thing}s"
    return f"{found or 'no'} {named}, recorded were {wanted or 'none'}"


def _content(wanted: Described, found: Described, name: str) -> list[str]:
    if _differs(wanted, found, "missing"):
        return [f"{name}: {_counts(wanted['missing'], found.get('missing', 0), 'missing value')}"]
    if "digest" in wanted and not _differs(wanted, found, "digest"):
        return []  # the parts may be in another order, if they have keys
    is_one = wanted.get("shape") == [] or not {"shape", "items", "missing"} & wanted.keys()
    text = f"{'another value' if is_one else 'other values'} than recorded"
    return _parts(wanted, found, name) or _digests(wanted, found, name, text)


def _digests(wanted: Described, found: Described, name: str, text: str) -> list[str]:
    if not _differs(wanted, found, "digest"):
        return []
    return [f"{name}: {text} (digest {found['digest'][:4]}…, was {wanted['digest'][:4]}…)"]


def _parts(wanted: Described, found: Described, name: str) -> list[str]:
    """The items of a list or a dictionary, when they are told one by one."""
    if not (wanted.get("parts") and found.get("parts")):
        return []
    if _has_keys(wanted) and _has_keys(found):
        told, pairs = _paired(wanted["parts"], found["parts"], name, "key")
        named = [(f"{name}[{_shown(other)}]", one, other) for one, other in pairs]
    else:
        pairs = list(zip(wanted["parts"], found["parts"]))
        told, named = [], [(f"{name}[{n}]", one, other) for n, (one, other) in enumerate(pairs)]
    for part_name, one, other in named:
        told += _compared({k: v for k, v in one.items() if k != "label"}, other, part_name)
    return told


def _has_keys(told: Described) -> bool:
    return bool(told.get("parts")) and "label" in told["parts"][0]


def _paired(
    wanted: Sequence[Described], found: Sequence[Described], name: str, thing: str
) -> tuple[list[str], list[tuple[Described, Described]]]:
    """What has a label: sentences about what is on one side only, and the pairs of the others."""
    ones, others = _by_label(wanted), _by_label(found)
    told = [f"{name}: {thing} {_shown(ones[k])} is missing" for k in ones if k not in others]
    told += [f"{name}: {thing} {_shown(others[k])} is new" for k in others if k not in ones]
    common = [key for key in others if key in ones]
    if thing == "column" and common != [key for key in ones if key in others]:
        told.append(f"{name}: columns are in another order")
    return told, [(ones[key], others[key]) for key in common]


def _by_label(parts: Sequence[Described]) -> dict[tuple[Any, int], Described]:
    """By label, as it is when it is hidden; the same label may be there several times."""
    seen: Counter[Any] = Counter()
    found: dict[tuple[Any, int], Described] = {}
    for part in parts:
        label = hidden(part["label"])
        found[label, seen[label]] = part
        seen[label] += 1
    return found


def _shown(told: Described) -> str:
    label = told["label"]
    return label[:5] + "…" if str(label).startswith("#") else repr(label)


def _index(wanted: Described, found: Described, name: str) -> list[str]:
    if "index" not in wanted or "index" not in found:
        return []
    one, other, name = wanted["index"], found["index"], f"{name}: index"
    told = _structure(one, other, name)
    for flag in ("sorted", "unique"):
        if _differs(one, other, flag):
            told.append(f"{name}: {'' if other.get(flag) else 'not '}{flag}, unlike recorded")
    return told or _digests(one, other, name, "other labels than recorded")


def _tables(wanted: Described, found: Described, name: str) -> list[str]:
    """Rows, columns by their labels, and the index."""
    one, other = (math.prod(told["shape"][:1]) for told in (wanted, found))  # a record has no rows
    told = [] if one == other else [f"{name}: {_counts(one, other, 'row')}"]
    sentences, pairs = _paired(wanted["columns"], found["columns"], name, "column")
    told += sentences
    dtypes = [t for a, b in pairs for t in _structure(a, b, f"{name}[{_shown(b)}]")]
    if one != other:
        return told + dtypes
    is_other = any(_differs(a, b, "digest") for a, b in pairs)
    if is_other and not told and not dtypes and _is_reordered(wanted, found):
        return [f"{name}: the same rows, in another order"]
    for a, b in pairs:
        told += _values(a, b, f"{name}[{_shown(b)}]")
    return told + _index(wanted, found, name)


def _figures(wanted: Described, found: Described, name: str) -> list[str]:
    if len(wanted["axes"]) != len(found["axes"]):
        return [f"{name}: {_counts(len(wanted['axes']), len(found['axes']), 'axes', 'axes')}"]
    told = _digests(wanted["texts"], found["texts"], name, "other texts than recorded")
    for number, (one, other) in enumerate(zip(wanted["axes"], found["axes"]), 1):
        told += _axes(one, other, f"{name}, axes {number}" if len(found["axes"]) > 1 else name)
    return told


def _axes(wanted: Described, found: Described, name: str) -> list[str]:
    """What is drawn on one pair of axes."""
    told = []
    if _differs(wanted, found, "scales"):
        told.append(f"{name}: scales {found['scales']}, recorded were {wanted['scales']}")
    for key, thing in _DRAWN.items():
        one, other = wanted.get(key, {}), found.get(key, {})
        if _differs(one, other, "items"):
            thing = thing.removesuffix("es" if thing == "patches" else "s")
            told.append(f"{name}: {_counts(one['items'], other.get('items', 0), thing, key)}")
        else:
            told += _digests(one, other, name, f"other {thing} than recorded")
    return told


_DRAWN = {
    "labels": "titles, labels or legend",
    "ticks": "tick labels",
    "limits": "limits",
}
_DRAWN |= {kind: kind for kind in ("lines", "patches", "collections", "images", "texts")}
_SPECIAL = {"columns": _tables, "axes": _figures, "limits": _axes}
