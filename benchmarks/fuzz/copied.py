"""Notebooks in which cells repeat each other, but for names and a few constants."""

from __future__ import annotations

import random
import re
from typing import Any

_BEGINS = (
    "{a} = {L1}",
    "{b} = {L2}",
    "{d} = dict(k={N2})",
    "{g} = lambda n: n * {N2}",
    "{c} = {a}[:1]",
)
_STATEMENTS = (
    "{a} = {L1}",
    "{b} = {a} + {L1}",
    "{a}.append({N1})",
    "{a} += {L1}",
    "{a}, {b} = {b}, {a}",
    "{h} = {a}\n{h}.append({N2})",
    "{d}['z'] = {a}",
    "{d}[{T1}] = {N2}",
    "{d} = dict(k={N1}, m={L2})",
    "{d} = {{v: {L1} for v in {a}}}",
    "{g} = lambda n: n + {N1}",
    "{c} = [{g}(v) for v in {a}]",
    "{c} = [x * {N1} for x in {a}]",
    "{c} = [f'{{v}}-{N1}' for v in {a}]",
    "{c} = [f'{{v}} in {W1} of/{W2}{{{{}}}}' for v in {a}]",
    "{c} = f'raw/{W1}/{{len({a})}}.{W2}', '{W1}'\n{d}['{W2}'] = '{W2}'",
    "{c} = f'{{{a}!r:>{N1}}} {W1}' ' {W2}' f'{W2} {{{b}}}'",
    "{c} = [(v, w) for v in {a} for w in {L2}]",
    "{c} = [v for v in {a} if v in {L2} or v > {N1}]",
    "{c} = [{L1} for _ in range(2)]\n{c}[0].append({N1})",
    "{c} = list(map(lambda column: column + {N2}, {a}))",
    "{c} = sorted({a} + {b}, key=lambda v: v % {N2} if {N2} else v)",
    "{c} = {T1}.join(str(v) for v in {b})",
    "{c} = round(sum({a}) / {N1}, {N2})",
    "{c} = ({N1}) if {a} else(\n    {N2})",
    "for {e} in {b}:\n    {a}.append({e} + {N1})",
    "if len({a}) > {N2}:\n    {b} = {b} + [{N1}]\nelse:\n    {b} = list({b})",
    "try:\n    {c} = {a}[{N2}]\nexcept IndexError as problem:\n    {c} = {N1}",
)
_CONSTANTS = {
    "N1": ("1", "2", "3"),
    "N2": ("1", "2", "3"),
    "T1": ("'p'", "'q'"),
    "W1": ("may", "May", "märz/x", "a b"),
    "W2": ("kg", "k", "", "lb 'x"[:2], "{{x}}"),
    "L1": ("[1, 2]", "[3]", "[1, 2, 5]"),
    "L2": ("[1, 2]", "[3]", "[4, 1]"),
}
_NAMES = "abcdegh"


def notebook(seed: int) -> dict[str, Any]:
    """Two or three copies of some code, what they show, and cells that go on with their values."""
    rng = random.Random(seed)
    body = "\n".join([*_BEGINS, *rng.choices(_STATEMENTS, k=rng.randint(1, 5))])
    constants = _constants(rng)
    sources = ["import json\nprint(1)"]
    for suffix in "uvw"[: rng.randint(2, 3)]:
        other = _constants(rng)
        changed = {key: other[key] for key in rng.sample(sorted(other), rng.randint(0, 2))}
        names = {name: name if rng.random() < 0.1 else f"{name}_{suffix}" for name in _NAMES}
        source = body.format(**names, **(constants | changed))
        data = [name for key, name in names.items() if key != "g"]  # no address is the same twice
        bound = [name for name in data if re.search(rf"^{name} = ", source, re.MULTILINE)]
        shown = rng.sample(bound, rng.randint(1, 3))
        sources += [source, f"print({', '.join(shown)})"]
        if rng.random() < 0.4:
            sources.append(
                f"total_{suffix} = str({shown[0]}) * 2\nmore_{suffix} = [total_{suffix}, 1]"
            )
    return {"cells": list(map(_cell, sources)), "metadata": {}, "nbformat": 4, "nbformat_minor": 4}


def _constants(rng: random.Random) -> dict[str, str]:
    return {name: rng.choice(values) for name, values in _CONSTANTS.items()}


def _cell(source: str) -> dict[str, Any]:
    empty: dict[str, Any] = {"metadata": {}, "outputs": [], "execution_count": None}
    return {"cell_type": "code", "source": source, **empty}
