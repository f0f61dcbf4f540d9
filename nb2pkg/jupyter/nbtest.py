"""Run a cell of tests with pytest, inside the kernel, in a namespace that looks into the notebook's.

pytest gets a module that is in memory. It reads no settings and no conftest of the folder, loads no
plugins, rewrites the asserts of this cell alone, and leaves nothing behind. ipytest was looked at:
it runs the cell in the notebook's own namespace, where its names stay.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import sys
import tempfile
import time
import types
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from _pytest.assertion.rewrite import rewrite_asserts

from nb2pkg.jupyter.report import CellReport
from nb2pkg.jupyter.watch import Watch
from nb2pkg.notebook import test_cells
from nb2pkg.notebook.test_cells import FREE, NbtestRequest

_FILE = "<nbtest>"
_MODULE = "nbtest_cell"
_ARGUMENTS = [
    "--assert=plain",  # no hook on imports: the cell is rewritten here
    "--capture=sys",
    "--color=no",
    "--noconftest",
    "--tb=native",
    "--verbose",  # whole differences
    *(
        f"-pno:{name}"
        for name in ("cacheprovider", "faulthandler", "unraisableexception", "threadexception")
    ),
]
_SETTINGS = "[pytest]\ntruncation_limit_lines = 24\ntruncation_limit_chars = 2000\n"
_ENVIRONMENT = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", "PYTEST_PLUGINS": ""}


class Namespace(dict[str, Any]):
    """The cell's own names; what is not among them is looked up in the notebook, at that moment."""

    def __init__(self, notebook: Mapping[str, Any]) -> None:
        super().__init__(__name__=_MODULE)
        self._notebook = notebook

    def __missing__(self, name: str) -> Any:
        try:
            return self._notebook[name]
        except KeyError:
            if name in FREE:
                return pytest
            raise


def run(body: str, wanted: NbtestRequest, notebook: Mapping[str, Any]) -> CellReport:
    """The outcome of the tests in body. ValueError: the -k expression makes no sense."""
    started = time.perf_counter()
    watch = Watch(_FILE, body)
    try:
        module, names = _module(body, wanted.name, notebook)
    except Exception as error:
        failed = watch.failure(
            "before the tests", "error", pytest.ExceptionInfo.from_exception(error)
        )
        return CellReport((failed,), time.perf_counter() - started)
    watch.module, watch.names = module, names
    with _registered(module):
        _call_pytest(watch, wanted)
    return CellReport(tuple(watch.results.values()), time.perf_counter() - started, watch.left_out)


def _words(body: str, loose: Sequence[ast.stmt]) -> str:
    """What code without a name is called: the comment above it all, else its first assert."""
    if not loose:
        return ""
    first = body.lstrip().partition("\n")[0]
    found = [node for node in loose if isinstance(node, ast.Assert)] or loose
    words = first.lstrip("# ") if first[:1] == "#" else ast.unparse(found[0]).partition("\n")[0]
    return words if len(words) <= 60 else words[:57] + "..."


def _module(
    body: str, name: str, notebook: Mapping[str, Any]
) -> tuple[types.ModuleType, dict[str, str]]:
    """The module that pytest takes the tests from, and what tests are called that have no name."""
    tree = ast.parse(body, _FILE)
    name = name or _words(body, test_cells.split(tree.body).loose)
    ast.increment_lineno(tree)  # the first line of the cell is that of the magic
    parts = test_cells.split(tree.body)
    namespace = Namespace(notebook)
    loose = ast.Module(list(parts.loose), [])
    others = ast.Module([node for node in tree.body if node not in parts.loose], [])
    for part in (loose, others):
        rewrite_asserts(part, b"", _FILE)
    exec(compile(others, _FILE, "exec"), namespace)
    names = {}
    if parts.loose:
        code = compile(loose, _FILE, "exec")
        key = f"test_{test_cells.slug(name) or 'cell'}"
        while key in namespace:
            key += "_"
        names[key] = name
        namespace[key] = lambda: exec(code, namespace)
    module = types.ModuleType(_MODULE)
    vars(module).update((key, value) for key, value in namespace.items() if key[0] != "@")
    return module, names


@contextlib.contextmanager
def _registered(module: types.ModuleType) -> Iterator[None]:
    """dataclasses and pickle look for the module of a class by its name."""
    before = sys.modules.get(_MODULE)
    sys.modules[_MODULE] = module
    try:
        yield
    finally:
        del sys.modules[_MODULE]
        if before is not None:
            sys.modules[_MODULE] = before


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    """pytest without the settings that a person has for other tests."""
    before = {name: os.environ.get(name) for name in (*_ENVIRONMENT, "PYTEST_CURRENT_TEST")}
    os.environ.update(_ENVIRONMENT)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _call_pytest(watch: Watch, wanted: NbtestRequest) -> None:
    said = io.StringIO()
    with tempfile.TemporaryDirectory(prefix="nbtest-") as folder, _environment():
        place = Path(folder).resolve()
        settings, module = place / "pytest.ini", place / f"{_MODULE}.py"
        settings.write_text(_SETTINGS, encoding="utf-8")
        module.touch()
        arguments = [*_ARGUMENTS, f"-c{settings}", f"--rootdir={place}"]
        arguments += [f"--basetemp={place / 'tmp'}", str(module)]
        arguments += ["-k", wanted.expression] if wanted.expression else []
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = pytest.main(arguments, plugins=[watch])
    if code == pytest.ExitCode.USAGE_ERROR:
        raise ValueError(said.getvalue().rpartition("ERROR: ")[2].strip())
    if code == pytest.ExitCode.INTERRUPTED and not watch.results:
        raise KeyboardInterrupt
    if code == pytest.ExitCode.INTERNAL_ERROR:
        raise RuntimeError(f"pytest failed:\n{said.getvalue()}")
