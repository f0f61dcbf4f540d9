"""Run every case of tests/cases and its narrative in real kernels, and compare them.

Slow (some minutes), because nothing less shows that a value is the same.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.trial import CRASHED, SILENT, Case, Settings, Trial
from tests import build, casefiles


def _quietly(trial: Trial) -> None:
    """Nothing is shown while the trials go on."""
    del trial


@pytest.mark.long
@pytest.mark.parametrize("page", casefiles.PAGES, ids=lambda page: page.stem)
def test_no_trap_is_silently_wrong(page: Path, tmp_path: Path) -> None:
    written = casefiles.read(page)
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for case in written:
        text = f"# %% [markdown]\n# # The {case.name}\n{case.cells}"
        build.write(folder, text, name=f"{case.name}.ipynb")
    cases = [Case(case.name, folder, f"{case.name}.ipynb", ()) for case in written]
    settings = Settings(tmp_path / "cache", sys.executable, forks=True)
    trials = report.run_all(cases, settings, 2, _quietly)
    assert not {trial.name: trial for trial in trials if trial.verdict in (SILENT, CRASHED)}
    other = {trial.name: trial.message for trial in trials if trial.verdict != "equal"}
    refused = {case.name: case.refused for case in written if case.refused}
    assert other.keys() == refused.keys()
    assert {name for name, code in refused.items() if code not in other[name]} == set()


def test_names_of_cases_occur_once() -> None:
    names = Counter(case.name for page in casefiles.PAGES for case in casefiles.read(page))
    assert len(names) > 200
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize(
    "section",
    [
        "## two words\n\n```python\n# %%\nx = 1\n```\n",
        "## no_cells\n\nOnly words.\n",
        "## no_header\n\n```python\nx = 1\n```\n",
        "## two_blocks\n\n```python\n# %%\nx = 1\n```\n\n```python\n# %%\nx = 2\n```\n",
    ],
)
def test_a_section_that_is_no_case_is_reported(section: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Page\n\n{section}", encoding="utf-8")
    with pytest.raises(ValueError, match=r"page\.md: "):
        casefiles.read(page)
