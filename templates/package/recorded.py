"""What the steps gave when the notebook was run, and how to say what is different now.

recorded.json, beside this file, tells of each value its type, size, columns, dtypes, how much is
missing, sign, order of magnitude, and a digest at six significant digits. It holds no data value.
Where a change is meant to be, `nb2pkg promote NOTEBOOK --verify` records anew.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import sys
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

Summary = dict[str, Any]
Stage = tuple[Callable[..., dict[str, Any]], dict[str, str], str]


class Analysis:
    """The values behind each stage, made when a test asks for them and kept."""

    def __init__(self, stages: Mapping[str, Stage]) -> None:
        self._stages = stages
        self._values: dict[str, dict[str, Any]] = {}
        self._random: dict[str, Any] = {}

    def after(self, step: str) -> dict[str, Any]:
        """What the step was given, as it is afterwards, and what it made."""
        if step not in self._values:
            stage, makers, follows = self._stages[step]
            if follows:
                self.after(follows)
            given = copied({name: self.after(maker)[name] for name, maker in makers.items()})
            _set_random_state(self._random.get(follows))
            made = stage(**given)
            self._random[step] = _random_state()
            self._values[step] = {**given, **made}
        return self._values[step]


def copied(values: dict[str, Any]) -> dict[str, Any]:
    """A copy that a step may change in place; what cannot be copied is shared."""
    memo: dict[int, Any] = {}
    for value in values.values():
        try:
            deepcopy(value)
        except Exception:  # what copying raises is up to the class
            memo[id(value)] = value
    return deepcopy(values, memo)


def _random_state() -> Any:
    numpy = sys.modules.get("numpy")
    return random.getstate(), numpy.random.get_state() if numpy else None


def _set_random_state(state: Any) -> None:
    if state is not None:
        random.setstate(state[0])
        if state[1] is not None:
            sys.modules["numpy"].random.set_state(state[1])


def as_recorded(step: str, values: Mapping[str, Any]) -> list[str]:
    """What is not as it was when the notebook was run: one sentence for each difference."""
    found = []
    for name, wanted in _recorded()[step].items():
        found += differences(wanted, values[name], name) if name in values else [f"{name}: gone"]
    return found


@cache
def _recorded() -> dict[str, dict[str, Summary]]:
    path = Path(__file__).with_name("recorded.json")
    found: dict[str, dict[str, Summary]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def summary(value: Any, is_public: Callable[[str], bool] = lambda _: True) -> Summary:
    """What can be said of a value without telling it. Labels of columns are told if they may be."""
    name = type(value).__name__
    if name == "DataFrame":
        columns = [[label(c, is_public), _of_column(value.iloc[:, n])] for n, c in enumerate(value)]
        return {"type": name, "rows": len(value), "columns": columns, **_index(value.index)}
    if name == "Series":
        return {"type": name, "rows": len(value), **_of_column(value), **_index(value.index)}
    if name == "ndarray":
        return {"type": name, "shape": [*value.shape], **_of_column(value.ravel())}
    if isinstance(value, (bool, int, float, complex, str)):
        return {"type": name, **_of_column([value])}
    if isinstance(value, (list, tuple, set, frozenset, dict)):
        return {"type": name, "items": len(value), "digest": digest(text(value))}
    return {"type": name}


def label(name: Any, is_public: Callable[[str], bool] = lambda _: True) -> str:
    """The name of a column, or a digest of it."""
    return str(name) if is_public(str(name)) else f"#{digest(str(name))}"


def _index(index: Any) -> Summary:
    return {"index": _of_column(index)["digest"]}


def _of_column(column: Any) -> Summary:
    values = column.tolist() if hasattr(column, "tolist") else column
    found = {"digest": digest(text(values))}
    if hasattr(column, "dtype"):
        missing = sum(value is None or value != value for value in values)
        found = {"dtype": str(column.dtype), "missing": missing, **found}
    numbers = [float(v) for v in values if isinstance(v, (int, float)) and v == v and v]
    if numbers:
        found["sign"] = "".join(("-" * (min(numbers) < 0), "+" * (max(numbers) > 0)))
        largest = max(map(abs, numbers))
        found["size"] = math.floor(math.log10(largest)) if largest < math.inf else None
    return found


def text(value: Any) -> str:
    """A text that two values share if they are the same at six significant digits."""
    if isinstance(value, float):
        return f"{value + 0.0:.6g}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{text(k)}: {text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(sorted(map(text, value))) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(text, value)) + "]"
    return text(value.tolist()) if hasattr(value, "tolist") else str(value)


def digest(content: str) -> str:
    """Of a text, eight characters."""
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def differences(wanted: Summary, value: Any, name: str) -> list[str]:
    """One sentence for each difference; only what was recorded is compared."""
    found = summary(value)
    for key, what in (("type", ""), ("rows", " rows"), ("shape", " as shape"), ("items", " items")):
        if key in wanted and wanted[key] != found.get(key):
            return [f"{name}: {found.get(key)}{what}, recorded was {wanted[key]}"]
    if "columns" not in wanted:
        return _in_column(wanted, found, name) + _in_index(wanted, found, name)
    columns = {key: column for own, column in found["columns"] for key in (own, f"#{digest(own)}")}
    texts = []
    for own, column in wanted["columns"]:
        if own in columns:
            texts += _in_column(column, columns[own], f"{name}[{own!r}]")
        else:
            texts.append(f"{name}: no column {own!r}, there was one")
    if len(found["columns"]) > len(wanted["columns"]):
        texts.append(
            f"{name}: {len(found['columns'])} columns, there were {len(wanted['columns'])}"
        )
    return texts + _in_index(wanted, found, name)


def _in_index(wanted: Summary, found: Summary, name: str) -> list[str]:
    is_other = "index" in wanted and wanted["index"] != found.get("index")
    return [f"{name}: another index than recorded"] if is_other else []


def _in_column(wanted: Summary, found: Summary, name: str) -> list[str]:
    for key, what in (("dtype", ""), ("missing", " missing values"), ("sign", " as signs")):
        if key in wanted and wanted[key] != found.get(key):
            return [f"{name}: {found.get(key)}{what}, recorded was {wanted[key]}"]
    if "digest" not in wanted or wanted["digest"] == found.get("digest"):
        return []
    if wanted.get("size") is None or found.get("size") is None:
        return [f"{name}: other values than recorded"]
    times = found["size"] - wanted["size"]
    if times:
        word = "larger" if times > 0 else "smaller"
        return [f"{name}: about {10 ** abs(times):,} times {word} than recorded"]
    return [f"{name}: other values than recorded, of the same order of magnitude"]
