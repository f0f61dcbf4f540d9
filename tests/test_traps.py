"""Run every trap notebook and its narrative in real kernels, and compare them.

Slow (some two minutes), because nothing less shows that a value is the same.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import report
from benchmarks.trial import CRASHED, PROMOTE, SILENT, Case, Settings, Trial
from tests import build
from tests.traps import TRAPS

REFUSED = {  # as a whole, each with its reason
    "for_else_bind",  # NB303
    "frame_depth",  # NB204
    "suppress",  # NB303
    "underscore_last",  # NB306
    "warn_once",  # NB310
}


def _quietly(trial: Trial) -> None:
    """Nothing is shown while the trials go on."""
    del trial


def test_no_trap_is_silently_wrong(tmp_path: Path) -> None:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    cases = []
    for name, cells in TRAPS.items():
        title = {"cell_type": "markdown", "source": f"# The {name}", "metadata": {}}
        build.write(folder, [title, *cells], name=f"{name}.ipynb")
        cases.append(Case(name, folder, f"{name}.ipynb", ()))
    settings = Settings(tmp_path / "cache", sys.executable, tuple(PROMOTE), False)
    trials: list[Trial] = report.run_all(cases, settings, 2, _quietly)
    wrong = {trial.name: trial for trial in trials if trial.verdict in (SILENT, CRASHED)}
    assert not wrong
    assert {trial.name for trial in trials if trial.verdict != "equal"} == REFUSED
