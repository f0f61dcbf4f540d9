"""The analysis from beginning to end, as the notebook tells it."""

from __future__ import annotations

from typing import Any

from .clean_the_measurements import drop_incomplete, keep_first_visits
from .load import read_notes
from .look import plot_bills, typical_masses
from .config import DATA, SEED, TEST_SIZE
from .config import in_data_dir


@in_data_dir()
def run(
    *, data: str = DATA, test_size: float = TEST_SIZE, seed: int = SEED
) -> dict[str, Any]:
    """Penguins.

    Ends before cell 22 of the notebook, which can only be run there.

    Returns every value of the notebook that is made here, by name.
    """
    notes = read_notes(data=data)
    birds = keep_first_visits(notes)
    complete = drop_incomplete(birds)
    fig = plot_bills(complete)
    typical = typical_masses(complete)
    return {
        "notes": notes,
        "birds": birds,
        "complete": complete,
        "fig": fig,
        "typical": typical,
    }
