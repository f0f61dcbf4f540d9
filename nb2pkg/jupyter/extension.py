"""``%load_ext nb2pkg``: the magics ``%%nbtest`` and ``%nb2pkg``."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from nb2pkg.jupyter import record
from nb2pkg.notebook import test_cells

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from nb2pkg.jupyter.report import CellReport

_last: list[CellReport] = []


class TestsFailedError(Exception):
    """What ``%%nbtest --strict`` raises at its end. The report is above it, so it is one line."""

    __test__ = False  # for pytest it looks like a class of tests

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback."""
        return [f"TestsFailedError: {self}"]


def load(shell: InteractiveShell) -> None:
    """Give the shell its magics."""

    def nbtest(line: str, cell: str) -> None:
        """Run the cell as tests of what is in the notebook: %%nbtest [name] [-k EXPR] [--strict] [-q]"""
        run(shell, line, cell)

    def nb2pkg(line: str) -> None:
        """Keep a log of what is executed: %nb2pkg record on [NOTEBOOK] | off | status"""
        try:
            print(record.command(shell, line))
        except record.CannotRecordError as error:
            raise UsageError(f"%nb2pkg: {error}") from None

    nbtest._ipython_magic_no_var_expand = True  # type: ignore[attr-defined]
    register: Any = shell.register_magic_function  # whose annotations are of a decorator
    register(nbtest, "cell", test_cells.MAGIC)
    register(nb2pkg, "line", "nb2pkg")


def unload(shell: InteractiveShell) -> None:
    """Take the magics away, and stop what goes on."""
    record.stop(shell)
    for kind, name in (("cell", test_cells.MAGIC), ("line", "nb2pkg")):
        shell.magics_manager.magics[kind].pop(name, None)


def last() -> CellReport | None:
    """What the tests gave that were run last."""
    return _last[-1] if _last else None


def run(shell: InteractiveShell, line: str, cell: str) -> None:
    """Run a cell of tests, print the report and keep its outcome. Only --strict raises."""
    if importlib.util.find_spec("pytest") is None:
        raise UsageError("%%nbtest needs pytest: pip install 'nb2pkg[jupyter]'")
    from nb2pkg.jupyter import nbtest  # brings pytest: 0.1 s

    try:
        wanted = test_cells.parse_request(line)
        body = str(shell.transform_cell(cell))  # type: ignore[no-untyped-call]
        outcome = nbtest.run(body, wanted, shell.user_ns)
    except ValueError as error:
        raise UsageError(f"%%nbtest: {error}") from None
    _last[:] = [outcome]
    print(outcome.text(wanted.quiet))
    if wanted.strict and outcome.is_bad:
        raise TestsFailedError(outcome.counts())
