"""Evaluate: the model has not seen the birds that it is asked about here."""

import pandas as pd
from sklearn.metrics import accuracy_score
from .train_steps import features_of


# nb2pkg: penguins.ipynb#predict
def predict_species(model, test):
    """The model has not seen the birds that it is asked about here."""
    predicted = model.predict(features_of(test))
    accuracy = accuracy_score(test["species"], predicted)
    return predicted, accuracy


# nb2pkg: penguins.ipynb#confusion
def count_mistakes(test, predicted):
    """Which species are taken for one another?"""
    confusion = pd.crosstab(test["species"], predicted, colnames=["predicted"])
    return confusion
