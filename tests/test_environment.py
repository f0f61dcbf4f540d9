"""The environment of a kernel is asked what is installed there; real ones, made for the test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nb2pkg.environment import Environment, ask
from nb2pkg.errors import Nb2pkgError
from nb2pkg.requirements import gather
from nb2pkg.requirements.model import Need, Use
from nb2pkg.requirements.resolve import Hints
from tests import venvs


@pytest.fixture
def empty(tmp_path: Path) -> venvs.Environment:
    """An environment of its own: nothing of that of the tests is seen in it."""
    made = venvs.create(tmp_path / "kernel")
    (made.site / "behind.pth").unlink()
    return made


def names(environment: Environment, module: str) -> list[str]:
    return [owner.name for owner in environment.owners(module)]


def test_it_is_that_of_the_interpreter_and_not_ours(empty: venvs.Environment) -> None:
    venvs.add(empty, "birdlab", "1.2", python=">=3.9", requires=["numpy>=2; extra == 'fast'"])
    asked = ask(str(empty.python))
    assert list(asked.distributions) == ["birdlab"]
    found = asked.get("BirdLab")
    assert found is not None
    assert (found.version, found.python) == ("1.2", ">=3.9")
    assert found.requires == ("numpy>=2; extra == 'fast'",)
    assert "pytest" not in asked.distributions
    assert "pytest" in ask(sys.executable).distributions


def test_markers_are_those_of_the_interpreter(empty: venvs.Environment) -> None:
    asked = ask(str(empty.python))
    assert asked.python == ".".join(map(str, sys.version_info[:3]))
    assert (asked.markers["sys_platform"], asked.markers["os_name"]) == (sys.platform, os.name)


def test_a_module_belongs_to_who_has_its_file(empty: venvs.Environment) -> None:
    files = {"birds/__init__.py": "", "birds/song.py": "", "birds_fast.cpython-311.so": ""}
    venvs.add(empty, "ornithology", "1", files)
    asked = ask(str(empty.python))
    assert names(asked, "birds") == names(asked, "birds.song.Pitch") == ["ornithology"]
    assert names(asked, "birds_fast") == ["ornithology"]
    assert names(asked, "birdsong") == names(asked, "ornithology") == []


def test_in_a_namespace_the_longest_name_decides(empty: venvs.Environment) -> None:
    venvs.add(empty, "lab-cloud-birds", "1", {"lab/cloud/birds/__init__.py": ""})
    venvs.add(empty, "lab-cloud-fish", "1", {"lab/cloud/fish/__init__.py": ""})
    venvs.add(empty, "lab-auth", "1", {"lab/auth.py": ""})
    asked = ask(str(empty.python))
    assert names(asked, "lab.cloud.birds.Client") == ["lab-cloud-birds"]
    assert names(asked, "lab.cloud.fish") == ["lab-cloud-fish"]
    assert names(asked, "lab.auth.login") == ["lab-auth"]
    assert names(asked, "lab.cloud.mammals") == []


def test_what_a_part_of_a_library_imports_is_needed_where_the_part_is(
    empty: venvs.Environment,
) -> None:
    """The library does not require it: only who uses the part needs it."""
    files = {
        "lab/__init__.py": "",
        "lab/plots.py": "import json\nimport lab.core\nfrom easel import paint\n",
        "lab/careful.py": "try:\n    import easel\nexcept ImportError:\n    easel = None\n",
        "lab/later.py": "def draw():\n    import easel\n",
        "lab/core.py": "import brushes, no_such_module\n",
        "lab/tests/cases.py": "import pytest\n",
        "lab/broken.py": "def",
    }
    venvs.add(empty, "lab", "1", files, requires=["brushes"])
    venvs.add(empty, "easel", "2")
    venvs.add(empty, "brushes", "3")
    asked = ask(str(empty.python))

    def required(module: str) -> list[str]:
        found = gather.resolved([Need(Use.PACKAGE, module)], asked, Hints())
        return sorted(one.distribution for one in found)

    assert required("lab.plots.paint") == ["easel", "lab"]
    assert required("lab.tests.cases") == ["lab", "pytest"]  # known, though not installed there
    for part in ("lab", "lab.careful", "lab.later", "lab.core", "lab.broken", "lab.gone"):
        assert required(part) == ["lab"], part


def test_packages_that_share_a_folder_are_told_apart_by_what_is_in_it(
    empty: venvs.Environment,
) -> None:
    """As pkgutil's namespaces do: each brings the same ``__init__.py``."""
    shared = {"lab/__init__.py": "__path__ = __import__('pkgutil').extend_path(__path__, __name__)"}
    venvs.add(empty, "lab-birds", "1", {**shared, "lab/birds.py": ""})
    venvs.add(empty, "lab-fish", "1", {**shared, "lab/fish/__init__.py": "", "lab/fish/fin.py": ""})
    asked = ask(str(empty.python))
    assert names(asked, "lab.birds.wing") == ["lab-birds"]
    assert names(asked, "lab.fish.fin") == ["lab-fish"]
    assert sorted(names(asked, "lab")) == ["lab-birds", "lab-fish"]


