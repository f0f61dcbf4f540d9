"""The analysis, stage by stage: each calls one step, on the values that earlier stages made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from penguins.clean_the_measurements import drop_incomplete, keep_first_visits
from penguins.config import DATA, SEED, TEST_SIZE
from penguins.evaluate import count_mistakes, predict_species
from penguins.load import read_notes
from penguins.look import plot_bills, plot_relative_masses, typical_masses
from penguins.train import fit_model, split


def stage_read_notes() -> dict[str, Any]:
    notes = read_notes(data=DATA)
    return {"notes": notes}


def stage_keep_first_visits(notes: Any) -> dict[str, Any]:
    birds = keep_first_visits(notes)
    return {"birds": birds}


def stage_drop_incomplete(birds: Any) -> dict[str, Any]:
    complete = drop_incomplete(birds)
    return {"complete": complete}


def stage_plot_bills(complete: Any) -> dict[str, Any]:
    plot_bills(complete)
    return {}


def stage_typical_masses(complete: Any) -> dict[str, Any]:
    typical = typical_masses(complete)
    return {"typical": typical}


def stage_plot_relative_masses(complete: Any, typical: Any) -> dict[str, Any]:
    plot_relative_masses(complete, typical)
    return {}


def stage_split(complete: Any) -> dict[str, Any]:
    train_birds, test_birds = split(complete, test_size=TEST_SIZE, seed=SEED)
    return {"train_birds": train_birds, "test_birds": test_birds}


def stage_fit_model(train_birds: Any) -> dict[str, Any]:
    model = fit_model(train_birds)
    return {"model": model}


def stage_predict_species(model: Any, test_birds: Any) -> dict[str, Any]:
    predicted, accuracy = predict_species(model, test_birds)
    return {"predicted": predicted, "accuracy": accuracy}


def stage_count_mistakes(test_birds: Any, predicted: Any) -> dict[str, Any]:
    confusion = count_mistakes(test_birds, predicted)
    return {"confusion": confusion}


# step: its stage, who makes what that takes, and the step that has to be run before it
STAGES: dict[str, tuple[Callable[..., dict[str, Any]], dict[str, str], str]] = {
    "read_notes": (stage_read_notes, {}, ""),
    "keep_first_visits": (stage_keep_first_visits, {"notes": "read_notes"}, ""),
    "drop_incomplete": (stage_drop_incomplete, {"birds": "keep_first_visits"}, ""),
    "plot_bills": (stage_plot_bills, {"complete": "drop_incomplete"}, ""),
    "typical_masses": (stage_typical_masses, {"complete": "drop_incomplete"}, ""),
    "plot_relative_masses": (
        stage_plot_relative_masses,
        {"complete": "drop_incomplete", "typical": "typical_masses"},
        "",
    ),
    "split": (stage_split, {"complete": "plot_relative_masses"}, ""),
    "fit_model": (stage_fit_model, {"train_birds": "split"}, ""),
    "predict_species": (
        stage_predict_species,
        {"model": "fit_model", "test_birds": "split"},
        "",
    ),
    "count_mistakes": (
        stage_count_mistakes,
        {"test_birds": "split", "predicted": "predict_species"},
        "",
    ),
}
