from __future__ import annotations

from typing import Any

import pandas as pd
from pandas.testing import assert_frame_equal, assert_series_equal

from penguins.clean_the_measurements import drop_incomplete, keep_first_visits, to_grams


def test_to_grams():
    mass = pd.Series([3000.0, 7000.0, None, 8000.0, 5400.0, 9000.0], name="body_mass_g")
    expected = pd.Series(
        [3000.0, 7000.0, float("nan"), 8000.0, 5400.0, 9000.0], name="body_mass_g"
    )
    assert_series_equal(to_grams(mass), expected)


def test_to_grams_at_its_limit():
    mass = pd.Series([100, 101, 99, 100, 101, 99], name="body_mass_g")
    expected = pd.Series([100, 101, 99000, 100, 101, 99000], name="body_mass_g")
    assert_series_equal(to_grams(mass), expected)


def test_keep_first_visits():
    notes = pd.DataFrame(
        {
            "bird": ["a728", "b285", "c859", "d594", "e946", "f463"],
            "body_mass_g": [13900.0, 6000.0, None, 7000.0, 2000.0, 8000.0],
        }
    )
    expected = pd.DataFrame(
        {"body_mass_g": [13900.0, 6000.0, float("nan"), 7000.0, 2000.0, 8000.0]},
        index=pd.Index(["a728", "b285", "c859", "d594", "e946", "f463"], name="bird"),
    )
    assert_frame_equal(keep_first_visits(notes), expected)


def test_keep_first_visits_with_ties():
    notes = pd.DataFrame(
        {
            "bird": ["a728", "b285", "c859", "a728", "b285", "c859"],
            "body_mass_g": [13900.0, 6000.0, 3000.0, 13900.0, 6000.0, 3000.0],
        }
    )
    expected = pd.DataFrame(
        {"body_mass_g": [13900.0, 6000.0, 3000.0]},
        index=pd.Index(["a728", "b285", "c859"], name="bird"),
    )
    assert_frame_equal(keep_first_visits(notes), expected)


def test_drop_incomplete():
    birds = pd.DataFrame(
        {
            "species": ["a", "b", "a", "c", "b", "a"],
            "bill_length_mm": [20.0, 80.0, None, 90.0, 40.0, 60.0],
        }
    )
    expected = pd.DataFrame(
        {
            "species": ["a", "b", "c", "b", "a"],
            "bill_length_mm": [20.0, 80.0, 90.0, 40.0, 60.0],
        },
        index=[0, 1, 3, 4, 5],
    )
    assert_frame_equal(drop_incomplete(birds), expected)


def test_drop_incomplete_as_asserted(after_drop_incomplete: dict[str, Any]) -> None:
    """The notebook asserts it."""
    complete = after_drop_incomplete["complete"]
    assert complete.index.is_unique
    assert complete["body_mass_g"].between(2000, 7000).all()
