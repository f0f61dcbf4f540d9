"""What the format of notebooks has no place for is left out of the narrative, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from nb2pkg.promote.build import Request, promote
from nb2pkg.promote.sound import made_sound
from tests import build

CODE = {**build.cell("code", "x = 1", id="a"), "outputs": [], "execution_count": None}
SOUND_OUTPUTS: list[dict[str, Any]] = [
    {"output_type": "stream", "name": "stdout", "text": ["a\n"]},
    {"output_type": "error", "ename": "E", "evalue": "e", "traceback": []},
    {"output_type": "display_data", "data": {"application/json": {"a": 1}}, "metadata": {}},
]

# what a cell has besides, what is left of that
ROWS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"metadata": {"tags": ["a"], "mine": [1]}}, {"metadata": {"tags": ["a"], "mine": [1]}}),
    ({"metadata": {"tags": None, "mine": [1]}}, {"metadata": {"mine": [1]}}),
    ({"metadata": {"collapsed": "no"}}, {"metadata": {}}),
    ({"trusted": True}, {}),
    ({"attachments": {}}, {}),
    ({"outputs": SOUND_OUTPUTS}, {"outputs": SOUND_OUTPUTS}),
    (
        {"outputs": [{"output_type": "stream", "text": "a"}, *SOUND_OUTPUTS, "text", None]},
        {"outputs": SOUND_OUTPUTS},
    ),
]


def document(cell: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


@pytest.mark.parametrize(("given", "left"), ROWS, ids=[str(row[0])[:40] for row in ROWS])
def test_cells(given: dict[str, Any], left: dict[str, Any]) -> None:
    found, left_out = made_sound(document({**CODE, **given}))
    assert found["cells"] == [{**CODE, **left}]
    assert bool(left_out) == (given != left)
    nbformat.validate(found)


def test_metadata_of_the_notebook() -> None:
    found, left_out = made_sound(
        document(CODE, title=3, mine=[1], language_info={"name": "python"})
    )
    assert found["metadata"] == {"mine": [1], "language_info": {"name": "python"}}
    assert left_out == ("title of the notebook's metadata is left out",)


def test_the_narrative_is_valid_and_says_what_is_gone(tmp_path: Path) -> None:
    cells = [{**CODE, "source": "x = sorted([2, 1])", "metadata": {"collapsed": 3}, "mine": 1}]
    made = promote(build.write(tmp_path, cells), Request(everything=True))
    nbformat.validate(nbformat.reads(made.files["notebooks/analysis.ipynb"], as_version=4))
    assert [p.message for p in made.problems if p.code == "NB105"] == [
        "the file is not a valid notebook: in the narrative, something in cell 2 is left out"
    ]
