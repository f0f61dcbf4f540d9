"""Does a cell show again what is stored of it? And if not, why?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from nb2pkg.execution import layout, outputs
from nb2pkg.execution.model import Shown

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_SHOWN = {"display_data", "execute_result"}  # which of them is a matter of the library's version
_TOLERANCE = 1e-6
_ERRORS = (
    ("NameError", "missing name"),
    ("ModuleNotFoundError", "missing module"),
    ("ImportError", "missing module"),
    ("FileNotFoundError", "missing file"),
)


def stored(raw: Mapping[str, Any]) -> list[Shown]:
    """The outputs that a cell of the document has, in the form in which outputs are compared."""
    found = [output for output in raw.get("outputs", ()) if isinstance(output, dict)]
    return outputs.normalise(filter(None, map(_plain, found)), ())


def _plain(output: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """An output with its texts in one piece; None for what cannot be compared."""
    kind = output.get("output_type")
    if kind == "stream":
        return {**output, "name": output.get("name", "stdout"), "text": _joined(output.get("text"))}
    if kind == "error":
        return {**output, "ename": output.get("ename", ""), "evalue": output.get("evalue", "")}
    data = output.get("data")
    if kind not in ("execute_result", "display_data") or not isinstance(data, dict):
        return None
    return {**output, "data": {key: _joined(value) for key, value in data.items()}}


def _joined(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return "" if value is None else value


def difference(one: Sequence[Shown], two: Sequence[Shown]) -> str:
    """The first difference that says something; empty when there is none.

    Warnings are left out, numbers may differ in the last digits, pictures in a few pixels.
    """
    one, two = _said(one), _said(two)
    for a, b in zip(one, two):
        if a["kind"] != b["kind"] and {a["kind"], b["kind"]} != _SHOWN:
            return f"{a['kind']} became {b['kind']}"
        if said := _of_item(a, b):
            return said
    if len(one) != len(two):
        return "an output is lost" if len(one) > len(two) else "an output is new"
    return ""


def change(one: Sequence[Shown], two: Sequence[Shown]) -> str:
    """The first difference of any kind between two runs, but for warnings."""
    return outputs.difference(_said(one), _said(two))


def _said(shown: Sequence[Shown]) -> list[Shown]:
    """What says something: no warnings, no progress bars, and what is printed in one piece."""
    return [item for item in shown if item["kind"] != "stderr" and not _is_progress(item)]


def _is_progress(item: Shown) -> bool:
    """Is it nothing but a progress bar, or what a front end alone understands?"""
    data = item["data"]
    forms = [key for key in data if not key.startswith(layout.OF_FRONT_ENDS)]
    texts = [str(data[key]) for key in forms if key in ("text", "text/plain")]
    if not forms or len(texts) != len(forms):
        return not forms
    return any(text.strip() for text in texts) and not any(map(layout.plain, texts))


def _of_item(a: Shown, b: Shown) -> str:
    forms = [{k for k in item["data"] if not k.startswith(layout.OF_FRONT_ENDS)} for item in (a, b)]
    common = sorted(forms[0] & forms[1])
    if not common and forms[0] != forms[1]:
        return f"{sorted(a['data'])} became {sorted(b['data'])}"
    for key in common:
        if key == "text/plain" and len(common) > 1:  # the others say more
            continue
        first, second = a["data"][key], b["data"][key]
        if not key.startswith("image/") and close(str(first), str(second)):
            continue
        pair = [[{"kind": "", "data": {key: value}}] for value in (first, second)]
        if said := outputs.difference(pair[0], pair[1], exact_pictures=False):
            return said.strip()
    return ""


def close(one: str, two: str) -> bool:
    """Are two texts the same but for their layout, and the last digits of numbers?"""
    if one == two:
        return True
    one, two = layout.plain(one), layout.plain(two)
    if one == two:
        return True
    if _NUMBER.sub("#", one) != _NUMBER.sub("#", two):
        return False
    pairs = zip(_NUMBER.findall(one), _NUMBER.findall(two))
    return all(_near(float(a), float(b)) for a, b in pairs)


def _near(a: float, b: float) -> bool:
    return abs(a - b) <= _TOLERANCE * max(abs(a), abs(b), 1e-9)


def of_error(reason: str) -> str:
    """Why a cell failed, in two words."""
    return next((why for kind, why in _ERRORS if reason.startswith(kind)), "error")


def is_ours(source: str) -> bool:
    """Does the cell show something of nb2pkg itself, as whether it records?"""
    return any(line.lstrip().startswith("%nb2pkg") for line in source.splitlines())
