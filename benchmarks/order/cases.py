"""Notebooks whose right order is known, and what is done to them: permuted, counts removed, a cell
deleted."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

from nb2pkg.execution import replay, session
from nb2pkg.execution.model import Conditions, Shown
from nb2pkg.notebook import reader
from nb2pkg.order.model import Order


@dataclass(frozen=True)
class Truth:
    """A notebook that ran from top to bottom, with what it showed.

    stable are the code cells that show the same in two runs; order all that hold code.
    """

    path: Path
    document: dict[str, Any]
    order: Order
    stable: frozenset[int]


def truth(path: Path, conditions: Conditions) -> Truth | str:
    """Run a notebook twice and store what it shows; why not, if it does not run."""
    with session.opened(path, conditions, silent) as opened:
        order = tuple(cell.index for cell in opened.notebook.code if cell.source.strip())
        first = replay.run(opened, order, session.ORIGINAL)
        if first.stop:
            return f"cell {first.stopped_at + 1}: {first.stop}"
        # What is drawn without a seed repeats only because of ours: another one shows it.
        reseeded = replace(opened, conditions=replace(conditions, seed=conditions.seed + 1))
        again = replay.run(reseeded, order, session.AGAIN)
        stable = frozenset(order) - replay.unstable(first, again)
        if again.stop:
            return f"cell {again.stopped_at + 1}: {again.stop}"
        document = json.loads(json.dumps(opened.notebook.document))
    for index, cell in enumerate(document["cells"]):
        cell["id"] = f"c{index}"
        if cell["cell_type"] == "code":
            cell["outputs"] = [_raw(item) for item in first.shown.get(index, ())]
            cell["execution_count"] = order.index(index) + 1 if index in order else None
    document["nbformat"], document["nbformat_minor"] = 4, 5
    return Truth(path, document, order, stable)


def silent(_name: str, _done: int, _total: int) -> None:
    """Nobody watches."""


def _raw(item: Shown) -> dict[str, Any]:
    """An output as it would stand in the file. What was masked stays masked, and compares equal."""
    data: Mapping[str, Any] = item["data"]
    # Of HTML the words are left, in which < begins no tag any more.
    data = {key: escape(text) if key == "text/html" else text for key, text in data.items()}
    if item["kind"] in ("stdout", "stderr"):
        return {"output_type": "stream", "name": item["kind"], "text": data["text"]}
    if item["kind"] == "error":
        name, _, value = data["text"].partition(": ")
        return {"output_type": "error", "ename": name, "evalue": value, "traceback": []}
    own = {"execution_count": None} if item["kind"] == "execute_result" else {}
    return {"output_type": item["kind"], "data": dict(data), "metadata": {}, **own}


def written(found: Truth, cells: Sequence[int], name: str, counts: bool) -> Path:
    """A notebook beside the original, with these cells of it in this order."""
    chosen = [dict(found.document["cells"][index]) for index in cells]
    if not counts:
        for cell in chosen:
            if cell["cell_type"] == "code":
                cell["execution_count"] = None
    path = found.path.with_name(f"{name}.ipynb")
    path.write_text(json.dumps({**found.document, "cells": chosen}), encoding="utf-8")
    return path


def origin(path: Path, order: Order) -> Order:
    """The order in terms of the cells of the original: the ids tell."""
    cells = reader.read(path).cells
    return tuple(int(cells[index].id[1:]) for index in order)


def shuffled(found: Truth, chance: random.Random) -> list[int]:
    """All cells, code and text, in an order of chance: nothing that stands beside another tells."""
    cells = list(range(len(found.document["cells"])))
    chance.shuffle(cells)
    return cells


def disturbed(found: Truth, chance: random.Random, count: int = 3) -> list[int]:
    """A few code cells stand elsewhere."""
    cells = list(range(len(found.document["cells"])))
    for index in chance.sample(found.order, min(count, len(found.order))):
        cells.remove(index)
        cells.insert(chance.randint(0, len(cells)), index)
    return cells
