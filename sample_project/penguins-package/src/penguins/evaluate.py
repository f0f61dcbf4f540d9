from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from sklearn.metrics import accuracy_score

from .train import features_of

if TYPE_CHECKING:
    import numpy as np
    from sklearn.pipeline import Pipeline


# nb2pkg: penguins.ipynb#predict
def predict_species(
    model: Pipeline, test_birds: pd.DataFrame
) -> tuple[np.ndarray, float]:
    """Name the species of the birds that the model has not seen."""
    predicted = model.predict(features_of(test_birds))
    accuracy = accuracy_score(test_birds["species"], predicted)
    return predicted, accuracy


# nb2pkg: penguins.ipynb#confusion
def count_mistakes(test_birds: pd.DataFrame, predicted: np.ndarray) -> pd.DataFrame:
    """Count for each species what its birds were taken for."""
    return pd.crosstab(test_birds["species"], predicted, colnames=["predicted"])
