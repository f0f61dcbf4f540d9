"""What stages are rehearsed with: structure and digests of values, and never a value.

The values are written as source, so that they can be made here and in other processes. `changed` is
the same value with something small that is different.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PLACE = Path(__file__).resolve().parent.parent / "nb2pkg" / "verify" / "recorded" / "__init__.py"
MARKER, NUMBER = "MARKERVALUE", 86753.25


def load(place: Path, name: str = "recorded") -> Any:
    """The library, loaded by its path as a folder of tests has it."""
    spec = importlib.util.spec_from_file_location(name, place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", True)  # templates are shipped as they lie there
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return module


recorded = load(PLACE, "recorded")
describe = recorded.describe

PRELUDE = """
import array, collections, dataclasses, datetime, decimal, enum, fractions, functools, io, itertools
import pathlib, random, re, sys, threading, types, typing, uuid, zoneinfo

class Plain:
    def __init__(self, **parts): self.__dict__.update(parts)
class Slotted:
    __slots__ = ("a", "b", "__dict__")
    def __init__(self, a): self.a = a
class Lazy:
    def __init__(self, a): self.a = a
    @functools.cached_property
    def twice(self): return 2 * self.a
@dataclasses.dataclass
class Point:
    x: int
    y: typing.Any = None
class Colour(enum.Enum):
    RED = 1
    BLUE = 2
class Texts(list):
    pass
Pair = collections.namedtuple("Pair", "a b")
def f(x): return x
def g(x): return x
def with_state(made, **state):
    made.__dict__.update(state)
    return made
def asked(made):
    made.twice
    return made
def cycle(last):
    a = [1, last]
    a.append(a)
    return a
"""
NUMPY = "import numpy as np\nrng = np.random.default_rng(5)\n"
PANDAS = NUMPY + """
import pandas as pd
def birds(**columns):
    return pd.DataFrame({
        "name": ["Ada", "Bo", None, "Cy"], "mass": [3750, 3800, 3250, 3450],
        "share": [0.5, 2.345, np.nan, 1 / 3], "when": pd.date_range("2020-01-01", periods=4),
        "sex": pd.Categorical(["f", "m", "f", None]), **columns})
def put(frame, row, column, value):
    frame = frame.copy()
    frame.loc[row, column] = value
    return frame
"""
PLOTS = NUMPY + """
import matplotlib
matplotlib.use("Agg")
from matplotlib.figure import Figure
def figure(draw=lambda ax: None, *, line=(3, 1, 2), bars=(3, 4), dots=(5, 6), names=("a", "b"),
           title="mass", image=(1, 0), legend="kept", color="red", fill=(1, 2)):
    made = Figure()
    axes = made.subplots(2, 2)
    axes[0, 0].plot([1, 2, 3], list(line), label=legend)
    axes[0, 0].legend()
    axes[0, 0].set_title(title)
    axes[0, 1].bar(list(names), list(bars), color=color)
    axes[1, 0].scatter([1, 2], list(dots), c=list(dots))
    axes[1, 0].fill_between([1, 2], list(fill))
    axes[1, 1].imshow([list(image), [2, 3]])
    axes[1, 1].text(0.5, 0.5, "note")
    draw(axes[1, 0])
    return made
"""
SKLEARN = NUMPY + """
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
X = rng.normal(size=(60, 3))
def line(change=0.0):
    made = LinearRegression().fit(X, X @ [1.0, 2.0, 3.0])
    made.coef_[0] += change
    return made
