"""The field notes are a plain table: one row per bird and visit."""

import pandas as pd

from .config import DATA


# nb2pkg: penguins.ipynb#load
def read_notes(*, data=DATA):
    """Read the notes. Lengths are in millimetres, masses in grams."""
    return pd.read_csv(data)
