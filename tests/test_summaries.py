"""What the tests of a package compare stages with: summaries without a value, differences in sentences."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.test_recorded import load

PLACE = Path(__file__).resolve().parent.parent / "templates" / "package" / "recorded.py"
recorded = load(PLACE, "recorded_in_packages")

BIRDS = pd.DataFrame({"mass": [3121.5, 4877.25, None], "kind": ["Adelie", "Gentoo", "Adelie"]})


class Fitted:
    """Like an estimator of scikit-learn."""

    def __init__(self, slope: float) -> None:
        self.alpha, self.coef_, self._rest = 1.0, np.array([slope]), object()

    def get_params(self) -> dict[str, float]:
        return {"alpha": self.alpha}


OTHER = {
    "another fit": (Fitted(1.5), Fitted(1.6), ["x: other values than recorded"]),
    "fewer rows": (BIRDS, BIRDS.head(2), ["x: 2 rows, recorded was 3"]),
    "a column that is gone": (BIRDS, BIRDS[["kind"]], ["x: no column 'mass', there was one"]),
    "a new column": (BIRDS, BIRDS.assign(n=1), ["x: 3 columns, there were 2"]),
    "fewer gaps": (BIRDS, BIRDS.fillna({"mass": 1.5}), ["x['mass']: 0 missing values, recorded was 1"]),
    "another dtype": (
        BIRDS, BIRDS.astype({"mass": "float32"}), ["x['mass']: float32, recorded was float64"]
    ),
    "a thousand times as much": (
        BIRDS,
        BIRDS.assign(mass=BIRDS.mass * 1000),
        ["x['mass']: about 1,000 times larger than recorded"],
    ),
    "a tenth": (BIRDS.mass, BIRDS.mass / 10, ["x: about 10 times smaller than recorded"]),
    "a bit more": (
        BIRDS.mass,
        BIRDS.mass + 1,
        ["x: other values than recorded, of the same order of magnitude"],
    ),
    "another sign": (BIRDS.mass, -BIRDS.mass, ["x: - as signs, recorded was +"]),
    "another order": (BIRDS, BIRDS.sort_index(ascending=False), "x: another index than recorded"),
    "other labels": (BIRDS.kind, BIRDS.kind.str.upper(), ["x: other values than recorded"]),
    "another shape": (np.eye(2), np.eye(3), ["x: [3, 3] shape, recorded was [2, 2]"]),
    "another type": (1, "1", ["x: str, recorded was int"]),
    "a longer list": ([1], [1, 2], ["x: 2 items, recorded was 1"]),
    "another item": ([1, 2], [1, 3], ["x: other values than recorded"]),
    "another number of numpy": (
        np.int64(3), np.int64(4), ["x: other values than recorded, of the same order of magnitude"]
    ),
    "a gap in whole numbers": (
        pd.Series([1, 2], dtype="Int64"),
        pd.Series([1, None], dtype="Int64"),
        ["x: 1 missing values, recorded was 0"],
    ),
    "another text": ("a", "b", ["x: other values than recorded"]),
    "another accuracy": (0.91, 0.89, ["x: other values than recorded, of the same order of magnitude"]),
    "another value of a dictionary": ({"a": 1}, {"a": 2}, ["x: other values than recorded"]),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after", "said"), OTHER.values(), ids=OTHER.keys())
def test_a_difference_is_said_in_a_sentence(before: Any, after: Any, said: Any) -> None:
    wanted = json.loads(json.dumps(recorded.summary(before)))
    assert recorded.differences(wanted, before, "x") == []
    found = recorded.differences(wanted, after, "x")
    assert found == said or said in found


SAME = {
    "the last bits": (pd.Series([0.1 + 0.2, 0.5]), pd.Series([0.3, 0.5])),
    "what is nearly zero": (pd.Series([1e6, 1e-7]), pd.Series([1e6, 0.0])),
    "no zero": (0.0, -0.0),
    "a number that people write": (2.345, 2.345 * (1 + 1e-12)),
    "the order of a set": ({"a", "b"}, {"b", "a"}),
    "an object by its type": ([object()], [object()]),
}


@pytest.mark.parametrize(("before", "after"), SAME.values(), ids=SAME.keys())
def test_what_is_as_good_as_equal_is_no_difference(before: Any, after: Any) -> None:
    assert recorded.differences(recorded.summary(before), after, "x") == []


def test_a_summary_tells_no_value_and_only_public_labels() -> None:
    frame = BIRDS.assign(MARKER=["MARKERA", "MARKERB", "MARKERC"])
    text = json.dumps(recorded.summary(frame, {"mass", "kind"}.__contains__))
    for data in ("MARKER", "3121", "4877", "Adelie"):
        assert data not in text
    assert '"mass"' in text
    wanted = recorded.summary(frame, {"mass", "kind"}.__contains__)
    assert recorded.differences(wanted, frame, "x") == []


class Shy:
    def __len__(self) -> int:
        raise ValueError


def test_values_that_raise_are_known_by_their_type() -> None:
    knot: list[Any] = []
    knot.append(knot)
    assert recorded.summary(knot) == {"type": "list"}
    assert recorded.summary(Shy()) == {"type": "Shy"}
    assert recorded.differences({"type": "list"}, knot, "x") == []


def steps() -> tuple[list[str], dict[str, Any]]:
    """Stages that say when they are run."""
    run: list[str] = []

    def load() -> dict[str, Any]:
        run.append("load")
        return {"birds": [3, 1, 2]}

    def sort(birds: list[int]) -> dict[str, Any]:
        run.append("sort")
        birds.sort()
        return {}

    def draw(birds: list[int]) -> dict[str, Any]:
        run.append(f"draw for {len(birds)}")
        return {"drawn": random.random()}

    return run, {
        "load": (load, {}, ""),
        "sort": (sort, {"birds": "load"}, ""),
        "draw": (draw, {"birds": "load"}, ""),
        "again": (draw, {"birds": "sort"}, "draw"),
    }


def test_stages_run_once_each_and_only_where_they_are_needed() -> None:
    run, stages = steps()
    analysis = recorded.Analysis(stages)
    assert analysis.after("sort") == {"birds": [1, 2, 3]}
    assert analysis.after("load") == {"birds": [3, 1, 2]}, "what a step changes is a copy"
    assert analysis.after("sort") is analysis.after("sort")
    assert run == ["load", "sort"]


def test_random_numbers_go_on_from_the_stage_that_is_followed() -> None:
    _, stages = steps()
    random.seed(1)
    expected = [random.random(), random.random()]
    analysis = recorded.Analysis(stages)
    random.seed(1)
    analysis.after("draw")
    random.seed(99)
    assert [analysis.after(step)["drawn"] for step in ("draw", "again")] == expected


def test_a_step_is_compared_with_what_was_recorded_of_it_and_of_what_it_is_given(
    tmp_path: Path,
) -> None:
    _, stages = steps()
    here = tmp_path / "recorded.py"
    here.write_bytes(PLACE.read_bytes())
    said = {"load": {"birds": recorded.summary([3, 1, 2])}, "draw": {}, "sort": {}}
    (tmp_path / "recorded.json").write_text(json.dumps(said), encoding="utf-8")
    module = load(here, "recorded_here")
    analysis = module.Analysis(stages)
    assert module.as_recorded("load", analysis) == []
    assert module.as_recorded("draw", analysis) == []
    assert module.as_recorded("sort", analysis) == ["birds: other values than recorded"]
