"""What the steps gave when the notebook was run, and how to say what is different now.

recorded.json tells of each value its type, size, columns, dtypes, gaps, sign, order of magnitude and a
digest, and no data value. If a change is meant, promote again with `--verify`.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import re
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
        self.stages = stages
        self._values: dict[str, dict[str, Any]] = {}
        self._random: dict[str, Any] = {}

    def after(self, step: str) -> dict[str, Any]:
        """What the step was given, as it is afterwards, and what it made."""
        if step not in self._values:
            stage, makers, follows = self.stages[step]
            if follows:
                self.after(follows)
            given = copied(
                {name: self.after(maker)[name] for name, maker in makers.items()}
            )
            _set_random_state(self._random.get(follows))
            made = stage(**given)
            self._random[step] = _random_state()
            self._values[step] = {**given, **made}
        return self._values[step]


def copied(values: dict[str, Any]) -> dict[str, Any]:
    """A copy that a step may change in place; what cannot be copied is shared."""
    try:
        return deepcopy(values)
    except Exception:  # what copying raises is up to the class
        return {name: _copied(value) for name, value in values.items()}


def _copied(value: Any) -> Any:
    try:
        return deepcopy(value)
    except Exception:
        return value


def _random_state() -> Any:
    numpy = sys.modules.get("numpy")
    return random.getstate(), numpy.random.get_state() if numpy else None


def _set_random_state(state: Any) -> None:
    if state is not None:
        random.setstate(state[0])
        if state[1] is not None:
            sys.modules["numpy"].random.set_state(state[1])


def as_recorded(step: str, analysis: Analysis) -> list[str]:
    """What is not as it was behind a step: one sentence for each difference."""
    makers, recorded = analysis.stages[step][1], _recorded()
    wanted = {n: recorded[made][n] for n, made in makers.items() if n in recorded[made]}
    wanted |= recorded[step]
    values = analysis.after(step)
    return [d for n in wanted for d in differences(wanted[n], values[n], n)]


@cache
def _recorded() -> Any:
    return json.loads(Path(__file__).with_name("recorded.json").read_text("utf-8"))


def summary(value: Any, is_public: Callable[[str], bool] = lambda _: True) -> Summary:
    """What can be said of a value without telling it. Labels of columns are told if they may be."""
    try:
        return {"type": type(value).__name__, **_details(value, is_public)}
    except Exception:  # a class may raise anything when it is looked at
        return {"type": type(value).__name__}


def _details(value: Any, is_public: Callable[[str], bool]) -> Summary:
    name = type(value).__name__
    if name in ("DataFrame", "Series"):
        found = {"rows": len(value), "index": _of_column(value.index)["digest"]}
        if name == "Series":
            return {**found, **_of_column(value)}
        labels = [c if is_public(c) else hidden(c) for c in map(str, value.columns)]
        columns = [_of_column(value.iloc[:, n]) for n in range(len(labels))]
        return {**found, "columns": [*zip(labels, columns)]}
    if name == "ndarray":
        return {"shape": [*value.shape], **_of_column(value.ravel())}
    if hasattr(value, "item"):  # a number of numpy
        value = value.item()
    if isinstance(value, (bool, int, float, complex, str)):
        return _of_column([value])
    if isinstance(value, (list, tuple, set, frozenset, dict)):
        return {"items": len(value), "digest": digest(text(value))}
    return {"digest": digest(text(value))} if hasattr(value, "get_params") else {}


def hidden(label: str) -> str:
    """What stands for a label that may be a value of the data."""
    return f"#{digest(label)}"


def _of_column(column: Any) -> Summary:
    values = column.tolist() if hasattr(column, "tolist") else column
    numbers = [v for v in values if isinstance(v, (int, float)) and v - v == 0 and v]
    largest = max(map(abs, numbers), default=0)
    found: Summary = {"digest": digest(text(values, largest * 1e-9))}
    if hasattr(column, "dtype"):
        empty = column.isna() if hasattr(column, "isna") else [v != v for v in values]
        missing = int(sum(empty))
        found = {"dtype": str(column.dtype), "missing": missing, **found}
    if numbers:
        found["sign"] = "-" * (min(numbers) < 0) + "+" * (max(numbers) > 0)
        found["size"] = math.floor(math.log10(largest))
    return found


def text(value: Any, small: float = 1e-12) -> str:
    """A text that two values share if they are the same at six significant digits.

    Numbers that people write often lie between two roundings, so they are divided by pi.
    """
    if isinstance(value, float):
        return f"{value / math.pi:.6g}" if not abs(value) <= small else "0"
    if isinstance(value, dict):
        return text([*value.items()], small)
    if isinstance(value, (set, frozenset)):
        return " ".join(sorted(text(v, small) for v in value))
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(text(v, small) for v in value) + "]"
    if hasattr(value, "tolist"):
        return text(value.tolist(), small)
    if hasattr(value, "get_params"):  # an estimator is what fitting it found
        return text(
            {k: v for k, v in vars(value).items() if k[-1] == "_" or k == "steps"}
        )
    return re.sub(r" at 0x\w+", "", str(value))  # where it lies is not what it is


def digest(content: str) -> str:
    """Of a text, eight characters."""
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def differences(wanted: Summary, value: Any, name: str) -> list[str]:
    """One sentence for each difference; only what was recorded is compared."""
    found = summary(value)
    for key in ("type", "rows", "shape", "items"):
        if key in wanted and wanted[key] != found.get(key):
            now = f"{found.get(key)} {key}".removesuffix(" type")
            return [f"{name}: {now}, recorded was {wanted[key]}"]
    is_other = "index" in wanted and wanted["index"] != found.get("index")
    texts = [f"{name}: another index than recorded"] * is_other
    if "columns" not in wanted:
        return _in_column(wanted, found, name) + texts
    columns = {key: c for own, c in found["columns"] for key in (own, hidden(own))}
    for own, column in wanted["columns"]:
        if own in columns:
            texts += _in_column(column, columns[own], f"{name}[{own!r}]")
        else:
            texts.append(f"{name}: no column {own!r}, there was one")
    before, after = len(wanted["columns"]), len(found["columns"])
    return texts + [f"{name}: {after} columns, there were {before}"] * (after > before)


def _in_column(wanted: Summary, found: Summary, name: str) -> list[str]:
    says = {"dtype": "", "missing": " missing values", "sign": " as signs"}
    for key, what in says.items():
        if key in wanted and wanted[key] != found.get(key):
            return [f"{name}: {found.get(key)}{what}, recorded was {wanted[key]}"]
    if "digest" not in wanted or wanted["digest"] == found.get("digest"):
        return []
    if wanted.get("size") is None or found.get("size") is None:
        return [f"{name}: other values than recorded"]
    times = found["size"] - wanted["size"]
    word = "larger" if times > 0 else "smaller"
    if times:
        return [f"{name}: about {10 ** abs(times):,} times {word} than recorded"]
    return [f"{name}: other values than recorded, of the same order of magnitude"]
