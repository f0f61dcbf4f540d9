"""Tests of penguins.clean_the_measurements."""

from __future__ import annotations

from inspect import signature
from typing import Any

from penguins.clean_the_measurements import lightest, to_grams


def test_lightest() -> None:
    """It is what the notebook says."""
    assert lightest == 100


def test_to_grams() -> None:
    """It takes what the notebook gives it."""
    assert list(signature(to_grams).parameters) == ["mass"]


def test_keep_first_visits(after_keep_first_visits: dict[str, Any]) -> None:
    """It runs on what the steps before it give."""
    assert {"birds"} <= after_keep_first_visits.keys()


def test_drop_incomplete(after_drop_incomplete: dict[str, Any]) -> None:
    """It runs on what the steps before it give."""
    assert {"complete"} <= after_drop_incomplete.keys()


def test_drop_incomplete_as_asserted(after_drop_incomplete: dict[str, Any]) -> None:
    """The notebook asserts it."""
    complete = after_drop_incomplete["complete"]
    assert complete.index.is_unique
    assert complete["body_mass_g"].between(2000, 7000).all()


# Continue here: what else must hold? after_STEP has every value once STEP was called.
