"""Tests of penguins.evaluate."""

from __future__ import annotations

from typing import Any

import pandas


def test_predict_species(after_predict_species: dict[str, Any]) -> None:
    """It runs on what the steps before it give."""
    assert {"predicted", "accuracy"} <= after_predict_species.keys()


def test_count_mistakes(after_count_mistakes: dict[str, Any]) -> None:
    """It runs on what the steps before it give."""
    confusion = after_count_mistakes["confusion"]
    assert isinstance(confusion, pandas.DataFrame)


def test_predict_species_as_asserted(after_predict_species: dict[str, Any]) -> None:
    """The notebook asserts it."""
    accuracy = after_predict_species["accuracy"]
    assert accuracy > 0.9


# Continue here: what else must hold? after_STEP has every value once STEP was called.
