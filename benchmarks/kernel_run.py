"""Run a notebook in a fresh kernel and keep what can be compared: outputs, final variables,
state of the process."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_async
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat.warnings import DuplicateCellId, MissingIDFieldWarning

from benchmarks import warm
from nb2pkg.execution import kernels, outputs

# The ids that are compared are the saved ones; what nbformat does to missing and double ones does
# not matter.
warnings.filterwarnings("ignore", category=DuplicateCellId)
warnings.filterwarnings("ignore", category=MissingIDFieldWarning)

PROBE = Path(__file__).parent / "probe" / "__init__.py"
# Run by the kernel with names of its own: a notebook may have rebound `open`, `print` or any other
# builtin.
PROBE_CALL = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("nb2pkg_probe", {probe!r})
module = importlib.util.module_from_spec(spec)
sys.modules["nb2pkg_probe"] = module
spec.loader.exec_module(module)
import IPython
module.write_snapshot(IPython.get_ipython().user_ns, {target!r}, {folders!r})
"""
SEED = """
import contextlib, random
random.seed(7)
with contextlib.suppress(ImportError):
    import numpy
    numpy.random.seed(7)
with contextlib.suppress(ImportError, AttributeError):  # what seeds default_rng() of numpy
    from numpy.random import bit_generator
    bit_generator.randbits = random.Random(7).getrandbits
"""
SNAPSHOT_SECONDS = 120
TIMEOUT = "timeout"
ONE_THREAD = dict.fromkeys(
    ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"], "1"
)
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "LD_LIBRARY_PATH", "SYSTEMROOT")


@dataclass(frozen=True)
class Conditions:
    """How to run: which interpreter, where, in which order, for how long."""

    folder: Path
    python: str = sys.executable
    hash_seed: int = 0
    by_count: bool = False
    seeded: bool = False  # seed the global generators, to compare unseeded notebooks too
    cell_timeout: float = 60
    total_timeout: float = 300
    aliases: tuple[str, ...] = ()  # other folders that mean "the folder of the notebook"


@dataclass
class Run:
    """What a run left behind, ready for JSON."""

    cells: list[dict[str, Any]] = field(default_factory=list)  # id, place, outputs; in order
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    state: dict[str, dict[str, str]] = field(default_factory=dict)
    stopped: str = ""  # why the run ended early
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The run as plain data."""
        return asdict(self)


def run(path: Path, conditions: Conditions) -> Run:
    """Run a notebook from top to bottom; an error ends the run, as it does with "Run All"."""
    started = time.monotonic()
    text = path.read_text(encoding="utf-8-sig")
    notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    result = Run()
    with tempfile.TemporaryDirectory(prefix="judge-", ignore_cleanup_errors=True) as scratch:
        folders = _folder_words(conditions, scratch)
        asyncio.run(_run(notebook, conditions, Path(scratch), folders, result))
    ids = iter(saved_ids(path))
    for place, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "code":
            shown = outputs.normalise(cell.outputs, folders)
            result.cells.append({"id": next(ids, None), "place": place, "outputs": shown})
    result.stopped = outputs.mask(result.stopped, folders)
    result.seconds = round(time.monotonic() - started, 2)
    return result


async def _run(
    notebook: Any,
    conditions: Conditions,
    scratch: Path,
    folders: list[tuple[str, str]],
    result: Run,
) -> None:
    client = _client(notebook, conditions, scratch)
    try:
        environment = _environment(conditions, str(scratch))
        await client.async_start_new_kernel(
            env=environment, cwd=str(conditions.folder), stderr=subprocess.DEVNULL
        )
        await client.async_start_new_kernel_client()
        if conditions.seeded:
            await _ask(client, SEED)
        await _execute(client, conditions, result)
        if result.stopped != TIMEOUT:
            await _snapshot(client, scratch, folders, result)
    except (DeadKernelError, RuntimeError, TimeoutError) as error:
        result.stopped = result.stopped or f"{type(error).__name__}: {error}"[:200]
    finally:
        await kernels.ended(client)


def saved_ids(path: Path) -> list[str | None]:
    """Ids of the code cells as saved: reading with nbformat would invent missing ones."""
    cells = json.loads(path.read_text(encoding="utf-8-sig")).get("cells", [])
    return [cell.get("id") for cell in cells if cell.get("cell_type") == "code"]


def _client(notebook: Any, conditions: Conditions, scratch: Path) -> NotebookClient:
    spec = scratch / "kernels" / "judge"
    spec.mkdir(parents=True)
    argv = warm.command(conditions.python, _environment(conditions, str(scratch)))
    (spec / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "judge", "language": "python"})
    )
    specs = KernelSpecManager(kernel_dirs=[str(scratch / "kernels")], ensure_native_kernel=False)
    manager = AsyncKernelManager(kernel_name="judge", kernel_spec_manager=specs)
    manager.connection_file = str(scratch / "connection.json")
    manager.transport = kernels.transport(scratch)
    client = NotebookClient(
        notebook, km=manager, startup_timeout=120, record_timing=False, store_widget_state=False
    )
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    return client


def _environment(conditions: Conditions, scratch: str) -> dict[str, str]:
    """A small environment, the same whoever runs this: notebooks print it, and runs are cached."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    # The list of fonts is slow to make anew.
    fonts = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "matplotlib"
    return kept | ONE_THREAD | {
        "HOME": scratch,
        "IPYTHONDIR": f"{scratch}/ipython",
        "MPLCONFIGDIR": str(fonts),
        "PATH": f"{Path(conditions.python).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONHASHSEED": str(conditions.hash_seed),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }  # fmt: skip


