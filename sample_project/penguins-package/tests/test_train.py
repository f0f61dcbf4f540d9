"""Tests of penguins.train."""

from __future__ import annotations

from inspect import signature

from penguins.train import fit_model, split


def test_split() -> None:
    """split takes what the notebook gives it."""
    assert list(signature(split).parameters) == ["complete", "test_size", "seed"]
    # Continue here: what else must hold?


def test_fit_model() -> None:
    """fit_model takes what the notebook gives it."""
    assert list(signature(fit_model).parameters) == ["train"]
    # Continue here: what else must hold?
