"""The probe looks at values without changing them, and without calling any code of the notebook."""

from __future__ import annotations

import gc
import random
import socket
import subprocess
import sys
import threading
import tracemalloc
import warnings
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nb2pkg.execution.probe.leaves import Reader
from nb2pkg.execution.probe.quiet import quiet
from nb2pkg.execution.probe.rules import resolve
from nb2pkg.execution.probe.schemas import kind_of, schema_of
from nb2pkg.execution.probe.state import process_state
from nb2pkg.execution.probe.walk import Eyes, Walk


def eyes() -> Eyes:
    return Eyes(lambda text: text, [], resolve)


def look(value: Any) -> Walk:
    """Everything that the probe does with a value."""
    walk = Walk(eyes())
    walk.digest(value)
    kind_of(value)
    schema_of(value)
    for _ in Reader(eyes()).leaves(value):
        pass
    return walk


def touchy(*_: Any) -> Any:
    raise AssertionError("code of the notebook was called")


class Meta(type):
    """A class that cannot even be compared with another one."""

    __eq__ = __instancecheck__ = __subclasscheck__ = touchy
    __hash__ = touchy  # type: ignore[assignment]
    __repr__ = touchy


class Touchy(metaclass=Meta):
    """An object that nobody may ask anything."""

    def __init__(self) -> None:
        object.__setattr__(self, "kept", [1, 2])

    __class__ = property(touchy)  # type: ignore[assignment]
    __getattribute__ = __getattr__ = touchy
    __eq__ = __ne__ = __lt__ = touchy
    __hash__ = touchy  # type: ignore[assignment]
    __repr__ = __str__ = __format__ = touchy
    __bool__ = __len__ = __iter__ = __next__ = __contains__ = touchy
    __reduce__ = __reduce_ex__ = __getstate__ = __copy__ = __deepcopy__ = touchy
    __array__ = __dir__ = __sizeof__ = touchy

    @property
    def lazy(self) -> int:
        return touchy()  # type: ignore[no-any-return]


class TouchyList(list):  # type: ignore[type-arg]
    __iter__ = __len__ = __getitem__ = __eq__ = __repr__ = touchy


class TouchyDict(dict):  # type: ignore[type-arg]
    __iter__ = __len__ = __getitem__ = __eq__ = __repr__ = keys = values = items = touchy


@pytest.mark.parametrize(
    "make",
    [
        Touchy,
        lambda: [Touchy()],
        lambda: {"key": Touchy()},
        lambda: (Touchy(), Touchy()),
        lambda: TouchyList([1, Touchy()]),
        lambda: TouchyDict(a=Touchy()),
        lambda: ValueError(Touchy()),
        lambda: Touchy,
    ],
)
def test_no_code_of_the_notebook_is_called(make: Any) -> None:
    assert look(make()).reasons == []


def test_keys_are_not_hashed() -> None:
    asked = []

    class Key:
        def __hash__(self) -> int:
            asked.append(1)
            return 1

        def __eq__(self, other: object) -> bool:
            asked.append(2)
            return self is other

    values = [{Key(): 1}, {Key()}, frozenset([Key()]), OrderedDict([(Key(), 1)])]
    asked.clear()
    for value in values:
        look(value)
    assert asked == []


def test_the_state_of_an_object_is_read_past_its_class() -> None:
    other = Touchy()
    object.__getattribute__(other, "__dict__")["kept"].append(3)
    assert Walk(eyes()).digest(Touchy()) != Walk(eyes()).digest(other)


def counting() -> Iterator[int]:
    yield from range(3)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (counting, "generator"),
        (lambda: iter([0, 1, 2]), "iterator"),
        (lambda: map(abs, [0, 1, 2]), "iterator"),
        (lambda: zip([0, 1, 2]), "iterator"),
        (lambda: iter(dict.fromkeys(range(3))), "iterator"),
    ],
)
def test_iterators_are_not_consumed(make: Any, reason: str) -> None:
    value = make()
    assert look([value]).reasons == [reason]
    assert len(list(value)) == 3


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (threading.Lock, "lock"),
        (threading.Event, "lock"),
        (lambda: weakref.ref(threading.Event), "weak reference"),
        (lambda: sys._getframe(), "frame"),
    ],
)
def test_what_lives_cannot_be_compared(make: Any, reason: str) -> None:
    assert look({"here": make()}).reasons == [reason]


