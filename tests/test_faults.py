"""A fault at every operation on files: afterwards all is as it was, or as it was to be.

The quick commands are cut off at each of their operations, the others at some, each fault at others:
NB2PKG_FAULTS=all python -m pytest tests/test_faults.py  takes all of these, too, in some ten minutes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from nb2pkg import files
from nb2pkg.errors import Nb2pkgError
from nb2pkg.inline import inline
from nb2pkg.inline import write as write_inlined
from nb2pkg.notebook import reader, tags
from nb2pkg.paths import Project
from nb2pkg.project import approvals
from nb2pkg.promote.build import Promotion, Request, promote
from nb2pkg.promote.embed import settle as settle_paths
from nb2pkg.promote.restore import restore
from nb2pkg.promote.source import requested
from nb2pkg.promote.update import update, write
from tests import build
from tests.faults import Fault, Kill, failing, state

CELLS = "# %% [markdown]\n# # Sum\n# %%\nrows = [1, 2]\nrows.append(3)\n# %%\ntotal = sum(r * r for r in rows)\nprint(total)"
CHANGED = CELLS.replace("r * r", "r + r").replace("# # Sum", "# # Totals")
EACH = os.environ.get("NB2PKG_FAULTS") == "all"
STRIDE = 17

Run = Callable[[Path], object]


@dataclass(frozen=True)
class Command:
    """What is there before, and what is done then: in a folder with analysis.ipynb."""

    name: str
    prepare: Run
    run: Run
    project: str = "analysis-package"
    is_quick: bool = False


_promotions: dict[tuple[str, str, bool], Promotion] = {}


def promoted(folder: Path, in_place: bool = False) -> None:
    """Promote analysis.ipynb. What is made of it does not depend on where it is: it is made once."""
    path = folder / "analysis.ipynb"
    origin = requested(path, Request(everything=True, in_place=in_place))
    key = (str(path), path.read_text(encoding="utf-8"), in_place)
    if key not in _promotions:
        _promotions[key] = promote(origin.path, origin.wanted, source=origin.source)
    write(update(_promotions[key], origin=origin))


def changed(folder: Path) -> None:
    promoted(folder)
    build.write(folder, CHANGED)


def in_place(folder: Path) -> None:
    promoted(folder, in_place=True)


def codebase(folder: Path) -> None:
    (folder / "lab" / "src" / "lab").mkdir(parents=True)
    (folder / "lab" / "src" / "lab" / "__init__.py").touch()
    (folder / "lab" / "pyproject.toml").write_text('[project]\nname = "lab"\ndependencies = []\n')


def into(folder: Path) -> None:
    path = folder / "analysis.ipynb"
    paths = settle_paths(path, folder / "lab", "")
    wanted = Request(folder / "lab", True, paths.package, paths=paths)
    key = (str(path), "into", False)
    if key not in _promotions:
        _promotions[key] = promote(path, wanted)
    write(update(_promotions[key]))


def edited(folder: Path) -> None:
    promoted(folder)
    path = folder / "analysis-package" / "src" / "analysis" / "sum_steps.py"
    path.write_text(
        path.read_text(encoding="utf-8").replace("r * r", "r * r * r"), encoding="utf-8"
    )


def inlined(folder: Path) -> None:
    write_inlined(inline(Project(folder / "analysis-package"), "compute_total"))


def tagged(folder: Path) -> None:
    source = reader.read(folder / "analysis.ipynb")
    reader.save(folder / "analysis.ipynb", source, tags.apply(source.document, (1,), "nb2pkg:sums"))


def validated(folder: Path) -> None:
    new = approvals.Decision("validated", "a", "b", "c", "Ada", "2026-01-01T00:00:00Z", "")
    approvals.record(Project(folder / "analysis-package"), [new])


def locked(folder: Path) -> None:
    place = folder / "analysis-package"
    texts = {"requirements.txt": "# locked\n", "environment.yml": "name: a\n"}
    files.apply(place, texts, files.compare(place, texts, ["requirements-dev.txt"]))


def two_folders(folder: Path) -> None:
    """The least that has all of it: files of two folders that are new, changed and gone."""
    (folder / "analysis-package").mkdir()
    (folder / "analysis-package" / "sub").mkdir()
    for name in ("changed", "sub/gone"):
        (folder / "analysis-package" / name).write_text("old")


def exchanged(folder: Path) -> None:
    place = folder / "analysis-package"
    texts = {"changed": "new", "made/new": "new", "../analysis.ipynb": "{}"}
    files.apply(place, texts, files.compare(place, texts, ["sub/gone"]))


def nothing(_: Path) -> None:
    pass


COMMANDS = (
    Command("files of two folders", two_folders, exchanged, is_quick=True),
    Command("promote", nothing, promoted),
    Command("promote again", changed, promoted),
    Command("promote --in-place", nothing, in_place),
    Command("promote --in-place, promoted before", changed, in_place),
    Command("restore", in_place, lambda folder: restore(folder / "analysis-package")),
    Command("promote --into", codebase, into, "lab"),
    Command("inline", edited, inlined),
    Command("tag", nothing, tagged, is_quick=True),
    Command("validate", promoted, validated, is_quick=True),
    Command("lock", promoted, locked, is_quick=True),
)


class Bench:
    """A folder that is brought back to what it was before the command."""

    def __init__(self, folder: Path, command: Command) -> None:
        self.folder, self.command = folder / "work", command
        self.kept = folder / "kept"
        self.folder.mkdir()
        build.write(self.folder, CELLS)
        command.prepare(self.folder)
        shutil.copytree(self.folder, self.kept)
        self.old = state(self.folder)
        with failing(Fault.KILL, 0) as counter:
            command.run(self.folder)
        self.operations = counter.count
        self.new = state(self.folder)
        self.reset()

    def reset(self) -> None:
        if state(self.folder) != self.old:
            shutil.rmtree(self.folder)
            shutil.copytree(self.kept, self.folder)

    def cut(self, fault: Fault, at: int) -> None:
        """Run the command until it fails at this operation."""
        with failing(fault, at), suppress(Kill, KeyboardInterrupt, Nb2pkgError):
            self.command.run(self.folder)

    def settle(self) -> None:
        """What every command does first with the project that it is given."""
        files.settle(self.folder / self.command.project)

    def is_whole(self) -> bool:
        return state(self.folder) in (self.old, self.new)

    def is_whole_for_users(self) -> bool:
        """The same, whatever has yet to be tidied up."""
        now = {p: data for p, data in state(self.folder).items() if files.FOLDER not in p}
        return now in (self.old, self.new)


@pytest.fixture(scope="module", params=COMMANDS, ids=lambda command: command.name)
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("faults"), request.param)


def points(bench: Bench, fault: Fault) -> Iterator[int]:
    """Where the command is cut off."""
    stride = 1 if EACH or bench.command.is_quick else STRIDE
    start = 3 * list(Fault).index(fault) % stride
    yield from range(1 + start, bench.operations + 1, stride)


@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.value)
def test_a_fault_leaves_the_old_or_the_new(bench: Bench, fault: Fault) -> None:
    """At once, unless it is a kill; and nothing is left over once another command came by."""
    broken = []
    for at in points(bench, fault):
        bench.cut(fault, at)
        is_whole = fault is Fault.KILL or bench.is_whole_for_users()
        bench.settle()
        if not (is_whole and bench.is_whole()):
            broken.append(at)
        bench.reset()
    assert broken == []
    assert bench.operations > 10


@pytest.mark.parametrize("prepare", [nothing, changed], ids=["first", "again"])
def test_the_notebook_leads_to_what_was_cut_off_in_place(
    tmp_path_factory: pytest.TempPathFactory, prepare: Run
) -> None:
    """Once files are exchanged, whoever comes by the notebook alone finishes that."""
    bench = Bench(tmp_path_factory.mktemp("place"), Command("in place", prepare, in_place))
    for at in points(bench, Fault.KILL):
        bench.cut(Fault.KILL, at)
        files.settle(bench.folder / "analysis.ipynb")
        assert bench.is_whole_for_users()
        bench.reset()


def test_what_was_cut_off_can_be_done_again(bench: Bench) -> None:
    """The same command settles it first, and then does what it was to do, or finds it done."""
    for at in points(bench, Fault.KILL):
        bench.cut(Fault.KILL, at)
        bench.settle()
        if state(bench.folder) != bench.new:
            bench.command.run(bench.folder)
        assert state(bench.folder) == bench.new
        bench.reset()
