"""Fixtures of the tests: one run of the pipeline."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from recorded import Analysis

from penguins.config import data_dir, in_data_dir

os.environ.setdefault("MPLBACKEND", "Agg")  # no windows

with in_data_dir():  # libraries look there for their settings, once, when they are imported
    from penguins import pipeline


@pytest.fixture(autouse=True)
def no_figures() -> Iterator[None]:
    """No test leaves figures open for the next."""
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


@pytest.fixture(scope="session")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """The pipeline, run once with copies of the files that it uses."""
    folder = tmp_path_factory.mktemp("analysis")
    for name in ("penguins.csv",):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (data_dir() / name).exists():
            shutil.copy(data_dir() / name, folder / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PENGUINS_DATA_DIR", str(folder))
        return Analysis(
            pipeline, {"drop_incomplete": ["complete"], "predict_species": ["accuracy"]}
        )


@pytest.fixture
def after_drop_incomplete(analysis: Analysis) -> dict[str, Any]:
    """The values behind drop_incomplete."""
    return analysis.after("drop_incomplete")


@pytest.fixture
def after_predict_species(analysis: Analysis) -> dict[str, Any]:
    """The values behind predict_species."""
    return analysis.after("predict_species")
