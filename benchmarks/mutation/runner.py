"""Runs of a test suite, each in a clean copy of a project, by a server that forks."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.kernel_run import ONE_THREAD

SERVE = Path(__file__).with_name("serve.py")
CLEAN_SECONDS = 300
# As the tests of a package run in the other benchmarks: no window, no plugin that happens to be there.
PLAIN = ONE_THREAD | {
    "MPLBACKEND": "Agg",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
}
ALL_PASSED, NO_TESTS = 0, 5


@dataclass(frozen=True)
class Result:
    """How one run of pytest ended."""

    exit: int | None  # None: it took too long
    seconds: float
    tail: str = ""
    lines: Mapping[str, Sequence[int]] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether all tests passed."""
        return self.exit == ALL_PASSED

    @property
    def verdict(self) -> str:
        """What it says of a mutant. A crash and tests that cannot be collected are kills too."""
        if self.exit is None:
            return "timeout"
        return "survived" if self.exit in (ALL_PASSED, NO_TESTS) else "killed"


@dataclass(frozen=True)
class Change:
    """Another text of one file of a project."""

    file: str
    text: str


class Place:
    """A project that is again as it was before every run, in the same folder.

    `base/live` is where tests run; it has the data and a home too. What they write there is found by
    size and time, and then all of it is copied anew from `base/clean`.
    """

    def __init__(self, base: Path, folder: str, variable: str) -> None:
        """The project is in `base/clean/work/FOLDER`; the variable tells it where its data are."""
        self._clean, self._live, self._folder = base / "clean", base / "live", folder
        self._notes = base / "notes"
        self._variable = variable
        for path in (self._notes, self._clean / "home", self._clean / "tmp"):
            path.mkdir(parents=True)
        self._copy()

    @property
    def original(self) -> Path:
        """The project, as no test ever sees it: to change it before the first run."""
        return self._clean / self._folder

    def request(self, seconds: float, trace: bool) -> dict[str, Any]:
        """What the server has to know."""
        project = self._live / self._folder
        environment = {
            "HOME": str(self._live / "home"),
            "TMPDIR": str(self._live / "tmp"),
            self._variable: str(project.parent),
        }
        return {
            "project": str(project),
            "notes": str(self._notes),
            "environment": environment,
            "seconds": seconds,
            "trace": trace,
        }

    @contextmanager
    def ready(self, change: Change | None) -> Iterator[None]:
        """Undo what the last run has left, and give one file another text for the next one."""
        if _sizes_and_times(self._live) != self._state:
            shutil.rmtree(self._live)
            self._copy()
        if change is None:
            yield
            return
        changed = self._live / self._folder / change.file
        changed.write_text(change.text, encoding="utf-8")
        try:
            yield
        finally:
            shutil.copy2(self.original / change.file, changed)

    def keep_home(self) -> None:
        """What libraries have put into the home is there from now on: lists of fonts, mostly."""
        shutil.rmtree(self._clean / "home")
        shutil.copytree(self._live / "home", self._clean / "home", symlinks=True)
        shutil.rmtree(self._live)
        self._copy()

    def _copy(self) -> None:
        shutil.copytree(self._clean, self._live, symlinks=True)
        self._state = _sizes_and_times(self._live)


def _sizes_and_times(folder: Path) -> dict[str, tuple[int, int]]:
    """Of all files and folders below; a folder's own time is left out: a file that came is seen."""
    found: dict[str, tuple[int, int]] = {}
    for top, folders, files in os.walk(folder):
        found |= {os.path.join(top, name): (0, 0) for name in folders}
        for name in files:
            path = os.path.join(top, name)
            state = os.lstat(path)
            found[path] = (state.st_size, state.st_mtime_ns)
    return found


class Server:
    """A process of another interpreter that has the libraries, and runs pytest in forks."""

    def __init__(self, python: str, preload: Sequence[str], home: Path) -> None:
        """Start it: importing takes as long as it takes."""
        home.mkdir(exist_ok=True)
        # The list of fonts is slow to make anew.
        fonts = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "matplotlib"
        more = {"HOME": str(home), "MPLCONFIGDIR": str(fonts)}
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST"))}
        self._process = subprocess.Popen(
            [python, str(SERVE), json.dumps(list(preload))],
            cwd=home,
            env=kept | PLAIN | more,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def run(
        self,
        place: Place,
        change: Change | None = None,
        seconds: float = CLEAN_SECONDS,
        trace: bool = False,
    ) -> Result:
        """Run the tests of a project, with one file changed or as it is."""
        assert self._process.stdin
        assert self._process.stdout
        with place.ready(change):
            self._process.stdin.write(json.dumps(place.request(seconds, trace)) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the server ended with {self._process.wait()}")
        return Result(**json.loads(answer))

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def imports(project: Path) -> list[str]:
    """What the package and its tests import from elsewhere, in the order of the files."""
    files = [*sorted(project.glob("src/**/*.py")), *sorted(project.glob("tests/**/*.py"))]
    own = {path.stem for path in project.glob("tests/**/*.py")}
    own |= {path.name for path in project.glob("src/*")}
    names = (name for path in files for name in _imported(path.read_text(encoding="utf-8")))
    return [name for name in dict.fromkeys(names) if name.partition(".")[0] not in own]


def _imported(code: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            # It may be a module; where it is not, its import fails without harm.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
