"""Tests of penguins.look."""

from __future__ import annotations

from inspect import signature
from typing import Any

from penguins.look import relative_mass


def test_relative_mass() -> None:
    """It takes what the notebook gives it."""
    assert list(signature(relative_mass).parameters) == ["some", "typical"]


def test_plot_bills(after_plot_bills: dict[str, Any]) -> None:
    """It runs on what the steps before it give."""
    assert {"fig"} <= after_plot_bills.keys()


def test_typical_masses(after_typical_masses: dict[str, Any]) -> None:
    """It runs on what the steps before it give."""
    assert {"typical"} <= after_typical_masses.keys()


def test_plot_relative_masses(after_plot_relative_masses: dict[str, Any]) -> None:
    """It runs on what the steps before it give."""
    complete = after_plot_relative_masses["complete"]
    assert "relative_mass" in complete


# Continue here: what else must hold? after_STEP has every value once STEP was called.