def test_sockets_and_files_cannot_be_compared(tmp_path: Any) -> None:
    with socket.socket() as one, open(tmp_path / "a.txt", "w+") as file:
        file.write("abc")
        file.seek(1)
        assert look(one).reasons == ["socket"]
        assert look(file).reasons == ["open file"]
        assert file.read() == "bc"
    assert look(file).reasons == []


def test_a_closed_file_is_another_than_an_open_one(tmp_path: Any) -> None:
    with open(tmp_path / "a.txt", "w") as file:
        before = Walk(eyes()).digest(file)
    assert before != Walk(eyes()).digest(file)


def test_too_large_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nb2pkg.execution.probe.walk.MAX_NODES", 1000)
    assert look([[[]] for _ in range(1000)]).reasons == ["too large"]


def test_sets_within_sets_have_a_limit() -> None:
    value: Any = frozenset()
    for _ in range(100_000):
        value = frozenset([value])
    assert look(value).reasons == ["too deep"]


def test_shared_parts_do_not_make_a_walk_endless() -> None:
    value: Any = []
    for _ in range(200):
        value = [value, value]
    assert look(value).reasons == []


def test_nothing_stays_alive() -> None:
    class Thing:
        pass

    thing = Thing()
    gone = weakref.ref(thing)
    look([thing, {"a": thing}])
    del thing
    gc.collect()
    assert gone() is None


def test_no_random_number_is_drawn() -> None:
    before = random.getstate()
    look([random.random, random.Random(1), random])
    process_state(lambda text: text)
    assert random.getstate() == before


def test_quiet_puts_everything_back() -> None:
    ours: set[int] = set()
    filters, limit = list(warnings.filters), sys.getrecursionlimit()
    with quiet(ours):
        with quiet(ours):
            warnings.warn("not seen", stacklevel=1)
        warnings.warn("not seen either", stacklevel=1)
        assert ours == {threading.get_ident()}
        assert not gc.isenabled()
    assert list(warnings.filters) == filters
    assert gc.isenabled()
    assert sys.getrecursionlimit() == limit
    assert not ours


def test_pandas_fills_no_cache() -> None:
    pandas = pytest.importorskip("pandas", reason="about the caches of pandas")
    frame = pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]}, index=[3, 4])
    grouped = frame.groupby("b")
    kept = [dict(frame.index._cache), dict(frame.columns._cache), sorted(vars(frame))]
    groups = sorted(vars(grouped))
    walk = Walk(eyes())
    walk.digest([frame, frame["a"], grouped, frame.index])
    assert [dict(frame.index._cache), dict(frame.columns._cache), sorted(vars(frame))] == kept
    assert sorted(vars(grouped)) == groups


def test_matplotlib_makes_no_tick_and_no_limit() -> None:
    matplotlib = pytest.importorskip("matplotlib", reason="about what matplotlib does late")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots()
    pyplot.close(figure)
    axes.plot([1, 5])
    ticks, stale = len(axes.xaxis.__dict__.get("majorTicks", ())), dict(axes._stale_viewlims)
    Walk(eyes()).digest(figure)
    assert len(axes.xaxis.__dict__.get("majorTicks", ())) == ticks
    assert dict(axes._stale_viewlims) == stale


def test_arrays_are_not_copied() -> None:
    numpy = pytest.importorskip("numpy", reason="about the memory of arrays")
    square = numpy.zeros((2000, 2000))
    arrays = [square, square.T, square[::2, ::3]]
    tracemalloc.start()
    for array in arrays:
        Walk(eyes()).digest(array)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < square.nbytes / 8


