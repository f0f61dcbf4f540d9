"""Fingerprints of values: the same in every process, another one for another value.

Every value is made in two processes with different hash seeds, all of them in one batch. `changed`
is the same value with something small that is different.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytestmark = pytest.mark.xdist_group("probe_values")  # its fixtures are made once

PROBE = Path(__file__).resolve().parents[1] / "nb2pkg" / "execution" / "probe" / "__init__.py"
PRELUDE = """
import array, collections, dataclasses, datetime, decimal, enum, fractions, functools, io, operator
import pathlib, random, re, types, typing, uuid, warnings, zoneinfo
warnings.simplefilter("ignore")
D = datetime.datetime
class Plain:
    def __init__(self, **parts): self.__dict__.update(parts)
class Slotted:
    __slots__ = ("a", "b", "__dict__")
    def __init__(self, a): self.a = a
class Texts(list):
    pass
class Number(int):
    pass
class Colour(enum.Enum):
    RED = 1
    BLUE = 2
class Flag(enum.Flag):
    A = 1
    B = 2
@dataclasses.dataclass
class Point:
    x: int
    y: typing.Any = None
Pair = collections.namedtuple("Pair", "a b")
def with_state(kind, items, state):
    made = kind(items)
    made.note = state
    return made
def filled(made, *steps):
    for step in steps: step(made)
    return made
def cycle(last):
    a = [1, last]
    a.append(a)
    return a
def deep(levels, end):
    for _ in range(levels): end = [end]
    return end
try:
    import numpy as np
    rng = lambda: np.random.default_rng(5)
except ImportError: pass
try: import pandas as pd
except ImportError: pass
try: import polars as pl
except ImportError: pass
try: import pyarrow as pa
except ImportError: pass
try:
    import scipy.sparse as sp
    import scipy.stats as st
except ImportError: pass
try:
    import sklearn.linear_model, sklearn.tree, sklearn.ensemble, sklearn.pipeline, sklearn.neighbors
    import sklearn.preprocessing
    X = [[float(i % 7), float(i % 5)] for i in range(60)]
    y = [i % 2 for i in range(60)]
except ImportError: pass
try:
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    def drawn(draw):
        fig, ax = plt.subplots()
        draw(ax)
        plt.close(fig)
        return fig
except ImportError: pass
"""
RUN = """
import importlib.util, json, sys
probe, prelude, cases = json.load(sys.stdin)
spec = importlib.util.spec_from_file_location("probe", probe)
module = importlib.util.module_from_spec(spec)
sys.modules["probe"] = module
spec.loader.exec_module(module)
from probe.rules import resolve
from probe.walk import Eyes, Walk
names = {"__name__": "__main__"}
exec(prelude, names)
def told(expression):
    value = eval(expression, names)
    walk = Walk(Eyes(lambda text: text, [], resolve))
    return walk.digest(value), walk.reasons
