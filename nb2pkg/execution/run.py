"""Run a notebook in a fresh kernel, and note at each cell boundary what can be compared."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nb2pkg.environment import kernelspec
from nb2pkg.execution import interrupts, kernels, loaded, outputs
from nb2pkg.execution.model import Boundary, Conditions, Run, Stop, Value
from nb2pkg.model import Cell, Notebook
from nb2pkg.notebook import standard

if TYPE_CHECKING:
    from nbclient import NotebookClient

PROBE = Path(__file__).parent / "probe" / "__init__.py"
Progress = Callable[[int, int], None]
TICK_SECONDS = 5.0  # so often it is told that a cell still runs

# Each call is run with names of its own (see kernels.ask); the probe is loaded once, by its path,
# so that the notebook's environment needs no nb2pkg.
_LOAD = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("_nb2pkg_probe", {probe!r})
module = importlib.util.module_from_spec(spec)
sys.modules["_nb2pkg_probe"] = module
spec.loader.exec_module(module)
module.start({folders!r}, {writable!r}, {guarded!r}, {imports_draw!r})
module.seed({seed!r})
module.hold({held!r})
"""
_CALL = """
import sys
import IPython
probe = sys.modules["_nb2pkg_probe"]
namespace = IPython.get_ipython().user_ns
with probe.quietly():
    probe.save({call}, {target!r})
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a run takes place. folders: paths and the words for them; guarded: not to be written.

    watched: cell to (names, file, is the file to be written): values that are dumped behind that
    cell, or compared with what another run dumped there.
    """

    home: kernels.Home
    folders: tuple[tuple[str, str], ...] = ()
    writable: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ()
    imports_draw: bool = True  # from the global generator of `random`
    watched: Mapping[str, tuple[tuple[str, ...], Path, bool]] = field(default_factory=dict)
    inside: tuple[str, tuple[str, ...]] = ("", ())  # a package, and what is looked for in it
    wait: Callable[[int], Awaitable[None]] | None = (
        None  # for the turn of the code cell of that number
    )


@dataclass(slots=True)
class _Notes:
    """What is noted while a run goes on."""

    boundaries: list[Boundary] = field(default_factory=list)
    names: dict[str, Value] = field(default_factory=dict)
    explained: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)  # by the interpreter, at the end
    stop: Stop | None = None


@dataclass(frozen=True, slots=True)
class Played:
    """A run, and what it says of the watched values: cell to name to how it differs."""

    run: Run
    explained: Mapping[str, Mapping[str, Any]]


async def play(
    notebook: Notebook,
    command: tuple[str, ...],
    scene: Scene,
    conditions: Conditions,
    progress: Progress,
) -> Played:
    """Run all code cells in document order; an error ends the run, as it does with "Run All"."""
    started = time.monotonic()
    notes = _Notes()
    await _play(notebook, command, scene, conditions, progress, notes)
    seconds = round(time.monotonic() - started, 2)
    environment = (
        loaded.circumstances(notes.told, kernelspec.interpreter(command)) if notes.told else {}
    )
    done = Run(tuple(notes.boundaries), notes.stop, environment=environment, seconds=seconds)
    return Played(done, notes.explained)


async def _play(
    notebook: Notebook,
    command: tuple[str, ...],
    scene: Scene,
    conditions: Conditions,
    progress: Progress,
    notes: _Notes,
) -> None:
    with interrupts.at_once():  # to import it takes seconds on a busy machine
        standard.nbformat()  # before nbclient does it
        from nbclient.exceptions import DeadKernelError

    code = notebook.code  # empty ones too: promotion may have emptied a cell of imports
    nodes = [_node(cell) for cell in code]
    deadline = time.monotonic() + (conditions.total_timeout or float("inf"))
    async with kernels.started(command, scene.home, nodes) as client:
        await kernels.ask(client, _loading(scene, conditions))
        for done, (cell, node) in enumerate(zip(code, nodes)):
            last = done == len(code) - 1
            if scene.wait is not None:
                await scene.wait(done)
            try:
                work = _execute(client, cell, node, done, conditions, deadline)
                notes.stop = await _with_ticks(work, partial(progress, done, len(code)))
                await _observe(client, cell, node, scene, notes, last or notes.stop is not None)
            except (DeadKernelError, RuntimeError) as error:
                _unless_cancelled(error)
                notes.stop = _stop(cell, f"the kernel died: {error}"[:200], False)
            if notes.stop is not None:
                return
        progress(len(code), len(code))


