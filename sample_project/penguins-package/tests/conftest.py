"""What the steps are fed in the tests: what the steps before them give.

after_STEP is a dictionary of the values that the notebook has once STEP has been called.
"""

# ruff: noqa: E402, F401 - libraries read their settings once, when they are imported

from __future__ import annotations

import os

os.environ.setdefault("MPLBACKEND", "Agg")  # no windows

from collections.abc import Iterator
from typing import Any

import pytest
from recorded import watched
from recorded.workspace import in_copy

from penguins.config import data_dir, in_data_dir

with in_data_dir():
    import stages

    import penguins.clean_the_measurements
    import penguins.evaluate
    import penguins.load
    import penguins.look
    import penguins.train


@pytest.fixture(scope="session", autouse=True)
def files() -> Iterator[None]:
    """Run the tests in a copy of the folder in which the analysis finds its files."""
    with in_copy(data_dir(), "PENGUINS_DATA_DIR", "penguins.csv"):
        yield


@pytest.fixture(scope="session")
def after_read_notes() -> dict[str, Any]:
    """The values once read_notes has been called."""
    with watched("read_notes"):
        return stages.stage_read_notes({})


@pytest.fixture(scope="session")
def after_keep_first_visits(after_read_notes: dict[str, Any]) -> dict[str, Any]:
    """The values once keep_first_visits has been called."""
    with watched("keep_first_visits", "read_notes"):
        return stages.stage_keep_first_visits(stages.copied(after_read_notes))


@pytest.fixture(scope="session")
def after_drop_incomplete(after_keep_first_visits: dict[str, Any]) -> dict[str, Any]:
    """The values once drop_incomplete has been called."""
    with watched("drop_incomplete", "keep_first_visits"):
        return stages.stage_drop_incomplete(stages.copied(after_keep_first_visits))


@pytest.fixture(scope="session")
def after_plot_bills(after_drop_incomplete: dict[str, Any]) -> dict[str, Any]:
    """The values once plot_bills has been called."""
    with watched("plot_bills", "drop_incomplete"):
        return stages.stage_plot_bills(stages.copied(after_drop_incomplete))


@pytest.fixture(scope="session")
def after_typical_masses(after_plot_bills: dict[str, Any]) -> dict[str, Any]:
    """The values once typical_masses has been called."""
    with watched("typical_masses", "plot_bills"):
        return stages.stage_typical_masses(stages.copied(after_plot_bills))


@pytest.fixture(scope="session")
def after_plot_relative_masses(after_typical_masses: dict[str, Any]) -> dict[str, Any]:
    """The values once plot_relative_masses has been called."""
    with watched("plot_relative_masses", "typical_masses"):
        return stages.stage_plot_relative_masses(stages.copied(after_typical_masses))


@pytest.fixture(scope="session")
def after_split(after_plot_relative_masses: dict[str, Any]) -> dict[str, Any]:
    """The values once split has been called."""
    with watched("split", "plot_relative_masses"):
        return stages.stage_split(stages.copied(after_plot_relative_masses))


@pytest.fixture(scope="session")
def after_fit_model(after_split: dict[str, Any]) -> dict[str, Any]:
    """The values once fit_model has been called."""
    with watched("fit_model", "split"):
        return stages.stage_fit_model(stages.copied(after_split))


@pytest.fixture(scope="session")
def after_predict_species(after_fit_model: dict[str, Any]) -> dict[str, Any]:
    """The values once predict_species has been called."""
    with watched("predict_species", "fit_model"):
        return stages.stage_predict_species(stages.copied(after_fit_model))


@pytest.fixture(scope="session")
def after_count_mistakes(after_predict_species: dict[str, Any]) -> dict[str, Any]:
    """The values once count_mistakes has been called."""
    with watched("count_mistakes", "predict_species"):
        return stages.stage_count_mistakes(stages.copied(after_predict_species))