def test_the_order_in_memory_is_not_part_of_an_array() -> None:
    numpy = pytest.importorskip("numpy", reason="about the memory of arrays")
    square = numpy.arange(90_000.0).reshape(300, 300)
    wide = numpy.zeros((300, 600))
    wide[:, ::2] = square
    others = [numpy.asfortranarray(square), wide[:, ::2]]
    assert {Walk(eyes()).digest(one) for one in others} == {Walk(eyes()).digest(square)}


def test_blocks_are_not_part_of_a_frame() -> None:
    pandas = pytest.importorskip("pandas", reason="about the blocks of pandas")
    numpy = pytest.importorskip("numpy", reason="pandas needs it")
    square = numpy.arange(60_000.0).reshape(20_000, 3)
    whole = pandas.DataFrame(square, columns=list("abc"))
    piecewise = pandas.DataFrame({name: square[:, n].copy() for n, name in enumerate("abc")})
    assert Walk(eyes()).digest(whole) == Walk(eyes()).digest(piecewise)


def test_the_global_random_state_is_no_part_of_what_holds_it() -> None:
    numpy = pytest.importorskip("numpy", reason="about its global generator")
    holder = {"random": numpy.random.mtrand._rand}
    before = Walk(eyes()).digest(holder)
    state = numpy.random.get_state()
    numpy.random.random()
    after = Walk(eyes()).digest(holder)
    numpy.random.set_state(state)
    assert before == after


@pytest.mark.parametrize(
    "value", ["/place/of/run/a.csv", ["/place/of/run", 1], {"/place/of/run": 1}]
)
def test_folders_are_words(value: Any) -> None:
    def digest_in(folder: str) -> str:
        text = repr(value).replace("/place/of/run", folder)
        scrub = lambda given: given.replace(folder, "<folder>")  # noqa: E731
        return Walk(Eyes(scrub, [folder.encode()], resolve)).digest(eval(text))

    assert digest_in("/place/of/run") == digest_in("/another/longer/place/of/run")


# ---- imports

DRAWS = "import random\nFIRST = random.random()\n"
KEEPS_STILL = """
import random, sys
sys.path[:0] = sys.argv[1:]
from nb2pkg.execution.probe.imports import keep_still
keep_still()
random.seed(7)
import installed_drawer, own_drawer
random.seed(7)
import {module}_more
print(random.random() == random.Random(7).random())
"""
SYSTEM_DRAWS = "import numpy\nFIRST = numpy.random.default_rng().random()\n"
SEEDED = """
import sys
sys.path[:0] = sys.argv[1:]
from nb2pkg.execution.probe import seed
seed(7)
import numpy
import {module}_system
print(numpy.random.default_rng().random())
"""


@pytest.mark.parametrize(("module", "is_still"), [("installed", "True"), ("own", "False")])
def test_what_an_installed_library_draws_while_it_is_imported_is_taken_back(
    tmp_path: Path, module: str, is_still: str
) -> None:
    """Code of the user's own that draws does so in the notebook too."""
    places = {"installed": tmp_path / "site-packages", "own": tmp_path / "folder"}
    for name, folder in places.items():
        folder.mkdir()
        for kind in ("drawer", "more"):
            (folder / f"{name}_{kind}.py").write_text(DRAWS, encoding="utf-8")
    code = KEEPS_STILL.format(module=module)
    words = [sys.executable, "-c", code, *map(str, places.values())]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == is_still


def test_what_a_library_takes_from_the_system_while_it_is_imported_is_given_back(
    tmp_path: Path,
) -> None:
    """numpy seeds its new generators from there: wherever the import stands, they are the same."""
    pytest.importorskip("numpy")
    found = {}
    for module, place in (("installed", "site-packages"), ("quiet", "site-packages"), ("own", "")):
        folder = tmp_path / module / place
        folder.mkdir(parents=True)
        source = "" if module == "quiet" else SYSTEM_DRAWS
        (folder / f"{module}_system.py").write_text(source, encoding="utf-8")
        words = [sys.executable, "-c", SEEDED.format(module=module), str(folder)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        found[module] = done.stdout
    assert found["installed"] == found["quiet"] != found["own"]
