"""The analysis, stage by stage: each calls one step, on the values that the stage before it left.

The fixtures of the tests run them; called one after the other they show where a value comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from penguins.clean_the_measurements import drop_incomplete, keep_first_visits
from penguins.config import DATA, SEED, TEST_SIZE
from penguins.evaluate import count_mistakes, predict_species
from penguins.load import read_notes
from penguins.look import plot_bills, plot_relative_masses, typical_masses
from penguins.train import fit_model, split


def copied(values: dict[str, Any]) -> dict[str, Any]:
    """A copy that a step may change in place; what cannot be copied is shared."""
    try:
        return deepcopy(values)
    except Exception:  # what copying raises is up to the class
        return deepcopy(values, {id(v): v for v in values.values() if not _has_copy(v)})


def _has_copy(value: object) -> bool:
    try:
        deepcopy(value)
    except Exception:
        return False
    return True


def stage_read_notes(values: dict[str, Any]) -> dict[str, Any]:
    """Call read_notes."""
    notes = read_notes(data=DATA)
    return {**values, "notes": notes}


def stage_keep_first_visits(values: dict[str, Any]) -> dict[str, Any]:
    """Call keep_first_visits."""
    notes = values["notes"]
    birds = keep_first_visits(notes)
    return {**values, "birds": birds}


def stage_drop_incomplete(values: dict[str, Any]) -> dict[str, Any]:
    """Call drop_incomplete."""
    birds = values["birds"]
    complete = drop_incomplete(birds)
    return {**values, "complete": complete}


def stage_plot_bills(values: dict[str, Any]) -> dict[str, Any]:
    """Call plot_bills."""
    complete = values["complete"]
    fig = plot_bills(complete)
    return {**values, "fig": fig}


def stage_typical_masses(values: dict[str, Any]) -> dict[str, Any]:
    """Call typical_masses."""
    complete = values["complete"]
    typical = typical_masses(complete)
    return {**values, "typical": typical}


def stage_plot_relative_masses(values: dict[str, Any]) -> dict[str, Any]:
    """Call plot_relative_masses."""
    complete = values["complete"]
    typical = values["typical"]
    plot_relative_masses(complete, typical)
    return {**values}


def stage_split(values: dict[str, Any]) -> dict[str, Any]:
    """Call split."""
    complete = values["complete"]
    train_birds, test_birds = split(complete, test_size=TEST_SIZE, seed=SEED)
    return {**values, "train_birds": train_birds, "test_birds": test_birds}


def stage_fit_model(values: dict[str, Any]) -> dict[str, Any]:
    """Call fit_model."""
    train_birds = values["train_birds"]
    model = fit_model(train_birds)
    return {**values, "model": model}


def stage_predict_species(values: dict[str, Any]) -> dict[str, Any]:
    """Call predict_species."""
    model = values["model"]
    test_birds = values["test_birds"]
    predicted, accuracy = predict_species(model, test_birds)
    return {**values, "predicted": predicted, "accuracy": accuracy}


def stage_count_mistakes(values: dict[str, Any]) -> dict[str, Any]:
    """Call count_mistakes."""
    test_birds = values["test_birds"]
    predicted = values["predicted"]
    confusion = count_mistakes(test_birds, predicted)
    return {**values, "confusion": confusion}


STAGES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "read_notes": stage_read_notes,
    "keep_first_visits": stage_keep_first_visits,
    "drop_incomplete": stage_drop_incomplete,
    "plot_bills": stage_plot_bills,
    "typical_masses": stage_typical_masses,
    "plot_relative_masses": stage_plot_relative_masses,
    "split": stage_split,
    "fit_model": stage_fit_model,
    "predict_species": stage_predict_species,
    "count_mistakes": stage_count_mistakes,
}
