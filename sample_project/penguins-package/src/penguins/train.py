"""The model knows a bird by its four measurements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from .config import SEED, TEST_SIZE

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

measurements = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")


# nb2pkg: penguins.ipynb#features
def features_of(some):
    """The four measurements of each bird, in the order that the model knows."""
    return some[list(measurements)]


# nb2pkg: penguins.ipynb#split
def split(
    complete: pd.DataFrame, *, test_size: float = TEST_SIZE, seed: int = SEED
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put a quarter of the birds aside, with all species in proportion."""
    train_birds, test_birds = train_test_split(
        complete, test_size=test_size, random_state=seed, stratify=complete["species"]
    )
    return train_birds, test_birds


# nb2pkg: penguins.ipynb#fit
def fit_model(train_birds: pd.DataFrame) -> Pipeline:
    """Fit a logistic regression to the scaled measurements."""
    model = make_pipeline(StandardScaler(), LogisticRegression())
    return model.fit(features_of(train_birds), train_birds["species"])
