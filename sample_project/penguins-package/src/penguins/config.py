"""Parameters of the analysis, and where its files are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

DATA = "penguins.csv"
TEST_SIZE = 0.25
SEED = 7


def data_dir() -> Path:
    """Return the folder in which the analysis finds its files.

    PENGUINS_DATA_DIR names it. Without that variable
    it is the folder of the notebook, as seen from the project, or the working directory.
    """
    named = os.environ.get("PENGUINS_DATA_DIR")
    project = Path(__file__).resolve().parents[2]
    if named:
        return Path(named)
    if (project / "pyproject.toml").is_file():
        return (project / "..").resolve()
    return Path.cwd()


@contextmanager
def in_data_dir() -> Iterator[None]:
    """Work in the folder of the analysis' files, then come back."""
    before = Path.cwd()
    os.chdir(data_dir())
    try:
        yield
    finally:
        os.chdir(before)


@cache
def enter_data_dir() -> None:
    """Work in the folder of the analysis' files from now on. Further calls do nothing."""
    os.chdir(data_dir())
