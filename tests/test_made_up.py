"""Made-up inputs: of the kind that was seen, without a value of the data; and what is asserted of results."""

from __future__ import annotations

import ast
import datetime
import importlib
import os
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nb2pkg.observed import Example, Examples
from nb2pkg.plan.model import Style
from nb2pkg.render import examples
from nb2pkg.render.shared import by_functions
from nb2pkg.verify.made_up import (
    alone,
    bench,
    choose,
    drawn,
    expected,
    files,
    fitting,
    further,
    guard,
    guess,
    held,
    machine,
    makers,
    mutants,
    options,
    outcome,
    targets,
)
from nb2pkg.verify.made_up.budget import Budget
from nb2pkg.verify.made_up.inputs import (
    ABOVE,
    EMPTY,
    LIMIT,
    MANY,
    MISSING,
    ONE,
    SHAPES,
    TIES,
    USUAL,
    Maker,
)
from nb2pkg.verify.made_up.kinds import Eyes, Kind
from nb2pkg.verify.made_up.limits import Limits, limits_of

WORDS = frozenset({"mass", "kind", "day", "paid", "city"})
NAMES = {
    "pd": pd,
    "np": np,
    "datetime": datetime,
    "random": random,
    "decimal": None,
    "path": os.path,
}

TABLE = pd.DataFrame(
    {
        "mass": [3121.5, 4877.25, None],
        "kind": ["Adelie", "Gentoo", "Adelie"],
        "day": pd.to_datetime(["2024-05-06", "2024-05-07", "2024-05-09"]),
        "secret column": [1, 2, 3],
    }
)


CODE = {"posixpath": "path", "ntpath": "path", "numpy": "np"}


def made(value: Any, shape: str = USUAL, **options: Any) -> Any:
    """A made-up value of the same kind."""
    eyes = Eyes(WORDS)
    kind = eyes.kind(value)
    source = Maker(seen=eyes.seen, code=CODE, **options).source(kind, shape)
    assert source is not None
    return eval(source, dict(NAMES))