@pytest.mark.parametrize("way", ["path", "finder"])
def test_what_is_installed_from_its_source_folder(
    empty: venvs.Environment, tmp_path: Path, way: str
) -> None:
    source = tmp_path / "source"
    (source / "birds").mkdir(parents=True)
    (source / "birds" / "__init__.py").touch()
    mapping = f"MAPPING: dict[str, str] = {{'birds': {str(source / 'birds')!r}}}\n"
    files = {"path": {"_lab.pth": f"{source}\n"}, "finder": {"__editable___lab_finder.py": mapping}}
    origin = {"url": source.as_uri(), "dir_info": {"editable": True}}
    venvs.add(empty, "lab", "1", files[way], origin=origin)
    asked = ask(str(empty.python))
    assert names(asked, "birds.song") == ["lab"]
    assert asked.distributions["lab"].origin == origin


def test_conda_tells_where_it_built_and_that_counts_for_nothing(empty: venvs.Environment) -> None:
    venvs.add(empty, "lab", "1", origin={"url": "file:///feedstock", "dir_info": {}})
    info = next(empty.site.glob("lab-*.dist-info"))
    (info / "INSTALLER").write_text("conda\n", encoding="utf-8")
    assert ask(str(empty.python)).distributions["lab"].origin == {}


def test_an_old_egg_is_known_by_its_list(empty: venvs.Environment) -> None:
    info = empty.site / "lab.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text("Metadata-Version: 1.0\nName: lab\nVersion: 3\n", "utf-8")
    (info / "top_level.txt").write_text("birds\n", encoding="utf-8")
    assert names(ask(str(empty.python)), "birds") == ["lab"]


def test_a_broken_distribution_does_not_stand_in_the_way(empty: venvs.Environment) -> None:
    venvs.add(empty, "lab", "1")
    (empty.site / "torn-1.dist-info").mkdir()
    (empty.site / "worse-1.dist-info").mkdir()
    (empty.site / "worse-1.dist-info" / "METADATA").write_bytes(b"\xff\xfe\x00Name: w\n")
    assert list(ask(str(empty.python)).distributions) == ["lab"]


def test_nothing_of_the_folder_where_nb2pkg_runs_is_taken(
    empty: venvs.Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('shadowed')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert ask(str(empty.python)).distributions == {}


def test_a_start_that_talks_does_not_disturb(empty: venvs.Environment) -> None:
    (empty.site / "talk.pth").write_text("import sys; print('hello')\n", encoding="utf-8")
    venvs.add(empty, "lab", "1")
    assert list(ask(str(empty.python)).distributions) == ["lab"]


@pytest.mark.parametrize("program", ["no-such-python", "git"])
def test_what_is_no_python_gives_one_error(program: str) -> None:
    with pytest.raises(
        Nb2pkgError, match=f"{program}: cannot (be started|list what is installed)"
    ) as error:
        ask(program)
    assert "--python" in error.value.hint


def test_importlib_agrees_on_what_is_installed_here() -> None:
    """For every top-level module that Python's own reading of the metadata gives to one distribution."""
    code = "import json; from importlib.metadata import packages_distributions as p; print(json.dumps(p()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    told = {name: set(owners) for name, owners in json.loads(done.stdout).items()}
    asked = ask(sys.executable)
    sure = {
        name: owners for name, owners in told.items() if len(owners) == 1 and name.isidentifier()
    }
    assert len(sure) > 50
    wrong = {
        name
        for name, owners in sure.items()
        if asked.owners(name) and set(names(asked, name)) != owners
    }
    assert not wrong
    assert len([name for name in sure if asked.owners(name)]) > 0.9 * len(sure)
