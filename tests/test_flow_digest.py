"""The digest of code in a cache of a flow: it changes with all that code refers to, and with nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.flows import promoted, work

NOTEBOOK = """
# %%
xs = [1, 2]
size = len(xs)
# %%
ys = [x + size for x in xs]
total = sum(ys)
# %%
print(ys, total)
"""
# Code in which fn() refers to something, and an edit of what it refers to.
CASES = {
    "dataclass": (
        """\
import dataclasses
@dataclasses.dataclass
class P:
    a: int = 1
    b: list = dataclasses.field(default_factory=list)
    def go(self): return self.a + 1
def fn(x): return P(x).go()
""",
        "self.a + 1",
        "self.a + 2",
    ),
    "dataclass default": (
        """\
import dataclasses
@dataclasses.dataclass
class P:
    a: int = 1
    b: int = 5
def fn(x): return P(x).b
""",
        "b: int = 5",
        "b: int = 6",
    ),
    "namedtuple": (
        """\
from collections import namedtuple
P = namedtuple('P','a b', defaults=[3])
def fn(x): return P(x).b
""",
        "[3]",
        "[4]",
    ),
    "typing namedtuple": (
        """\
from typing import NamedTuple
class P(NamedTuple):
    a: int
    b: int = 3
def fn(x): return P(x).b
""",
        "= 3",
        "= 4",
    ),
    "enum": (
        """\
from enum import Enum
class E(Enum):
    A = 1
    B = 2
def fn(x): return E(x)
""",
        "B = 2",
        "B = 3",
    ),
    "instance method": (
        """\
class M:
    def go(self): return 1
M1 = M()
def fn(x): return M1.go()
""",
        "return 1",
        "return 2",
    ),
    "closure": (
        """\
def mk(k):
    def g(x): return x + k
    return g
g = mk(3)
def fn(x): return g(x)
""",
        "mk(3)",
        "mk(4)",
    ),
    "partial": (
        """\
import functools
def h(a, x): return a + x
g = functools.partial(h, 3)
def fn(x): return g(x)
""",
        "a + x",
        "a - x",
    ),
    "dict of functions": (
        """\
def h(x): return x + 1
T = {'h': h}
def fn(x): return T['h'](x)
""",
        "x + 1",
        "x + 2",
    ),
    "wraps": (
        """\
import functools
import math
def deco(f):
    @functools.wraps(math.floor)
    def w(x): return f(x) + 1
    return w
@deco
def g(x): return x
def fn(x): return g(x)
""",
        "f(x) + 1",
        "f(x) + 2",
    ),
    "property": (
        """\
class M:
    @property
    def p(self): return 1
def fn(x): return M().p
""",
        "return 1",
        "return 2",
    ),
    "staticmethod": (
        """\
class M:
    @staticmethod
    def p(): return 1
def fn(x): return M.p()
""",
        "return 1",
        "return 2",
    ),
    "base class": (
        """\
class B:
    def p(self): return 1
class M(B): pass
def fn(x): return M().p()
""",
        "return 1",
        "return 2",
    ),
    "try range": (
        """\
def fn(x):
    try:
        y = 1 // x
        z = 2 // x
    except ZeroDivisionError:
        y = z = 0
    return y + z
""",
        "        z = 2 // x\n    except ZeroDivisionError:\n        y = z = 0\n",
        "    except ZeroDivisionError:\n        y = z = 0\n    z = 2 // x\n",
    ),
    "frozenset": (
        """\
def fn(x): return x in {'a','b','c'}
""",
        "'c'",
        "'d'",
    ),
    "default": (
        """\
def fn(x, k=3): return k
""",
        "k=3",
        "k=4",
    ),
    "kw default": (
        """\
def fn(x, *, k=3): return k
""",
        "k=3",
        "k=4",
    ),
    "lambda global": (
        """\
g = lambda x: x + 1
def fn(x): return g(x)
""",
        "x + 1",
        "x + 2",
    ),
    "contextmanager": (
        """\