VALUES = {
    "a number": 3121.75,
    "a whole number": 4711,
    "a truth": True,
    "nothing": None,
    "a text": "Adelie",
    "a day as text": "2024-05-06",
    "a German day": "06.05.2024",
    "a date": datetime.date(2024, 5, 6),
    "a time": datetime.datetime(2024, 5, 6),
    "a timestamp": pd.Timestamp("2024-05-06"),
    "a list of numbers": [1234.5, 2345.5],
    "a list of texts": ["Adelie", "Gentoo"],
    "a list of lists": [[4711], [4712]],
    "an empty list": [],
    "a pair": (4711, "Adelie"),
    "a set": {4711, 4712},
    "a dictionary with keys of the notebook": {"mass": 3121.5, "kind": "Adelie"},
    "a dictionary with keys of the data": {"Adelie": 3121.5, "Gentoo": 4877.25},
    "an array": np.array([3121.5, 4877.25]),
    "an array of three dimensions": np.full((3, 2, 5), 4711.5),
    "a module": os.path,
    "a matrix": np.array([[3121.5, 4877.25], [1.5, 2.5]]),
    "a table": TABLE,
    "a column": TABLE["mass"],
    "a column of dates": TABLE["day"],
    "a table with an index": TABLE.set_index("day"),
    "an index of dates": pd.DatetimeIndex(["2024-05-06", "2024-05-07"]),
    "periods": TABLE.set_index(TABLE["day"].dt.to_period("M"))["mass"],
    "categories": TABLE["kind"].astype("category"),
    "a generator": np.random.default_rng(4711),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
def test_what_is_made_up_is_of_the_same_type(value: Any, shape: str) -> None:
    assert type(made(value, shape)) is type(value)


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
def test_nothing_that_is_made_up_is_a_value_of_the_data(value: Any) -> None:
    eyes = Eyes(WORDS)
    kind = eyes.kind(value)
    for shape in SHAPES:
        source = Maker(seen=eyes.seen).source(kind, shape) or "None"
        for data in ("3121", "4877", "4711", "4712", "1234", "Adelie", "Gentoo", "2024", "secret"):
            assert data not in source


def test_a_table_has_the_columns_that_the_notebook_names() -> None:
    assert [*made(TABLE).columns] == ["mass", "kind", "day"]
    assert [*made(TABLE, columns=frozenset({"kind"})).columns] == ["kind"]


def test_shapes_show_what_they_are_called_after() -> None:
    assert len(made(TABLE, EMPTY)) == 0
    assert len(made(TABLE, ONE)) == 1
    assert made(TABLE, MISSING)["kind"].isna().any()
    assert made(TABLE, TIES)["mass"].duplicated().any()
    assert made(TABLE)["kind"].nunique() == 3


def test_code_is_named_as_the_notebook_names_it() -> None:
    assert made(np.median) is np.median
    assert made(os.path.join) is os.path.join
    assert made(abs) is abs
    assert Maker().source(Eyes(WORDS).kind(np.median)) is None


def test_many_values_are_a_few_again_and_again() -> None:
    source = Maker(rows=28).source(Eyes(WORDS).kind(TABLE)) or ""
    assert source.count("* 4") == 2
    assert "pd.date_range(" in source
    assert len(eval(source, dict(NAMES))) == 28


def test_a_series_has_the_labels_of_the_notebook() -> None:
    series = pd.Series([3121.5, 4877.25, 5.5], index=["mass", "paid", "secret"])
    assert [*made(series).index] == ["mass", "paid"]


def test_a_label_of_the_data_is_used_where_the_notebook_says_it() -> None:
    status = pd.Series(["paid", "lost", "paid"], name="kind")
    assert {"paid"} < {*made(status)}
    assert "lost" not in {*made(status)}


def test_limits_are_those_of_the_code() -> None:
    tree = ast.parse("def f(x):\n    return x >= LIMIT or x == 'paid' or x < 7")
    limits = limits_of(tree, {"LIMIT": 100})
    assert limits == Limits((100, 7), ("paid",))
    eyes = Eyes(WORDS)
    source = Maker(limits).source(eyes.kind([4711, 4712]), LIMIT) or ""
    assert {99, 100, 101, 6, 7, 8} == {*ast.literal_eval(source)}


# ---- what is asserted


def check_asserts(lines: list[str], value: Any) -> None:
    names = {
        **NAMES,
        "x": value,
        "pytest": pytest,
        "math": __import__("math"),
        "decimal": __import__("decimal"),
        "assert_frame_equal": pd.testing.assert_frame_equal,
        "assert_series_equal": pd.testing.assert_series_equal,
    }
    for line in lines:
        exec(line, names)


class Fitted:
    """Like an estimator of scikit-learn."""

    def __init__(self, slope: float) -> None:
        self.coef_ = np.array([slope])

    def fit(self) -> None: ...
    def get_params(self) -> None: ...


class Fit:
    """Like the results of a library of models: what was found, under the usual names."""

    __module__ = "somewhere.else"

    def __init__(self, slope: float) -> None:
        self.params = np.array([slope, 2.5])


class Shown:
    """Like an object of a library that has nothing but a text."""

    __module__ = "somewhere.else"
    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"Shown({self.text})"


class Held(Shown):
    """Like a container that numpy can read."""

    __slots__ = ()

    def __array__(self, *_args: Any, **_named: Any) -> Any:
        return np.array([float(len(self.text)), 1.5])


class Frame(pd.DataFrame):
    """Like a table of a library that adds to pandas."""


def wide(value: float) -> pd.DataFrame:
    return pd.DataFrame([[1.5] * 11 + [value]] * 20, columns=[*"abcdefghijkl"])


class Statistic:
    """Like a result of a library of statistics."""

    __module__ = "somewhere.else"

    def __init__(self, value: float) -> None:
        self._value = value

    @property
    def pvalue(self) -> float:
        return self._value

    @property
    def broken(self) -> float:
        raise ValueError


RESULTS = {
    "a float": (0.1 + 0.2, 0.4),
    "a float of many digits": (1 / 3, 0.3334),
    "infinity": (float("inf"), 1.0),
    "a number that is none": (float("nan"), 0.0),
    "a whole number": (3, 4),
    "a truth": (True, False),
    "a truth of numpy": (np.bool_(False), np.bool_(True)),
    "a text": ("a\n'b'", "a"),
    "nothing": (None, 0),
    "a complex number": (1 + 2j, 1 + 3j),
    "a list": ([1, 2], [2, 1]),
    "a list of floats": ([0.1 + 0.2, 1.0], [0.4, 1.0]),
    "a list with a gap": ([0.5, float("nan")], [0.5, 1.0]),
    "a mixed list": (["a", 1.5], ["a", 1.6]),
    "nested floats": ([[0.5], [0.25]], [[0.5], [0.5]]),
    "a pair": ((1, "a"), (1, "b")),
    "one in a tuple": ((1,), (2,)),
    "a set": ({2, 1}, {1}),
    "no set": (set(), {1}),
    "a dictionary": ({"a": 1.5, "b": 2.5}, {"a": 1.5, "b": 2.6}),
    "a dictionary of lists": ({"a": [1, 2]}, {"a": [1, 3]}),
    "numbers of numpy": ([np.int64(1), np.float64(0.5)], [np.int64(1), np.float64(0.6)]),
    "a date": (datetime.date(2001, 2, 3), datetime.date(2001, 2, 4)),
    "a timestamp": (pd.Timestamp("2001-02-03"), pd.Timestamp("2001-02-04")),
    "an array": (np.array([1.5, 2.5]), np.array([1.5, 2.6])),
    "a long array": (np.arange(100.0), np.arange(100.0) + 1),
    "a matrix": (np.eye(2), np.ones((2, 2))),
    "a matrix of one number": (np.zeros((9, 9)), np.eye(9)),
    "a text of numpy": (np.str_("a"), np.str_("b")),
    "an array of texts": (np.array(["a", "b"]), np.array(["a", "c"])),
    "a column": (pd.Series([1.5, None]), pd.Series([1.5, 2.5])),
    "a column of texts": (pd.Series(["a", "b"]), pd.Series(["a", "c"])),
    "a named column": (pd.Series([1], name="n"), pd.Series([1], name="m")),
    "a column with an index": (pd.Series([1, 2], index=["a", "b"]), pd.Series([1, 2], index=["a", "c"])),
    "a table": (pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1, 3]})),
    "a long table": (pd.DataFrame({"a": range(40)}), pd.DataFrame({"a": range(1, 41)})),
    "a table of dates": (
        pd.DataFrame({"d": pd.to_datetime(["2001-02-03"])}),
        pd.DataFrame({"d": pd.to_datetime(["2001-02-04"])}),
    ),
    "a table with two levels": (
        pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "x"], "c": [1, 1, 1]}).groupby(["a", "b"]).sum(),
        pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "y"], "c": [1, 1, 1]}).groupby(["a", "b"]).sum(),
    ),
    "what is resampled": (
        pd.Series([1.0, 2.0], pd.to_datetime(["2001-02-03", "2001-02-05"])).resample("D").sum(),
        pd.Series([1.0, 3.0], pd.to_datetime(["2001-02-03", "2001-02-05"])).resample("D").sum(),
    ),
    "periods": (
        pd.Series([1], index=pd.PeriodIndex(["2001-02"], freq="M")),
        pd.Series([1], index=pd.PeriodIndex(["2001-03"], freq="M")),
    ),
    "complex numbers": (np.array([1 + 2j]), np.array([1 + 3j])),
    "dates of numpy": (np.array(["2001-02-03"], "M8[D]"), np.array(["2001-02-04"], "M8[D]")),
    "a large matrix": (np.ones((40, 40)), np.ones((40, 40)) * 2),
    "a cube": (np.ones((40, 40, 3)), np.ones((40, 40, 2))),
    "zero but for rounding": (np.array([1e-17, 1.0]), np.array([1e-5, 1.0])),
    "a wide table": (wide(1.5), wide(2.5)),
    "a table of another library": (Frame({"a": [1.5]}), Frame({"a": [2.5]})),
    "a long list of lists": ([[n, 0.5] for n in range(40)], [[n, 0.5] for n in range(41)]),
    "a class": (Fitted, Fit),
    "a fit": (Fit(1.5), Fit(1.6)),
    "what has a text": (Shown("a"), Shown("b")),
    "what numpy can read": (Held("a"), Held("ab")),
    "a function of numbers": (lambda x: x * 2, lambda x: x * 3),
    "a function of two": (lambda x, y: x - y, lambda x, y: y - x),
    "a function of texts": (str.upper, str.lower),
    "an estimator": (Fitted(1.5), Fitted(1.6)),
    "a statistic": (Statistic(0.25), Statistic(0.5)),
}  # fmt: skip


