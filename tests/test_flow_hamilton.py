"""The steps as nodes of Hamilton: they are run in one process, and what they give is compared; nothing else leaves it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

import pytest
from click.testing import CliRunner

from nb2pkg.cli.main import cli
from nb2pkg.errors import VerificationError
from nb2pkg.execution.model import Conditions
from nb2pkg.flow.engines import TARGETS
from nb2pkg.flow.model import Engine
from nb2pkg.project import locate
from nb2pkg.promote.build import Request, promote
from nb2pkg.promote.reverify import recheck
from nb2pkg.promote.update import update, write
from nb2pkg.promote.verified import VerifiedPromotion, promote_verified
from tests import build
from tests.test_flow_run import FILES, HIDDEN

ROOT = Path(__file__).parent.parent
HAMILTON = Engine("hamilton")

# A file is written, read, and written again, by a loop that may change words for all that is known.
STEPS = """
# %%
from pathlib import Path

LIMIT = 2
xs = [3, 1, 2]
low, high = min(xs), max(xs)
# %%
for x in range(LIMIT):
    xs.append(x * 10)
# %%
for x in xs:
    Path("notes.txt").write_text(f"last {x}")
# %%
text = Path("notes.txt").read_text()
words = text.split()
# %%
for word in words:
    Path("notes.txt").write_text(word)
# %%
left = Path("notes.txt").read_text()
_total = sum(xs) + low + high
share = high / _total + len(left)
# %%
print(share, low, words)
"""


# Hamilton takes no function for a node that begins with an underscore.
HIDDEN_NAME = """
# %%
def grown(values):
    return [*values, len(values)]
