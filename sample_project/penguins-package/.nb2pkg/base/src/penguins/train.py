"""Train: A quarter of the birds is put aside, with all species in proportion."""

from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from .config import SEED, TEST_SIZE
from .train_steps import features_of


# nb2pkg: penguins.ipynb#split
def split(complete, *, test_size=TEST_SIZE, seed=SEED):
    """Split."""
    train, test = train_test_split(
        complete, test_size=test_size, random_state=seed, stratify=complete["species"]
    )
    return train, test


# nb2pkg: penguins.ipynb#fit
def fit_model(train):
    """The measurements have different units, so they are scaled first."""
    # nb2pkg: train.fit_model
    model = make_pipeline(StandardScaler(), LogisticRegression())
    shown = model.fit(features_of(train), train["species"])
    return model, shown
