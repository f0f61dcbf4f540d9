"""Every hazard is promoted, and its narrative does what the notebook did.

This is one test, and a slow one: a hundred notebooks run in kernels of their own, the originals
twice, since only so it can be told what differs from run to run. It takes some minutes. The figures
are those of `python -m benchmarks.hazards.run`, which also prints them.
"""

from __future__ import annotations

import ast
import csv
import json
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.warnings import DuplicateCellId, MissingIDFieldWarning

ROOT = Path(__file__).resolve().parents[1]
WANTED = 85  # of the ninety that should be equal; the rest may be refused or named


@pytest.mark.long
def test_hazards(tmp_path: Path) -> None:
    projects, outcomes = tmp_path / "projects", tmp_path / "outcomes.json"
    projects.mkdir()
    command = [sys.executable, "-m", "benchmarks.hazards.run", "--jobs", "2", "--forks"]
    folders = ["--json", outcomes, "--keep", projects, "--cache", tmp_path / "cache"]
    done = subprocess.run(
        [*command, *map(str, folders)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    print(done.stdout, done.stderr)  # pytest shows it when the test fails
    verdicts = {t["name"]: t["verdict"] for t in json.loads(outcomes.read_text(encoding="utf-8"))}
    expected = _expected()
    assert verdicts.keys() == expected.keys()
    assert {n: v for n, v in verdicts.items() if v not in ("equal", "named", "refused")} == {}
    equal = [name for name, wanted in expected.items() if wanted == verdicts[name] == "equal"]
    assert len(equal) >= WANTED
    assert len(list(projects.iterdir())) >= len(equal)
    assert list(_broken(projects)) == []


def _expected() -> dict[str, str]:
    path = ROOT / "tests" / "hazards" / "hazards.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["name"]: row["expectation"] for row in csv.DictReader(file)}


def _broken(projects: Path) -> Iterator[str]:
    """What is no valid notebook, or no Python, among the files that were made."""
    with warnings.catch_warnings():
        # The narrative keeps the ids of the original, and the strings with odd escapes.
        warnings.simplefilter("ignore", DuplicateCellId)
        warnings.simplefilter("ignore", MissingIDFieldWarning)
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        for path in sorted(projects.rglob("*.ipynb")):
            try:
                nbformat.validate(nbformat.read(path, as_version=nbformat.NO_CONVERT))
            except (nbformat.ValidationError, ValueError) as error:
                yield f"{path}: {error}"
        for path in sorted(projects.rglob("*.py")):
            try:
                ast.parse(path.read_text(encoding="utf-8"))
            except SyntaxError as error:
                yield f"{path}: {error}"