def _folder_words(conditions: Conditions, scratch: str) -> list[tuple[str, str]]:
    places = sorted({str(conditions.folder), *conditions.aliases}, key=len, reverse=True)
    return [*((place, "<notebook folder>") for place in places), (scratch, "<home>")]


async def _execute(client: NotebookClient, conditions: Conditions, result: Run) -> None:
    """Run the cells; on an error, say which cell it was and stop."""
    deadline = time.monotonic() + conditions.total_timeout
    code = [(i, cell) for i, cell in enumerate(client.nb.cells) if cell.cell_type == "code"]
    ordered = (
        sorted(code, key=lambda pair: pair[1].execution_count or 10**9)
        if conditions.by_count
        else code
    )
    for index, cell in ordered:
        client.timeout = int(max(1, min(conditions.cell_timeout, deadline - time.monotonic())))
        try:
            await client.async_execute_cell(cell, index)
        except CellExecutionError as error:
            result.stopped = f"{error.ename}: {error.evalue}"[:200]
        except CellTimeoutError:
            result.stopped = TIMEOUT
        if result.stopped:
            return


async def _snapshot(
    client: NotebookClient, scratch: Path, folders: list[tuple[str, str]], result: Run
) -> None:
    """Fingerprint variables and process inside the kernel."""
    target = scratch / "snapshot.json"
    await _ask(client, PROBE_CALL.format(probe=str(PROBE), target=str(target), folders=folders))
    snapshot = json.loads(target.read_text(encoding="utf-8"))
    result.values, result.state = snapshot["values"], snapshot["state"]


async def _ask(client: NotebookClient, code: str) -> None:
    """Run code of ours in the kernel: unseen by the notebook, with names of its own."""
    client.timeout = SNAPSHOT_SECONDS
    assert client.kc is not None
    expressions = {"ours": f"__import__('builtins').exec({code!r}, {{}})"}
    message = await ensure_async(
        client.kc.execute("", silent=True, store_history=False, user_expressions=expressions)
    )
    answer = await client.async_wait_for_reply(message) or {"content": {}}
    outcome = answer["content"].get("user_expressions", {}).get("ours", {})
    if outcome.get("status") != "ok":
        raise RuntimeError(f"the probe failed: {outcome.get('ename')}: {outcome.get('evalue')}")
