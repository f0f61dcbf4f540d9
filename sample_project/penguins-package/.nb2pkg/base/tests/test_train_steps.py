"""Tests of penguins.train_steps."""

from __future__ import annotations

from inspect import signature

from penguins.train_steps import features_of, measurements


def test_measurements() -> None:
    """measurements is what the notebook says."""
    assert measurements == (
        "bill_length_mm",
        "bill_depth_mm",
        "flipper_length_mm",
        "body_mass_g",
    )
    # Continue here: what else must hold?


def test_features_of() -> None:
    """features_of takes what the notebook gives it."""
    assert list(signature(features_of).parameters) == ["some"]
    # Continue here: what else must hold?
