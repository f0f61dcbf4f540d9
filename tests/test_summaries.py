"""What the tests of a package compare its steps with: summaries without a value, differences in sentences."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
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
    "fewer gaps": (BIRDS, BIRDS.fillna({"mass": 1.5}), ["x['mass']: 0 missing, recorded was 1"]),
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
        ["x: 1 missing, recorded was 0"],
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


RUN = """
from birds import clean
from birds.clean import load, sort

def run():
    birds = load()
    sort(birds)
    first = birds[0]
    other = load()
    drawn = clean.draw(birds, {how})
    return {{"first": first, "drawn": drawn}}
"""
CLEAN = """
def load():
    return [3, 1, 2]

def sort(birds):
    birds.sort()

def draw(birds, how):
    return 12 / how, len(birds)
"""


@pytest.fixture
def analysis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A package whose pipeline is run beside what was recorded of its steps."""

    def made(how: int, kept: dict[str, list[str]], **steps: Any) -> Any:
        package = tmp_path / "birds"
        package.mkdir()
        for name, text in (("__init__", ""), ("clean", CLEAN), ("pipeline", RUN.format(how=how))):
            (package / f"{name}.py").write_text(text, encoding="utf-8")
        here = tmp_path / "recorded.py"
        here.write_bytes(PLACE.read_bytes())
        said = {name.replace("_", " "): step for name, step in steps.items()}
        (tmp_path / "recorded.json").write_text(json.dumps(said), encoding="utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))
        for name in ("birds", "birds.clean", "birds.pipeline"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        module = load(here, "recorded_here")
        return module.Analysis(importlib.import_module("birds.pipeline"), kept)

    return made


def said(returns: list[str], **values: Any) -> Any:
    return {
        "returns": returns,
        "values": {name: recorded.summary(value) for name, value in values.items()},
    }


def test_each_call_is_compared_with_what_was_recorded_of_it(analysis: Callable[..., Any]) -> None:
    found = analysis(
        4,
        {"load": ["birds"], "sort": ["birds"]},
        load=said(["birds"], birds=[3, 1, 2]),
        sort=said([], birds=[3, 1, 2]),
        load_2=said(["other"], other=[3, 1, 2, 4]),
        draw=said(["share", "count"], share=3.0, count=4),
        run=said([], first=1, drawn=(3.0, 3)),
    )
    assert found.differences("load") == []
    assert found.differences("sort") == ["birds: other values than recorded"]
    assert found.differences("load 2") == ["other: 3 items, recorded was 4"]
    given, made = found.differences("draw")
    assert given == "birds: other values than recorded", "what it is given is held to stay as it is"
    assert made.startswith("count: other values than recorded")
    assert found.differences("run") == []
    assert found.after("load") == {"birds": [3, 1, 2]}, "what a later step changes is a copy"
    assert found.after("sort") == {"birds": [1, 2, 3]}


def test_a_step_that_raises_fails_alone(analysis: Callable[..., Any]) -> None:
    found = analysis(0, {}, load=said(["birds"], birds=[3, 1, 2]), draw=said([]))
    assert found.differences("load") == []
    with pytest.raises(ZeroDivisionError):
        found.differences("draw")
    with pytest.raises(pytest.skip.Exception, match="draw"):
        found.differences("run")


def test_what_run_itself_raises_is_its_own(analysis: Callable[..., Any]) -> None:
    found = analysis("nobody", {}, load=said(["birds"]), draw=said([]))
    with pytest.raises(NameError):
        found.differences("run")
    with pytest.raises(pytest.skip.Exception):
        found.differences("draw")
