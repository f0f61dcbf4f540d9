"""The probe as a kernel has it: loaded by its path, watching a process."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from nb2pkg.execution import loaded
from nb2pkg.execution.probe.figures import Gallery
from nb2pkg.execution.probe.state import process_state

pytestmark = pytest.mark.xdist_group("probe_process")  # its fixtures are made once

FOLDER = Path(__file__).resolve().parents[1] / "nb2pkg" / "execution" / "probe"
LOAD = f"""
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("loaded_probe", {str(FOLDER / "__init__.py")!r})
probe = importlib.util.module_from_spec(spec)
sys.modules["loaded_probe"] = probe
spec.loader.exec_module(probe)
"""
STORY = """
import os, pathlib, shutil, sqlite3, tempfile
here = sys.argv[1]
probe.start([[here, "<here>"]], [here + "/copy"], [here])
told = []
def boundary(**names):
    told.append(probe.observe(names))
def refused(act):
    try: act()
    except PermissionError as error: return str(error)
    return "not refused"

os.chdir(here + "/copy")
boundary(path=here + "/data.csv", items=["a", here])
open("a.txt", "w").close()
with open(here + "/data.csv") as file: file.read()
pathlib.Path("a.txt").rename("b.txt")
os.makedirs("sub", exist_ok=True)
os.makedirs(here, exist_ok=True)
shutil.copy("b.txt", "sub/c.txt")
import tabnanny, zipfile
with tempfile.TemporaryDirectory() as folder:
    open(folder + "/x", "w").close()
open("/dev/null").close()
sqlite3.connect(":memory:").close()
boundary()
refusals = [
    refused(lambda: open("../data.csv", "w")),
    refused(lambda: open(here + "/new.txt", "a")),
    refused(lambda: os.remove(here + "/data.csv")),
    refused(lambda: os.mkdir(here + "/new")),
    refused(lambda: os.rename("b.txt", here + "/b.txt")),
    refused(lambda: shutil.rmtree(here)),
    refused(lambda: os.open(here + "/new.txt", os.O_CREAT | os.O_WRONLY)),
    refused(lambda: sqlite3.connect(here + "/new.db")),
    refused(lambda: open(here + "/data.csv").close()),
]
boundary()
print(json.dumps([told, refusals, probe.environment(), sorted(os.listdir(here))]))
"""


def run(code: str, *arguments: object) -> Any:
    words = [sys.executable, "-c", LOAD + code, *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Any:
    here = tmp_path_factory.mktemp("original")
    (here / "copy").mkdir()
    (here / "data.csv").write_text("a,b\n")
    return run(STORY, here)


def test_what_an_observation_holds(story: Any) -> None:
    parts = {
        "names",
        "gone",
        "shared",
        "state",
        "files",
        "figures",
        "modules",
        "loaded",
        "cut",
        "cpu",
    }
    assert all(set(seen) == parts for seen in story[0])
    assert set(story[0][0]["names"]["path"]) == {"kind", "digest", "opaque", "schema"}
    assert story[0][1]["gone"] == ["items", "path"]
    assert "tabnanny" in story[0][1]["modules"]
    assert set(story[0][0]["cpu"]) == {"cell", "probe"}


def test_files_are_noted(story: Any) -> None:
    files = story[0][1]["files"]
    assert files["read"] == ["<here>/copy/b.txt", "<here>/data.csv"]
    written = ["<here>/copy/a.txt", "<here>/copy/b.txt", "<here>/copy/sub", "<here>/copy/sub/c.txt"]
    assert files["written"] == written


def test_nothing_is_written_outside_of_the_copy(story: Any) -> None:
    refusals = story[1]
    assert refusals.pop() == "not refused"
    assert all(
        text.startswith("nb2pkg verify runs in a copy of the folder, and does not let")
        for text in refusals
    )
    assert story[3] == ["copy", "data.csv"]


def test_the_environment_is_told(story: Any) -> None:
    told = story[2]
    assert told["python"] == ".".join(map(str, sys.version_info[:3]))
    assert set(told) == {"python", "implementation", "modules"}
    assert "json" in told["modules"]


def test_only_the_standard_library_is_loaded() -> None:
    code = "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    loaded = set(run(code))
    assert loaded & {"numpy", "pandas", "matplotlib", "IPython", "nb2pkg"} == set()


def test_versions_of_loaded_distributions() -> None:
    told = {"python": "3", "implementation": "CPython", "modules": ["click.core", "json", "ours"]}
    found = loaded.circumstances(told, sys.executable)
    assert found["versions"] == {"click": metadata.version("click")}


def test_seeded_runs_draw_the_same() -> None:
    code = "import random\nprobe.seed(7)\nprint(json.dumps(random.random()))"
    assert run(code) == run(code)


def test_seeded_runs_draw_the_same_from_numpy() -> None:
    """Also from generators that are made without a seed."""
    pytest.importorskip("numpy", reason="about its generators")
    code = (
        "probe.seed(7)\nimport numpy\n"
        "print(json.dumps([numpy.random.rand(), numpy.random.default_rng().random()]))"
    )
    assert run(code) == run(code)


def test_the_order_of_a_set_does_not_matter() -> None:
    code = (
        "probe.start([], [], [])\n"
        "found = probe.observe({'a': {'x', 'y', 'z', 1}, 'b': Exception})['names']\n"
        "print(json.dumps(found))"
    )
    assert run(code) == run(code)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_older_pythons_can_read_the_probe(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level:
            assert node.module is not None
            assert node.module.partition(".")[0] in sys.stdlib_module_names
        elif isinstance(node, ast.Import):
            tops = {alias.name.partition(".")[0] for alias in node.names}
            assert tops <= set(sys.stdlib_module_names)


def state() -> dict[str, dict[str, str]]:
    return process_state(lambda text: text)


def test_settings_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    before = state()
    monkeypatch.setenv("A_SECRET", "a password")
    monkeypatch.chdir("/")
    after = state()
    assert "a password" not in json.dumps(after)
    assert {group for group in after if after[group] != before.get(group)} == {"environ", "folder"}
    assert after["folder"]["cwd"] == os.getcwd()


def test_settings_of_libraries() -> None:
    pandas = pytest.importorskip("pandas", reason="about its options")
    numpy = pytest.importorskip("numpy", reason="about its options")
    before = state()
    with pandas.option_context("display.max_rows", 7), numpy.printoptions(precision=3):
        after = state()
    assert after["pandas"]["display.max_rows"] == "7"
    assert after["numpy options"]["precision"] == "3"
    assert {group for group in after if after[group] != before[group]} == {
        "pandas",
        "numpy options",
    }
    numpy.random.random()
    assert state()["numpy random"] != before["numpy random"]


def test_figures_are_noted_before_they_are_closed() -> None:
    matplotlib = pytest.importorskip("matplotlib", reason="about its figures")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    gallery = Gallery(lambda figure: figure.get_label())
    image = {"content": {"data": {"image/png": ""}}}
    text = {"content": {"data": {"text/plain": ""}}}
    pyplot.figure(label="a")
    assert gallery.sent(text) is text
    assert gallery.digests == []
    assert gallery.sent(image) is image  # plt.show()
    pyplot.close("all")
    figure = pyplot.figure(label="b")
    gallery.sent(image)
    figure.set_label("c")
    gallery.ended()
    pyplot.close("all")
    gallery.ended()  # as for the silent code that asks for the observation
    assert gallery.take() == ["a", "c"]
    assert gallery.take() == []
