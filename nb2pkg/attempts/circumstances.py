"""What a notebook ran on: Python and distributions, data files; and the numbers that it shows."""

from __future__ import annotations

import ast
import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

from packaging.utils import canonicalize_name

from nb2pkg.attempts.model import DataFile, InstalledVersions, Metric, RunResult
from nb2pkg.data.version import FileVersion, version_of
from nb2pkg.environment import files as environment_files
from nb2pkg.environment import kernelspec
from nb2pkg.facts.libraries import Aliases
from nb2pkg.model import Cell, Notebook
from nb2pkg.notebook import magics, tags
from nb2pkg.plan.files_named import read_off
from nb2pkg.requirements import imports, known

_NUMBER = re.compile(
    r"(?:[\w.]+\()?'?(?P<number>[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[-+]?\d+)?|[-+]?inf|nan)'?\)?",
    re.IGNORECASE,
)
_CODE = (".py", ".ipynb")
_LONGEST = 300  # characters of a path
_RECENT = 2_000_000_000  # nanoseconds: a newer file may be written to again, and look the same
_PATHS = Aliases({"Path": "pathlib.Path"})


def trees(notebook: Notebook) -> tuple[ast.Module, ...]:
    """The code of each cell that is Python."""
    return tuple(ast.parse(masked.python) for _, masked in magics.readable(notebook))


# -------------------------------------------------------------------------------------- installed


def installed(
    notebook: Notebook, code: Iterable[ast.Module], python: str = ""
) -> InstalledVersions:
    """The Python that a notebook runs with, and the distributions that it imports, as far as they are found.

    python: the interpreter; else it is that of the notebook's kernel. It is not started, which takes longer
    than all the rest.
    """
    modules = dict.fromkeys(found.module for tree in code for found in imports.of(tree))
    interpreter = python or kernelspec.python_of(notebook, "")
    if interpreter == sys.executable:
        version, there = ".".join(map(str, sys.version_info[:3])), None
    else:
        version, there = environment_files.versions(Path(interpreter))
    found: dict[str, str] = {}
    for module in modules:
        for name in (*known.candidates(module), module.partition(".")[0]):
            if has := _version(name, there):
                found[name] = has
                break
    return InstalledVersions(version, dict(sorted(found.items())))


def _version(name: str, there: Mapping[str, str] | None) -> str:
    """The version of a distribution; there: what is installed elsewhere than where nb2pkg is."""
    if there is not None:
        return there.get(canonicalize_name(name), "")
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


# ------------------------------------------------------------------------------------------- data


@dataclass(frozen=True, slots=True)
class DataPlace:
    """Where files are looked for. folder: that of the notebook; top: that from which paths are seen.

    before: the files of the attempt before: one that was not touched since has the version that it had.
    """

    folder: Path
    top: Path
    before: tuple[DataFile, ...] = ()


def data(
    code: Iterable[ast.Module], place: DataPlace, most: int | None = None
) -> tuple[DataFile, ...]:
    """The files that the code names and that exist, with their versions.

    most: bytes to read; of a file that is bigger than what is left, the size alone is known.
    """
    found: dict[str, DataFile] = {}
    left = sys.maxsize if most is None else most
    for named in _named(code):
        try:
            file, was_read = _data_file(named, place, left)
        except (OSError, ValueError):  # a text that no path can be, a file that nobody may read
            continue
        if file is not None:
            found[file.version.path] = file
            left -= was_read
    return tuple(found[path] for path in sorted(found))


def _data_file(named: str, place: DataPlace, most: int) -> tuple[DataFile | None, int]:
    """The file of that name, and how many bytes of it were read."""
    path = place.folder / named
    if not path.is_file() or path.suffix in _CODE:
        return None, 0
    state = path.stat()
    seen = _seen(path, named, place.top)
    for known_before in place.before:
        version = known_before.version
        if (version.path, version.size) == (seen, state.st_size) and version.md5:
            if known_before.modified == state.st_mtime_ns:
                return known_before, 0
    if state.st_size > most:
        return DataFile(FileVersion(seen, "", state.st_size)), 0
    version = replace(version_of(path, path.parent), path=seen)
    return DataFile(version, _modified(state.st_mtime_ns)), state.st_size


def _named(code: Iterable[ast.Module]) -> Iterator[str]:
    """The texts that may be paths: literals, and what is put together of them."""
    found: dict[str, None] = {}
    for tree in code:
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant | ast.BinOp | ast.Call | ast.JoinedStr):
                text = read_off(node, _PATHS, {})
                if text and len(text) <= _LONGEST and "\n" not in text:
                    found[text] = None
    return iter(found)


def _seen(path: Path, named: str, top: Path) -> str:
    """A path as seen from the top; that of a file elsewhere is as the notebook has it."""
    try:
        return path.resolve().relative_to(top).as_posix()
    except ValueError:
        return named


def _modified(modified: int) -> int:
    """When a file was written to, if a later write would show another time; else 0."""
    return modified if time.time_ns() - modified > _RECENT else 0


# ------------------------------------------------------------------------------ metrics and result


def metrics(notebook: Notebook) -> tuple[tuple[Metric, ...], tuple[str, ...]]:
    """The numbers that tagged cells show last, and what is wrong with those that show none."""
    found: list[Metric] = []
    wrong = []
    for cell in notebook.code:
        named = tags.metric_of(cell)
        if named is None:
            continue
        name, number = named or _last_name(cell), _shown(cell)
        if not name:
            wrong.append(
                f"cell {cell.index + 1}: its metric needs a name: tag it nb2pkg-metric:NAME"
            )
        elif number is None:
            wrong.append(
                f"cell {cell.index + 1}: its last value is not a number, so {name} is unknown"
            )
        else:
            found.append(Metric(name, number, cell.id))
    return tuple({metric.name: metric for metric in found}.values()), tuple(wrong)


def _last_name(cell: Cell) -> str:
    """The variable that the cell shows."""
    try:
        last = ast.parse(magics.mask(cell.source).python).body[-1]
    except (SyntaxError, ValueError, IndexError, RecursionError):
        return ""
    return last.value.id if isinstance(last, ast.Expr) and isinstance(last.value, ast.Name) else ""


def _shown(cell: Cell) -> float | None:
    shown = [output.text.strip() for output in cell.outputs if output.kind == "result"]
    match = _NUMBER.fullmatch(shown[-1]) if shown else None
    return float(match["number"]) if match else None


def result(notebook: Notebook, with_reason: bool = True) -> RunResult:
    """What the stored outputs say: the notebook failed if a cell shows an error.

    with_reason: the message of an error may hold values, which go where the outputs go.
    """
    for cell in notebook.code:
        for output in cell.outputs:
            if output.kind == "error":
                said = output.text.strip().splitlines()
                reason = f"cell {cell.index + 1}: {output.name or 'error'}"
                first = said[0] if said and with_reason else ""
                return RunResult("failed", f"{reason}: {first}" if first else reason)
    return RunResult()
