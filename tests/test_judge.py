"""The judge of the benchmarks: when chance explains a difference between two runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import judge
from benchmarks.kernel_run import Run
from benchmarks.trial import Case, Settings, attempt
from tests import build

CHANCE = {"random": {"python": "a"}, "numpy random": {"legacy": "b"}}
OTHER = {"random": {"python": "c"}, "numpy random": {"legacy": "d"}}


def left(code: str, first: Run, other: Run) -> list[str]:
    found = judge.but_for_chance(judge.compare(first, first, other), code)
    return [difference.what for difference in found.differences]


@pytest.mark.parametrize(
    ("code", "is_chance"),
    [
        ("x = random.random()", True),
        ("random.seed(3)", False),
        ("split(x, random_state=0)", False),
        ("np.random.set_state(kept)", False),
        ("setup(session_id=1)", False),
        ("", False),
    ],
)
def test_states_that_nothing_seeds_are_chance(code: str, is_chance: bool) -> None:
    wanted = [] if is_chance else ["random python", "numpy random legacy"]
    assert left(code, Run(state=CHANCE), Run(state=OTHER)) == wanted


def test_nothing_else_is_chance() -> None:
    values = [{"x": {"kind": "int", "digest": digest, "preview": digest}} for digest in "12"]
    first, other = (
        Run(state=state, values=found) for state, found in zip((CHANCE, OTHER), values, strict=True)
    )
    assert left("x = random.random()", first, other) == ["variable x"]


@pytest.mark.long
def test_a_module_beside_the_notebook_may_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    real = judge.but_for_chance
    monkeypatch.setattr(
        judge, "but_for_chance", lambda found, code: asked.append(code) or real(found, code)
    )
    folder = tmp_path / "notebooks"
    folder.mkdir()
    build.write(folder, "# %%\nimport chance\n# %%\ntotal = 1 + 2")
    settings = Settings(tmp_path / "cache", forks=True)
    (folder / "chance.py").write_text("import random\nrandom.seed(3)\n")
    case = Case("seeded", folder, "analysis.ipynb", ("chance.py",))
    assert attempt(case, settings).verdict == "equal"
    assert ["random.seed(3)" in code for code in asked] == [True]
