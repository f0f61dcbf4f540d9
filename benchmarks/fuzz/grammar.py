"""Notebooks made by a grammar: names that are shared, changed in place, read late, bound on some paths.

Each statement is valid Python over the names that are there, so that most notebooks run. What they
compute means nothing; how values flow between their cells is what people write.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from benchmarks.fuzz.damage import Document

INT, LIST, DICT, FUNCTION, MAKER, OBJECT, ITERATOR, TEXT = "nldfcoit"
_LETTERS = {INT: "nmkv", LIST: "xyz", DICT: "dt", FUNCTION: "fgh", MAKER: "C", OBJECT: "o", ITERATOR: "i", TEXT: "s"}  # fmt: skip
TAGS = ("nb2pkg", "nb2pkg", "nb2pkg:steps", "nb2pkg:steps.part", "nb2pkg-skip")


@dataclass
class Writer:
    """A notebook while it is written: the names that are surely there, by their kind."""

    rng: random.Random
    names: dict[str, list[str]] = field(default_factory=dict)
    count: int = 0

    def new(self, kind: str) -> str:
        """A name to bind: a known one, or a fresh one."""
        known = self.names.setdefault(kind, [])
        if known and self.rng.random() < 0.45:
            return self.rng.choice(known)
        self.count += 1
        name = f"{self.rng.choice(_LETTERS[kind])}{self.count}"
        known.append(name)
        return name

    def any(self, kind: str) -> str | None:
        known = self.names.get(kind)
        return self.rng.choice(known) if known else None

    def number(self) -> str:
        """An expression of a number."""
        n, x, d, f, o = (self.any(kind) for kind in (INT, LIST, DICT, FUNCTION, OBJECT))
        choices = [str(self.rng.randint(0, 9))]
        choices += [n, f"{n} * 2 + 1", f"abs({n} - 3)", f"-{n}"] if n else []
        choices += (
            [f"len({x})", f"sum({x}[:3])", f"max({x}, default=0)", f"({x} or [4])[-1]"] if x else []
        )
        choices += [f"{d}.get('a', 1)", f"len({d})", f"sum({d}.values())"] if d else []
        choices += [f"{f}({n or 3})"] if f else []
        choices += [f"{o}.n", f"{o}.add(2)"] if o else []
        choices += ["random.randint(0, 5)"] if self.rng.random() < 0.15 else []
        choices += [f"eval('{n} + 1')"] if n and self.rng.random() < 0.1 else []
        return self.rng.choice(choices)

    def numbers(self) -> str:
        """An expression of a list of numbers."""
        x, e = self.any(LIST), self.number()
        choices = [f"[{e}, {self.number()}]", "list(range(4))", "[3, 1, 2]"]
        choices += (
            [x, f"sorted({x})", f"{x} + [{e}]", f"[v * 2 for v in {x}]", f"{x}[::-1]", f"list({x})"]
            if x
            else []
        )
        i = self.any(ITERATOR)
        choices += [f"list({i})"] if i else []
        return self.rng.choice(choices)


Make = Callable[[Writer], str | None]


def _bind(w: Writer) -> str:
    kind = w.rng.choice([INT, INT, LIST, LIST, DICT, TEXT])
    value = {
        INT: w.number(),
        LIST: w.numbers(),
        DICT: w.rng.choice(
            ["{'a': 1}", f"{{'a': {w.number()}, 'b': 2}}", f"dict(zip('abc', {w.numbers()}))"]
        ),
        TEXT: f"f'{{{w.number()}}}!'",
    }[kind]
    return f"{w.new(kind)} = {value}"


def _change(w: Writer) -> str | None:
    x, d, n, o, e = w.any(LIST), w.any(DICT), w.any(INT), w.any(OBJECT), w.number()
    choices = (
        [
            f"{x}.append({e})",
            f"{x}[0:1] = [{e}]",
            f"{x}.sort()",
            f"{x} += [{e}]",
            f"del {x}[3:]",
            f"{x}.reverse()",
        ]
        if x
        else []
    )
    choices += [f"{d}['b'] = {e}", f"{d}.update(c={e})", f"{d}.pop('b', None)"] if d else []
    choices += [f"{n} += {e}", f"{n} -= 1"] if n else []
    choices += [f"{o}.n += 1", f"{o}.add({e})", f"{o}.seen = [{e}]"] if o else []
    return w.rng.choice(choices) if choices else None


def _loop(w: Writer) -> str | None:
    x = w.any(LIST)
    if x is None:
        return None
    n, y, maybe = w.new(INT), w.any(LIST), f"m{w.count}"
    return w.rng.choice(
        [
            f"{n} = 0\nfor v in {x}:\n    {n} += v",
            f"{n} = 0\nfor j, v in enumerate({x}):\n    if v > 1:\n        {n} = j",
            f"for v in list({x}):\n    {y}.append(v + 1)",
            f"{n} = 5\nwhile {n} > 2:\n    {n} -= 1",
            f"{n} = 0\nfor v in {x}:\n    if v > 2:\n        {maybe} = v\n        {n} = {maybe}",
            f"{n} = sum(v for v in {x} if v % 2)",
        ]
    )


def _function(w: Writer) -> str:
    n, x, d = w.any(INT), w.any(LIST), w.any(DICT)
    name = w.new(FUNCTION)
    inner = w.any(FUNCTION)
    bodies = ["return a + 1", "return sorted([a, 2])[0]", "b = a * 2\n    return b"]
    bodies += [f"return a + {n}", f"global {n}\n    {n} = {n} + a\n    return {n}"] if n else []
    bodies += (
        [
            f"{x}.append(a)\n    return len({x})",
            f"return a + len({x})",
            f"return sum(v + a for v in {x})",
        ]
        if x
        else []
    )
    bodies += [f"{d}['f'] = a\n    return len({d})"] if d else []
    bodies += [f"return {inner}(a) + 1"] if inner and inner != name else []
    signature = w.rng.choice(["a", "a", "a, *rest", "a, scale=2", "a, seen=[]"])
    made = f"def {name}({signature}):\n    {w.rng.choice(bodies)}"
    if w.rng.random() < 0.15:
        return f"{name} = lambda a: a + {n or 1}"
    if w.rng.random() < 0.15:
        return f"def make_{name}(by):\n    def inner(a):\n        return a * by\n    return inner\n{name} = make_{name}({w.number()})"
    return made


def _class(w: Writer) -> str:
    n = w.any(INT)
    name = w.new(MAKER)
    extra = f"\n    base = {n or 2}" if w.rng.random() < 0.3 else ""
    return (
        f"class {name}:{extra}\n    def __init__(self, n):\n        self.n = n\n"
        "    def add(self, by):\n        self.n += by\n        return self.n"
    )


def _object(w: Writer) -> str | None:
    made, other = w.any(MAKER), w.any(OBJECT)
    if made is None:
        return None
    value = other if other and w.rng.random() < 0.3 else f"{made}({w.number()})"
    return f"{w.new(OBJECT)} = {value}"


def _path(w: Writer) -> str:
    e, test, n = w.number(), f"{w.number()} > 2", w.new(INT)
    return w.rng.choice(
        [
            f"if {test}:\n    {n} = {e}\nelse:\n    {n} = 7",
            f"try:\n    {n} = 8 // ({e})\nexcept ZeroDivisionError:\n    {n} = -1",
            f"{n} = {e} if {test} else 3",
            f"if ({n} := {e}) > 3:\n    {n} -= 1",
            f"with contextlib.suppress(ValueError):\n    {n} = {e}\n{n} = {e}",
        ]
    )


def _iterator(w: Writer) -> str | None:
    x, i = w.any(LIST), w.any(ITERATOR)
    if i and w.rng.random() < 0.5:
        return f"{w.new(INT)} = next({i}, 0)"
    if x is None:
        return None
    made = w.rng.choice(
        [f"iter({x})", f"iter(list({x}))", f"(v + 1 for v in list({x}))", f"zip({x}, {x})"]
    )
    return (
        f"{w.new(ITERATOR)} = {made}"
        if not made.startswith("zip")
        else f"{w.new(LIST)} = [a + b for a, b in {made}]"
    )


def _show(w: Writer) -> str:
    shown = [name for kind in (INT, LIST, DICT, TEXT) for name in w.names.get(kind, [])[-2:]]
    return f"print({', '.join(shown or ['1'])})"


def _odd(w: Writer) -> str | None:
    n, x, e = w.any(INT), w.any(LIST), w.number()
    choices = ["random.seed(3)", f"random.shuffle({x})" if x else "random.seed(4)", "%env MODE=1"]
    choices += [f"%time {w.new(INT)} = {e}", "!true", "assert True, 'yes'"]
    choices += (
        [f"exec('{n} = {n} + 1')", f"globals()['{n}'] = {e}", f"{n}, {w.new(INT)} = {e}, {n}"]
        if n
        else []
    )
    choices += [f"{w.new(INT)}, *{w.new(LIST)} = [1, *{x}]"] if x else []
    return w.rng.choice(choices)


_MAKERS: tuple[tuple[Make, int], ...] = (
    (_bind, 8), (_change, 6), (_loop, 3), (_function, 4), (_class, 1), (_object, 2), (_path, 3), (_iterator, 1), (_show, 3), (_odd, 2),
)  # fmt: skip


def statements(w: Writer) -> Iterator[str]:
    makers = [make for make, weight in _MAKERS for _ in range(weight)]
    while True:
        made = w.rng.choice(makers)(w)
        if made is not None:
            yield made


def notebook(seed: int) -> Document:
    """A notebook, some of whose cells are tagged; the same for the same seed."""
    rng = random.Random(seed)
    writer = Writer(rng)
    source = statements(writer)
    cells = [_cell("import contextlib\nimport random", 0)]
    for index in range(1, rng.randint(4, 12)):
        lines = [next(source) for _ in range(rng.randint(1, 4))]
        last = writer.any(rng.choice([INT, LIST, DICT]))
        if last and rng.random() < 0.3:
            lines.append(rng.choice([last, f"len(str({last}))"]))
        cell = _cell("\n".join(lines), index)
        if rng.random() < 0.5:
            cell["metadata"]["tags"] = [rng.choice(TAGS)]
        cells.append(cell)
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": spec, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _cell(source: str, index: int) -> Document:
    return {
        "cell_type": "code", "id": f"c{index}", "metadata": {}, "source": source, "outputs": [], "execution_count": None,
    }  # fmt: skip
