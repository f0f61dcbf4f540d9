"""Put entries into the text of a YAML file, at the end of a mapping or list: nothing else changes.

The text is never printed anew. What came of it is read again and compared with what was meant: a file
that is laid out in a way that this does not know is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from nb2pkg.ci.model import Block
from nb2pkg.errors import Nb2pkgError

Names = Callable[[Any], frozenset[str]]
"""The names of an item of a list: by one of them it is known."""


class NotPossibleError(Exception):
    """Why the text cannot be extended."""


def extended(text: str, where: Sequence[str], entries: Sequence[Block], names: Names) -> str:
    """The text with those entries that it has not. NotPossibleError if one is there, and is another."""
    root = _composed(text)
    place = _at(root, where)
    lacking = [entry for entry in entries if not _has(place, entry, names)]
    if not lacking:
        return text
    after = _inserted(text, place, lacking)
    try:
        done = _composed(after)
        same = plain(done) == _expected(plain(root), where, lacking)
    except NotPossibleError:
        same = False
    if not same:
        raise NotPossibleError("it is laid out in a way that nb2pkg does not know")
    return after


def plain(node: Any) -> Any:
    """A node as pairs, lists and texts: what it says, without how it is written."""
    kind = type(node).__name__
    if kind == "MappingNode":
        return {"": node.tag, "pairs": [(plain(key), plain(value)) for key, value in node.value]}
    if kind == "SequenceNode":
        return [plain(item) for item in node.value]
    return (node.tag, node.value)


def said(node: Any) -> Any:
    """A node as plain data, all scalars as texts."""
    kind = type(node).__name__
    if kind == "MappingNode":
        return {str(key.value): said(value) for key, value in node.value}
    return [said(item) for item in node.value] if kind == "SequenceNode" else str(node.value)


def read(text: str) -> Any:
    """What a YAML text says, all scalars as texts."""
    return said(_composed(text))


def _composed(text: str) -> Any:
    if find_spec("ruamel.yaml") is None:
        raise Nb2pkgError(
            "the file is there, and reading it needs ruamel.yaml", 'pip install "nb2pkg[ci]"'
        )
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        node = YAML().compose(text)
    except YAMLError as error:
        raise NotPossibleError(
            f"it is no YAML that nb2pkg can read: {_first_line(error)}"
        ) from None
    if type(node).__name__ != "MappingNode":
        raise NotPossibleError("it has no keys at its top")
    return node


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _at(root: Any, where: Sequence[str]) -> Any:
    node = root
    for key in where:
        found = [value for name, value in node.value if name.value == key]
        node = found[0] if found else None
        if type(node).__name__ not in ("MappingNode", "SequenceNode"):
            raise NotPossibleError(f"it has no {'.'.join(where)}")
    if not node.value or node.flow_style:
        raise NotPossibleError(f"its {'.'.join(where) or 'text'} is empty, or in brackets")
    return node


def _has(place: Any, entry: Block, names: Names) -> bool:
    own = _composed(entry.text) if not entry.text.startswith("-") else _items(entry.text)[0]
    if type(place).__name__ == "MappingNode":
        ours = own.value[0][1]
        there = [value for key, value in place.value if key.value == entry.name]
    else:
        ours = own
        there = [item for item in place.value if names(said(item)) & names(said(own))]
    if there and plain(there[0]) != plain(ours):
        raise NotPossibleError(f"{entry.name} is there, and is not what would be written now")
    return bool(there)


def _items(text: str) -> Any:
    return _composed("items:\n" + text).value[0][1].value


def _expected(whole: Any, where: Sequence[str], entries: Sequence[Block]) -> Any:
    """What the file says when the entries are added at this place."""
    place = whole
    for key in where:
        place = next(value for name, value in place["pairs"] if name[1] == key)
    for entry in entries:
        if isinstance(place, dict):
            place["pairs"] += plain(_composed(entry.text))["pairs"]
        else:
            place += [plain(item) for item in _items(entry.text)]
    return whole


def _inserted(text: str, place: Any, entries: Sequence[Block]) -> str:
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split("\n")
    column = place.start_mark.column
    at = _last_line(lines, place, column)
    head = "\n".join(lines[:at]).rstrip("\r")
    tail = "\n".join(lines[at:])
    gap = end * 2 if type(place).__name__ == "MappingNode" else end
    pieces = [_indented(entry.text.rstrip("\n"), column, end) for entry in entries]
    return head + gap + gap.join(pieces) + end + tail


def _last_line(lines: Sequence[str], place: Any, column: int) -> int:
    """Behind the last line of a block: not behind blank lines, and comments of what comes next."""
    at: int = min(place.end_mark.line + (place.end_mark.column > 0), len(lines))
    while at and _is_behind(lines[at - 1], column):
        at -= 1
    return at


def _is_behind(line: str, column: int) -> bool:
    stripped = line.strip()
    outside = len(line) - len(line.lstrip()) < column or column == 0
    return not stripped or (stripped.startswith("#") and outside and line[:1] != " ")


def _indented(text: str, column: int, end: str) -> str:
    return end.join(" " * column + line if line else line for line in text.split("\n"))
