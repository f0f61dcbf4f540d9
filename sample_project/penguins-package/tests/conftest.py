"""What the tests of the pipeline share: the values behind each step, made when a test asks for them."""

# ruff: noqa: E402 - libraries read their settings once, when they are imported

from __future__ import annotations

import os

os.environ.setdefault("MPLBACKEND", "Agg")  # no windows

from collections.abc import Iterator
from typing import Any

import pytest
from recorded import Analysis
from workspace import in_copy

from penguins.config import data_dir, in_data_dir

with in_data_dir():
    import stages


@pytest.fixture(autouse=True)
def no_figures() -> None:
    """Each test begins with none, as each cell of a notebook does."""
    import matplotlib.pyplot as plt

    plt.close("all")


@pytest.fixture(scope="session")
def analysis() -> Iterator[Analysis]:
    """The stages, run in a copy of the folder in which the analysis finds its files."""
    with in_copy(data_dir(), "PENGUINS_DATA_DIR", "penguins.csv"):
        yield Analysis(stages.STAGES)


@pytest.fixture
def after_drop_incomplete(analysis: Analysis) -> dict[str, Any]:
    """The values once drop_incomplete has been called."""
    return analysis.after("drop_incomplete")


@pytest.fixture
def after_predict_species(analysis: Analysis) -> dict[str, Any]:
    """The values once predict_species has been called."""
    return analysis.after("predict_species")
