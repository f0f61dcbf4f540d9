"""Load: the notes have one row per bird and visit. Lengths are in millimetres, masses
in grams.
"""

import pandas as pd
from .config import DATA


# nb2pkg: penguins.ipynb#load
def read_notes(*, data=DATA):
    """Read notes."""
    notes = pd.read_csv(data)
    return notes