async def _with_ticks(
    work: Coroutine[Any, Any, Stop | None], tick: Callable[[], None]
) -> Stop | None:
    """Wait for the work, and tick at its start and while it goes on."""
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            tick()
            await asyncio.wait({task}, timeout=TICK_SECONDS)
        return task.result()
    finally:
        if task.cancel():  # by Ctrl-C: nothing may go on behind the back of those who clean up
            await asyncio.gather(task, return_exceptions=True)


def _unless_cancelled(error: Exception) -> None:
    """nbclient says that the kernel died when it is cancelled, which Ctrl-C does."""
    if interrupts.is_cancelled():
        raise asyncio.CancelledError from error


def _node(cell: Cell) -> Any:
    return standard.nbformat().v4.new_code_cell(cell.source, metadata={"tags": list(cell.tags)})


def _loading(scene: Scene, conditions: Conditions) -> str:
    return _LOAD.format(
        imports_draw=scene.imports_draw,
        probe=str(PROBE),
        folders=[list(pair) for pair in scene.folders],
        writable=list(scene.writable),
        guarded=list(scene.guarded),
        seed=conditions.seed,
        held=conditions.held,
    )


async def _execute(
    client: NotebookClient,
    cell: Cell,
    node: Any,
    number: int,
    conditions: Conditions,
    deadline: float,
) -> Stop | None:
    """Run one cell; say why the run cannot go on behind it, if it cannot."""
    from nbclient.exceptions import CellExecutionError, CellTimeoutError

    left = min(conditions.cell_timeout or float("inf"), deadline - time.monotonic())
    client.timeout = None if left == float("inf") else max(1, int(left))
    try:
        await client.async_execute_cell(node, number)
    except CellExecutionError as error:
        return _stop(cell, f"{error.ename}: {error.evalue}"[:200])
    except CellTimeoutError:
        return _stop(cell, f"took longer than {client.timeout} seconds", False)
    return None


def _stop(cell: Cell, reason: str, is_error: bool = True) -> Stop:
    return Stop(cell.id, cell.index, reason, is_error)


async def _observe(
    client: NotebookClient, cell: Cell, node: Any, scene: Scene, notes: _Notes, last: bool
) -> None:
    """Note the boundary behind a cell. A kernel that is still busy with the cell cannot be asked."""
    if notes.stop is not None and not notes.stop.is_error:
        return
    seen = await _call(client, scene, _observing(scene, last))
    for name in seen["gone"]:
        notes.names.pop(name, None)
    notes.names |= {name: Value(**entry) for name, entry in seen["names"].items()}
    notes.boundaries.append(_boundary(cell, node, seen, scene, dict(notes.names)))
    if cell.id in scene.watched:
        names, file, writes = scene.watched[cell.id]
        verb = "dump" if writes else "explain"
        answer = await _call(
            client, scene, f"probe.{verb}(namespace, {list(names)!r}, {str(file)!r})"
        )
        notes.explained[cell.id] = answer or {}
    if last:
        notes.told = await _call(client, scene, "probe.environment()")


def _observing(scene: Scene, last: bool) -> str:
    package, names = scene.inside
    return f"probe.observe(namespace, {last}, {package!r}, {list(names)!r})"


async def _call(client: NotebookClient, scene: Scene, call: str) -> Any:
    target = scene.home.scratch / "seen.json"
    await kernels.ask(client, _CALL.format(call=call, target=str(target)))
    return json.loads(target.read_text(encoding="utf-8"))


def _boundary(
    cell: Cell, node: Any, seen: Mapping[str, Any], scene: Scene, names: dict[str, Value]
) -> Boundary:
    outputs.mark_cut(node.outputs, seen["cut"])
    return Boundary(
        cell=cell.id,
        index=cell.index,
        outputs=tuple(outputs.normalise(node.outputs, scene.folders)),
        names=names,
        changed=frozenset(seen["names"]),
        shared=frozenset(tuple(group) for group in seen["shared"]),
        state=seen["state"],
        figures=tuple(seen["figures"]),
        read=tuple(seen["files"]["read"]),
        written=tuple(seen["files"]["written"]),
        modules=frozenset(seen["modules"]),
        loaded=tuple(seen["loaded"]),
        cell_cpu=seen["cpu"]["cell"],
        probe_cpu=seen["cpu"]["probe"],
    )