def forest(seed): return RandomForestClassifier(3, random_state=seed).fit(X, X[:, 0] > 0)
"""
PRELUDES = {
    "": "",
    "numpy": NUMPY,
    "pandas": PANDAS,
    "matplotlib": PLOTS,
    "sklearn": SKLEARN,
    "scipy": NUMPY + "import scipy.sparse as sp\n",
    "polars": "import polars as pl\n",
    "pyarrow": "import pyarrow as pa\n",
}
_WORLDS: dict[str, dict[str, Any]] = {}


def made(library: str, source: str) -> Any:
    """A value, made of its source; skipped where its library is not installed."""
    if library not in _WORLDS:
        if library:
            pytest.importorskip(library, reason=f"these are values of {library}")
        module = types.ModuleType(f"world_{library}")
        sys.modules[module.__name__] = module
        exec(PRELUDE + PRELUDES[library], vars(module))
        _WORLDS[library] = vars(module)
    return eval(source, _WORLDS[library])


def is_same(wanted: Any, value: Any) -> bool:
    """Is the value as described, after the description has been a file?"""
    essence = recorded.digested.essence
    return bool(essence(json.loads(json.dumps(wanted))) == essence(describe(value)))


# ---- what is told apart

CHANGED = {
    "": [
        ("None", "0"),
        ("1", "2"),
        ("1", "True"),
        ("1", "1.0"),
        ("10**5000", "10**5000 + 1"),
        ("1.0", "1.001"),
        ("1e-9", "1.001e-9"),
        ("float('inf')", "float('-inf')"),
        ("float('nan')", "None"),
        ("1 + 2j", "1 + 2.01j"),
        ("'word'", "'Word'"),
        ("b'a'", "b'b'"),
        ("bytearray(b'a')", "bytearray(b'b')"),
        ("datetime.date(2020, 1, 1)", "datetime.date(2020, 1, 2)"),
        ("datetime.datetime(2020, 1, 1)", "datetime.datetime(2020, 1, 1, 0, 0, 0, 1)"),
        ("datetime.timedelta(1)", "datetime.timedelta(2)"),
        ("datetime.time(1)", "datetime.time(2)"),
        ("zoneinfo.ZoneInfo('UTC')", "zoneinfo.ZoneInfo('Europe/Berlin')"),
        ("decimal.Decimal('1.0')", "decimal.Decimal('1.1')"),
        ("fractions.Fraction(1, 3)", "fractions.Fraction(1, 4)"),
        ("pathlib.Path('a/b')", "pathlib.Path('a/c')"),
        ("Colour.RED", "Colour.BLUE"),
        ("uuid.UUID(int=1)", "uuid.UUID(int=2)"),
        ("re.compile('a')", "re.compile('b')"),
        ("range(3)", "range(4)"),
        ("slice(1)", "slice(2)"),
        ("[1, 2, 3]", "[1, 2, 4]"),
        ("[1, 2, 3]", "[3, 2, 1]"),
        ("[1, 2]", "(1, 2)"),
        ("[*range(100)]", "[*range(99), 0]"),
        ("['ab', 'c']", "['a', 'bc']"),
        ("{1, 2}", "{1, 3}"),
        ("frozenset('ab')", "frozenset('ac')"),
        ("{'a': 1}", "{'a': 2}"),
        ("{'a': 1}", "{'b': 1}"),
        ("{1: 'a'}", "{'1': 'a'}"),
        ("collections.Counter('aab')", "collections.Counter('abb')"),
        ("collections.deque([1, 2])", "collections.deque([2, 1])"),
        ("collections.defaultdict(list, a=[1])", "collections.defaultdict(list, a=[2])"),
        ("Pair(1, 2)", "Pair(1, 3)"),
        ("array.array('d', [1.0])", "array.array('d', [1.1])"),
        ("with_state(Texts('ab'), note=1)", "with_state(Texts('ab'), note=2)"),
        ("[[[[[1, 2]]]]]", "[[[[[1, 3]]]]]"),
        ("Plain(a=1)", "Plain(a=2)"),
        ("Plain(a=1)", "Plain(b=1)"),
        ("Plain(a=Plain(b=[1]))", "Plain(a=Plain(b=[2]))"),
        ("Slotted(1)", "Slotted(2)"),
        ("Point(1)", "Point(2)"),
        ("ValueError('a')", "ValueError('b')"),
        ("random.Random(1)", "random.Random(2)"),
        ("f", "g"),
        ("Plain", "Point"),
        ("re", "io"),
        ("cycle(1)", "cycle(2)"),
    ],
    "numpy": [
        ("np.float64(1)", "np.float64(1.001)"),
        ("np.array([1.0, 2.0])", "np.array([1.0, 2.002])"),
        ("np.array([1, 2])", "np.array([1.0, 2.0])"),
        ("np.array([1.0, 2.0])", "np.array([1.0, 2.0], dtype='f4')"),
        ("np.array([1, 2], dtype='f4')", "np.array([1, 2.002], dtype='f4')"),
        ("np.arange(4)", "np.arange(4)[::-1]"),
        ("np.arange(4)", "np.arange(4).reshape(2, 2)"),
        ("np.array([1.0, np.nan])", "np.array([np.nan, 1.0])"),
        ("np.array([1.0, np.inf])", "np.array([1.0, -np.inf])"),
        ("np.array([[1e12, 0.5], [2e12, 0.6]])", "np.array([[1e12, 0.5], [2e12, 0.7]])"),
        ("np.array([1 + 2j])", "np.array([1 + 2.01j])"),
        ("np.array(['a', 'b'])", "np.array(['a', 'c'])"),
        ("np.array(['2020'], dtype='M8[D]')", "np.array(['2021'], dtype='M8[D]')"),
        ("np.array([1, 'a', None], dtype=object)", "np.array([1, 'b', None], dtype=object)"),
        ("np.ma.array([1, 2], mask=[0, 1])", "np.ma.array([1, 2], mask=[1, 0])"),
        ("np.array([(1, 2.0)], dtype='i4,f8')", "np.array([(1, 3.0)], dtype='i4,f8')"),
        ("np.array([(1, 2.0)], dtype='i4,f8')[0]", "np.array([(1, 3.0)], dtype='i4,f8')[0]"),
        ("np.True_", "True"),
        ("np.random.default_rng(1)", "np.random.default_rng(2)"),
        ("np.random.RandomState(1)", "np.random.RandomState(2)"),
        ("np.dtype('i4')", "np.dtype('i8')"),
    ],
    "pandas": [
        ("birds()", "put(birds(), 3, 'share', 1 / 3 * 1.001)"),
        ("birds()", "put(birds(), 0, 'share', np.nan)"),
        ("birds()", "put(birds(), 0, 'name', 'Bob')"),
        ("birds()", "birds(mass=[3750.0, 3800.0, 3250.0, 3450.0])"),
        ("birds()", "birds(when=pd.date_range('2020-01-02', periods=4))"),
        ("birds()", "birds(sex=pd.Categorical(['w', 'm', 'w', None]))"),
        ("birds()", "birds().assign(sex=lambda b: b.sex.cat.add_categories('x'))"),
        ("birds()", "birds().iloc[::-1]"),
        ("birds()", "birds().iloc[:3]"),
        ("birds()", "birds().rename(columns={'mass': 'weight'})"),
        ("birds()", "birds().assign(more=1)"),
        ("birds()", "birds()[['mass', 'name', 'share', 'when', 'sex']]"),
        ("birds()", "birds().set_index('mass', drop=False)"),
        ("birds()", "birds().rename_axis('bird')"),
        ("birds()[['mass', 'share']].rename(columns={'share': 'mass'})", "birds()[['mass']]"),
        ("birds().set_index(['name', 'mass'])", "birds().set_index(['mass', 'name'])"),
        ("birds().mass", "birds().mass.rename('m')"),
        ("birds().mass", "birds().mass + 1"),
        ("birds().index", "birds().index + 1"),
        ("pd.Categorical(['a'])", "pd.Categorical(['b'])"),
        ("pd.Series([1, None], dtype='Int64')", "pd.Series([1, 0], dtype='Int64')"),
        ("pd.Series([True, None], dtype='boolean')", "pd.Series([False, None], dtype='boolean')"),
        ("pd.Series([1.0, None], dtype='Float64')", "pd.Series([2.0, None], dtype='Float64')"),
        ("pd.Series(['a', None], dtype='string')", "pd.Series(['b', None], dtype='string')"),
        ("pd.Series(['nan', 'b'])", "pd.Series([None, 'b'])"),
        ("pd.Series([1, '1'])", "pd.Series(['1', 1])"),
        ("pd.Series(pd.period_range('2020', periods=2, freq='M'))",
         "pd.Series(pd.period_range('2021', periods=2, freq='M'))"),
        ("pd.Series(pd.interval_range(0, 2))", "pd.Series(pd.interval_range(1, 3))"),
        ("pd.Series(pd.arrays.SparseArray([0, 1]))", "pd.Series(pd.arrays.SparseArray([1, 0]))"),
        ("pd.Series(pd.date_range('2020', periods=2, tz='UTC'))",
         "pd.Series(pd.date_range('2020', periods=2, tz='Europe/Berlin'))"),
        ("pd.Timestamp('2020')", "pd.Timestamp('2021')"),
        ("pd.Timedelta(1, 'ns')", "pd.Timedelta(2, 'ns')"),
        ("pd.NaT", "pd.NA"),
        ("birds().groupby('sex', observed=True)",
         "birds().groupby(['sex', 'name'], observed=True)"),
    ],
    "matplotlib": [
        ("figure()", "figure(line=(3, 1, 2.01))"),
        ("figure()", "figure(bars=(3, 4.01))"),
        ("figure()", "figure(dots=(5, 6.01))"),
        ("figure()", "figure(names=('a', 'c'))"),
        ("figure()", "figure(title='weight')"),
        ("figure()", "figure(legend='left')"),
        ("figure()", "figure(color='blue')"),
        ("figure()", "figure(image=(1, 0.5))"),
        ("figure()", "figure(fill=(1, 3))"),
        ("figure()", "figure(lambda ax: ax.set_xlabel('length'))"),
        ("figure()", "figure(lambda ax: ax.set_yscale('log'))"),
        ("figure()", "figure(lambda ax: ax.set_xlim(0, 9))"),
        ("figure()", "figure(lambda ax: ax.plot([1], [5]))"),
        ("figure()", "figure(lambda ax: ax.figure.suptitle('all'))"),
        ("figure(lambda ax: ax.set_xticks([1, 2], ['a', 'b']))",
         "figure(lambda ax: ax.set_xticks([1, 2], ['a', 'c']))"),
        ("figure().axes[0]", "figure(line=(1, 2, 3)).axes[0]"),
        ("[*figure().axes[0].lines]", "[*figure(line=(1, 2, 3)).axes[0].lines]"),
        ("figure().axes[1].containers[0]", "figure(bars=(1, 2)).axes[1].containers[0]"),
    ],
    "sklearn": [("line()", "line(0.01)"), ("forest(1)", "forest(2)"), ("[line()]", "[line(0.01)]")],
    "scipy": [
        ("sp.csr_matrix(np.eye(3))", "sp.csr_matrix(2 * np.eye(3))"),
        ("sp.csr_matrix(np.eye(3))", "sp.csr_matrix(np.eye(3)[::-1])"),
        ("sp.csr_matrix(np.eye(3))", "sp.csc_matrix(np.eye(3))"),
    ],
    "polars": [
        ("pl.DataFrame({'a': [1, 2]})", "pl.DataFrame({'a': [1, 3]})"),
        ("pl.DataFrame({'a': [1.0, 2]})", "pl.DataFrame({'a': [1.0, None]})"),
        ("pl.Series('a', [1.0, None])", "pl.Series('a', [1.0, float('nan')])"),
        ("pl.DataFrame({'a': ['x', 'y']})", "pl.DataFrame({'a': ['y', 'x']})"),
        ("pl.Series('a', [1.0, 2.0])", "pl.Series('a', [1.0, 2.002])"),
        ("pl.Series('a', [1, 2])", "pl.Series('b', [1, 2])"),
    ],
    "pyarrow": [
        ("pa.table({'a': [1, 2]})", "pa.table({'a': [1, 3]})"),
        ("pa.table({'a': ['x', None]})", "pa.table({'a': ['y', None]})"),
        ("pa.array([1, 2])", "pa.array([1, 3])"),
    ],
}  # fmt: skip

SAME = {
    "": [
        ("0.1 + 0.2", "0.3"),
        ("1 / 3", "1 / 3 * (1 + 1e-12)"),
        ("0.5", "0.5 * (1 - 1e-12)"),
        ("2.345", "2.345 * (1 + 1e-12)"),
        ("1234.5", "1234.5 * (1 - 1e-12)"),
        ("0.0", "-0.0"),
        ("1e-17", "0.0"),
        ("[1.0, 2.5]", "[1.0 + 1e-13, 2.5 - 1e-13]"),
        ("{'b', 'a', 'c'}", "{'c', 'b', 'a'}"),
        ("{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}"),
        ("{'a': [1], 'b': {'c': 2, 'd': 3}}", "{'b': {'d': 3, 'c': 2}, 'a': [1]}"),
        ("f", "functools.partial(f, 1)"),
        ("Lazy(1)", "asked(Lazy(1))"),
        ("pathlib.Path('/a/data.csv')", "pathlib.Path('/home/b/data.csv')"),
        ("[Plain(a=1)] * 2", "[Plain(a=1), Plain(a=1)]"),
        ("cycle(1)", "cycle(1)"),
    ],
    "numpy": [
        ("np.array([1.0, 1 / 3])", "np.array([1.0, 1 / 3]) * (1 + 1e-12)"),
        ("np.array([0.0, 1e6])", "np.array([-1e-9, 1e6])"),
        ("np.array([[1.0, 2.0]])", "np.asfortranarray([[1.0, 2.0]])"),
        ("np.array([1, 2], dtype='<i4')", "np.array([1, 2], dtype='>i4')"),
        ("np.array([0.0, np.nan])", "np.array([-0.0, -np.nan])"),
        ("np.array([1 + 1e-17j])", "np.array([1 + 0j])"),
        ("np.array(['a'], dtype='U1')", "np.array(['a'], dtype='U9')"),
        ("np.ma.array([1, 2], mask=[0, 1])", "np.ma.array([1, 3], mask=[0, 1])"),
        ("np.array([None, 1], dtype=object)", "np.array([np.nan, 1], dtype=object)"),
        ("np.arange(9.0)[::2]", "np.arange(0.0, 10.0, 2)"),
    ],
    "pandas": [
        ("birds()", "birds().copy(deep=True)"),
        ("birds()", "birds().assign(share=lambda b: b.share * (1 + 1e-12))"),
        ("pd.Series([1.0, 0.0])", "pd.Series([1.0, 1e-16])"),
        ("pd.Series([None, 'a'], dtype=object)", "pd.Series([np.nan, 'a'], dtype=object)"),
    ],
    "matplotlib": [
        ("figure()", "figure(line=(3, 1 + 1e-12, 2))"),
        ("figure(title='slope 0.3')", "figure(title=f'slope {0.1 + 0.2}')"),
    ],
    "sklearn": [("line()", "line(1e-12)")],
    "scipy": [("sp.csr_matrix(np.eye(3))", "sp.csr_matrix(np.eye(3)) * (1 + 1e-12)")],
    "polars": [("pl.Series('a', [0.3, None])", "pl.Series('a', [0.1 + 0.2, None])")],
    "pyarrow": [("pa.array([0.3])", "pa.chunked_array([[0.1 + 0.2]]).combine_chunks()")],
}


def cases(table: dict[str, list[tuple[str, str]]]) -> list[Any]:
    return [
        pytest.param(library, one, other, id=f"{library} {one} / {other}".strip())
        for library, pairs in table.items()
        for one, other in pairs
    ]


@pytest.mark.parametrize(("library", "source", "changed"), cases(CHANGED))
def test_what_differs_is_told(library: str, source: str, changed: str) -> None:
    wanted = describe(made(library, source))
    assert is_same(wanted, made(library, source))
    assert not is_same(wanted, made(library, changed))


@pytest.mark.parametrize(("library", "source", "changed"), cases(CHANGED))
def test_what_differs_inside_of_something_is_told(library: str, source: str, changed: str) -> None:
    """In many dictionaries, so that no item is told by itself: only the digest holds them."""
    wanted = describe([{"part": made(library, source)}] * 30)
    assert is_same(wanted, [{"part": made(library, source)}] * 30)
    assert not is_same(wanted, [{"part": made(library, changed)}] * 30)


@pytest.mark.parametrize(("library", "source", "other"), cases(SAME))
def test_what_is_as_good_as_equal_is_not_told(library: str, source: str, other: str) -> None:
    assert is_same(describe(made(library, source)), made(library, other))
    assert is_same(describe([[made(library, source)]]), [[made(library, other)]])


def test_the_class_may_move_from_the_notebook_into_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "class Bird:\n    def __init__(self, mass): self.mass = mass\n"
    notebook: dict[str, Any] = {"__name__": "__main__"}
    exec(source, notebook)
    installed = tmp_path / "site-packages"
    installed.mkdir()
    (installed / "birds_of_a_test.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(str(installed))
    package = vars(__import__("birds_of_a_test"))

    def bird(mass: float) -> Any:
        class Bird:
            def __init__(self) -> None:
                self.mass = mass

        return Bird()

    wanted = describe(notebook["Bird"](3750))
    assert wanted["type"] == "Bird"
    assert is_same(wanted, package["Bird"](3750))
    assert is_same(wanted, bird(3750))
    assert is_same(describe([notebook["Bird"](3750)] * 30), [package["Bird"](3750)] * 30)
    assert not is_same(wanted, package["Bird"](3800))


def test_what_is_public_does_not_change_a_digest() -> None:
    frames = [made("pandas", "birds()")] * 30
    assert describe(frames) == describe(frames, lambda _: False)


# ---- what never gets into a description

HOLDING = [
    ("", "[TEXT]"), ("", "(NUMBER,)"), ("", "{TEXT: NUMBER}"), ("", "{TEXT}"), ("", "Plain(a=TEXT)"),
    ("", "Point(NUMBER, {TEXT: [TEXT]})"), ("", "TEXT"), ("", "NUMBER"), ("", "ValueError(TEXT)"),
    ("", "Pair(TEXT, 1)"), ("", "collections.Counter([TEXT])"), ("", "pathlib.Path(TEXT)"),
    ("", "re.compile(TEXT)"), ("", "functools.partial(f, TEXT)"), ("", "[[[[TEXT]]]]"),
    ("numpy", "np.array([TEXT])"), ("numpy", "np.array([NUMBER])"), ("numpy", "np.float64(NUMBER)"),
    ("numpy", "np.array([TEXT], dtype=object)"),
    ("pandas", "birds(name=TEXT)"), ("pandas", "birds(sex=pd.Categorical([TEXT] * 4))"),
    ("pandas", "birds().assign(n=NUMBER).set_index('n')"), ("pandas", "pd.Categorical([TEXT])"),
    ("pandas", "birds(name=TEXT).groupby('name')"), ("pandas", "pd.Index([TEXT])"),
    ("pandas", "pd.DataFrame({(TEXT, NUMBER): [1]})"), ("pandas", "pd.Series([1], name=(TEXT,))"),
    ("pandas", "pd.Series(pd.arrays.SparseArray([NUMBER], fill_value=NUMBER))"),
    ("pandas", "birds().rename_axis([(TEXT,)])"),
    ("matplotlib", "figure(title=TEXT)"), ("matplotlib", "figure(legend=TEXT)"),
    ("matplotlib", "figure(names=(TEXT, 'b'))"), ("matplotlib", "figure(dots=(NUMBER, 1))"),
    ("matplotlib", "figure(lambda ax: ax.set_xlabel(TEXT))"),
    ("polars", "pl.DataFrame({'a': [TEXT]})"), ("polars", "pl.Series('a', [{TEXT: 1}])"),
    ("polars", "pl.Series('a', [TEXT], dtype=pl.Enum([TEXT]))"),
    ("pyarrow", "pa.table({'a': [{TEXT: TEXT}]})"),
]  # fmt: skip


@pytest.mark.parametrize(("library", "source"), HOLDING)
def test_no_value_is_in_a_description(library: str, source: str) -> None:
    value = made(library, source.replace("TEXT", repr(MARKER)).replace("NUMBER", repr(NUMBER)))
    for text in (json.dumps(describe(value)), json.dumps(describe({"a": [value]}))):
        assert MARKER not in text
        assert str(NUMBER)[:5] not in text


# ---- everywhere the same

ELSEWHERE = """
import json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, FOLDER)
import recorded
found = []
for library, prelude, sources in json.load(sys.stdin):
    exec(prelude, globals())
    found += [recorded.describe(eval(source)) for source in sources]
