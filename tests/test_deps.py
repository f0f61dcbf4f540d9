"""nb2pkg deps: what is needed beside what is declared and installed, of real notebooks and packages."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from nb2pkg.cli.main import cli
from tests import build, venvs

PLOTS = """
# %%
import numpy as np
import networkx
# %% tags=["nb2pkg:weights.mean"]
mean = np.mean([61, 74, 58])
# %%
print(networkx.path_graph(int(mean) // 60))
"""


def deps(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["deps", *map(str, arguments)])


def report(*arguments: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(deps(*arguments, "--json").stdout)
    return found


def findings(*arguments: object) -> list[tuple[str, str]]:
    return [(f["what"], f["distribution"]) for f in report(*arguments)["findings"]]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = build.write(tmp_path, PLOTS)
    assert CliRunner().invoke(cli, ["promote", str(path)]).exit_code == 0
    return tmp_path / "analysis-package"


def test_a_package_as_it_was_promoted_declares_all_it_needs(package: Path) -> None:
    result = deps(package, "--check", "--drift")
    assert result.exit_code == 0, result.output
    assert "all declared, used and verified (1 for the package" in result.stderr
    rows = {row["distribution"]: row for row in report(package)["rows"]}
    assert {name: row["for"] for name, row in rows.items()} == {
        "ipykernel": "notebook",
        "networkx": "notebook",
        "numpy": "package",
        "pytest": "tests",
    }
    assert rows["networkx"]["where"] == ["cell 1"]
    assert rows["numpy"]["where"][0].startswith("src/analysis/weights.py:")
    assert [one["where"] for one in rows["numpy"]["declared"]] == [
        "dependencies",
        "requirements.txt",
    ]
    assert [line.split()[0] for line in deps(package).stdout.splitlines()] == [
        "import", "ipykernel", "networkx", "numpy", "pytest",
    ]  # fmt: skip


def test_what_the_engineer_adds_and_takes_away_is_seen(package: Path) -> None:
    module = package / "src" / "analysis" / "weights.py"
    module.write_text(
        module.read_text("utf-8") + "\nimport networkx\nimport weighbridge\n", "utf-8"
    )
    pyproject = package / "pyproject.toml"
    text = pyproject.read_text("utf-8").replace(
        "dependencies = [\n", 'dependencies = [\n    "attrs",\n', 1
    )
    pyproject.write_text(text, encoding="utf-8")
    assert findings(package) == [
        ("undeclared", "networkx"),
        ("undeclared", "weighbridge"),
        ("unused", "attrs"),
        ("unverified", "weighbridge"),
    ]
    result = deps(package, "--check")
    assert result.exit_code == 1
    assert "networkx: used by src/analysis/weights.py:" in result.stderr
    assert "but not declared for the package (only in extra notebook, " in result.stderr
    assert deps(package).exit_code == 0


def test_a_guess_of_ours_is_no_declaration(tmp_path: Path) -> None:
    path = build.write(tmp_path, PLOTS.replace("networkx", "weighbridge"))
    assert CliRunner().invoke(cli, ["promote", str(path)]).exit_code == 0
    project = tmp_path / "analysis-package"
    declared = (project / "pyproject.toml").read_text("utf-8")
    assert '    "weighbridge",  # unverified: a guess, check it\n' in declared
    assert ("unverified", "weighbridge") in findings(project)
    page = CliRunner().invoke(cli, ["review", str(project), "--markdown"])
    assert "NB503" in page.stdout  # who reviews the package sees it
    again = CliRunner().invoke(cli, ["promote", str(path)])
    assert "NB503 weighbridge" in again.stderr
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('\n[tool.nb2pkg.dependencies.distributions]\nweighbridge = "weighbridge"\n')
    assert ("unverified", "weighbridge") not in findings(project)
    assert "NB503" not in CliRunner().invoke(cli, ["promote", str(path)]).stderr


def test_drift_between_the_environment_and_what_is_stated(package: Path, tmp_path: Path) -> None:
    kernel = venvs.create(tmp_path / "kernel")
    venvs.add(kernel, "numpy", "1.0")
    here = ("--python", kernel.python)
    drift = [f for f in report(package, *here)["findings"] if f["what"] == "drift"]
    assert {f["distribution"] for f in drift} == {"numpy"}
    assert any("requirements.txt has numpy==" in f["message"] for f in drift)
    assert any(f["message"].endswith("and 1.0 is installed") for f in drift)
    assert deps(package, *here, "--check").exit_code == 0
    assert deps(package, *here, "--check", "--drift").exit_code == 1


def test_an_interpreter_that_is_too_old(package: Path) -> None:
    pyproject = package / "pyproject.toml"
    text = pyproject.read_text("utf-8")
    line = next(line for line in text.splitlines() if line.startswith("requires-python"))
    pyproject.write_text(text.replace(line, 'requires-python = ">=3.99"'), encoding="utf-8")
    assert findings(package) == [("drift", "python")]


def test_the_environment_of_the_project_is_asked(package: Path) -> None:
    own = venvs.create(package / ".venv")
    venvs.add(own, "numpy", "1.0")
    rows = {row["distribution"]: row for row in report(package)["rows"]}
    assert rows["numpy"]["installed"] == "1.0"


def test_no_program_of_the_folder_is_run(package: Path, tmp_path: Path) -> None:
    """Somebody sent it: nobody named its Python."""
    own = venvs.create(package / ".venv")
    venvs.add(own, "numpy", "1.5")
    ran = tmp_path / "ran"
    for place in ("bin/python", "bin/python3", "Scripts/python.exe"):
        program = package / ".venv" / place
        program.parent.mkdir(parents=True, exist_ok=True)
        program.unlink(missing_ok=True)
        program.write_text(f"#!/bin/sh\ntouch '{ran}'\n")
        program.chmod(0o755)
    (own.site / "evil.pth").write_text(f"import pathlib; pathlib.Path({str(ran)!r}).touch()\n")
    found = report(package)
    assert {row["distribution"]: row for row in found["rows"]}["numpy"]["installed"] == "1.5"
    assert found["python"] == platform.python_version()
    assert not ran.exists()


def test_a_notebook_beside_what_its_project_declares(tmp_path: Path) -> None:
    path = build.write(tmp_path, PLOTS)
    assert {what for what, _ in findings(path)} == {"undeclared"}
    (tmp_path / "requirements.txt").write_text("numpy\nnetworkx>3\nrequests\n", encoding="utf-8")
    assert findings(path) == []
    assert deps(path, "--check").exit_code == 0


def test_modules_beside_the_notebook_are_no_distributions(tmp_path: Path) -> None:
    (tmp_path / "scales.py").touch()
    (tmp_path / "birds").mkdir()
    (tmp_path / "birds" / "__init__.py").touch()
    path = build.write(tmp_path, "import scales, birds.song, json")
    assert [row["distribution"] for row in report(path)["rows"]] == ["ipykernel"]


def test_a_cell_that_is_no_python_does_not_hide_the_others(tmp_path: Path) -> None:
    path = build.write(tmp_path, ["import networkx", "def f(:", "%pip install numpy\nimport numpy"])
    found = [row["distribution"] for row in report(path)["rows"]]
    assert found == ["ipykernel", "networkx", "numpy"]
    done = CliRunner().invoke(cli, ["promote", str(path), "--all"])
    assert "cell 2, line 1: invalid syntax" in str(done.exception)


def test_any_project_can_be_asked(tmp_path: Path) -> None:
    """One of somebody else: flat, with scripts, an environment, and tests that import each other."""
    files = {
        "pyproject.toml": '[project]\nname = "lab"\ndependencies = ["numpy"]\n'
        '[project.optional-dependencies]\ntest = ["pytest"]\n',
        "lab/__init__.py": "from lab.birds import sing\nimport numpy",
        "lab/birds.py": "import json\nimport networkx",
        "scripts/run.py": "import lab, tools",
        "scripts/tools.py": "",
        "tests/test_lab.py": "import pytest, lab\nfrom shared import birds",
        "tests/shared.py": "",
        "env/pyvenv.cfg": "",
        "env/lib/other.py": "import weighbridge",
        "docs/conf.py": "import weighbridge",
        "broken.py": "def",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    assert findings(tmp_path) == [("undeclared", "networkx")]


def test_what_is_read_of_a_namespace_says_who_brings_it(tmp_path: Path) -> None:
    code = "import google\n\ngoogle.oauth2.service_account.Credentials\n"
    (tmp_path / "log_in.py").write_text(code, encoding="utf-8")
    (row,) = report(tmp_path)["rows"]
    assert (row["distribution"], row["evidence"]) == ("google-auth", "known")


def test_the_table_fits_and_ends_with_the_place(tmp_path: Path) -> None:
    folder = tmp_path / "a_rather_long_name_of_a_folder"
    folder.mkdir()
    for name in ("module.py", "other.py", "third.py"):
        (folder / name).write_text("import sklearn", encoding="utf-8")
    (tmp_path / "requirements.txt").write_text(
        "scikit-learn>=1.4,<3,!=2.0.1,!=2.0.2,!=2.0.3,!=2.0.4", encoding="utf-8"
    )
    head, line, *_ = deps(tmp_path).stdout.splitlines()
    assert len(line) <= 100
    assert head.split()[-1] == "where"
    assert line.endswith("module.py:1 +2")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "there is no Python code in it"),
        ({"a.py": "", "pyproject.toml": "[project"}, "is not valid TOML"),
        ({"a.ipynb": "{"}, "a.ipynb"),
    ],
)
def test_bad_input_is_one_error(tmp_path: Path, files: dict[str, str], message: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    subject = tmp_path / "a.ipynb" if "a.ipynb" in files else tmp_path
    result = deps(subject)
    assert result.exit_code in (1, 2)
    assert message in str(result.exception) + result.output
    assert deps(tmp_path, "--drift").exit_code == 2
