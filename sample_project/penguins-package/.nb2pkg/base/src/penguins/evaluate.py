import pandas as pd
from sklearn.metrics import accuracy_score

from .train import features_of


# nb2pkg: penguins.ipynb#predict
def predict_species(model, test_birds):
    """Name the species of the birds that the model has not seen."""
    predicted = model.predict(features_of(test_birds))
    accuracy = accuracy_score(test_birds["species"], predicted)
    return predicted, accuracy


# nb2pkg: penguins.ipynb#confusion
def count_mistakes(test_birds, predicted):
    """Count for each species what its birds were taken for."""
    return pd.crosstab(test_birds["species"], predicted, colnames=["predicted"])
