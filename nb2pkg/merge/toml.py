"""pyproject.toml merged key by key: comments and order are the engineer's."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from nb2pkg.merge import lines, requirements
from nb2pkg.merge.model import (
    BOTH,
    BOTH_MADE,
    DELETED_HERE,
    GONE_THERE,
    Conflict,
    MergedFile,
    Resolve,
    Sides,
)

_NONE: Any = object()  # no such key
_SIGN = "nb2pkg conflict number {}."


@dataclass(slots=True)
class _Merge:
    """What was found so far; the document of the engineer is changed in place."""

    path: str
    resolve: Resolve
    conflicts: list[Conflict] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)

    def keep(self, name: str) -> None:
        self.kept.append(f"{self.path}: {name}")


def merge(path: str, sides: Sides, resolve: Resolve) -> MergedFile:
    """A TOML file; by lines if one of the texts is none."""
    import tomlkit  # not needed unless both sides changed the file
    from tomlkit.exceptions import ParseError

    try:
        base, theirs, ours = (
            tomlkit.parse(text or "") for text in (sides.base, sides.theirs, sides.ours)
        )
    except ParseError:
        return lines.merge(path, sides, resolve)
    run = _Merge(path, resolve)
    _tables(run, "", base, theirs, ours)
    text = tomlkit.dumps(theirs)
    if resolve is Resolve.MARKERS:
        text = _with_markers(text, run.conflicts)
    return MergedFile(text, tuple(run.conflicts), tuple(run.kept), tuple(run.dropped))


def _tables(
    run: _Merge, above: str, base: Any, theirs: MutableMapping[str, Any], ours: Any
) -> None:
    for name in {**ours, **theirs, **base}:
        b, t, o = (table.get(name, _NONE) for table in (base, theirs, ours))
        full = f"{above}.{name}" if above else name
        if _plain(t) == _plain(o):
            continue
        if all(isinstance(value, MutableMapping) for value in (t, o)):
            _tables(run, full, b if isinstance(b, MutableMapping) else {}, t, o)
        elif all(isinstance(value, list) for value in (t, o)) and _are_texts(t, o):
            _arrays(run, full, b if isinstance(b, list) else [], t, o)
        elif _plain(t) == _plain(b):
            _put(theirs, name, o)
        elif _plain(o) == _plain(b):
            run.keep(full)
        else:
            _dispute(run, full, theirs, name, (b, t, o))


def _plain(value: Any) -> Any:
    return value.unwrap() if hasattr(value, "unwrap") else value


def _are_texts(*arrays: Any) -> bool:
    return all(isinstance(value, str) for array in arrays for value in array)


def _put(table: MutableMapping[str, Any], name: str, value: Any) -> None:
    if value is _NONE:
        table.pop(name, None)
    elif name in table and hasattr(table[name], "trivia") and hasattr(value, "trivia"):
        remark = table[name].trivia
        table[name] = value
        table[name].trivia.comment_ws = remark.comment_ws
        table[name].trivia.comment = remark.comment
    else:
        table[name] = value


def _dispute(
    run: _Merge, full: str, table: MutableMapping[str, Any], name: str, three: tuple[Any, Any, Any]
) -> None:
    b, t, o = three
    reason = BOTH_MADE if b is _NONE else DELETED_HERE if t is _NONE else BOTH
    reason = GONE_THERE if o is _NONE else reason
    sides = Sides(*(_as_line(name, value) for value in three))
    run.conflicts.append(sides.conflict(run.path, full, reason))
    if run.resolve is Resolve.OURS:
        _put(table, name, o)
    elif run.resolve is Resolve.MARKERS:
        table[name] = _SIGN.format(len(run.conflicts) - 1)


def _as_line(name: str, value: Any) -> str:
    import tomlkit

    return "" if value is _NONE else tomlkit.dumps({name: _plain(value)})


def _arrays(run: _Merge, full: str, base: Any, theirs: Any, ours: Any) -> None:
    """Entries by distribution (any other text is its own name): both sides' additions survive."""
    before = [str(value) for value in theirs]
    b, t, o = ({requirements.key(str(v)): str(v) for v in array} for array in (base, theirs, ours))
    if len(t) != len(theirs) or len(o) != len(ours):
        t, o, b = ({str(v): str(v) for v in array} for array in (theirs, ours, base))
    for name in {**t, **o, **b}:
        choice = requirements.choose(b.get(name), t.get(name), o.get(name))
        if choice.reason:
            sides = Sides(*(f'"{m[name]}"\n' if name in m else None for m in (b, t, o)))
            run.conflicts.append(sides.conflict(run.path, f"{full}.{name}", choice.reason))
            sign = _SIGN.format(len(run.conflicts) - 1)
            wanted = {Resolve.OURS: o.get(name), Resolve.MARKERS: sign}
            _put_entry(theirs, t.get(name), wanted.get(run.resolve, t.get(name)))
            continue
        _put_entry(theirs, t.get(name), choice.text)
        if choice.kept:
            run.keep(f"{full}.{name}")
        if choice.dropped:
            run.dropped.append(f"{run.path}: {full}.{name}")
    if hasattr(theirs, "as_string") and "\n" not in theirs.as_string():
        values = [str(value) for value in theirs]  # on one line: with a blank behind each comma
        if values != before:
            theirs.clear()
            theirs.extend(values)


def _put_entry(array: Any, old: str | None, new: str | None) -> None:
    """One entry changed in place, so that the comments of the others stay."""
    if old == new:
        return
    if old is None:
        later = [n for n, value in enumerate(array) if _is_behind(str(value), str(new))]
        at = later[0] if later and _is_sorted(array) else len(array)
        array.insert(at, new)
    elif new is None:
        array.remove(old)
    else:
        array[array.index(old)] = new


def _is_behind(one: str, other: str) -> bool:
    return requirements.key(one) > requirements.key(other)


def _is_sorted(array: Any) -> bool:
    keys = [requirements.key(str(value)) for value in array]
    return keys == sorted(keys)


def _with_markers(text: str, conflicts: list[Conflict]) -> str:
    """Each line that holds a sign, as the three lines that it stands for."""
    found = []
    for line in text.splitlines(keepends=True):
        signs = [n for n in range(len(conflicts)) if _SIGN.format(n) in line]
        found.append(_marked_line(line, conflicts[signs[0]], signs[0]) if signs else line)
    return "".join(found)


def _marked_line(line: str, conflict: Conflict, number: int) -> str:
    sign = f'"{_SIGN.format(number)}"'
    whole = line.lstrip().startswith(conflict.symbol.rpartition(".")[2]) and " = " in line
    sides = [
        (text if whole else line.replace(sign, text.strip())) if text else ""
        for text in (conflict.base, conflict.theirs, conflict.ours)
    ]
    return lines.marked(Sides(*sides))
