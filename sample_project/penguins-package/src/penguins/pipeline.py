"""The analysis from beginning to end, as the notebook tells it."""

from __future__ import annotations

from typing import Any

from .clean_the_measurements import drop_incomplete, keep_first_visits
from .config import DATA, SEED, TEST_SIZE, in_data_dir
from .evaluate import count_mistakes, predict_species
from .load import read_notes
from .look import plot_relative_masses, typical_masses
from .train import fit_model, split


@in_data_dir()
def run(
    *, data: str = DATA, test_size: float = TEST_SIZE, seed: int = SEED
) -> dict[str, Any]:
    """Four measurements are enough to tell three species of penguins apart.

    Returns the values that the notebook leads to, by name.
    """
    notes = read_notes(data=data)
    birds = keep_first_visits(notes)
    complete = drop_incomplete(birds)
    typical = typical_masses(complete)
    plot_relative_masses(complete, typical)
    train_birds, test_birds = split(complete, test_size=test_size, seed=seed)
    model = fit_model(train_birds)
    predicted, accuracy = predict_species(model, test_birds)
    confusion = count_mistakes(test_birds, predicted)
    return {"typical": typical, "accuracy": accuracy, "confusion": confusion}
