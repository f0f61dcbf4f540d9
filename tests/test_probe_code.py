"""Functions and classes are the same in a notebook and in the package that they were promoted to."""

from __future__ import annotations

import functools
import importlib.util
import linecache
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nb2pkg.execution.probe.rules import resolve
from nb2pkg.execution.probe.walk import Eyes, Walk

NOTEBOOK = """
import functools
def scale(x, factor=2):
    return x * factor
def told(x): return "a" + x
@functools.lru_cache
def remembered(x):
    return x
class Model:
    limit = 3
    def __init__(self, a): self.a = a
    def fit(self, x):
        return self.limit + x
    @property
    def size(self): return self.a
def outer(rows):
    rate: int = 3
    def inner(row): return row * rate
    return [inner(row) for row in rows]
def taxed(x): return x * rate
def both(x): return taxed(x) + 1
def fitted(x): return data + x
add = lambda x: x + 1
"""
PACKAGE = '''
"""A module."""
import functools


def scale(x: float, factor: float = 2) -> float:
    """Scale a number."""
    return x * factor


def told(
    x: str,
) -> str:
    return "a" + x


@functools.lru_cache
def remembered(x):
    # here is a comment
    return x


class Model:
    """A model."""

    limit: int = 3

    def __init__(self, a: int) -> None:
        self.a = a

    def fit(self, x):
        return self.limit + x

    @property
    def size(self) -> int:
        """How large."""
        return self.a


def outer(rows):
    rate = 3

    def inner(row: float) -> float:
        """One row."""
        return row * rate

    return [inner(row) for row in rows]


def taxed(x, *, rate):
    return x * rate


def both(x, *, rate):
    return taxed(x, rate=rate) + 1


def fitted(data, x):
    return data + x


fitted = functools.partial(fitted, [1])

add = lambda x: x + 1
'''
CHANGES = {
    "scale": ("x * factor", "x / factor"),
    "told": ('"a" + x', '"b" + x'),
    "remembered": ("    return x\nclass", "    return x + 1\nclass"),
    "Model": ("limit = 3", "limit = 4"),
    "outer": ("rate: int = 3", "rate: int = 4"),
    "taxed": ("x * rate", "x * rates"),
    "both": ("taxed(x) + 1", "taxed(x) + 2"),
    "fitted": ("data + x", "data - x"),
    "add": ("x: x + 1", "x: x + 2"),
}
Digest = Callable[[Any], str]


def digest(value: Any) -> str:
    return Walk(Eyes(lambda text: text, [], resolve)).digest(value)


def in_notebook(source: str, cell: str) -> dict[str, Any]:
    """Names of a cell, compiled as IPython does it."""
    linecache.cache[cell] = (len(source), None, source.splitlines(True), cell)
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(source, cell, "exec"), names)
    return names