print(json.dumps(found))
"""


def elsewhere(content: list[Any], seed: str) -> Any:
    """Descriptions made by another process, in its `__main__`."""
    script = ELSEWHERE.replace("FOLDER", repr(str(PLACE.parent.parent)))
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(content),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": seed},
    )
    return json.loads(done.stdout)


def is_here(library: str) -> bool:
    return not library or importlib.util.find_spec(library) is not None


def test_descriptions_are_the_same_in_every_process() -> None:
    libraries = [library for library in CHANGED if is_here(library)]
    sources = {library: [one for one, _ in CHANGED[library]] for library in libraries}
    sources[""] += ["{'a', 'b', 'c', Colour.RED}", "Plain(a={f, g, 'x'}, b=object())", "object()"]
    content = [(name, PRELUDE + PRELUDES[name], sources[name]) for name in libraries]
    one, two = elsewhere(content, "1"), elsewhere(content, "2")
    named = [source for name in libraries for source in sources[name]]
    assert [source for source, a, b in zip(named, one, two) if a != b] == []
    here = [describe(made(name, source)) for name in libraries for source in sources[name]]
    assert [source for source, a, b in zip(named, one, here) if a != b] == []


def test_polars_is_read_the_same_with_numpy_and_without() -> None:
    pytest.importorskip("polars", reason="it works without numpy")
    sources = [
        "pl.DataFrame({'a': [1.5, None, 1e-20, 2 / 3], 'b': [1, 2, 3, 4], 'c': ['x', None, 'y', 'z']})",
        "pl.DataFrame()",
        "pl.Series('a', [0.1, -0.0, float('nan'), float('inf')])",
    ]
    without = [("polars", "import polars as pl", [*sources, "'numpy' in sys.modules"])]
    with_it = [
        ("polars", "import numpy\nimport polars as pl", [*sources, "'numpy' in sys.modules"])
    ]
    one, two = elsewhere(without, "1"), elsewhere(with_it, "1")
    assert one[-1] != two[-1], "numpy was loaded in one of them only"
    assert one[:-1] == two[:-1]


# ---- values that resist


def test_iterators_are_not_consumed() -> None:
    stream, numbers = made("", "io.StringIO('abc')"), iter([1, 2, 3])
    with open(__file__, encoding="utf-8") as file:
        for value in (stream, numbers, (n for n in [1]), zip([1]), file):
            assert describe(value).keys() == {"type"}
            assert describe([value])["items"] == 1
            assert next(iter(value))


@pytest.mark.parametrize(
    "source",
    [
        "threading.Lock()",
        "threading.Thread()",
        "types.SimpleNamespace(lock=threading.Lock())",
        "__import__('sqlite3').connect(':memory:')",
        "__import__('weakref').ref(f)",
        "__import__('logging').getLogger('a')",
        "...",
        "NotImplemented",
        "f.__code__",
        "sys._getframe()",
        "memoryview(b'abcd')[::2]",
        "'\\ud800'",
        "{float('nan'): 1}",
        "itertools.count()",
        "object()",
    ],
)
def test_odd_values_are_described(source: str) -> None:
    value = made("", source)
    assert json.loads(json.dumps(describe(value)))["type"]
    assert is_same(describe(value), value)


def nested(depth: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


def chained(depth: int) -> Any:
    found = None
    for _ in range(depth):
        found = types.SimpleNamespace(next=found)
    return found


def looped() -> dict[str, Any]:
    found: dict[str, Any] = {"list": []}
    found["list"] += [found, found, found["list"]]
    return found


def woven(depth: int) -> list[Any]:
    """So many paths lead through it that each object must be looked at only once."""
    found: list[Any] = [1]
    for _ in range(depth):
        found = [found] * 30
    return found


@pytest.mark.parametrize(
    "make",
    [lambda: nested(30), lambda: nested(3000), lambda: chained(3000), looped, lambda: woven(35)],
    ids=["nested", "deeply nested", "chained", "looped", "woven"],
)
def test_cycles_and_depths_come_to_an_end(make: Callable[[], Any]) -> None:
    assert is_same(describe(make()), make())


class Raising:
    """Whatever it is asked, it raises an error; what it keeps can be read all the same."""

    def __init__(self, kept: int) -> None:
        self.__dict__["kept"] = kept

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __repr__(self) -> str:
        raise RuntimeError

    __str__ = __len__ = __iter__ = __hash__ = __bool__ = __reduce_ex__ = __repr__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    @property
    def __class__(self) -> Any:
        raise RuntimeError

    @property
    def of_mine(self) -> Any:
        raise RuntimeError


class Unhashable(type):
    """A class of classes that cannot be kept in a dictionary."""

    def __eq__(cls, other: object) -> bool:
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]


class OddList(list):  # type: ignore[type-arg]
    """Its items are those of the list, whatever it says."""

    def __iter__(self) -> Iterator[Any]:
        raise RuntimeError

    def __len__(self) -> int:
        raise RuntimeError


def test_classes_that_raise_errors_are_read_past_their_methods() -> None:
    assert is_same(describe(Raising(1)), Raising(1))
    assert not is_same(describe(Raising(1)), Raising(2))
    assert not is_same(describe({"a": [Raising(1)]}), {"a": [Raising(2)]})
    assert not is_same(describe(OddList([1])), OddList([2]))


def test_what_cannot_be_read_is_told_by_its_type() -> None:
    odd = Unhashable("Odd", (), {})()
    assert describe(odd) == {"type": "object"}
    assert describe(made("", "random.SystemRandom()")) == {"type": "random.SystemRandom"}


def test_a_value_beside_one_that_cannot_be_read_is_told() -> None:
    class Mad(dict):  # type: ignore[type-arg]
        def __reduce__(self) -> Any:
            raise RuntimeError

    def is_public(label: str) -> bool:
        raise RuntimeError(label)

    assert not is_same(describe([Mad(a=1), 1]), [Mad(a=1), 2])
    assert describe(made("pandas", "birds()"), is_public) == {"type": "pandas.DataFrame"}


def test_describing_changes_nothing() -> None:
    value = made("", "Lazy(1)")
    generator = made("numpy", "np.random.default_rng(3)")
    describe([value, generator])
    assert vars(value) == {"a": 1}
    assert generator.random() == made("numpy", "np.random.default_rng(3)").random()
