"""Do the tests of a package notice when a function is wrong? They are run against functions that are."""

from __future__ import annotations

import ast
import itertools
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nb2pkg.errors import VerificationError
from nb2pkg.execution import install, processes, scratch
from nb2pkg.paths import Project, path_of
from nb2pkg.project import locate, manifest
from nb2pkg.project.manifest import Manifest
from nb2pkg.promote import remembered
from nb2pkg.verify.made_up import mutants
from nb2pkg.verify.model import FAULTS

_SETTINGS = ("pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini", "conftest.py")  # of pytest
_PATIENCE = 10  # times as long as the tests usually take, and then a fault counts as noticed
_LEAST_SECONDS = 30.0
_SAME = (
    "\n\ndef _same(value, *_args, **_named):\n    return value\n"  # for a method that is left out
)
Say = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a function: the line before and after, and the text of its file."""

    symbol: str
    path: str
    before: str
    after: str
    text: str


@dataclass(frozen=True, slots=True)
class Tried:
    """A fault, and whether a test failed for it."""

    fault: Fault
    is_noticed: bool


def tried(project: Project, python: str, most: int, say: Say) -> tuple[Tried, ...]:
    """Run the tests in a copy of the project, against so many faults, a function after the other.

    Raises VerificationError where the tests fail without a fault too.
    """
    known = manifest.required(project)
    chosen = python or remembered.python_of(project, known) or locate.own_python(project.folder)
    faults = [*itertools.islice(_in_turns(project, known), most)]
    with scratch.for_runs() as home:
        bench = _Bench(project, known, chosen or sys.executable, home)
        began = time.monotonic()
        if not bench.passes(_LEAST_SECONDS * _PATIENCE):
            raise VerificationError(
                f"{project}: its tests do not pass as they are",
                f"Run {bench.python} -m pytest there: it needs pytest, and what the package needs.",
            )
        patience = max((time.monotonic() - began) * _PATIENCE, _LEAST_SECONDS)
        found = []
        for number, fault in enumerate(faults):
            say(FAULTS, number, len(faults))
            found.append(Tried(fault, not bench.passes(patience, fault)))
        say(FAULTS, len(faults), len(faults))
    return tuple(found)


class _Bench:
    """A copy of the package and its tests, in which one file at a time is another one."""

    def __init__(self, project: Project, known: Manifest, python: str, scratch: Path) -> None:
        self.python, self.scratch = python, scratch
        self.copy = scratch / "project"
        files = locate.around(project)
        settings = [project.folder / name for name in _SETTINGS]
        files |= {path.name: path.read_bytes() for path in settings if path.is_file()}
        install.write(files, self.copy)
        self.tests = self.copy / project.paths.on_disk("tests")
        self.on_disk = project.paths.on_disk
        folder = locate.original(project, known).parent
        source = self.copy / project.paths.source
        paths = [str(source), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.environment = {
            **os.environ,
            known.variable: str(folder),
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONDONTWRITEBYTECODE": "1",
            "MPLBACKEND": "Agg",
            "TMPDIR": str(scratch),
        }

    def passes(self, seconds: float, fault: Fault | None = None) -> bool:
        """Do the tests pass, with that fault if there is one? No, if they take longer."""
        place = self.copy / self.on_disk(fault.path) if fault else None
        before = place.read_bytes() if place else b""
        if place and fault:
            place.write_text(fault.text, encoding="utf-8")
        argv = [self.python, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", str(self.tests)]
        running = processes.start(argv, self.copy, self.environment)
        try:
            return running.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            processes.end(running.pid, self.scratch)
            running.wait()
            if place:
                place.write_bytes(before)


def _in_turns(project: Project, known: Manifest) -> Iterator[Fault]:
    """A fault of each function, then another one of each, and so on."""
    functions = [
        [*_faults(symbol, path, text, node)]
        for path, text in _modules(project, known).items()
        for symbol, node in _functions(path, text)
    ]
    for row in itertools.zip_longest(*functions):
        yield from (fault for fault in row if fault is not None)


def _modules(project: Project, known: Manifest) -> Mapping[str, str]:
    """The modules that were made of the notebook, as they are on disk."""
    names = dict.fromkeys(made.symbol.partition(".")[0] for made in known.made)
    paths = [path_of(known.package, name) for name in names]
    found = [path for path in paths if (project / path).is_file()]
    return {path: (project / path).read_text(encoding="utf-8") for path in found}


def _functions(path: str, text: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions and methods, with the module and the class before their names."""
    module = Path(path).stem
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            yield f"{module}.{node.name}", node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield f"{module}.{node.name}.{inner.name}", inner


def _faults(symbol: str, path: str, text: str, node: ast.FunctionDef) -> Iterator[Fault]:
    lines = text.splitlines(keepends=True)
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)]) - 1
    usual = ast.unparse(node).splitlines()
    for mutant in mutants.of(node):
        code = ast.unparse(mutant)
        wrong = textwrap.indent(code + "\n", " " * node.col_offset)
        whole = "".join([*lines[:first], wrong, *lines[node.end_lineno :]]) + _SAME
        changed = [pair for pair in zip(usual, code.splitlines()) if pair[0] != pair[1]]
        before, after = changed[0] if changed else (usual[-1], "")
        yield Fault(symbol, path, before.strip(), after.strip(), whole)