print(json.dumps({name: [told(one), told(other)] for name, one, other in cases}))
"""


class Case(NamedTuple):
    value: str
    changed: str
    needs: str = ""


BUILTIN = [
    Case("None", "..."),
    Case("True", "1"),
    Case("1", "1.0"),
    Case("10**40", "10**40 + 1"),
    Case("0.0", "-0.0"),
    Case("float('nan')", "float('inf')"),
    Case("1 + 2j", "1 - 2j"),
    Case("'text'", "b'text'"),
    Case("'\\ud800'", "'\\ud801'"),
    Case("range(3)", "range(0, 3, 2)"),
    Case("slice(1, None)", "slice(1, 2)"),
    Case("[1, [2, 'a'], None]", "[1, [2, 'b'], None]"),
    Case("[1, 2]", "(1, 2)"),
    Case("['ab', 'c']", "['a', 'bc']"),
    Case("[[1], [2]]", "[[1, 2], []]"),
    Case("[(1, 'a'), (2, 'b')]", "[(1, 'a'), (2, 'c')]"),
    Case("(lambda a: [a, a])([])", "[[], []]"),
    Case("cycle(1)", "cycle(2)"),
    Case("deep(100_000, 1)", "deep(100_000, 2)"),
    Case("list(range(200_000))", "list(range(199_999)) + [1]"),
    Case("[str(i) for i in range(200_000)]", "[str(i) for i in range(199_999)] + ['']"),
    Case("{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}"),
    Case("{'a': 1, 'b': [2]}", "{'a': 1, 'b': [3]}"),
    Case("set('abcdefgh')", "set('abcdefg')"),
    Case(
        "{1, 'a', None, 2.5, ('x', frozenset('pq'))}", "{1, 'a', None, 2.5, ('x', frozenset('p'))}"
    ),
    Case(
        "frozenset([(i, str(i)) for i in range(30)])", "frozenset([(i, str(i)) for i in range(29)])"
    ),
    Case("{Plain(a=1), Plain(a=2)}", "{Plain(a=1), Plain(a=3)}"),
    Case("collections.deque([1, 2], 5)", "collections.deque([1, 2], 6)"),
    Case("collections.Counter('aab')", "collections.Counter('aabb')"),
    Case("collections.OrderedDict(a=1, b=2)", "collections.OrderedDict(b=2, a=1)"),
    Case(
        "filled(collections.OrderedDict(a=1, b=2), lambda d: d.move_to_end('a'))",
        "collections.OrderedDict(a=1, b=2)",
    ),
    Case("collections.defaultdict(list, a=1)", "collections.defaultdict(int, a=1)"),
    Case("collections.ChainMap({'a': 1}, {})", "collections.ChainMap({'a': 2}, {})"),
    Case("types.MappingProxyType({'a': 1})", "types.MappingProxyType({'a': 2})"),
    Case("{'a': 1}.items()", "{'a': 2}.items()"),
    Case("Pair(1, 2)", "(1, 2)"),
    Case("with_state(Texts, ['a'], 1)", "with_state(Texts, ['a'], 2)"),
    Case("Number(3)", "3"),
    Case("types.SimpleNamespace(a=1)", "types.SimpleNamespace(a=2)"),
    Case("bytearray(b'ab')", "bytearray(b'ac')"),
    Case("memoryview(b'ab')", "memoryview(b'ac')"),
    Case("memoryview(b'abcd')[::2]", "memoryview(b'abcd')[1::2]"),
    Case("array.array('d', [1, 2])", "array.array('f', [1, 2])"),
]
STANDARD = [
    Case("datetime.date(2020, 1, 2)", "datetime.date(2020, 1, 3)"),
    Case("D(2020, 1, 2, 3)", "D(2020, 1, 2, 3, fold=1)"),
    Case("D(2020, 1, 2, tzinfo=datetime.timezone.utc)", "D(2020, 1, 2)"),
    Case("datetime.time(1, 2)", "datetime.time(1, 3)"),
    Case("datetime.timedelta(1)", "datetime.timedelta(2)"),
    Case("datetime.timezone(datetime.timedelta(hours=1))", "datetime.timezone.utc"),
    Case("zoneinfo.ZoneInfo('UTC')", "datetime.timezone.utc"),
    Case("[D(2020, 1, i) for i in range(1, 9)]", "[D(2020, 2, i) for i in range(1, 9)]"),
    Case("decimal.Decimal('1.0')", "decimal.Decimal('1.00')"),
    Case("fractions.Fraction(1, 3)", "fractions.Fraction(2, 3)"),
    Case("uuid.UUID(int=1)", "uuid.UUID(int=2)"),
    Case("pathlib.PurePosixPath('a/b')", "pathlib.PurePosixPath('a/c')"),
    Case("re.compile('a')", "re.compile('a', re.I)"),
    Case("re.match('a(.)', 'ab')", "re.match('a(.)', 'ac')"),
    Case("Colour.RED", "Colour.BLUE"),
    Case("Flag.A | Flag.B", "Flag.A"),
    Case("Point(1)", "Point(2)"),
    Case("Plain(a=1, b=[2])", "Plain(a=1, b=[3])"),
    Case("Plain(a=1, _cache={1: 2})", "Plain(a=2, _cache={1: 2})"),
    Case("Slotted(1)", "Slotted(2)"),
    Case("filled(Slotted(1), lambda s: setattr(s, 'c', 1))", "Slotted(1)"),
    Case("ValueError('a', 1)", "ValueError('a', 2)"),
    Case("filled(io.StringIO('abc'), lambda f: f.read(1))", "io.StringIO('abc')"),
    Case("io.BytesIO(b'abc')", "io.BytesIO(b'abd')"),
    Case("random.Random(1)", "random.Random(2)"),
    Case("operator.itemgetter(1)", "operator.itemgetter(2)"),
    Case("[].append", "[1].append"),
    Case("list[int]", "list[str]"),
    Case("random.random", "random.randint"),
    Case("len", "abs"),
    Case("re", "types"),
]
NUMPY = [
    Case("np.arange(6.0)", "np.arange(6.0).astype('f4')"),
    Case("np.arange(6.0)", "np.arange(6.0).reshape(2, 3)"),
    Case("np.arange(20_000.0).reshape(100, 200)", "np.arange(20_000.0).reshape(100, 200) + 1"),
    Case("np.arange(30)[::3]", "np.arange(30)[1::3]"),
    Case("filled(np.arange(3), lambda a: a.setflags(write=False))", "np.arange(3)"),
    Case("np.array(3)", "np.array([3])"),
    Case("np.array(['ab', 'c'])", "np.array(['ab', 'd'])"),
    Case(
        "np.array([1, 'a', None, [2]], dtype=object)", "np.array([1, 'a', None, [3]], dtype=object)"
    ),
    Case("np.array(['2020-01-01'], 'M8[D]')", "np.array(['2020-01-01'], 'M8[s]')"),
    Case("np.array([(1, 2.0)], 'i4,f8')", "np.array([(1, 3.0)], 'i4,f8')"),
    Case("np.zeros(3, np.dtype('i1,f8', align=True))", "np.ones(3, np.dtype('i1,f8', align=True))"),
    Case("np.arange(4, dtype='g')", "np.arange(4, dtype='g') + 1"),
    Case("np.ma.array([1, 2], mask=[0, 1])", "np.ma.array([1, 2], mask=[1, 0])"),
    Case("np.matrix([[1, 2]])", "np.array([[1, 2]])"),
    Case("np.float64(1)", "1.0"),
    Case("np.str_('a')", "'a'"),
    Case("np.datetime64('2020')", "np.datetime64('2021')"),
    Case("[np.float64(i) for i in range(500)]", "[np.float64(i + 1) for i in range(500)]"),
    Case("[1.0, np.float64(2), None, 'a']", "[1.0, np.float64(3), None, 'a']"),
    Case("rng()", "filled(rng(), lambda r: r.random())"),
    Case("np.random.RandomState(1)", "np.random.RandomState(2)"),
    Case("np.random.SeedSequence(1)", "np.random.SeedSequence(2)"),
    Case("np.dtype('f8')", "np.dtype('f4')"),
    Case("np.sin", "np.cos"),
    Case("np.mean", "np.median"),
]
FRAME = "pd.DataFrame({'a': [1.0, 2.0], 'b': ['x', None], 'c': pd.to_datetime(['2020', '2021'])})"
PANDAS = [
    Case(FRAME, FRAME.replace("2.0]", "3.0]")),
    Case(FRAME, FRAME.replace("'x'", "'y'")),
    Case(FRAME, FRAME.replace("'2021'", "'2022'")),
    Case(FRAME, FRAME + "[['b', 'a', 'c']]"),
    Case(FRAME, FRAME + ".set_axis(['k', 'l'])"),
    Case("filled(" + FRAME + ", lambda d: d.attrs.update(n=1))", FRAME),
    Case(
        "pd.DataFrame([[1, 2]], columns=['a', 'a'])", "pd.DataFrame([[1, 3]], columns=['a', 'a'])"
    ),
    Case(
        "pd.DataFrame({'m': [1, 'a', [2], D(2020, 1, 1)]})",
        "pd.DataFrame({'m': [1, 'a', [3], D(2020, 1, 1)]})",
    ),
    Case("pd.DataFrame(np.ones((20_000, 3)))", "pd.DataFrame(np.zeros((20_000, 3)))"),
    Case("pd.DataFrame(index=[1, 2])", "pd.DataFrame(index=[1, 3])"),
    Case("pd.Series([1, 2], name='s')", "pd.Series([1, 2], name='t')"),
    Case("pd.Series(['a', 'b'], dtype=object)", "pd.Series(['a', 'c'], dtype=object)"),
    Case("pd.Series([1, None], dtype='Int64')", "pd.Series([1, 2], dtype='Int64')"),
    Case("pd.Series([True, None], dtype='boolean')", "pd.Series([False, None], dtype='boolean')"),
    Case("pd.Series(['a', None], dtype='string')", "pd.Series(['b', None], dtype='string')"),
    Case("pd.Series(['a', 'b'], dtype='category')", "pd.Series(['a', 'a'], dtype='category')"),
    Case("pd.Categorical(['a'], ['a', 'b'])", "pd.Categorical(['a'], ['b', 'a'])"),
    Case("pd.Categorical(['a'], ordered=True)", "pd.Categorical(['a'])"),
    Case("pd.arrays.SparseArray([0, 1, 0])", "pd.arrays.SparseArray([0, 2, 0])"),
    Case(
        "pd.Series(pd.date_range('2020', periods=3, tz='UTC'))",
        "pd.Series(pd.date_range('2020', periods=3))",
    ),
    Case("pd.RangeIndex(3)", "pd.RangeIndex(4)"),
    Case("pd.Index([1, 2], name='a')", "pd.Index([1, 2], name='b')"),
    Case(
        "pd.date_range('2020', periods=3)",
        "pd.DatetimeIndex(list(pd.date_range('2020', periods=3)))",
    ),
    Case("pd.timedelta_range('1D', periods=2)", "pd.timedelta_range('2D', periods=2)"),
    Case(
        "pd.period_range('2020', periods=2, freq='M')",
        "pd.period_range('2020', periods=2, freq='D')",
    ),
    Case("pd.interval_range(0, 3)", "pd.interval_range(0, 3, closed='left')"),
    Case(
        "pd.MultiIndex.from_product([['a', 'b'], [1, 2]])",
        "pd.MultiIndex.from_product([['a', 'b'], [1, 3]])",
    ),
    Case(
        "pd.MultiIndex.from_product([[1], [2]], names=['a', 'b'])",
        "pd.MultiIndex.from_product([[1], [2]])",
    ),
    Case("pd.Timestamp('2020')", "pd.Timestamp('2020', tz='UTC')"),
    Case("pd.Timedelta(1)", "pd.Timedelta(2)"),
    Case("pd.Period('2020')", "pd.Period('2021')"),
    Case("pd.Interval(1, 2)", "pd.Interval(1, 2, closed='both')"),
    Case("[pd.NaT, pd.NA]", "[pd.NA, pd.NaT]"),
    Case(FRAME + ".groupby('b')", FRAME + ".groupby('a')"),
    Case(FRAME + ".rolling(2)", FRAME + ".rolling(1)"),
    Case("pd.offsets.MonthEnd(1)", "pd.offsets.MonthEnd(2)"),
    Case("pd.DataFrame", "pd.Series"),
]
POLARS_FRAME = "pl.DataFrame({'a': [1, None], 'b': ['x', 'y'], 'c': [[1], [2]]})"
POLARS = [
    Case(POLARS_FRAME, POLARS_FRAME.replace("'y'", "'z'")),
    Case(POLARS_FRAME, POLARS_FRAME.replace("None", "2")),
    Case("pl.Series('a', [1.5, None])", "pl.Series('b', [1.5, None])"),
    Case("pl.Series([D(2020, 1, 1)])", "pl.Series([D(2020, 1, 2)])"),
    Case("pl.concat([pl.Series([1]), pl.Series([2])], rechunk=False)", "pl.Series([1, 3])"),
    Case("pl.col('a') + 1", "pl.col('a') + 2"),
    Case("pl.Int64", "pl.Int32"),
]
PYARROW = [
    Case(
        "pa.table({'a': [1, None], 'b': ['x', None]})",
        "pa.table({'a': [1, None], 'b': ['y', None]})",
    ),
    Case("pa.array([1, None, 3])", "pa.array([1, None, 4])"),
    Case("pa.array(['a', None, 'bc'])[1:]", "pa.array(['a', 'bc'])"),
    Case("pa.array([True, None])", "pa.array([False, None])"),
    Case("pa.array([[1], [2]])", "pa.array([[1], [3]])"),
    Case("pa.chunked_array([[1], [2]])", "pa.chunked_array([[1], [3]])"),
    Case("pa.schema([('a', pa.int8())])", "pa.schema([('a', pa.int16())])"),
    Case("pa.scalar(1)", "pa.scalar(2)"),
    Case(
        "pd.Series([1, None], dtype='int64[pyarrow]')",
        "pd.Series([2, None], dtype='int64[pyarrow]')",
    ),
    Case(
        "pd.Series(['a', None], dtype='string[pyarrow]')",
        "pd.Series(['b', None], dtype='string[pyarrow]')",
    ),
]
SCIPY = [
    *(
        Case(f"sp.{kind}_matrix(np.eye(3))", f"sp.{kind}_matrix(2 * np.eye(3))")
        for kind in ("csr", "csc", "coo", "bsr", "dia", "lil", "dok")
    ),
    Case("sp.csr_array(np.eye(3))", "sp.csr_matrix(np.eye(3))"),
    Case("st.norm(1, 2)", "st.norm(1, 3)"),
    Case("st.gaussian_kde([1.0, 2, 4])", "st.gaussian_kde([1.0, 2, 5])"),
]
SKLEARN = [
    Case("sklearn.linear_model.Ridge().fit(X, y)", "sklearn.linear_model.Ridge(2).fit(X, y)"),
    Case(
        "sklearn.tree.DecisionTreeClassifier(random_state=1).fit(X, y)",
        "sklearn.tree.DecisionTreeClassifier(random_state=1, max_depth=1).fit(X, y)",
    ),
    Case(
        "sklearn.ensemble.RandomForestRegressor(3, random_state=1).fit(X, y)",
        "sklearn.ensemble.RandomForestRegressor(3, random_state=2).fit(X, y)",
    ),
    Case(
        "sklearn.ensemble.GradientBoostingClassifier(n_estimators=3, random_state=1).fit(X, y)",
        "sklearn.ensemble.GradientBoostingClassifier(n_estimators=4, random_state=1).fit(X, y)",
    ),
    Case(
        "sklearn.ensemble.HistGradientBoostingRegressor(max_iter=3, random_state=1).fit(X, y)",
        "sklearn.ensemble.HistGradientBoostingRegressor(max_iter=4, random_state=1).fit(X, y)",
    ),
    Case(
        "sklearn.neighbors.KNeighborsClassifier(algorithm='kd_tree').fit(X, y)",
        "sklearn.neighbors.KNeighborsClassifier(algorithm='ball_tree').fit(X, y)",
    ),
    Case(
        "sklearn.pipeline.make_pipeline(sklearn.preprocessing.StandardScaler()).fit(X)",
        "sklearn.pipeline.make_pipeline(sklearn.preprocessing.StandardScaler())",
    ),
]
MATPLOTLIB = [
    Case(
        "drawn(lambda ax: ax.plot([1, 2], label='a'))",
        "drawn(lambda ax: ax.plot([1, 3], label='a'))",
    ),
    Case("drawn(lambda ax: ax.plot([1, 2], 'r'))", "drawn(lambda ax: ax.plot([1, 2], 'b'))"),
    Case("drawn(lambda ax: ax.plot([1, 2], 'o'))", "drawn(lambda ax: ax.plot([1, 2], 's'))"),
    Case(
        "drawn(lambda ax: ax.scatter([1, 2], [3, 4]))",
        "drawn(lambda ax: ax.scatter([1, 2], [3, 5]))",
    ),
    Case("drawn(lambda ax: ax.bar([1, 2], [3, 4]))", "drawn(lambda ax: ax.bar([1, 2], [3, 5]))"),
    Case("drawn(lambda ax: ax.imshow([[1, 2]]))", "drawn(lambda ax: ax.imshow([[1, 3]]))"),
    Case(
        "drawn(lambda ax: ax.imshow([[1, 2]]))",
        "drawn(lambda ax: ax.imshow([[1, 2]], cmap='gray'))",
    ),
    Case("drawn(lambda ax: ax.set_title('a'))", "drawn(lambda ax: ax.set_title('b'))"),
    Case("drawn(lambda ax: ax.set_xlabel('a'))", "drawn(lambda ax: ax.set_ylabel('a'))"),
    Case("drawn(lambda ax: ax.set_xlim(0, 2))", "drawn(lambda ax: ax.set_xlim(0, 3))"),
    Case("drawn(lambda ax: ax.set_yscale('log'))", "drawn(lambda ax: ax)"),
    Case(
        "drawn(lambda ax: ax.plot([1], label='a') and ax.legend())",
        "drawn(lambda ax: ax.plot([1], label='b') and ax.legend())",
    ),
    Case("drawn(lambda ax: ax.text(0, 0, 'a'))", "drawn(lambda ax: ax.text(0, 1, 'a'))"),
    Case(
        "drawn(lambda ax: ax.annotate('a', (0, 1)))", "drawn(lambda ax: ax.annotate('a', (0, 2)))"
    ),
    Case(
        "drawn(lambda ax: ax.set_xticks([1, 2], ['a', 'b']))",
        "drawn(lambda ax: ax.set_xticks([1, 2], ['a', 'c']))",
    ),
    Case("drawn(lambda ax: ax.hist([1, 2, 2]))", "drawn(lambda ax: ax.hist([1, 1, 2]))"),
    Case(
        "drawn(lambda ax: ax.fill_between([1, 2], [3, 4]))",
        "drawn(lambda ax: ax.fill_between([1, 2], [3, 5]))",
    ),
    Case("drawn(lambda ax: ax.figure.suptitle('a'))", "drawn(lambda ax: ax.figure.suptitle('b'))"),
    Case("drawn(lambda ax: ax.grid(True))", "drawn(lambda ax: ax.grid(False))"),
    Case("plt.figure(figsize=(1, 2))", "plt.figure(figsize=(1, 3))"),
    Case("plt.subplots(1, 2)[1]", "plt.subplots(2, 1)[1]"),
    Case(
        "drawn(lambda ax: ax.errorbar([1], [2], yerr=3)).axes[0].containers[0]",
        "drawn(lambda ax: ax.errorbar([1], [2], yerr=4)).axes[0].containers[0]",
    ),
]
GROUPS = {
    "": [*BUILTIN, *STANDARD],
    "numpy": NUMPY,
    "pandas": PANDAS,
    "polars": POLARS,
    "pyarrow": PYARROW,
    "scipy": SCIPY,
    "sklearn": SKLEARN,
    "matplotlib": MATPLOTLIB,
}
CASES = [case._replace(needs=needs) for needs, cases in GROUPS.items() for case in cases]


def is_there(library: str) -> bool:
    return not library or importlib.util.find_spec(library) is not None


@pytest.fixture(scope="module")
def runs() -> list[dict[str, Any]]:
    """What two processes say of all cases."""
    cases = [(str(n), c.value, c.changed) for n, c in enumerate(CASES) if is_there(c.needs)]
    given = json.dumps([str(PROBE), PRELUDE, cases])
    started = [
        subprocess.Popen(
            [sys.executable, "-c", RUN],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                "PYTHONHASHSEED": seed,
                "PATH": "",
                "OMP_NUM_THREADS": "1",
                "MPLCONFIGDIR": "/tmp",
            },
        )
        for seed in ("1", "20")
    ]
    said = [process.communicate(given)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0]
    return [json.loads(text) for text in said]


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda n: CASES[n].value[:50])
def test_equal_in_every_process_and_another_when_changed(
    number: int, runs: list[dict[str, Any]]
) -> None:
    case = CASES[number]
    if case.needs:
        pytest.importorskip(
            case.needs, reason="the rules of a library are tested where it is installed"
        )
    (one, reasons), (other, _) = runs[0][str(number)]
    assert reasons == []
    assert runs[1][str(number)][0] == [one, []]
    assert one != other