@pytest.mark.parametrize(("value", "other"), RESULTS.values(), ids=RESULTS.keys())
def test_asserts_hold_of_the_value_and_of_no_other(value: Any, other: Any) -> None:
    lines = expected.lines("x", value)
    assert lines
    check_asserts(lines, value)
    with pytest.raises((AssertionError, TypeError, AttributeError)):
        check_asserts(lines, other)


@pytest.mark.parametrize(
    "value", [object(), lambda: 1, iter([1]), [object()], {1: object()}, np.array([object()]), Shown("<Shown at 0x7f12>")],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_cannot_be_written_down_is_not_asserted(value: Any) -> None:
    assert expected.lines("x", value) is None


def test_what_is_drawn_is_asserted() -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.close("all")
    _, axes = plt.subplots(figsize=(3, 2))
    axes.bar(["a", "b"], [3, 4])
    axes.set_title("masses")
    axes.set_xlim(0, 2)
    axes.set_yscale("log")
    axes.legend(["both"])
    lines = drawn.of_figures()
    found = {**NAMES, "plt": plt, "pytest": pytest}
    for line in lines:
        exec(line, found)
    for change in (
        lambda: axes.patches[0].set_height(5),
        lambda: axes.set_xlim(0, 3),
        lambda: axes.set_yscale("linear"),
        lambda: axes.get_legend().remove(),
    ):
        lines = expected.lines("axes", axes) or []
        exec("\n".join(lines), found | {"axes": axes})
        change()
        with pytest.raises((AssertionError, AttributeError)):
            exec("\n".join(lines), found | {"axes": axes})
    plt.close("all")


# ---- calls


def test_what_a_call_prints_changes_and_draws_from_is_seen() -> None:
    def call() -> None:
        print("two")
        numbers.append(random.randrange(1, 9))

    numbers = [1]
    found = outcome.of_call(call, {"numbers": numbers}, (), 1.0)
    assert found is not None
    assert found.seeds == ("random",)
    assert found.asserts[-1] == "assert capsys.readouterr().out == 'two\\n'"
    assert found.asserts[0].startswith("assert numbers == [1, ")


def test_the_same_object_under_two_names_is_told_once() -> None:
    fit = Fit(1.5)
    found = outcome.of_call(lambda: (fit, fit), {}, ("one", "two"), 1.0)
    assert found is not None
    assert found.asserts[1:] == ("assert two is one",)


def test_what_a_call_sets_for_later_ones_is_seen_and_taken_back() -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    before = plt.rcParams["font.size"]
    found = outcome.of_call(lambda: plt.rcParams.update({"font.size": 21.5}), {}, (), 1.0)
    assert found is not None
    assert found.asserts == ("assert plt.rcParams['font.size'] == 21.5",)
    assert plt.rcParams["font.size"] == before
    found = outcome.of_call(lambda: np.set_printoptions(precision=3), {}, (), 1.0)
    assert found is not None
    assert found.asserts == ("assert np.get_printoptions()['precision'] == 3",)
    found = outcome.of_call(lambda: pd.set_option("display.max_rows", 7) or 1, {}, (), 1.0)
    assert found is not None
    assert found.further == ("assert pd.get_option('display.max_rows') == 7",)
    assert np.get_printoptions()["precision"] != 3
    assert pd.get_option("display.max_rows") != 7
    for seed in (lambda: random.seed(4), lambda: np.random.seed(4)):
        one, two = (outcome.of_call(seed, {}, (), 1.0) for _ in range(2))
        assert one == two
        assert one is not None
        assert ".random() == pytest.approx(" in one.asserts[0]


def test_options_are_those_of_a_process_where_nothing_was_run() -> None:
    before = options.current()
    np.set_printoptions(precision=3, linewidth=99)
    pd.set_option("display.max_rows", 7)
    options.use_defaults()
    assert np.get_printoptions()["precision"] == 8
    assert np.get_printoptions()["linewidth"] == 75
    assert pd.get_option("display.max_rows") == 60
    options.restore(before)
    assert options.current() == before


def test_a_call_that_does_not_end_is_given_up() -> None:
    def call() -> None:
        while True:
            pass

    assert outcome.of_call(call, {}, (), 0.2) is None


def test_what_is_raised_is_named() -> None:
    found = outcome.of_call(lambda: {}["a"], {}, (), 1.0)
    assert found is not None
    assert found.raised == "KeyError"


def test_nothing_of_this_machine_is_asserted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "MARKER-4711")
    monkeypatch.setenv("FEW", "abc")
    for text in ("assert x == 'MARKER-4711'", "Bearer MARKER-4711", sys.prefix + "/data"):
        assert machine.is_told_by(text)
    assert not machine.is_told_by("a table of birds, abc")