def in_package(source: str, folder: Path) -> dict[str, Any]:
    (folder / "promoted.py").write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("promoted", folder / "promoted.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return vars(module)


@pytest.mark.parametrize("name", CHANGES)
def test_the_same_in_a_package_and_another_when_changed(name: str, tmp_path: Path) -> None:
    original = digest(in_notebook(NOTEBOOK, "<cell-1>")[name])
    assert digest(in_package(PACKAGE, tmp_path)[name]) == original
    old, new = CHANGES[name]
    assert old in NOTEBOOK
    assert digest(in_notebook(NOTEBOOK.replace(old, new), f"<cell-{name}>")[name]) != original


def test_objects_of_a_moved_class_are_equal(tmp_path: Path) -> None:
    here, there = in_notebook(NOTEBOOK, "<cell-1>"), in_package(PACKAGE, tmp_path)
    assert digest(here["Model"](1)) == digest(there["Model"](1))
    assert digest(here["Model"](1).fit) == digest(there["Model"](1).fit)
    assert digest(here["Model"](1)) != digest(here["Model"](2))


CLASSES = {
    "Order": ("@dataclasses.dataclass\nclass Order:\n    n: int = 1", "n: int", "m: int"),
    "Frozen": (
        "@dataclasses.dataclass(frozen=True, slots=True, order=True)\nclass Frozen:\n    n: int = 1",
        "order=True",
        "order=False",
    ),
    "Colour": ("class Colour(enum.Enum):\n    RED = 1", "RED = 1", "RED = 2"),
    "Flag": ("class Flag(enum.IntFlag):\n    A = 1\n    B = 2", "B = 2", "B = 4"),
    "Row": ("class Row(typing.NamedTuple):\n    a: int\n    b: str = 'x'", "'x'", "'y'"),
    "Keys": ("class Keys(typing.TypedDict):\n    a: int", "a: int", "b: int"),
    "Less": (
        "@functools.total_ordering\nclass Less:\n    def __lt__(self, o): return True\n"
        "    def __eq__(self, o): return True",
        "return True",
        "return False",
    ),
    "Box": (
        "T = typing.TypeVar('T')\nclass Box(typing.Generic[T]):\n    def m(self): return 1",
        "return 1",
        "return 2",
    ),
    "Shape": ("class Shape(typing.Protocol):\n    def area(self) -> int: ...", "area", "size"),
    "Outer": (
        "class Outer:\n    @dataclasses.dataclass\n    class Inner:\n        n: int = 1",
        "n: int",
        "m: int",
    ),
    "Made": ("Made = dataclasses.make_dataclass('Made', ['n', 'm'])", "'m'", "'k'"),
    "Point": ("Point = collections.namedtuple('Point', 'x y')", "x y", "x z"),
    "Mood": ("Mood = enum.Enum('Mood', 'glad sad')", "sad", "mad"),
    "Id": ("Id = typing.NewType('Id', int)", "int", "str"),
    "T": ("T = typing.TypeVar('T', bound=int)", "bound=int", "bound=str"),
    "Ship": ("@attr.define\nclass Ship:\n    n: int = 1", "n: int", "m: int"),
    "Hull": ("@attr.s(auto_attribs=True)\nclass Hull:\n    n: int = 1", "n: int", "m: int"),
    "Model": ("class Model(pydantic.BaseModel):\n    n: int = 1", "n: int", "m: int"),
}


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_whose_methods_are_generated(name: str, tmp_path: Path) -> None:
    source, old, new = CLASSES[name]
    for library in ("attr", "pydantic"):
        if library in source:
            pytest.importorskip(library)
            source = f"import {library}\n{source}"
    source = f"import collections, dataclasses, enum, functools, typing\n{source}\n"
    found = digest(in_notebook(source, f"<class-{name}>")[name])
    assert digest(in_package(source, tmp_path)[name]) == found
    assert source.count(old) >= 1
    changed = in_notebook(source.replace(old, new), f"<changed-{name}>")
    assert digest(changed[name]) != found


def test_a_partial_is_its_function() -> None:
    names = in_notebook("def f(a, b): return a + b\ndef g(b): return a + b\n", "<cell-2>")
    names["g"].__qualname__ = "f"
    assert digest(functools.partial(names["f"], 1)) == digest(names["g"])
    assert digest(functools.partial(names["f"], a=1)) == digest(names["g"])


def test_lambdas_of_one_line_are_told_apart() -> None:
    names = in_notebook("pair = [lambda x: x + 1, lambda x: x + 2]\n", "<cell-3>")
    one, other = map(digest, names["pair"])
    if sys.version_info >= (3, 11):
        assert one != other


def test_a_function_without_source_is_known_by_name() -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec("def f(): return 1\ndef g(): return 1", names)
    assert digest(names["f"]) != digest(names["g"])


def test_functions_that_lead_back_to_themselves() -> None:
    names = in_notebook("def f(): pass\nf.me = f\nf.more = [f]\n", "<cell-4>")
    assert digest(names["f"])


@pytest.mark.parametrize("decorator", ["functools.singledispatch", "contextlib.contextmanager"])
def test_a_function_below_a_decorator_of_python(decorator: str) -> None:
    source = f"import contextlib, functools\n@{decorator}\ndef f(x): yield x + 1\n"
    one = digest(in_notebook(source, f"<cell-{decorator}>")["f"])
    other = digest(in_notebook(source.replace("+ 1", "+ 2"), f"<other-{decorator}>")["f"])
    assert one != other


def test_a_method_that_holds_an_object_of_its_class() -> None:
    source = "class A:\n    def f(self): pass\nA.f.__defaults__ = (A(),)\na = A()\n"
    assert digest(in_notebook(source, "<cell-9>")["a"])


def test_what_hangs_on_a_function_is_part_of_it() -> None:
    names = in_notebook("def f(): pass\n", "<cell-5>")
    before = digest(names["f"])
    names["f"].calls = 1
    assert digest(names["f"]) != before


def test_a_wrapped_function_is_seen_below_its_wrapper() -> None:
    source = """
import functools
def loud(f):
    @functools.wraps(f)
    def wrapper(*a): return f(*a)
    return wrapper
@loud
def f(x): return x + 1
"""
    one = digest(in_notebook(source, "<cell-6>")["f"])
    assert one != digest(in_notebook(source.replace("x + 1", "x + 2"), "<cell-7>")["f"])
    assert one == digest(in_notebook(source, "<cell-8>")["f"])
