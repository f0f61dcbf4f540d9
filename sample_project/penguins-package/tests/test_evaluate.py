from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from penguins.evaluate import count_mistakes, predict_species
from penguins.train import fit_model


def test_predict_species():
    model = fit_model(
        pd.DataFrame(
            {
                "species": ["a", "b", "a", "c", "b", "a"],
                "bill_length_mm": [20.0, 80.0, 50.0, 90.0, 40.0, 60.0],
                "bill_depth_mm": [80.0, 50.0, 90.0, 40.0, 60.0, 30.0],
                "flipper_length_mm": [500.0, 900.0, 400.0, 600.0, 300.0, 700.0],
                "body_mass_g": [9000.0, 13900.0, 6000.0, 3000.0, 7000.0, 2000.0],
            }
        )
    )
    test_birds = pd.DataFrame(
        {
            "species": ["b", "a", "c", "b", "a", "b"],
            "bill_length_mm": [80.0, 50.0, 90.0, 40.0, 60.0, 30.0],
            "bill_depth_mm": [50.0, 90.0, 40.0, 60.0, 30.0, 70.0],
            "flipper_length_mm": [900.0, 400.0, 600.0, 300.0, 700.0, 230.0],
            "body_mass_g": [13900.0, 6000.0, 3000.0, 7000.0, 2000.0, 8000.0],
        }
    )
    predicted, accuracy = predict_species(model, test_birds)
    assert predicted.tolist() == ["b", "a", "c", "a", "a", "a"]
    assert accuracy == pytest.approx(0.6666667)


def test_count_mistakes():
    test_birds = pd.DataFrame({"species": ["a", "b", "a", "c", "b", "a"]})
    predicted = np.array(["b", "a", "c", "b", "a", "b"])
    expected = pd.DataFrame(
        {"a": [0, 2, 0], "b": [2, 0, 1], "c": [1, 0, 0]},
        index=pd.Index(["a", "b", "c"], name="species"),
    ).rename_axis(columns="predicted")
    assert_frame_equal(count_mistakes(test_birds, predicted), expected)


def test_predict_species_as_asserted(after_predict_species: dict[str, Any]) -> None:
    """The notebook asserts it."""
    accuracy = after_predict_species["accuracy"]
    assert accuracy > 0.9
