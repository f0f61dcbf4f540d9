"""Where two runs first differ, told with the place and both values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nb2pkg.execution.probe.detail import NOTHING_TO_SHOW, compare, write

NAN = float("nan")


def unscrubbed(text: str) -> str:
    return text


def explained(original: Any, narrative: Any, folder: Path) -> dict[str, Any]:
    path = str(folder / "leaves")
    write({"value": original}, ["value"], path, unscrubbed)
    found: dict[str, Any] = compare({"value": narrative}, ["value"], path, unscrubbed)["value"]
    return found


class Model:
    def __init__(self, **parts: Any) -> None:
        self.__dict__.update(parts)


@pytest.mark.parametrize(
    ("original", "narrative", "where", "first", "second"),
    [
        (1, 2, "", "1", "2"),
        ("a", "b", "", "'a'", "'b'"),
        ([1, 2, 3], [1, 5, 3], "[1]", "2", "5"),
        ([1, 2], [1, 2, 3], "", "list of 2 items", "list of 3 items"),
        ([1, [2, "a"]], [1, [2, "b"]], "[1][1]", "'a'", "'b'"),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, "['b']", "2", "3"),
        ({"a": [1]}, {"a": [2]}, "['a'][0]", "1", "2"),
        ({"a": 1}, {"c": 1}, " key 0", "\"'a'\"", "\"'c'\""),
        (Model(a=1, b={"k": 2}), Model(a=1, b={"k": 3}), ".b['k']", "2", "3"),
        (Model(a=Model(b=1)), Model(a=Model(b=1.0)), ".a.b", "int", "float"),
        (1, "1", "", "int", "str"),
        (("x" * 200), ("x" * 199), "", "'" + "x" * 76 + "...", "'" + "x" * 76 + "..."),
    ],
)
def test_first_difference(
    original: Any, narrative: Any, where: str, first: str, second: str, tmp_path: Path
) -> None:
    found = explained(original, narrative, tmp_path)
    values = (found["original"], found["narrative"])
    if found["original_type"] != found["narrative_type"]:
        values = (found["original_type"], found["narrative_type"])
    assert (found["where"], *values) == (where, first, second)
    assert not found["close"]


def test_close_numbers(tmp_path: Path) -> None:
    found = explained([1.0, 2.0, NAN], [1.0, 2.0 + 1e-12, NAN], tmp_path)
    assert found["close"]
    assert found["where"] == "[1]"
    assert found["largest"] == pytest.approx(1e-12, rel=1e-3)
    assert found["relative"] == pytest.approx(5e-13, rel=1e-3)


def test_all_of_the_differences_must_be_close(tmp_path: Path) -> None:
    found = explained({"a": 1.0, "b": "x"}, {"a": 1.0 + 1e-12, "b": "y"}, tmp_path)
    assert (found["where"], found["close"]) == ("['a']", False)


def test_nan_is_equal_to_nan_and_far_from_numbers(tmp_path: Path) -> None:
    assert explained([NAN], [NAN], tmp_path)["where"] == NOTHING_TO_SHOW
    found = explained([1.0], [NAN], tmp_path)
    assert (found["largest"], found["close"]) == (None, False)


def test_zero_beside_a_small_number_is_not_close(tmp_path: Path) -> None:
    assert not explained([0.0], [1e-300], tmp_path)["close"]


def test_a_variable_of_one_side_alone(tmp_path: Path) -> None:
    path = str(tmp_path / "leaves")
    write({"a": 1}, ["a", "b"], path, unscrubbed)
    found = compare({"b": 1}, ["a", "b"], path, unscrubbed)
    assert found["a"]["narrative"] == "not there"
    assert found["b"]["original"] == "not there"


def test_functions_have_no_values_but_differ(tmp_path: Path) -> None:
    found = explained(len, abs, tmp_path)
    assert (found["where"], found["original_type"], found["close"]) == ("", "callable", False)


def test_a_cycle_ends(tmp_path: Path) -> None:
    value: list[Any] = [1]
    value.append(value)
    assert explained(value, value, tmp_path)["where"] == NOTHING_TO_SHOW


def test_arrays(tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy", reason="about its arrays")
    one = numpy.zeros((2, 3))
    other = one.copy()
    other[1, 2] = 4
    found = explained(Model(coef_=one), Model(coef_=other), tmp_path)
    assert (found["where"], found["original"], found["narrative"]) == (".coef_[1, 2]", "0.0", "4.0")
    assert found["original_type"] == "float64 array of shape (2, 3)"
    assert (found["largest"], found["relative"], found["close"]) == (4.0, 1.0, False)
    assert explained(one + 1, one + 1 + 1e-12, tmp_path)["close"]
    assert explained(numpy.float64(1), numpy.float64(2), tmp_path)["where"] == ""
    reshaped = explained(one, one.reshape(3, 2), tmp_path)
    assert reshaped["narrative_type"] == "float64 array of shape (3, 2)"


def test_tables(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas", reason="about its tables")

    def table(**changes: Any) -> Any:
        columns = {
            "price": [1.0, 2.0],
            "name": ["x", None],
            "day": pandas.to_datetime(["2020", "2021"]),
        }
        return pandas.DataFrame({**columns, **changes}, index=[17, 18])

    found = explained(table(), table(price=[1.0, 5.0]), tmp_path)
    assert (found["where"], found["original"], found["narrative"]) == (
        "['price'][18]",
        "2.0",
        "5.0",
    )
    assert explained(table(), table(name=["x", "y"]), tmp_path)["where"] == "['name'][18]"
    later = table(day=pandas.to_datetime(["2020", "2022"]))
    assert explained(table(), later, tmp_path)["where"] == "['day'][18]"
    assert explained(table(), table().set_axis([17, 19]), tmp_path)["where"] == ".index[1]"
    assert (
        explained(table(), table().rename(columns={"name": "n"}), tmp_path)["where"]
        == ".columns[1]"
    )
    assert (
        explained(table()["price"], table(price=[1.0, 3.0])["price"], tmp_path)["where"] == "[18]"
    )
    assert (
        explained(table(), table(price=[1, 2]), tmp_path)["narrative_type"]
        == "int64 column of 2 rows"
    )
    whole, missing = (pandas.Series([1, last], dtype="Int64") for last in (2, None))
    assert explained(whole, missing, tmp_path)["narrative"] == "'<NA>'"


def test_polars_tables(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars", reason="about its tables")
    one, other = (polars.DataFrame({"a": [1, last]}) for last in (2, 3))
    assert explained(one, other, tmp_path)["where"] == "['a'][1]"
