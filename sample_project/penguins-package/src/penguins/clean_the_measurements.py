"""Some masses were noted in kilograms, some birds twice, and some notes are not
complete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

lightest = 100  # no grown penguin weighs less, in grams


# nb2pkg: penguins.ipynb#clean-units
def to_grams(mass):
    """Masses in grams: numbers too small for a penguin were noted in kilograms."""
    return mass.where(mass >= lightest, mass * 1000)


# nb2pkg: penguins.ipynb#clean-visits
def keep_first_visits(notes: pd.DataFrame) -> pd.DataFrame:
    """Keep the first visit to each bird, with its mass in grams.

    Returns:
        birds: Columns: species, island (text); bill_length_mm, bill_depth_mm,
            flipper_length_mm, body_mass_g (float).
    """
    birds = notes.drop_duplicates("bird").set_index("bird")
    birds["body_mass_g"] = to_grams(birds["body_mass_g"])
    return birds


# nb2pkg: penguins.ipynb#clean-complete
def drop_incomplete(birds: pd.DataFrame) -> pd.DataFrame:
    """Leave out the birds that lack a measurement: the model could not name them."""
    return birds.dropna().copy()
