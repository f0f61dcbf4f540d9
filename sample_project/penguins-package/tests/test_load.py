"""Tests of penguins.load."""

from __future__ import annotations

from typing import Any


def test_read_notes(after_read_notes: dict[str, Any]) -> None:
    """It runs on what the steps before it give."""
    assert {"notes"} <= after_read_notes.keys()


# Continue here: what else must hold? after_STEP has every value once STEP was called.
