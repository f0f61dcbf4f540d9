"""What the steps are fed in the tests: what the steps before them give.

after_STEP is a dictionary of the values that the notebook has once STEP has been called.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from typing import Any

import pytest

from penguins.clean_the_measurements import drop_incomplete, keep_first_visits
from penguins.config import DATA, SEED, TEST_SIZE, in_data_dir
from penguins.evaluate import count_mistakes, predict_species
from penguins.load import read_notes
from penguins.look import plot_bills, plot_relative_masses, typical_masses
from penguins.train import fit_model, split

os.environ.setdefault("MPLBACKEND", "Agg")  # no windows


def copied(values: dict[str, Any]) -> dict[str, Any]:
    """A copy that a step may change in place; what cannot be copied is shared."""
    try:
        return copy.deepcopy(values)
    except (TypeError, NotImplementedError, AttributeError, RecursionError):
        return dict(values)


@pytest.fixture(scope="session", autouse=True)
def files() -> Iterator[None]:
    """Run the tests where the files of the analysis are."""
    with in_data_dir():
        yield


@pytest.fixture(scope="session")
def after_read_notes() -> dict[str, Any]:
    """The values once read_notes has been called."""
    notes = read_notes(data=DATA)
    return {"notes": notes}


@pytest.fixture(scope="session")
def after_keep_first_visits(after_read_notes: dict[str, Any]) -> dict[str, Any]:
    """The values once keep_first_visits has been called."""
    values = copied(after_read_notes)
    notes = values["notes"]
    birds = keep_first_visits(notes)
    return {**values, "birds": birds}


@pytest.fixture(scope="session")
def after_drop_incomplete(after_keep_first_visits: dict[str, Any]) -> dict[str, Any]:
    """The values once drop_incomplete has been called."""
    values = copied(after_keep_first_visits)
    birds = values["birds"]
    complete = drop_incomplete(birds)
    return {**values, "complete": complete}


@pytest.fixture(scope="session")
def after_plot_bills(after_drop_incomplete: dict[str, Any]) -> dict[str, Any]:
    """The values once plot_bills has been called."""
    values = copied(after_drop_incomplete)
    complete = values["complete"]
    fig = plot_bills(complete)
    return {**values, "fig": fig}


@pytest.fixture(scope="session")
def after_typical_masses(after_plot_bills: dict[str, Any]) -> dict[str, Any]:
    """The values once typical_masses has been called."""
    values = copied(after_plot_bills)
    complete = values["complete"]
    typical = typical_masses(complete)
    return {**values, "typical": typical}


@pytest.fixture(scope="session")
def after_plot_relative_masses(after_typical_masses: dict[str, Any]) -> dict[str, Any]:
    """The values once plot_relative_masses has been called."""
    values = copied(after_typical_masses)
    complete = values["complete"]
    typical = values["typical"]
    plot_relative_masses(complete, typical)
    return {**values}


@pytest.fixture(scope="session")
def after_split(after_plot_relative_masses: dict[str, Any]) -> dict[str, Any]:
    """The values once split has been called."""
    values = copied(after_plot_relative_masses)
    complete = values["complete"]
    train_birds, test_birds = split(complete, test_size=TEST_SIZE, seed=SEED)
    return {**values, "train_birds": train_birds, "test_birds": test_birds}


@pytest.fixture(scope="session")
def after_fit_model(after_split: dict[str, Any]) -> dict[str, Any]:
    """The values once fit_model has been called."""
    values = copied(after_split)
    train_birds = values["train_birds"]
    model = fit_model(train_birds)
    return {**values, "model": model}


@pytest.fixture(scope="session")
def after_predict_species(after_fit_model: dict[str, Any]) -> dict[str, Any]:
    """The values once predict_species has been called."""
    values = copied(after_fit_model)
    model = values["model"]
    test_birds = values["test_birds"]
    predicted, accuracy = predict_species(model, test_birds)
    return {**values, "predicted": predicted, "accuracy": accuracy}


@pytest.fixture(scope="session")
def after_count_mistakes(after_predict_species: dict[str, Any]) -> dict[str, Any]:
    """The values once count_mistakes has been called."""
    values = copied(after_predict_species)
    test_birds = values["test_birds"]
    predicted = values["predicted"]
    confusion = count_mistakes(test_birds, predicted)
    return {**values, "confusion": confusion}