# %%
_first = grown([1])
# %%
total = sum(grown(_first))
share = total / 2
# %%
print(share)
"""


def promoted(folder: Path, text: str) -> Path:
    made = promote(build.write(folder, text), Request(everything=True, engine=HAMILTON))
    write(update(made))
    return made.project


def ran(
    project: Path, *options: str, engine: str = "hamilton", before: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """``python -m analysis``; before: a folder with code that Python runs first."""
    paths = [str(project / "src"), *([str(before)] if before else [])]
    variables = {k: v for k, v in os.environ.items() if "HAMILTON" not in k}
    return subprocess.run(
        [sys.executable, "-m", "analysis", "--engine", engine, *options],
        env={**variables, "PYTHONPATH": os.pathsep.join(paths)},
        cwd=project.parent,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return promoted(tmp_path_factory.mktemp("steps"), STEPS)


def test_nodes_give_what_the_pipeline_does(steps: Path) -> None:
    whole, nodes = ran(steps, engine="none"), ran(steps)
    assert nodes.returncode == 0, nodes.stderr
    assert nodes.stdout == whole.stdout
    assert "['last', '10']" in whole.stdout
    assert ran(steps, "--limit", "3").stdout != whole.stdout


def test_each_value_has_a_node_of_its_own_name(steps: Path) -> None:
    text = (steps / "src" / "analysis" / "flow.py").read_text()
    assert "def words_2(words: Any) -> Any:" in text
    assert "words = deepcopy(words)" in text
    assert '@unpack_fields("xs", "low", "high")' in text
    assert "def words(save_xs_done: Any) -> Any:" in text


def test_a_name_that_hamilton_would_not_see_is_another_one(tmp_path: Path) -> None:
    project = promoted(tmp_path, HIDDEN_NAME)
    assert ran(project).stdout == ran(project, engine="none").stdout
    text = (project / "src" / "analysis" / "flow.py").read_text()
    assert "def first(" in text
    assert "(first: Any" in text


def test_a_node_that_fails_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("")
    done = ran(promoted(tmp_path, FILES))
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert "(words" in line
    assert "ValueError: max()" in line


def test_the_picture_is_text_without_graphviz(steps: Path, tmp_path: Path) -> None:
    target = tmp_path / "steps.dot"
    done = ran(steps, "--picture", str(target))
    assert (done.returncode, done.stdout) == (0, "")
    text = target.read_text(encoding="utf-8")
    assert "words -> words_2" in text
    assert "digraph" in text


def test_what_cannot_be_drawn_is_told_in_one_line(steps: Path, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    for name, message in (("steps.odd", "no such format"), ("steps.png", "FILE.dot")):
        done = subprocess.run(
            [sys.executable, "-m", "analysis", "--engine", "hamilton", "--picture", name],
            env={**os.environ, "PYTHONPATH": str(steps / "src"), "PATH": nowhere},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert message in line
    assert (
        "--picture needs --engine hamilton"
        in ran(steps, "--picture", "x.dot", engine="none").stderr
    )


def test_hamiltons_own_cache_works_as_the_docs_say(tmp_path: Path) -> None:
    """A second run needs no data: it takes the values from the cache that the first one wrote."""
    for name in ("penguins.ipynb", "penguins.csv"):
        shutil.copy(ROOT / "sample_project" / name, tmp_path)
    made = promote(tmp_path / "penguins.ipynb", Request(everything=True, engine=HAMILTON))
    write(update(made))
    text = (ROOT / "docs" / "flow.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```text\n(from hamilton.*?)^```", text, re.DOTALL | re.MULTILINE)
    found = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": str(made.project / "src")},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        found.append(done.stdout)
        (tmp_path / "penguins.csv").unlink(missing_ok=True)
    assert found[0].startswith("{'accuracy': ")
    assert found[1] == found[0]


def test_nothing_asks_the_network(steps: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "def watch(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo'):\n"
        "        sys.stderr.write(f'NETWORK {arguments}\\n')\n"
        "sys.addaudithook(watch)\n"
    )
    done = ran(steps, before=tmp_path)
    assert done.returncode == 0
    assert "NETWORK" not in done.stderr
    probe = subprocess.run(
        [sys.executable, "-c", "import socket; socket.getaddrinfo('localhost', 1)"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "NETWORK" in probe.stderr  # so it would have been seen


# ----------------------------------------------------------------------------- verification


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> VerifiedPromotion:
    path = build.write(tmp_path_factory.mktemp("hidden"), HIDDEN)
    found = promote_verified(path, Request(everything=True, engine=HAMILTON), Conditions(), _silent)
    write(update(found.promotion))
    return found


def _silent(_name: str, _done: int, _total: int) -> None:
    """Nobody watches the runs."""


def test_a_change_that_no_reading_shows_keeps_steps_together(verified: VerifiedPromotion) -> None:
    assert verified.promotion.listed["engine"]["together"]
    flow = verified.verification.flow
    assert flow is not None
    assert flow.is_sound
    assert flow.same
    assert str(flow).startswith("with Hamilton ")


def test_a_node_that_changes_what_others_have_is_found(verified: VerifiedPromotion) -> None:
    project = verified.promotion.project
    place = project / "src" / "analysis" / "flow.py"
    before = place.read_text()
    end = before.index("# Returns what run()")
    place.write_text(
        f"{before[:end]}def size_2(names: Any) -> Any:\n    names.append(0)\n    return 1\n\n\n"
        + before[end:].replace('"size": "size"', '"size": "size", "size_2": "size_2"')
    )
    verification, _ = recheck(locate.only(project), Conditions(), _silent, False, "hamilton")
    place.write_text(before)
    assert verification.flow is not None
    assert "names" in verification.flow.different
    assert not verification.verdict.is_verified


def test_a_flow_is_verified_by_the_engine_that_it_is_made_for(verified: VerifiedPromotion) -> None:
    place = locate.only(verified.promotion.project)
    with pytest.raises(VerificationError, match="made for hamilton"):
        recheck(place, Conditions(), _silent, False, "dask")


def test_one_engine_takes_the_place_of_the_other(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("a bee")
    path = build.write(tmp_path, FILES)
    source = tmp_path / "analysis-package" / "src" / "analysis"
    for options, support in (
        (["--all", "--verify", "--engine", "dask"], TARGETS["dask"].supports),
        (["--verify", "--engine", "hamilton"], TARGETS["hamilton"].supports),
        (["--verify", "--engine", "none"], ()),
    ):
        result = CliRunner().invoke(cli, ["promote", str(path), *options])
        assert result.exit_code == 0, result.output
        beside = {p.stem for p in source.glob("_*.py") if not p.name.startswith("__")}
        assert beside == {*support}
        assert (source / "flow.py").exists() is bool(support)


def test_a_flow_is_only_written_when_it_was_run(tmp_path: Path) -> None:
    path = build.write(tmp_path, FILES)
    result = CliRunner().invoke(cli, ["promote", str(path), "--all", "--engine", "hamilton"])
    assert result.exit_code == 2
    assert "--engine hamilton needs --verify" in result.output
    assert not (tmp_path / "analysis-package").exists()


def test_hamilton_is_an_extra_that_does_not_report_its_use(tmp_path: Path) -> None:
    made = promote(build.write(tmp_path, STEPS), Request(everything=True, engine=HAMILTON))
    project = tomllib.loads(made.files["pyproject.toml"])["project"]
    assert project["dependencies"] == []
    assert project["optional-dependencies"]["hamilton"] == ["sf-hamilton[visualization]>=1.90"]
    assert "hamilton" not in made.files["requirements.txt"]


def test_an_option_of_its_own_name_leaves_no_flow(tmp_path: Path) -> None:
    text = STEPS.replace("LIMIT", "PICTURE")
    made = promote(build.write(tmp_path, text), Request(everything=True, engine=HAMILTON))
    assert [p.code for p in made.problems if p.code == "NB517"] == ["NB517"]
    dask = promote(build.write(tmp_path, text), Request(everything=True, engine=Engine("dask")))
    assert "NB517" not in [p.code for p in dask.problems]
