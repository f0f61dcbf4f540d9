"""What the steps are fed in the tests: what the steps before them give.

after_STEP is a dictionary of the values that the notebook has once STEP has been called.
"""

from __future__ import annotations

import copy
import os
from typing import Any

from collections.abc import Iterator

import pytest
from penguins.clean_the_measurements import drop_incomplete, keep_first_visits
from penguins.load import read_notes
from penguins.look import plot_bills, typical_masses
from penguins.config import DATA
from penguins.config import in_data_dir

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
