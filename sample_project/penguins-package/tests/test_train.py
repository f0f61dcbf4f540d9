"""Tests of penguins.train."""

from __future__ import annotations

from inspect import signature
from typing import Any

from penguins.train import features_of, measurements


def test_measurements() -> None:
    """It is what the notebook says."""
    assert measurements == (
        "bill_length_mm",
        "bill_depth_mm",
        "flipper_length_mm",
        "body_mass_g",
    )


def test_features_of() -> None:
    """It takes what the notebook gives it."""
    assert list(signature(features_of).parameters) == ["some"]


def test_split(after_split: dict[str, Any]) -> None:
    """It runs on what the steps before it give."""
    assert {"train_birds", "test_birds"} <= after_split.keys()


def test_fit_model(after_fit_model: dict[str, Any]) -> None:
    """It runs on what the steps before it give."""
    assert {"model"} <= after_fit_model.keys()


# Continue here: what else must hold? after_STEP has every value once STEP was called.
