"""A name that is unknown is answered with those that are near, and not with a list of all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from nb2pkg.cli.main import cli
from nb2pkg.errors import Nb2pkgError, did_you_mean
from tests import build

USUAL = "Look elsewhere."
MANY = [f"clean.step_{number}" for number in range(26)]

# what was given, what is known, the hint
HINTS: list[tuple[str, list[str], str]] = [
    ("lode", ["data.load", "data.sort"], "Did you mean 'data.load'?"),
    ("LOAD", ["data.load"], "Did you mean 'data.load'?"),
    ("date.load", ["data.load", "other.thing"], "Did you mean 'data.load'?"),
    ("load", ["load_a", "load_b"], "Did you mean 'load_b' or 'load_a'?"),
    (
        "penguin",
        ["analysis_of_penguins_in_summer"],
        "Did you mean 'analysis_of_penguins_in_summer'?",
    ),
    ("quite different", ["data.load"], USUAL),
    ("load", [], USUAL),
    ("", ["data.load"], USUAL),
]


@pytest.mark.parametrize(("name", "known", "hint"), HINTS, ids=[row[0] or "empty" for row in HINTS])
def test_what_is_near_is_suggested(name: str, known: list[str], hint: str) -> None:
    assert did_you_mean(name, known, USUAL) == hint


def test_there_are_never_more_than_three() -> None:
    hint = did_you_mean("clean.step_x", MANY, USUAL)
    assert hint.count("clean.") == 3
    assert " or " in hint


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two notebooks in one project, of many symbols each."""
    folder = tmp_path_factory.mktemp("names")
    (folder / "src" / "lab").mkdir(parents=True)
    (folder / "src" / "lab" / "__init__.py").touch()
    for name in ("penguins", "islands"):
        cells = [
            {
                "cell_type": "code",
                "source": f"def {name}_{n}(x):\n    return x + {n}",
                "metadata": {},
            }
            | {"outputs": [], "execution_count": None, "id": f"{name}-{n}"}
            for n in range(12)
        ]
        path = build.write(folder, cells, f"{name}.ipynb")
        done = CliRunner().invoke(cli, ["promote", str(path), "--all", "--into", str(folder)])
        assert done.exit_code == 0, done.output
    build.write(folder, "x = 1", "new.ipynb")
    return folder


# the words of a command, what is unknown, and one of the names that are suggested
UNKNOWN: list[tuple[str, str, str]] = [
    ("diff penguin_3 -p .", "symbol penguin_3", "penguins_3'"),
    ("review approve island_3 -p .", "symbol island_3", "islands_3'"),
    ("review approve island_3 -p . --notebook islands", "symbol island_3", "islands_3'"),
    ("inline penguin_3 -p .", "symbol penguin_3", "penguins_3'"),
    ("verify . --notebook pengins", "notebook pengins", "'penguins'"),
    ("tag penguins.ipynb penguin-3", "cell or heading 'penguin-3'", "'penguins-3'"),
    ("validate pengins-3 -p . --notebook penguins", "cell or heading 'pengins-3'", "'penguins-3'"),
    ("promote penguins.ipynb --all --output new --verify --record-step lode", "step lode", ""),
    ("check penguins.ipynb --select NB8O1", "check 'NB8O1'", "'NB8"),
    ("promote new.ipynb --all --into . --name lap.new", "package lap", "'lab'"),
]


@pytest.mark.parametrize(("words", "unknown", "near"), UNKNOWN, ids=[row[0] for row in UNKNOWN])
def test_every_command_suggests(
    words: str, unknown: str, near: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    result = CliRunner().invoke(cli, words.split())
    assert isinstance(result.exception, Nb2pkgError), result.output
    assert unknown in result.exception.message
    assert near in result.exception.hint
    told = result.exception.message + result.exception.hint
    assert "Did you mean" in told or not near
    assert len(re.findall(r"(?:penguins|islands)_\d", told)) <= 3


def test_an_unknown_command_is_answered_with_the_nearest() -> None:
    done = CliRunner().invoke(cli, ["verfy"])
    assert done.exit_code == 2
    assert "No such command 'verfy'. Did you mean 'verify'?" in done.output
    assert "Did you mean" not in CliRunner().invoke(cli, ["xyzzy"]).output


@pytest.mark.parametrize(
    "command",
    ["check", "deps", "promote", "show", "order", "status", "verify", "review", "lock", "restore"],
)
def test_what_does_not_exist_is_wrong_usage(command: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, [command, str(tmp_path / "gone.ipynb")])
    assert getattr(done.exception, "exit_code", done.exit_code) == 2
    assert "gone.ipynb" in f"{done.exception}{done.output}"