def test_dates_are_of_a_year_in_which_nothing_happened() -> None:
    eyes = Eyes(WORDS)
    days = pd.Series(pd.date_range("1990-01-01", "2005-12-31"), name="day")
    kind = eyes.kind(days)
    assert eyes.kind("2031-05-06").form == "date %Y-%m-%d"
    source = Maker(seen=eyes.seen, year=eyes.free_year).source(kind) or ""
    assert "1981-02-03" in source


REACHES = {
    "a file beside": "open(PLACE / 'new.txt', 'w')",
    "a file of the data": "open(PLACE / 'data.csv')",
    "a file by its number": "open(1, 'w')",
    "another process": "__import__('subprocess').run(['true'])",
    "a command": "__import__('os').system('true')",
    "another machine": "__import__('socket').create_connection(('127.0.0.1', 9), 0.1)",
    "a folder that is removed": "__import__('shutil').rmtree(PLACE)",
    "a database": "__import__('sqlite3').connect(PLACE / 'new.db')",
    "a question": "input()",
}


@pytest.mark.parametrize("source", REACHES.values(), ids=REACHES.keys())
def test_nothing_outside_is_reached(tmp_path: Path, source: str) -> None:
    (tmp_path / "data.csv").write_text("a\n1\n", encoding="utf-8")
    (tmp_path / "desk").mkdir()
    before = sorted(tmp_path.iterdir())
    with guard.closed(str(tmp_path / "desk")), pytest.raises(guard.RefusedError):
        eval(source, {"PLACE": tmp_path})
    assert sorted(tmp_path.iterdir()) == before


