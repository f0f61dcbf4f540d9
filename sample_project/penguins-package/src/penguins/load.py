"""The field notes are a plain table: one row per bird and visit."""

from __future__ import annotations

import pandas as pd

from .config import DATA


# nb2pkg: penguins.ipynb#load
def read_notes(*, data: str = DATA) -> pd.DataFrame:
    """Read the notes. Lengths are in millimetres, masses in grams.

    Returns:
        notes: Columns: bird, species, island (text); bill_length_mm, bill_depth_mm,
            flipper_length_mm, body_mass_g (float).
    """
    return pd.read_csv(data)
