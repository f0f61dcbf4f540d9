"""The pipeline, stage by stage, against what it gave when the notebook was run."""

import pytest
from recorded import Analysis, as_recorded


@pytest.mark.parametrize(
    "step",
    [
        "read_notes",
        "keep_first_visits",
        "drop_incomplete",
        "plot_bills",
        "typical_masses",
        "plot_relative_masses",
        "split",
        "fit_model",
        "predict_species",
        "count_mistakes",
    ],
)
def test_stage(analysis: Analysis, step: str) -> None:
    assert as_recorded(step, analysis) == []
