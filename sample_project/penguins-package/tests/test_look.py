import matplotlib.pyplot as plt
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal

from penguins.look import (
    plot_bills,
    plot_relative_masses,
    relative_mass,
    typical_masses,
)


def make_typical():
    return pd.Series(
        [7000.0, 2000.0, 8000.0, 5400.0, 9000.0, 13900.0],
        index=pd.Index(["a", "b", "c", "d", "e", "f"], name="species"),
        name="body_mass_g",
    )


def make_complete():
    return pd.DataFrame(
        {
            "species": ["a", "b", "a", "c", "b", "a"],
            "body_mass_g": [9000.0, 13900.0, 6000.0, 3000.0, 7000.0, 2000.0],
        },
        index=pd.Index(["a", "b", "c", "d", "e", "f"], name="bird"),
    )


def test_relative_mass():
    expected = pd.Series(
        [1.285714, 6.95, 0.8571429, 0.375, 3.5, 0.2857143],
        index=pd.Index(["a", "b", "c", "d", "e", "f"], name="bird"),
    )
    assert_series_equal(
        relative_mass(make_complete(), typical=make_typical()), expected
    )


def test_plot_bills():
    complete = pd.DataFrame(
        {
            "species": ["a", "b", "a", "c", "b", "a"],
            "bill_length_mm": [20.0, 80.0, 50.0, 90.0, 40.0, 60.0],
            "bill_depth_mm": [80.0, 50.0, 90.0, 40.0, 60.0, 30.0],
        }
    )
    plot_bills(complete)
    assert plt.gcf().get_size_inches().tolist() == pytest.approx([5.0, 4.0])
    axes = plt.gcf().axes[0]
    assert axes.get_xlabel() == "bill length (mm)"
    assert axes.get_ylabel() == "bill depth (mm)"
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["a", "b", "c"]
    assert len(axes.collections) == 3
    assert sum(len(c.get_offsets()) for c in axes.collections) == 6
    assert axes.collections[0].get_sizes().tolist() == [12]


def test_typical_masses():
    complete = pd.DataFrame(
        {
            "species": ["a", "b", "a", "c", "b", "a"],
            "body_mass_g": [9000.0, 13900.0, 6000.0, 3000.0, 7000.0, 2000.0],
        }
    )
    expected = pd.Series(
        [6000.0, 10450.0, 3000.0],
        index=pd.Index(["a", "b", "c"], name="species"),
        name="body_mass_g",
    )
    assert_series_equal(typical_masses(complete), expected)


def test_plot_relative_masses():
    complete = make_complete()
    typical = make_typical()
    plot_relative_masses(complete, typical)
    assert_frame_equal(
        complete,
        pd.DataFrame(
            {
                "species": ["a", "b", "a", "c", "b", "a"],
                "body_mass_g": [9000.0, 13900.0, 6000.0, 3000.0, 7000.0, 2000.0],
                "relative_mass": [1.285714, 6.95, 0.8571429, 0.375, 3.5, 0.2857143],
            },
            index=pd.Index(["a", "b", "c", "d", "e", "f"], name="bird"),
        ),
    )
    assert plt.gcf().get_size_inches().tolist() == pytest.approx([5.0, 3.0])
    axes = plt.gcf().axes[0]
    assert axes.get_xlabel() == "mass / typical mass of the species"
    assert axes.get_ylabel() == "birds"
    assert len(axes.patches) == 24
    assert sum(p.get_height() for p in axes.patches) == pytest.approx(6.0)
