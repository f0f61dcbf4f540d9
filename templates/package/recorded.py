"""What the steps give when the pipeline is run, and how that differs from what was recorded.

recorded.json has of each value its type, size, columns, dtypes, gaps, sign, order of magnitude and a
digest, and no data value. If a change is meant, promote again with `--verify`.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any
from unittest import mock

Summary = dict[str, Any]


class Analysis:
    """One run of the pipeline. kept: step to the names of values that tests ask for."""

    def __init__(self, pipeline: ModuleType, kept: Mapping[str, Sequence[str]]) -> None:
        path = Path(__file__).with_name("recorded.json")
        self.recorded, self.kept = json.loads(path.read_text("utf-8")), kept
        self.found: dict[str, list[str]] = {}
        self.latest: dict[str, Summary] = {}
        self.values: dict[str, dict[str, Any]] = {}
        self.error: tuple[str, Exception] | None = None
        self.step = "run"
        try:
            results = trace(pipeline, {name.split()[0] for name in self.recorded}, self)
            self.end("run", (), None, results)
        except Exception as error:  # the test of the step raises it again
            self.error = (self.step, error)

    def begin(self, step: str) -> None:
        self.step = step

    def end(
        self, step: str, args: Sequence[Any], result: Any, variables: Mapping[str, Any]
    ) -> None:
        self.step = "run"
        recorded = self.recorded.get(step, {"returns": [], "values": {}})
        values = {**variables, **named(recorded["returns"], result)}
        taken = {
            n: was for n, was in self.latest.items() if is_any(values.get(n), args)
        }
        wanted = {**taken, **recorded["values"]}.items()
        self.latest |= recorded["values"]
        self.found[step] = [
            d for n, was in wanted for d in differences(was, values.get(n), n)
        ]
        self.values[step] = {n: copied(values[n]) for n in self.kept.get(step, ())}

    def differences(self, step: str) -> list[str]:
        """One sentence for each way in which it does not give what was recorded."""
        self._reach(step)
        return self.found[step]

    def after(self, step: str) -> dict[str, Any]:
        """The values that tests ask for, as they were behind the step."""
        self._reach(step)
        return self.values[step]

    def _reach(self, step: str) -> None:
        if self.error and self.error[0] == step:
            raise self.error[1]
        if step not in self.found:
            import pytest  # what is recorded, is recorded where there may be none

            pytest.skip(f"run() ends before it: {self.error}")


def trace(pipeline: ModuleType, steps: Collection[str], watcher: Any) -> Any:
    """Run the pipeline; the watcher hears when a step begins, and what there is behind it."""
    counts = Counter[str]()

    def call(step: Callable[..., Any], *args: Any, **options: Any) -> Any:
        counts[step.__name__] += 1
        name = numbered(step.__name__, counts[step.__name__])
        watcher.begin(name)
        result = step(*args, **options)
        watcher.end(name, args, result, _variables(sys._getframe(1)))
        return result

    own = f"{pipeline.__package__}."
    modules = [m for m in vars(pipeline).values() if inspect.ismodule(m)]
    with contextlib.ExitStack() as stack:
        for place in (pipeline, *(m for m in modules if m.__name__.startswith(own))):
            for name in vars(place).keys() & {*steps}:
                traced = functools.partial(call, getattr(place, name))
                stack.enter_context(mock.patch.object(place, name, traced))
        return pipeline.run()


def _variables(frame: FrameType) -> dict[str, Any]:
    """Those of the function that calls a step, and of run() if that calls the function."""
    outer = frame.f_back if frame.f_code.co_name != "run" else None
    return {**(outer.f_locals if outer else {}), **frame.f_locals}


def numbered(step: str, count: int) -> str:
    """The name of a call: that of the function, and which of its calls it is."""
    return step if count == 1 else f"{step} {count}"


def named(names: Sequence[str], result: Any) -> dict[str, Any]:
    """What a step returned, by the names that run() gives to it."""
    return dict(zip(names, result if len(names) > 1 else [result]))


def is_any(value: Any, others: Sequence[Any]) -> bool:
    """Is it one of these, and not only equal?"""
    return any(value is other for other in others)


def copied(value: Any) -> Any:
    """A copy, since later steps may change it in place; what cannot be copied is shared."""
    try:
        return deepcopy(value)
    except Exception:  # what copying raises is up to the class
        return value


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
    says = {"dtype": "", "missing": " missing", "sign": " as signs"}
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