import contextlib
@contextlib.contextmanager
def g(x): yield x + 1
def fn(x):
    with g(x) as y: return y
""",
        "x + 1",
        "x + 2",
    ),
    "vectorize": (
        """\
import numpy as np
@np.vectorize
def g(x): return x + 1
def fn(x): return g(x)
""",
        "x + 1",
        "x + 2",
    ),
    "class call": (
        """\
class M:
    def __call__(self, x): return 1
m = M()
def fn(x): return m(x)
""",
        "return 1",
        "return 2",
    ),
}
# Where nobody can tell, there is no digest.
UNKNOWN = {
    "lru": """\
import functools
@functools.lru_cache
def g(x): return x + 1
def fn(x): return g(x)
""",
    "singledispatch": """\
import functools
@functools.singledispatch
def g(x): return x + 1
def fn(x): return g(x)
""",
    "inner class": """\
def fn(x):
    class C:
        v = 3
    return C.v
""",
    "method bound": """\
class M:
    def p(self, x): return 1
m = M().p
def fn(x): return m(x)
""",
    "an import inside": """\
def fn(x):
    import math

    return math.floor(x)
""",
    "a module by itself": """\
import analysis.pipeline as pipeline

def fn(x):
    return pipeline
""",
}
# What says nothing of what fn() does.
SAME = {
    "a rename": ("def one(x): return x\ndef fn(x): return one(x)\n", "one", "other"),
    "a docstring": ("def fn(x):\n    return x\n", "(x):\n", '(x):\n    "Give it."\n'),
    "a comment": ("def fn(x):\n    return x\n", "(x):\n", "(x):\n\n    # as it is\n"),
    "another function": ("def one(x): return 1\ndef fn(x): return x\n", "return 1", "return 2"),
}
DRIVER = """
import importlib, json, sys
import analysis.pipeline
from analysis import _digest
from analysis._digest import Digest

_digest._acts = lambda count: []  # counts for all modules: here it would hide what is missing

def digest(name):
    digest = Digest()
    try:
        digest.thing(importlib.import_module(name).fn)
    except Exception:
        return None
    return digest.hex

names = sys.argv[1:]
for name in names:
    importlib.import_module(name)
print(json.dumps([digest(name) for name in names]))
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        folder = work(tmp_path_factory.mktemp("digest"), patch)
        promoted(folder, NOTEBOOK)
    return folder / "analysis-package" / "src"


def digests(source: Path, codes: Mapping[str, str]) -> dict[str, str | None]:
    """The digest of fn() of each module, in a process of its own."""
    modules = [f"case_{number}" for number in range(len(codes))]
    for module, code in zip(modules, codes.values()):
        (source / "analysis" / f"{module}.py").write_text(code)
    for place in source.rglob("*.py"):
        os.utime(place, (1_700_000_000,) * 2)
    done = subprocess.run(
        [sys.executable, "-B", "-c", DRIVER, *(f"analysis.{module}" for module in modules)],
        env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=True,
    )
    for module in modules:
        (source / "analysis" / f"{module}.py").unlink()
    return dict(zip(codes, json.loads(done.stdout)))


def edited(cases: Mapping[str, tuple[str, str, str]]) -> dict[str, str]:
    return {name: code.replace(before, after) for name, (code, before, after) in cases.items()}


def test_what_code_refers_to_is_in_its_digest(source: Path) -> None:
    before = {name: code for name, (code, _, _) in CASES.items()}
    one, again, two = (digests(source, codes) for codes in (before, before, edited(CASES)))
    assert None not in one.values()
    assert one == again
    assert [name for name in CASES if one[name] == two[name]] == []


def test_what_nobody_can_tell_has_none(source: Path) -> None:
    assert {*digests(source, UNKNOWN).values()} == {None}


def test_what_does_not_matter_is_not_in_it(source: Path) -> None:
    before = {name: code for name, (code, _, _) in SAME.items()}
    one = digests(source, before)
    assert None not in one.values()
    assert one == digests(source, edited(SAME))
