"""Values that were stored on request: written as text, read again, compared row by row."""

from __future__ import annotations

import datetime
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

PLACE = Path(__file__).resolve().parent.parent / "templates" / "package" / "stored.py"


def load() -> Any:
    spec = importlib.util.spec_from_file_location("stored", PLACE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


stored = load()

TABLE = pd.DataFrame(
    {
        "name": ["a", "b, c", None],
        "mass": [3.25, None, 1e-17],
        "count": [1, 2, 3],
        "ok": [True, False, True],
        "day": pd.to_datetime(["2024-01-01", "2024-02-29", None]),
    },
    index=pd.Index([10, 20, 30], name="id"),
)
WHOLE = {
    "table": TABLE,
    "keys of two levels": TABLE.set_index(["count", "ok"]),
    "no name of the index": TABLE.reset_index(drop=True),
    "no rows": TABLE.head(0)[["mass", "count"]],
    "column": TABLE["mass"],
    "column without a name": pd.Series([1.5, 2.5]),
    "numbers": np.array([1.5, 2.25]),
    "matrix": np.arange(6).reshape(2, 3),
    "truths": np.array([True, False]),
    "json": {"accuracy": 0.94, "labels": ["a", "b"], "none": None},
    "number": 0.1,
    "text": "two\nlines",
}


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1, 2},
        {1: "a key that JSON makes a text of"},
        (1, 2),
        datetime.date(2024, 1, 1),
        pd.DataFrame([[1, 2]], columns=["twice", "twice"]),
        pd.DataFrame({("two", "levels"): [1]}),
        pd.DataFrame({"lists": [[1], [2]]}),
        np.zeros((2, 2, 2)),
        np.array([1j]),
    ],
    ids=lambda value: type(value).__name__,  # an object's repr has an address
)
def test_what_text_cannot_hold_is_not_stored(value: Any) -> None:
    assert stored.written(value, 100) is None


def differences(tmp_path: Path, before: Any, after: Any, most: int = 100) -> list[str]:
    """Store one value, and compare another one with it."""
    module = load()
    module.FOLDER = tmp_path
    text, entry = module.written(before, most)
    (tmp_path / "clean").mkdir()
    (tmp_path / "clean" / f"birds.{entry['format']}").write_text(text, encoding="utf-8")
    index = module.json.dumps({"clean": {"birds": entry}})
    (tmp_path / "index.json").write_text(index, encoding="utf-8")
    found: list[str] = module.differences_from_stored("clean", after)
    return found


@pytest.mark.parametrize("value", WHOLE.values(), ids=WHOLE)
def test_the_same_value_differs_in_nothing(tmp_path: Path, value: Any) -> None:
    assert differences(tmp_path, value, {"birds": value}) == []


def test_rows_and_columns_that_differ_are_told(tmp_path: Path) -> None:
    after = TABLE.assign(mass=[3.25, 2.0, 1e-17], name=["a", "x", None])
    assert differences(tmp_path, TABLE, {"birds": after}) == [
        "birds: row 1, column 'name': x, recorded was b, c",
        "birds: row 1, column 'mass': 2.0, recorded was missing",
    ]


def test_noise_is_no_difference(tmp_path: Path) -> None:
    after = TABLE.assign(mass=[3.25 * (1 + 1e-9), None, 0.0])
    assert differences(tmp_path, TABLE, {"birds": after}) == []


def test_the_number_of_rows_and_the_columns_are_compared(tmp_path: Path) -> None:
    assert differences(tmp_path, TABLE, {"birds": TABLE.head(2)}) == [
        "birds: 2 rows, recorded were 3"
    ]


def test_a_column_that_is_gone_is_told(tmp_path: Path) -> None:
    (told,) = differences(tmp_path, TABLE[["mass"]], {"birds": TABLE[["count"]]})
    assert told == "birds: columns ['id', 'count'], recorded were ['id', 'mass']"


def test_of_a_long_table_the_first_rows_are_compared(tmp_path: Path) -> None:
    long = pd.DataFrame({"x": range(50)})
    changed = long.assign(x=[*range(49), -1])
    assert differences(tmp_path, long, {"birds": changed}, most=10) == []


def test_a_wrong_value_within_the_first_rows_is_told(tmp_path: Path) -> None:
    long = pd.DataFrame({"x": range(50)})
    changed = long.assign(x=[-1, *range(1, 50)])
    assert differences(tmp_path, long, {"birds": changed}, most=10) == [
        "birds: row 0, column 'x': -1, recorded was 0"
    ]


def test_another_kind_and_a_missing_value_are_told(tmp_path: Path) -> None:
    assert differences(tmp_path, TABLE, {"birds": 3}) == [
        "birds: is a int, which cannot be compared with the file"
    ]


def test_a_name_that_is_gone_is_told(tmp_path: Path) -> None:
    assert differences(tmp_path, TABLE, {}) == ["birds: is missing"]


def test_json_is_compared_leaf_by_leaf(tmp_path: Path) -> None:
    before = {"scores": [0.5, 0.75], "model": "tree"}
    after = {"scores": [0.5, 0.8], "model": "tree"}
    assert differences(tmp_path, before, {"birds": after}) == [
        "birds: ['scores'][1] is 0.8, recorded was 0.75"
    ]


def test_many_differences_are_counted(tmp_path: Path) -> None:
    before, after = pd.DataFrame({"x": range(50)}), pd.DataFrame({"x": range(1, 51)})
    told = differences(tmp_path, before, {"birds": after})
    assert len(told) == 11
    assert told[-1] == "birds: and 40 more"