def test_a_folder_that_is_there_may_be_asked_for(tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    with guard.closed(str(tmp_path / "desk")):
        tmp_path.mkdir(exist_ok=True)
        with pytest.raises(guard.RefusedError):
            (tmp_path / "new").mkdir()


def test_what_libraries_do_when_they_are_loaded_is_not_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    with guard.closed(str(tmp_path / "desk")):
        with pytest.raises(FileNotFoundError):
            (home / ".settings.yaml").read_text()
        os.mkdir(home / ".cache")
        with pytest.raises(guard.RefusedError):
            os.mkdir(home / "results")
        with pytest.raises(guard.RefusedError):
            (home / ".cache/new").write_text("a")


def test_a_function_may_have_temporary_files() -> None:
    desk = files.Desk()
    with desk.cleared() as folder:
        with tempfile.NamedTemporaryFile() as made:
            made.write(b"a")
        assert os.listdir() == []
        assert desk.written(folder) == []
        with pytest.raises(guard.RefusedError):
            Path("../beside.txt").write_text("a")
    assert Path(tempfile.gettempdir()) != Path(folder)


def test_a_function_reads_and_writes_in_a_folder_of_its_own() -> None:
    desk = files.Desk({"data/in.csv": "a\n1\n"}, ("data", "out"))
    here = os.getcwd()
    with desk.cleared() as folder:
        text = Path("data/in.csv").read_text()
        Path("out/new.txt").write_text(text)
        assert desk.written(folder) == ["assert Path('out/new.txt').read_text() == 'a\\n1\\n'"]
    assert os.getcwd() == here
    assert not os.path.exists(folder)


def test_files_are_made_up_of_the_columns_that_the_notebook_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text("mass;who;kind\n3121.5;Ilse;Adelie\n4877.25;Bo;Gentoo\n")
    eyes = Eyes(WORDS)
    found = files.used(guard.Opened(read=["in.csv"]), eyes)
    text = (files.made(found, Maker(seen=eyes.seen)) or {})["in.csv"]
    assert text.splitlines()[0] == "mass;kind"
    assert len(text.splitlines()) == 7
    assert all(data not in text for data in ("3121", "Ilse", "Adelie"))


# ---- mutants and guesses


def test_each_mutant_is_another_function() -> None:
    source = "def f(x):\n    if not x:\n        return -1\n    y = x.dropna()\n    y['a'] = 2 * x.a\n    return y[y.a > 3].max() if x.b else None\n"
    tree = ast.parse(source).body[0]
    assert isinstance(tree, ast.FunctionDef)
    found = [ast.unparse(each) for each in mutants.of(tree)]
    assert len({*found}) == len(found)
    assert ast.unparse(tree) not in found
    text = "\n".join(found)
    for wrong in (
        "if not not x",
        "return --1",
        "_same(x)",
        "2 / x.a",
        "3 * x.a",
        ">= 3",
        "< 3",
        "> 4",
        ".min()",
        "pass",
        "y['XXaXX']",
        "y['A']",
    ):
        assert wrong in text


def test_a_mutant_of_a_call_lacks_an_argument() -> None:
    source = 'def f(x):\n    """Say it."""\n    return draw(x, size=12)'
    tree = ast.parse(source).body[0]
    assert isinstance(tree, ast.FunctionDef)
    text = "\n".join(ast.unparse(each) for each in mutants.of(tree))
    calls = ("draw(None, size=12)", "draw(size=12)", "draw(x, size=None)", "draw(x)")
    assert all(f"return {call}\n" in f"{text}\n" for call in calls)
    assert "XXSay" not in text


def test_kinds_are_guessed_by_what_the_code_does() -> None:
    import inspect

    source = "def f(table, name, digits=2):\n    return table['mass'].round(digits), name.upper()"
    names: dict[str, Any] = {}
    exec(source, names)
    parameters = [*inspect.signature(names["f"]).parameters.values()]
    first = next(guess.kinds(parameters, ast.parse(source)))
    assert first["table"].word == "table"
    assert [*first["table"].parts] == ["mass"]
    assert first["name"] == Kind("text")
    assert "digits" not in first


def guessed(source: str) -> dict[str, Kind]:
    """The likeliest kinds of the parameters of f."""
    import inspect

    names: dict[str, Any] = {}
    exec(source, names)
    parameters = [*inspect.signature(names["f"]).parameters.values()]
    return dict(next(guess.kinds(parameters, ast.parse(source))))


GUESSES = {
    "def f(p): return p.get('k', 1) + p['m']": {"k": "float", "m": "float"},
    "def f(p):\n    a, b, c = p\n    return a + b - c": {"0": "float", "1": "float", "2": "float"},
    "def f(p): return p[0] - p[1]": {"": "float"},
    "def f(p): draw(data=p, x='a', hue='b')": {"a": "float", "b": "text"},
    "def f(p):\n    q = p.dropna()\n    draw(q, x='a')": {"a": "float"},
}


@pytest.mark.parametrize("source", GUESSES)
def test_parts_are_guessed_by_what_the_code_does(source: str) -> None:
    parts = guessed(source)["p"].parts
    assert {label: kind.word for label, kind in parts.items()} == GUESSES[source]


def test_a_parameter_that_is_called_is_a_function() -> None:
    assert guessed("def f(p): return p(2)")["p"].word == "code"


def test_columns_are_guessed_from_where_they_are_named() -> None:
    source = "def f(df):\n    big = df[df['mass'] > 3]\n    return big, df.groupby('kind')['mass'].sum(), df.index"
    names: dict[str, Any] = {}
    exec(source, names)
    import inspect

    parameters = [*inspect.signature(names["f"]).parameters.values()]
    first = next(guess.kinds(parameters, ast.parse(source)))
    assert {label: kind.word for label, kind in first["df"].parts.items()} == {
        "kind": "text",
        "mass": "float",
    }


def test_the_code_needs_nothing_but_the_standard_library() -> None:
    folder = Path(guess.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert all(a.name.partition(".")[0] in sys.stdlib_module_names for a in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                assert (node.module or "").partition(".")[0] in sys.stdlib_module_names


# ---- on their own

NEAR = [
    (0.3, 0.1 + 0.2, True),
    (0.3, 0.3001, False),
    ([1.0, 2.0], [1.0, 2.0 + 1e-9], True),
    ([1.0, 2.0], [1.0], False),
    ({"a": 1.5}, {"a": 1.5}, True),
    ({"a": 1.5}, {"b": 1.5}, False),
    (float("nan"), float("nan"), False),
    (1 + 2j, 1 + 2j, True),
    (1 + 2j, 1 + 3j, False),
]


@pytest.mark.parametrize(("wanted", "found", "is_near"), NEAR)
def test_what_stands_in_for_pytest_says_the_same(wanted: Any, found: Any, is_near: bool) -> None:
    assert (found == alone.Approximately(wanted)) is is_near
    assert (found == pytest.approx(wanted)) is is_near


def test_a_gap_is_near_a_gap_where_that_is_allowed() -> None:
    assert [float("nan"), 1.0] == alone.Approximately([float("nan"), 1.0], nan_ok=True)


def case(asserts: list[str], **more: Any) -> dict[str, Any]:
    empty = {"files": [], "folders": [], "arguments": [["x", "3"]], "wrap": "", "raised": ""}
    return {**empty, "returns": [], "asserts": asserts, **more}


HOLDS = [
    (lambda given: given["x"] / 2, case(["assert result == pytest.approx(1.5)"]), True),
    (lambda given: given["x"] / 2, case(["assert result == pytest.approx(1.6)"]), False),
    (lambda given: (1, given["x"]), case(["assert b == 3"], returns=["a", "b"]), True),
    (lambda given: print(given["x"]), case(["assert capsys.readouterr().out == '3\\n'"]), True),
    (lambda _: iter([1, 2]), case(["assert result == [1, 2]"], wrap="list"), True),
    (lambda _: {}["a"], case([], raised="KeyError"), True),
    (lambda _: {}["a"], case([], raised="ValueError"), False),
    (lambda _: {}["a"], case(["assert result == 1"]), False),
    (lambda _: Path("in.txt").read_text(), case(["assert result == 'a'"], files=[["in.txt", "a"]]), True),
    (lambda _: Path("out.txt").write_text("b"), case(["assert Path('out.txt').read_text() == 'b'"]), True),
]  # fmt: skip


@pytest.mark.parametrize(("run", "said", "is_held"), HOLDS)
def test_a_case_holds_or_not(run: Any, said: dict[str, Any], is_held: bool) -> None:
    lines = alone.holding(run, said, NAMES | alone.tools(""), 1.0)
    assert (lines == said["asserts"]) is is_held


def test_a_case_that_does_not_end_does_not_hold() -> None:
    def run(_given: Any) -> None:
        while True:
            pass

    assert alone.holding(run, case(["assert result is None"]), NAMES, 0.2) is None


# ---- on the bench, and on their own: functions of a small package beside the notebook's own

PACKAGE = """
import random
READY = []
COUNT = [0]

def prepare():
    READY.append(True)

def double(x):
    return 2 * x if READY else 1 / 0

def number(x):
    COUNT[0] += 1
    return [COUNT[0], x]

def report(x):
    return {"n": x, "said": "mass 3121.5 of Ilse Gent"}

def shift(x, by):
    return x + by

def draw():
    return random.random()

class Axis:
    def __init__(self, count, scale):
        self.kind, self.label, self.name, self.zero = "regular", "A", "A", 0
        self._count, self._scale = count, scale

    @property
    def edges(self):
        return [self._scale * n for n in range(self._count + 1)]

    @property
    def broken(self):
        raise RuntimeError("not for you")

def make_axis():
    return Axis(4, scale=2.5)

def first_ten(x):
    return x[:10]

def of_many(x):
    return sum(x, start=0) / len(x) if len(x) == 616 else [0][1]

def clipped(x):
    return min(x, 12)
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module of that name, that is loaded anew."""
    (tmp_path / "made_up_steps.py").write_text(PACKAGE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "made_up_steps", raising=False)
    importlib.import_module("made_up_steps")
    return "made_up_steps"


def on_bench(package: str, name: str, is_data: Any = lambda _: False) -> bench.Bench:
    target = targets.Target(f"steps.{name}", package, name)
    notebook = targets.Notebook([PACKAGE])
    original = notebook.run(target)
    assert original is not None
    said = {"imports": {}, "passed": {}, "targets": [{"name": name, "module": package}]}
    return bench.Bench(target, original, bench.names_of(said, notebook), is_data)


def test_what_differs_from_call_to_call_is_left_out(package: str) -> None:
    found = on_bench(package, "number").case(USUAL, [("x", "0.5")])
    assert found is None  # one line for all of it, which does not last
    assert on_bench(package, "shift").case(USUAL, [("x", "1"), ("by", "2")]) is not None


def test_arguments_that_are_drawn_are_no_input(package: str) -> None:
    arguments = [("x", "random.random()"), ("by", "1")]
    assert on_bench(package, "shift").case(USUAL, arguments) is None
    drawn_in_it = on_bench(package, "draw").case(USUAL, [])
    assert drawn_in_it is not None
    assert drawn_in_it.outcome.seeds == ("random",)


def test_lines_in_which_data_stand_are_left_out(package: str) -> None:
    def is_data(value: Any) -> bool:
        return value in (3121.5, "Ilse Gent")

    found = on_bench(package, "report", is_data).case(USUAL, [("x", "[1]")])
    assert found is None or all("3121" not in line for line in found.outcome.asserts)
    found = on_bench(package, "report").case(USUAL, [("x", "1")])
    assert found is not None


def test_a_result_is_made_by_the_call_that_gave_it(package: str) -> None:
    tried = on_bench(package, "shift")
    known = makers.Makers(tried.names, [])
    known.remember(tried, [("x", "1"), ("by", "2")], ["some.Kind"])
    assert known.by_type == {"some.Kind": "shift(1, 2)"}
    assert known.code[f"{package}.shift"] == "shift"


def chosen(tried: bench.Bench, *shapes: tuple[str, str]) -> list[bench.Case]:
    """The cases that stay, of these shapes and sources of x."""
    given = [[("x", source)] if source else [] for _, source in shapes]
    cases = [tried.case(shape, each) for (shape, _), each in zip(shapes, given)]
    return choose.chosen([case for case in cases if case], tried, Budget.of(60))


def test_a_line_more_is_asserted_where_only_that_finds_a_mistake(package: str) -> None:
    (found,) = chosen(on_bench(package, "make_axis"), (USUAL, ""))
    assert any(".edges" in line for line in found.outcome.asserts)
    assert not any(".zero" in line for line in found.outcome.asserts)
    assert not found.outcome.further


def test_how_it_is_drawn_is_asserted_where_only_that_finds_a_mistake() -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.close("all")
    _, axes = plt.subplots()
    axes.scatter([1, 2], [3, 4], s=12, alpha=0.5)
    axes.plot([1, 2], linestyle="--", color="red")
    axes.bar([1, 2], [3, 4], hatch="/")
    axes.imshow([[1, 2]], cmap="Reds")
    axes.text(1, 2, "here", fontsize=21)
    before = {*further.lines("axes", axes)}
    for change in (
        lambda: axes.collections[0].set_sizes([13]),
        lambda: axes.collections[0].set_alpha(0.6),
        lambda: axes.lines[0].set_linestyle(":"),
        lambda: axes.patches[0].set_hatch("x"),
        lambda: axes.images[0].set_cmap("Blues"),
        lambda: axes.texts[0].set_fontsize(20),
        lambda: axes.grid(),
    ):
        exec("\n".join(before), NAMES | {"axes": axes, "pytest": pytest})
        change()
        after = {*further.lines("axes", axes)}
        assert before - after
        before = after
    plt.close("all")


def test_more_rows_and_limits_are_taken_where_only_they_find_a_mistake(package: str) -> None:
    found = fitting.makers_of(on_bench(package, "of_many"), Maker(), {"x": Kind("list")})
    assert {6, 12, 28, 140, 616} == {each.rows for each in found}
    few, many = (USUAL, "[1, 2, 3]"), (MANY, "[*range(28)]")
    assert len(chosen(on_bench(package, "first_ten"), few, many)) == 2
    assert limits_of(ast.parse("x.clip(2, 7).between(3, HIGH)"), {"HIGH": 9}).numbers == (
        3,
        9,
        2,
        7,
    )
    assert len(chosen(on_bench(package, "clipped"), (USUAL, "3"), (ABOVE, "13"))) == 2


def test_a_case_that_needs_something_set_up_says_so(package: str) -> None:
    empty = {
        "before": [],
        "imports": [],
        "folders": [],
        "files": [],
        "wrap": "",
        "raised": "",
        "returns": [],
    }
    double = {**empty, "arguments": [["x", "3"]], "asserts": ["assert result == 6"]}
    shift = {
        **empty,
        "arguments": [["x", "3"], ["by", "1"]],
        "asserts": ["assert result == 4", "assert result == 5"],
    }
    said: dict[str, Any] = {}
    held.hold(
        {
            "package": package,
            "imports": {},
            "passed": {},
            "set_ups": [["prepare()", [f"from {package} import prepare"]]],
            "targets": [
                {"symbol": f"steps.{name}", "module": package, "name": name}
                for name in ("double", "shift")
            ],
            "cases": {"steps.double": [double], "steps.shift": [shift]},
        },
        lambda kind, name, content: said.update({name: content}) if kind == "held" else None,
    )  # fmt: skip
    (case,) = said["steps.double"]
    assert case["before"] == ["prepare()"]
    (case,) = said["steps.shift"]
    assert case["asserts"] == ["assert result == 4"]
    assert not case["before"]


# ---- as they are written


def example(*arguments: tuple[str, str], **more: Any) -> Example:
    return Example("some_values", arguments, asserts=("assert result == 1",), **more)


def test_a_long_value_of_several_tests_is_made_by_one_function() -> None:
    long = f"pd.Series({[*range(40)]})"
    model = f"fit({long})"
    found = {
        "one": Examples((example(("model", model)),)),
        "two": Examples((example(("model", model)), example(("x", long)))),
        "three": Examples((example(("x", "3")),)),
    }
    helpers, given = by_functions(found, {"make_x"})
    assert helpers == [
        f"def make_x_2():\n    return {long}\n",
        "def make_model():\n    return fit(make_x_2())\n",
    ]
    assert given["one"].cases[0].arguments == (("model", "make_model()"),)
    assert given["two"].cases[1].arguments == (("x", "make_x_2()"),)
    assert given["three"] == found["three"]


def test_what_is_set_up_stands_before_the_call() -> None:
    subject = examples.Subject("draw", "draw", known={"test_set": "promoted_test_set"})
    before = ("test_set()", 'ct = pytest.importorskip("control")')
    long = f"make({', '.join(['ct'] * 40)})"
    found = Examples((example(("x", long), before=before),))
    (text,) = examples.tests(Style(), subject, found)
    lines = [line.strip() for line in text.splitlines()]
    assert lines[1:3] == ["promoted_test_set()", before[1]]
    assert lines[3].startswith("x = make(")
    assert by_functions({"one": found, "two": found}, ())[0] == []  # no other function knows ct
