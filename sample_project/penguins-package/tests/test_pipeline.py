"""The pipeline, step by step, against what it gave when the notebook was run."""

import pytest
from recorded import Analysis


@pytest.mark.parametrize(
    "step",
    [
        "read_notes",
        "keep_first_visits",
        "drop_incomplete",
        "typical_masses",
        "plot_relative_masses",
        "split",
        "fit_model",
        "predict_species",
        "count_mistakes",
        "run",
    ],
)
def test_step(analysis: Analysis, step: str) -> None:
    assert analysis.differences(step) == []
