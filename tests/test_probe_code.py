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

from nb2pkg.verify.probe.rules import resolve
from nb2pkg.verify.probe.walk import Eyes, Walk

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
