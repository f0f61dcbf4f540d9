import numpy as np
import pandas as pd
from pandas.testing import assert_frame_equal

from penguins.train import features_of, fit_model, split


def test_features_of():
    some = pd.DataFrame(
        {
            "bill_length_mm": [20.0, 80.0, 50.0, 90.0, 40.0, 60.0],
            "bill_depth_mm": [80.0, 50.0, 90.0, 40.0, 60.0, 30.0],
            "flipper_length_mm": [500.0, 900.0, 400.0, 600.0, 300.0, 700.0],
            "body_mass_g": [9000.0, 13900.0, 6000.0, 3000.0, 7000.0, 2000.0],
        }
    )
    expected = pd.DataFrame(
        {
            "bill_length_mm": [20.0, 80.0, 50.0, 90.0, 40.0, 60.0],
            "bill_depth_mm": [80.0, 50.0, 90.0, 40.0, 60.0, 30.0],
            "flipper_length_mm": [500.0, 900.0, 400.0, 600.0, 300.0, 700.0],
            "body_mass_g": [9000.0, 13900.0, 6000.0, 3000.0, 7000.0, 2000.0],
        }
    )
    assert_frame_equal(features_of(some), expected)


def test_split():
    complete = pd.DataFrame(
        {"species": ["a", "b", "a", "c", "b", "a", "b", "c", "a", "b", "a", "c"]}
    )
    train_birds, test_birds = split(complete, test_size=0.7, seed=5)
    assert_frame_equal(
        train_birds, pd.DataFrame({"species": ["a", "b", "c"]}, index=[10, 9, 7])
    )
    assert_frame_equal(
        test_birds,
        pd.DataFrame(
            {"species": ["a", "a", "c", "b", "a", "b", "c", "b", "a"]},
            index=[5, 8, 11, 1, 2, 4, 3, 6, 0],
        ),
    )


def test_fit_model():
    train_birds = pd.DataFrame(
        {
            "species": ["a", "b", "a", "c", "b", "a"],
            "bill_length_mm": [20.0, 80.0, 50.0, 90.0, 40.0, 60.0],
            "bill_depth_mm": [80.0, 50.0, 90.0, 40.0, 60.0, 30.0],
            "flipper_length_mm": [500.0, 900.0, 400.0, 600.0, 300.0, 700.0],
            "body_mass_g": [9000.0, 13900.0, 6000.0, 3000.0, 7000.0, 2000.0],
        }
    )
    model = fit_model(train_birds)
    np.testing.assert_allclose(
        model[-1].coef_,
        [
            [-0.6172627, 0.3944294, 0.3098653, -0.4248666],
            [-0.03158347, -0.2140657, -0.2334721, 0.7602012],
            [0.6488461, -0.1803637, -0.07639324, -0.3353346],
        ],
        rtol=1e-6,
    )
    np.testing.assert_allclose(
        model[-1].intercept_, [0.6466863, 0.216582, -0.8632683], rtol=1e-6
    )
    assert model[-1].classes_.tolist() == ["a", "b", "c"]
