"""Damaged notebooks: a sound one, and one thing in it that is not as it should be."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

Document = dict[str, Any]

ODD: list[Any] = [
    None, True, -1, 3.5, 10**30, "", "x", "\u202e", "\ud800", "a" * 5000, [], [None], [[]], {}, {"a": None},
]  # fmt: skip
SOURCES = (
    "", " ", "\n\n", "# only a comment", "%matplotlib inline", "%%time", "!ls", "x = (", "def f(:", "\tx = 1",
    "x = 1;", "print 'a'", "return 3", "yield 1", "await f()", "global x", "del x", "x: int", "lambda: (yield)",
    "from __future__ import annotations", "from x import *", "import a.b.c as d", "_ = 1", "__ = 1", "In[3]",
    "class C: pass\nC()", "@f\n@g\ndef h(*, a=1, **k): pass", "with open('a') as f, open('b') as g: pass",
    "try:\n    1/0\nexcept* ValueError:\n    pass", "match x:\n    case {'a': [1, *_], **rest}: pass",
    "x = '''\n%time\n'''", "f'{x!r:>{width}}'", "a = b = c = []", "(a, *b), c = x", "nonlocal y", "\x00", "\x0c",
    "exec('x')", "globals()['a'] = 1", "%run other.py", "??x", "x?", "/f 1", ",f a", "%%bash\nls", "%%", "%",
    "if True:\n    import a\nelse:\n    a = None", "for i in range(3): x = i\nelse: y = 1",
)  # fmt: skip


def deep(rng: random.Random) -> str:
    """Code that is nested, or long, beyond what a person would write."""
    size = rng.choice([50, 320, 900])
    return rng.choice(
        [
            " + ".join(["x"] * size),
            "if a == 0:\n    x = 0\n"
            + "".join(f"elif a == {n}:\n    x = {n}\n" for n in range(size)),
            "x = " + "[" * min(size, 90) + "]" * min(size, 90),
            "x = f(" + ", ".join(f"a{n}={n}" for n in range(size * 3)) + ")",
            "x = " + repr(list(range(size * 10))),
            "x = " + repr("ab" * size * 30),
            "x = y" + ".a" * size,
            "x = y" + "(1)" * min(size, 80),
            "\n".join(f"v{n} = v{n - 1}" for n in range(1, size)),
            "x = " + " if a else ".join(["1"] * min(size, 60)),
            "def f():\n"
            + "".join("    " * n + "if x:\n" for n in range(1, 18))
            + "    " * 18
            + "pass",
        ]
    )


def damaged(document: Document, seed: int) -> bytes:
    """The bytes of a notebook with something wrong in it; the same for the same seed."""
    rng = random.Random(seed)
    made = copy.deepcopy(document)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        rng.choice(_DAMAGES)(made, rng)
    text = json.dumps(made, ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, 1]))
    data = text.encode("utf-8", errors="surrogatepass")
    return _bytes(data, rng) if rng.random() < 0.1 else data


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of everything in the document."""
    if path:
        yield path
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in items:
        yield from _places(inner, (*path, key))


def _parent(document: Document, path: tuple[Any, ...]) -> Any:
    found: Any = document
    for key in path[:-1]:
        found = found[key]
    return found


def _replaced(document: Document, rng: random.Random) -> None:
    path = rng.choice(list(_places(document)))
    _parent(document, path)[path[-1]] = copy.deepcopy(rng.choice(ODD))


def _deleted(document: Document, rng: random.Random) -> None:
    path = rng.choice(list(_places(document)))
    del _parent(document, path)[path[-1]]


def _cell(document: Document, rng: random.Random) -> dict[str, Any] | None:
    cells = document.get("cells")
    found = [c for c in cells if isinstance(c, dict)] if isinstance(cells, list) else []
    return rng.choice(found) if found else None


def _source(document: Document, rng: random.Random) -> None:
    cell = _cell(document, rng)
    if cell is not None:
        cell["source"] = rng.choice(SOURCES) if rng.random() < 0.7 else deep(rng)


def _text(document: Document, rng: random.Random) -> None:
    """Some characters of a source are gone, doubled or others."""
    cell = _cell(document, rng)
    source = (
        "".join(cell["source"])
        if cell
        and isinstance(cell.get("source"), (str, list))
        and all(isinstance(line, str) for line in cell["source"])
        else ""
    )
    if cell is None or not source:
        return
    at, length = rng.randrange(len(source)), rng.choice([1, 1, 5, 40])
    new = rng.choice(
        [
            "",
            "\n",
            " ",
            "(",
            '"',
            "'''",
            "%",
            "!",
            "\\",
            ":",
            "é",
            "\u2028",
            "\r",
            "\x00",
            source[at : at + length],
        ]
    )
    cell["source"] = source[:at] + new + source[at + length :]


def _marks(document: Document, rng: random.Random) -> None:
    """Odd ids, tags, counts and headings."""
    cell = _cell(document, rng)
    if cell is None:
        return
    change: dict[str, Any] = rng.choice(
        [
            {"id": rng.choice(["", "a b", "\n", "../x", "é", "x" * 99, 7])},
            {"metadata": {"tags": rng.choice([["nb2pkg:a.b", "nb2pkg-skip"], "nb2pkg", [7], ["nb2pkg:é.ß"], ["nb2pkg:class"], ["nb2pkg"] * 3])}},
            {"execution_count": rng.choice(["3", -1, 0, 10**12, None])},
            {"cell_type": rng.choice(["markdown", "raw", "heading", None, "code"])},
            {"outputs": rng.choice([None, "x", [{}], [{"output_type": "stream"}], [{"output_type": "error", "ename": 1}]])},
            {"cell_type": "markdown", "source": rng.choice(["#", "# " + "x" * 3000, "# `a` *b* <c> [d](e)", "```\n# no\n", "# \x00", "# 1. 2"])},
        ]
    )  # fmt: skip
    cell.update(copy.deepcopy(change))


def _order(document: Document, rng: random.Random) -> None:
    cells = document.get("cells")
    if isinstance(cells, list) and cells:
        rng.choice(
            [
                rng.shuffle,
                lambda found: found.extend(copy.deepcopy(found)),
                lambda found: found.clear(),
            ]
        )(cells)


_DAMAGES: tuple[Callable[[Document, random.Random], None], ...] = (
    _replaced, _replaced, _deleted, _source, _source, _text, _text, _marks, _marks, _order,
)  # fmt: skip


def _bytes(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return rng.choice(
        [data[:at], data[at:], data[:at] + b"\xff" + data[at:], data + data, b"\xef\xbb\xbf" + data, data.replace(b"\n", b"\r\n")]
    )  # fmt: skip
