"""Compare three runs, boundary by boundary: the original, the original again, the narrative."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from nb2pkg.execution import outputs
from nb2pkg.execution.model import Boundary, Instability, Run, Stop, Value
from nb2pkg.execution.written import UNSURE
from nb2pkg.verify.expected import Expected
from nb2pkg.verify.model import Comparison, Difference, What

_IMPORTED = ("module", "class", "callable")
# State that importing a library changes: promotion moves imports, so it may differ for a while.
_MOVED_BY_IMPORTS = ("warnings", "rc", "pandas", "logging", "numpy options", "environ")
_NOT_COMPARABLE = "not comparable: other bytes, in a format that is not known"
_MANY = 20  # so many names of one object tell enough


@dataclass(slots=True)
class _Found:
    """What is found while the boundaries are gone through."""

    expected: Expected
    differences: list[Difference] = field(default_factory=list)
    unstable: list[Instability] = field(default_factory=list)
    lacking: set[str] = field(default_factory=set)  # names that the narrative lacks, by design
    outdated: set[str] = field(
        default_factory=set
    )  # names that have an older value there, by design
    unstable_names: set[str] = field(default_factory=set)
    differing: set[tuple[What, str]] = field(default_factory=set)
    pairs: list[tuple[Boundary, Boundary]] = field(default_factory=list)  # gone through so far

    def note(self, at: Boundary, what: What, name: str, detail: str, is_new: bool = False) -> None:
        """A difference is told where it is first seen, and again where it is another one."""
        if (what, name) not in self.differing or is_new:
            self.differing.add((what, name))
            self.differences.append(Difference(at.cell, at.index, what, name, detail))

    def doubt(self, at: Boundary, path: str, reason: str) -> None:
        """A file that nobody can compare is mentioned."""
        self.unstable.append(Instability(at.cell, at.index, f"file {path}", reason))


def compare(first: Run, again: Run, linked: Run, expected: Expected) -> Comparison:
    """In what the narrative differs from the original, wherever the original agrees with itself."""
    found = _Found(expected)
    others = {boundary.cell: boundary for boundary in linked.boundaries}
    seconds = {boundary.cell: boundary for boundary in again.boundaries}
    loaded: tuple[set[str], set[str]] = (set(), set())
    reached = []
    for one in first.boundaries:
        two, other = seconds.get(one.cell), others.get(one.cell)
        if two is None or (other is None and linked.stop is not None):
            break
        if other is None:
            found.note(one, What.MISSING, "cell", "not in the narrative")
            continue
        loaded[0].update(one.modules)
        _load_until(linked, other, loaded[1])
        last = one is first.boundaries[-1] and first.stop is None
        if first.stop is not None and one.cell == first.stop.cell:
            _outputs(found, one, two, other)  # what a cell bound before it failed is not kept
            break
        found.pairs.append((one, other))
        _boundary(found, one, two, other, last or _same_modules(*loaded))
        reached.append(one.cell)
    if again.stop is None or first.stop is not None:
        found.differences += _stops(first, linked)
    if linked.stop is None and first.stop is None:
        _files(found, first, again, linked)
    differences = sorted(found.differences, key=lambda d: d.index)
    return Comparison(
        tuple(differences),
        tuple(found.unstable),
        tuple(reached),
        first.stop or again.stop,
        tuple(one.index for one in first.boundaries if outputs.is_cut(one.outputs)),
    )


def _load_until(run: Run, last: Boundary, loaded: set[str]) -> None:
    for boundary in run.boundaries:
        loaded.update(boundary.modules)
        if boundary is last:
            return


def _same_modules(one: set[str], two: set[str]) -> bool:
    return one <= two and not (two - one) - {"os", "sys"}


def _boundary(
    found: _Found,
    one: Boundary,
    two: Boundary,
    other: Boundary,
    settled: bool,
) -> None:
    _outputs(found, one, two, other)
    if one.cell in found.expected.later:
        return
    _names(found, one, two, other)
    _added(found, one, other)
    _sharing(found, one, two, other)
    _state(found, one, two, other, settled)
    if one.written == two.written and one.written != other.written:
        gone, new = set(one.written) - set(other.written), set(other.written) - set(one.written)
        for path in sorted(gone | new):
            found.note(one, What.FILE, path, "not written" if path in gone else "written")


# ---- outputs


def _outputs(found: _Found, one: Boundary, two: Boundary, other: Boundary) -> None:
    if outputs.difference(one.outputs, two.outputs):
        if not outputs.difference(one.outputs, two.outputs, exact_pictures=False):
            detail = outputs.difference(one.outputs, other.outputs, exact_pictures=False)
        else:
            found.unstable.append(Instability(one.cell, one.index, "", ""))
            shapes = [outputs.shape(shown.outputs) for shown in (one, two, other)]
            detail = "" if shapes[2] in shapes[:2] else f"{shapes[0]} became {shapes[2]}"
    else:
        detail = outputs.difference(one.outputs, other.outputs)
        repeats = outputs.same_markup(one.outputs, two.outputs)
        if not detail and repeats and not outputs.same_markup(one.outputs, other.outputs):
            detail = "the same words, and other markup"
    if detail:
        found.note(one, What.OUTPUT, "", detail, is_new=True)
    elif one.figures == two.figures and one.figures != other.figures:
        found.note(one, What.FIGURE, "", "the figures of the cell hold other data", is_new=True)


# ---- variables


def _names(found: _Found, one: Boundary, two: Boundary, other: Boundary) -> None:
    inside = found.expected.inside.get(one.cell, frozenset())
    for name, value in one.names.items():
        again, linked = two.names.get(name), other.names.get(name)
        if linked is None:
            if name in inside or name in found.lacking or _may_be_absent(found, name, value):
                found.lacking.add(name)
            elif again is not None:
                found.note(one, What.MISSING, name, f"{_typed(value)}, not there in the narrative")
            continue
        found.lacking.discard(name)
        if _is_outdated(found, name, one, other):
            continue
        # A value that was within the tolerance may become one that is not.
        is_new = name in one.changed or name in other.changed
        _value(found, one, name, (value, again, linked), is_new)


def _is_outdated(found: _Found, name: str, one: Boundary, other: Boundary) -> bool:
    """Has the narrative an older value of the name, since a step keeps the new one to itself?"""
    is_inside = name in found.expected.inside.get(one.cell, frozenset())
    if name in other.changed or (name in one.changed and not is_inside):
        found.outdated.discard(name)
    elif is_inside and one.names[name] != other.names[name]:
        found.outdated.add(name)
    return name in found.outdated


def _may_be_absent(found: _Found, name: str, value: Value) -> bool:
    return name in found.expected.absent or value.kind in ("module",)


def _value(
    found: _Found,
    at: Boundary,
    name: str,
    values: tuple[Value, Value | None, Value],
    is_new: bool,
) -> None:
    value, again, linked = values
    if again is None or again.digest != value.digest:
        if name not in found.unstable_names:
            found.unstable_names.add(name)
            found.unstable.append(Instability(at.cell, at.index, name, ""))
        kinds = {value.kind, again.kind if again else value.kind}
        if linked.kind not in kinds:
            found.note(at, What.VALUE, name, f"{value.kind} became {linked.kind}", is_new)
        return
    is_other = value.digest != linked.digest and name not in found.expected.rewritten
    if value.kind != linked.kind or is_other:
        found.note(at, What.VALUE, name, _became(value, linked), is_new)
    elif value.opaque or linked.opaque:
        if name not in found.unstable_names:
            found.unstable_names.add(name)
            reason = value.opaque or linked.opaque
            found.unstable.append(Instability(at.cell, at.index, name, f"not comparable: {reason}"))


def _became(value: Value, linked: Value) -> str:
    one, two = _typed(value), _typed(linked)
    return f"{one} became {two}" if one != two else f"another {one}"


def _typed(value: Value) -> str:
    """Type and shape, without values."""
    shape = value.schema.get("shape")
    items = value.schema.get("items")
    sized = f" of shape {tuple(shape)}" if shape else f" of {items}" if items is not None else ""
    dtype = f" {value.schema['dtype']}" if "dtype" in value.schema else ""
    return f"{value.kind}{dtype}{sized}"


def _added(found: _Found, one: Boundary, other: Boundary) -> None:
    for name in sorted(other.names.keys() - one.names.keys() - found.expected.added):
        value = other.names[name]
        is_fetched = name in found.expected.absent
        if value.kind not in _IMPORTED and not is_fetched:
            found.note(one, What.ADDED, name, f"{_typed(value)}, only in the narrative")


# ---- what holds the variables together


def _sharing(found: _Found, one: Boundary, two: Boundary, other: Boundary) -> None:
    both = one.names.keys() & other.names.keys() - found.expected.rewritten - found.outdated
    both = {name for name in both if one.names[name].kind not in _IMPORTED}
    stable = _pairs(one.shared, both) & _pairs(two.shared, both)
    possible = _pairs(one.shared, both) | _pairs(two.shared, both)
    linked = _pairs(other.shared, both)
    for a, b in sorted(stable - linked):
        found.note(one, What.SHARING, f"{a}~{b}", "no longer share memory")
    for a, b in sorted(linked - possible):
        found.note(one, What.SHARING, f"{a}~{b}", "share memory now")


def _pairs(groups: Iterable[tuple[str, ...]], names: set[str]) -> set[tuple[str, str]]:
    kept = (sorted(set(group) & names) for group in groups)
    return {pair for group in kept for pair in combinations(group[:_MANY], 2)}


def _state(found: _Found, one: Boundary, two: Boundary, other: Boundary, settled: bool) -> None:
    """Groups that both runs have: a library that one did not load has no state there."""
    for group in one.state:
        state, again = _settings(one, group), _settings(two, group)
        linked = _settings(other, group) if group in other.state else None
        if linked is None or (group in _MOVED_BY_IMPORTS and not settled):
            continue
        for name in sorted({*state, *linked}):
            if f"{group} {name}" in found.expected.variables or state.get(name) != again.get(name):
                continue
            if state.get(name) != linked.get(name):
                detail = f"{state.get(name)} became {linked.get(name)}"
                at = _since(found.pairs, group, name) if group in _MOVED_BY_IMPORTS else one
                found.note(at, What.STATE, f"{group} {name}", _shortened(detail))


def _since(pairs: Sequence[tuple[Boundary, Boundary]], group: str, name: str) -> Boundary:
    """Behind which cell is a setting no longer the same? It is compared when both have imported the
    same, which may be much later."""
    found = pairs[-1][0]
    for one, other in reversed(pairs):
        if group not in one.state or group not in other.state:
            break
        if _settings(one, group).get(name) == _settings(other, group).get(name):
            break
        found = one
    return found


def _settings(boundary: Boundary, group: str) -> Mapping[str, str]:
    """The settings of a group. Libraries add filters of their own warnings when they are imported:
    modules that were moved import them in another order, which changes nothing."""
    settings = boundary.state.get(group, {})
    if group != "warnings":
        return settings
    return {name: "\n".join(sorted(text.splitlines())) for name, text in settings.items()}


def _shortened(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:117]}..."


# ---- the ends


def _stops(first: Run, linked: Run) -> Iterator[Difference]:
    """Both end at the same cell with the same error, or both run to their end."""
    if linked.stop is not None and (first.stop is None or not _same_stop(first.stop, linked.stop)):
        wanted = f", and the original with {first.stop.reason}" if first.stop else ""
        detail = f"the narrative stopped with {linked.stop.reason}{wanted}"
        yield Difference(linked.stop.cell, _index_in(first, linked.stop), What.STOP, "", detail)
    elif linked.stop is None and first.stop is not None and first.stop.is_error:
        detail = f"the original stopped with {first.stop.reason}, and the narrative did not"
        yield Difference(first.stop.cell, first.stop.index, What.STOP, "", detail)


def _index_in(original: Run, stop: Stop) -> int:
    """The place of the cell in the original: the narrative may have one more above it."""
    places = {boundary.cell: boundary.index for boundary in original.boundaries}
    return places.get(stop.cell, stop.index)


def _same_stop(one: Stop, two: Stop) -> bool:
    if one.cell != two.cell or not one.is_error:
        return one.cell == two.cell
    masked = [re.sub(r"0x[0-9a-f]+", "", stop.reason) for stop in (one, two)]
    return masked[0] == masked[1]


def _files(found: _Found, first: Run, again: Run, linked: Run) -> None:
    """Contents of what was written, as it is at the end."""
    by_chance = {_without_numbers(path) for path in first.files.keys() ^ again.files.keys()}
    for path, digest in first.files.items():
        at, other = _writer(first, path), linked.files.get(path)
        if path not in again.files:
            found.doubt(at, path, "")
        elif again.files[path] != digest:
            reason = _NOT_COMPARABLE if digest.startswith(UNSURE) else ""
            found.doubt(at, path, reason)
        elif other is None:
            found.note(at, What.FILE, path, "not written")
        elif other != digest and UNSURE in (digest[:1], other[:1]):
            found.doubt(at, path, _NOT_COMPARABLE)
        elif other != digest:
            found.note(at, What.FILE, path, "other contents")
    for path in sorted(linked.files.keys() - first.files.keys() - again.files.keys()):
        if _without_numbers(path) not in by_chance:
            at = first.boundaries[-1]
            found.note(at, What.FILE, path, "written by the narrative alone")


def _without_numbers(path: str) -> str:
    """Names of files may hold the time."""
    return re.sub(r"\d+", "#", path)


def _writer(run: Run, path: str) -> Boundary:
    """The cell that wrote it last."""
    named = (b for b in run.boundaries[::-1] if any(w.endswith(path) for w in b.written))
    return next(named, run.boundaries[-1])
