"""Tests of penguins.evaluate."""

from __future__ import annotations

from inspect import signature

import pandas
from penguins.evaluate import count_mistakes, predict_species


def test_predict_species() -> None:
    """predict_species takes what the notebook gives it."""
    assert list(signature(predict_species).parameters) == ["model", "test"]
    # Continue here: what else must hold?


def test_count_mistakes() -> None:
    """count_mistakes takes what the notebook gives it."""
    assert list(signature(count_mistakes).parameters) == ["test", "predicted"]
    # Continue here: what else must hold?
