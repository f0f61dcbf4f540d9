"""Tools that answer the same question, each in an environment of its own, as their documents say.

pipreqs and pigar write requirements for imports. deptry and FawltyDeps compare imports with what a
project declares: they are handed all the distributions of the list, and their answer is which of them
an import is put down to. That is an easier question.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import environments
from benchmarks.distributions.answers import Answers
from benchmarks.distributions.pairs import normal

JOBS = 2
_NAME = re.compile(r"[\w.-]+")
_REFERRED = re.compile(r"^# \S*?m(\d+)\.py: ", re.M)
_BLOCK = re.compile(r"((?:^#.*\n)+)((?:^[^#\n].*\n)+)", re.M)
_DEPTRY = re.compile(r"^name: (?P<name>\S+)\n.*?^package: (.*?)\n^top_levels: (.*?)$", re.M | re.S)


@dataclass(frozen=True, slots=True)
class Run:
    """What a tool is given: a folder to work in, the modules, the names that are declared, an index,
    and the environment that is looked at, if there is one."""

    python: Path
    folder: Path
    modules: Sequence[str]
    declared: Sequence[str]
    index: str
    looked_at: Path | None


Ask = Callable[[Run], Answers]


def pipreqs(run: Run) -> Answers:
    """One call for each import: it does not say which one a requirement is for."""
    options = ["--print", "--mode", "no-pin", "--pypi-server", f"{run.index}/pypi/"]
    folders = [_project(run.folder / f"p{n}", [module]) for n, module in enumerate(run.modules)]
    with ThreadPoolExecutor(JOBS) as pool:
        said = pool.map(lambda folder: _out(run, "pipreqs", *options, str(folder)), folders)
    return {module: _names(text) for module, text in zip(run.modules, said, strict=True)}


def pigar(run: Run) -> Answers:
    """One call; comments say for which files the requirements below them are."""
    project = _project(run.folder / "project", run.modules)
    out = run.folder / "requirements.txt"
    options = ["-f", str(out), "--with-referenced-comments", "--question-answer", "yes"]
    options += ["--auto-select", "--index-url", f"{run.index}/simple/"]
    _out(run, "pigar", "generate", *options, str(project))
    text = out.read_text(encoding="utf-8") if out.exists() else ""
    found: dict[str, set[str]] = defaultdict(set)
    for comments, names in _BLOCK.findall(text):
        for number in _REFERRED.findall(comments):
            found[run.modules[int(number)]] |= _names(names)
    return {module: frozenset(names) for module, names in found.items()}


def deptry(run: Run) -> Answers:
    """One call; with --verbose it says which of the declared distributions it takes a module for."""
    project = _project(run.folder / "project", run.modules, run.declared)
    text = _out(run, "deptry", ".", "--verbose", "--no-ansi", folder=project)
    declared = set(map(normal, run.declared))
    found = {}
    for name, package, top_levels in _DEPTRY.findall(text):
        names = {package, *re.findall(r"'(.*?)'", top_levels)}
        found[name] = frozenset(map(normal, names)) & declared
    return _by_top(run, found)


def fawltydeps(run: Run) -> Answers:
    """One call; its JSON says which imports it takes each of the declared distributions to bring."""
    project = _project(run.folder / "project", run.modules, run.declared)
    looked_at = ["--pyenv", str(run.looked_at.parent.parent)] if run.looked_at else []
    text = _out(run, "fawltydeps", "--json", *looked_at, folder=project)
    found: dict[str, set[str]] = defaultdict(set)
    for name, resolved in json.loads(text)["resolved_deps"].items():
        for module in resolved["import_names"]:
            found[module].add(normal(name))
    return _by_top(run, found)


TOOLS: Mapping[str, Ask] = {
    "pipreqs": pipreqs,
    "pigar": pigar,
    "deptry": deptry,
    "fawltydeps": fawltydeps,
}
ASKING = {"pipreqs", "pigar"}  # an index, about what is not installed


@dataclass(frozen=True, slots=True)
class Said:
    """What a tool answered, and how long it took."""

    answers: Answers
    seconds: float


def environment(tool: str, cache: Path) -> Path:
    """The interpreter of an environment that has the tool; made if it is not there yet."""
    python = environments.interpreter(cache / "tools" / tool)
    if not environments.program(python, tool).exists():
        environments.make(cache / "tools" / tool)
        environments.install(python, [tool])
    return python


def version(tool: str, python: Path) -> str:
    code = f"from importlib.metadata import version; print(version({tool!r}))"
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def ask(
    tool: str,
    python: Path,
    modules: Sequence[str],
    declared: Sequence[str],
    index: str,
    looked_at: Path | None,
) -> Said:
    """What a tool says. Those without an option for it look at their own environment, as their users
    have it: what is looked at is put behind it."""
    beside = environments.site_packages(python) / "looked_at.pth"
    beside.unlink(missing_ok=True)
    if looked_at is not None:
        beside.write_text(f"{environments.site_packages(looked_at)}\n", encoding="utf-8")
    with TemporaryDirectory() as folder:
        run = Run(python, Path(folder), modules, declared, index, looked_at)
        started = time.monotonic()
        answers = TOOLS[tool](run)
        seconds = time.monotonic() - started
    beside.unlink(missing_ok=True)
    return Said(answers, seconds)


def _project(folder: Path, modules: Sequence[str], declared: Sequence[str] = ()) -> Path:
    """A folder with one file for each import."""
    folder.mkdir()
    for number, module in enumerate(modules):
        (folder / f"m{number}.py").write_text(f"import {module}\n", encoding="utf-8")
    if declared:
        (folder / "requirements.txt").write_text("\n".join(declared) + "\n", encoding="utf-8")
    return folder


def _out(run: Run, tool: str, *arguments: str, folder: Path | None = None) -> str:
    command = [str(environments.program(run.python, tool)), *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder or run.folder
    )
    return done.stdout + (done.stderr if tool == "deptry" else "")


def _names(text: str) -> frozenset[str]:
    """The names of requirements, one on a line."""
    lines = (line.strip() for line in text.splitlines())
    matches = (_NAME.match(line) for line in lines if not line.startswith("#"))
    return frozenset(normal(match[0]) for match in matches if match)


def _by_top(run: Run, found: Mapping[str, set[str] | frozenset[str]]) -> Answers:
    """Answers about top-level modules, as answers about the imports."""
    nothing: frozenset[str] = frozenset()
    return {m: frozenset(found.get(m.partition(".")[0], nothing)) for m in run.modules}
