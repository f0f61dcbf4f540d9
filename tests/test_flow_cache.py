"""The cache of a flow: what is the same is not run again, and nothing that is stale is ever taken."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.flows import Cluster, promoted, work

NOTEBOOK = """
# %% tags=["parameters"]
SIZE = 3
# %%
from pathlib import Path

import helping

FACTOR = 2
# %%
def noted(value, name):
    return value

def weight(word):
    return len(word) * FACTOR

words = Path("words.txt").read_text().split()
first = words[0]
# %%
short = noted([word for word in words if len(word) <= SIZE], "short")
few = len(short)
# %%
weights = noted([weight(word) for word in words], "weights")
total = sum(weights)
# %%
scaled = noted([each * total for each in weights], "scaled")
largest = max(scaled)
# %%
helped = noted([helping.more(each) for each in weights], "helped")
sizes = len(helped)
# %%
print(first, short, few, total, largest, scaled, helped, sizes)
"""
HELPING = """
def more(number):
    return number + 1
"""
CLASS = """
class Scale:
    def __init__(self, base):
        self.base = base

    def of(self, number):
        return number * self.base
"""
STEPS = {"short", "weights", "scaled", "helped"}
FRESH = {"helped"}  # nobody knows what its library does


class Package:
    """A package with a flow whose steps write their names to stderr when they really run.

    They do that in a way of which the cache notices nothing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = folder / "analysis-package" / "src" / "analysis"
        self.cache = folder / "cache"
        self.edits = 0
        noted = "def noted(value, name):\n"
        self.edit(noted, f'{noted}    os.write(2, f"<{{name}}>".encode())\n')
        self.edit("import helping\n", f"import os\n\nimport helping\n{CLASS}")
        self.edit("each * total", "Scale(total).of(each)")

    def edit(self, before: str, after: str) -> None:
        """An edit, made before the processes of the next run are started."""
        places = [*self.source.glob("*.py"), *(self.folder.parent / "library").glob("*.py")]
        found = [place for place in places if before in place.read_text()]
        assert found, before
        for place in found:
            place.write_text(place.read_text().replace(before, after))
        self.edits += 1
        for place in places:
            os.utime(place, (1_700_000_000 + self.edits,) * 2)

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "analysis", *self.options, *options]
        done = subprocess.run(argv, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done

    @property
    def options(self) -> list[str]:
        return ["--engine", "dask", "--scheduler", "sync", "--cache", str(self.cache)]

    def ran(self, *options: str) -> set[str]:
        """The steps that a run really runs; what it says of the cache is in accord with that."""
        done = self.run(*options)
        names = re.findall("<([a-z]+)>", done.stderr)
        assert f"cache: {4 - len(names)} of 5 steps taken" in done.stderr
        return {*names}

    def result(self, *options: str) -> str:
        """What a run shows; it has to be what pipeline.py gives."""
        argv = [sys.executable, "-m", "analysis", *options]
        plain = subprocess.run(argv, cwd=self.folder, capture_output=True, text=True, check=True)
        shown = self.run(*options).stdout
        assert shown == plain.stdout
        return shown

    def entries(self) -> list[Path]:
        return sorted(self.cache.glob("*.pickle"))


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a package as it is generated, for copies."""
    with pytest.MonkeyPatch.context() as patch:
        folder = work(tmp_path_factory.mktemp("generated"), patch, helping=HELPING)
        promoted(folder, NOTEBOOK)
    return folder


@pytest.fixture
def package(generated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")  # edits are made in the same second
    folder = work(tmp_path, monkeypatch, helping=HELPING)
    (folder / "words.txt").write_text("a bee in the garden")
    shutil.copytree(generated, folder, dirs_exist_ok=True)
    return Package(folder)


@pytest.fixture
def full(package: Package) -> Package:
    """A package whose cache has all that it can have."""
    assert package.ran() == STEPS
    assert package.ran() == FRESH
    return package


def test_processes_take_what_others_have_computed(package: Package) -> None:
    options = ("--scheduler", "processes", "--workers", "2")
    assert package.ran(*options) == STEPS
    assert package.ran(*options) == FRESH
    assert package.ran() == FRESH
    assert package.result(*options)


def test_without_the_option_nothing_is_kept(package: Package) -> None:
    argv = [sys.executable, "-m", "analysis", "--engine", "dask", "--scheduler", "sync"]
    for _ in range(2):
        done = subprocess.run(argv, cwd=package.folder, capture_output=True, text=True, check=True)
        assert {*re.findall("<([a-z]+)>", done.stderr)} == STEPS
    assert not package.cache.exists()


@pytest.mark.parametrize(
    ("before", "after", "again"),
    [
        ("len(word) <= size", "len(word) < size", {"short"}),
        ("max(scaled)", "min(scaled)", {"scaled"}),
        ("return len(word) *", "return 1 + len(word) *", {"weights", "scaled"}),
        ("FACTOR = 2", "FACTOR = 3", {"weights", "scaled"}),
        ("return number * self.base", "return number + self.base", {"scaled"}),
        ("import os", "import os\n\nos.environ.setdefault('A', 'b')", STEPS),
        ("return value", "return [value][0]", STEPS),
    ],
)
def test_what_depends_on_an_edit_runs_again(
    full: Package, before: str, after: str, again: set[str]
) -> None:
    full.edit(before, after)
    assert full.ran() == again | FRESH
    assert full.result()
    assert full.ran() == FRESH


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("weight(", "heaviness("),
        ("compute_total", "sum_of_weights"),
        (
            "    return len(word) *",
            '    """Of a word."""\n    # by its length\n\n    return len(word) *',
        ),
    ],
)
def test_names_and_words_do_not_matter(full: Package, before: str, after: str) -> None:
    full.edit(before, after)
    assert full.ran() == FRESH


def test_what_modules_do_when_they_are_loaded_counts(package: Package) -> None:
    package.edit("import os\n", "import os\nMODE = 1\nos.nb2pkg_mode = MODE\n")
    for mode in (1, 2):
        assert package.ran() == STEPS
        assert package.ran() == FRESH
        package.edit(f"MODE = {mode}", f"MODE = {mode + 1}")


def test_inputs_that_change_run_again_what_takes_them(full: Package) -> None:
    assert full.ran("--size", "4") == {"short", *FRESH}
    (full.folder / "words.txt").write_text("the bee in a garden")
    assert full.ran() == STEPS
    assert full.result()
    (full.folder / "words.txt").write_text("a bee in the garden")
    assert full.ran() == FRESH


def test_code_that_is_no_installed_library_counts_as_code(package: Package) -> None:
    package.edit(", fresh=True", "")
    assert package.ran() == STEPS
    assert package.ran() == set()
    package.edit("return number + 1", "return number + 2")
    assert package.ran() == {"helped"}
    assert package.result()


# What a person may add to a step: nobody knows then whether its value is the same tomorrow.
@pytest.mark.parametrize(
    "line",
    [
        "few += 0 * len(Path('words.txt').read_text())",
        "few += 0 * bool(os.environ)",
        "few += 0 * hash('owl')",
        "import helping",
        "few = (few, helping)",
        "few = (few, noted)",
        "words.append(words.pop() + words.pop(0))",
    ],
)
def test_a_step_that_does_more_than_compute_is_never_cached(package: Package, line: str) -> None:
    package.edit("    few = len(short)\n", f"    few = len(short)\n    {line}\n")
    assert package.ran() == STEPS
    assert "short" in package.ran()


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("import io", "few += 0 * len(io.FileIO('words.txt').read())"),
        ("import statistics", "few += 0 * len(statistics.NormalDist().samples(1))"),
        ("import random as chance", "few += 0 * chance.randint(1, 3)"),
        ("from time import time as when", "few += 0 * when()"),
        ("from datetime import datetime", "few += 0 * datetime.now().year"),
        ("import threading", "few = (few, threading.Lock())"),
        ("LIMITS = []", "LIMITS.append(few)"),
        (
            "import functools\n\n@functools.lru_cache\ndef kept(x):\n    return x",
            "few = kept(few)",
        ),
    ],
)
def test_so_is_one_that_uses_what_nobody_can_tell(package: Package, head: str, line: str) -> None:
    package.edit("import os\n", f"import os\n{head}\n")
    package.edit("    few = len(short)\n", f"    few = len(short)\n    {line}\n")
    assert package.ran() == STEPS
    assert "short" in package.ran()


@pytest.mark.parametrize(
    "spoil", [lambda data: data[:-3], lambda _data: b"", lambda data: data + b"."]
)
def test_a_damaged_entry_is_no_entry(full: Package, spoil: Callable[[bytes], bytes]) -> None:
    entries = full.entries()
    for entry in entries:
        entry.write_bytes(spoil(entry.read_bytes()))
    assert full.ran() == STEPS
    assert full.entries() == entries
    assert full.ran() == FRESH


def test_code_that_was_edited_since_it_was_loaded_is_not_trusted(package: Package) -> None:
    for place in package.source.glob("*.py"):
        os.utime(place, (4_000_000_000, 4_000_000_000))
    assert package.ran() == STEPS
    assert package.entries() == []


def test_two_runs_at_once_share_a_folder(package: Package) -> None:
    argv = [sys.executable, "-m", "analysis", *package.options]
    running = [
        subprocess.Popen(argv, cwd=package.folder, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    one, two = (process.communicate()[0] for process in running)
    assert one == two == package.result()
    assert len(package.entries()) == len(STEPS - FRESH)
    assert {path.suffix for path in package.cache.iterdir()} == {".pickle"}


def test_a_folder_that_cannot_be_one_is_an_error_before_anything_runs(package: Package) -> None:
    package.cache.write_text("a file")
    argv = [sys.executable, "-m", "analysis", *package.options]
    done = subprocess.run(argv, cwd=package.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: the folder of the cache cannot be used: ")
    assert len(done.stderr.splitlines()) == 1


def test_the_option_needs_the_engine(package: Package) -> None:
    argv = [sys.executable, "-m", "analysis", "--cache", str(package.cache)]
    done = subprocess.run(argv, cwd=package.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--cache needs --engine dask" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_workers_of_a_cluster_use_the_folder(package: Package) -> None:
    with ExitStack() as stack:
        cluster = Cluster(package.folder, stack)
        cluster.add_worker()
        for taken in (0, 3):
            done = package.run("--scheduler", cluster.address)
            assert f"cache: {taken} of 5 steps taken" in done.stderr
