"""A fresh kernel for a notebook: which one, in which environment, and how to ask it things unseen."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nb2pkg.environment import kernelspec
from nb2pkg.errors import Nb2pkgError, VerificationError
from nb2pkg.execution import processes
from nb2pkg.notebook import standard

if TYPE_CHECKING:
    from nbclient import NotebookClient

# Sums of floats depend on how many threads share them.
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
_START_SECONDS = 120
_ATTEMPTS = 3
_NEEDED = ("nbclient", "jupyter_client", "build", "PIL")
_ASK_SECONDS = 600
_HURRY = "from ipykernel.iostream import OutStream; OutStream.flush_timeout = 0.2"
_HURRY_SECONDS = 2
_LOOK_SECONDS = 0.02
_LONGEST_SOCKET = 100  # bytes of a path: macOS has room for 103, Linux for 107
_AT_ONCE = (
    "immediate"  # nbclient's word: a kernel that starts, or computes, answers no request to end
)


@dataclass(frozen=True, slots=True)
class Home:
    """Where a kernel lives: its working directory, a scratch folder of ours, its environment."""

    folder: Path
    scratch: Path
    environment: Mapping[str, str]


# Importing it takes ten times as long, and the kernel does that anyway.
_HAS_KERNEL = (
    "import sys; from importlib.util import find_spec; sys.exit(find_spec('ipykernel') is None)"
)


def require() -> None:
    """One clear error when nb2pkg was installed without what runs notebooks."""
    lacking = [name for name in _NEEDED if find_spec(name) is None]
    if lacking:
        raise Nb2pkgError(
            f"verification runs notebooks, and needs {', '.join(lacking)}",
            'pip install "nb2pkg[verify]"',
        )


def check(command: tuple[str, ...]) -> None:
    """One clear error, before anything is copied, when no kernel can start."""
    python = kernelspec.interpreter(command)
    try:
        done = subprocess.run([python, "-c", _HAS_KERNEL], capture_output=True, check=False)
    except OSError as error:
        raise Nb2pkgError(
            f"{python}: cannot be started: {error.strerror}", "Name an interpreter with --python."
        ) from error
    if done.returncode:
        raise Nb2pkgError(
            f"{python}: has no ipykernel, so no notebook can be run with it",
            f"{python} -m pip install ipykernel, or name another interpreter with --python.",
        )


def environment(
    base: Mapping[str, str] | None, hash_seed: int, more: Mapping[str, str]
) -> dict[str, str]:
    """The variables of a kernel: those of the user, one thread, a hash seed that is known."""
    found = dict(os.environ if base is None else base)
    found |= _ONE_THREAD | {
        "PYTHONHASHSEED": str(hash_seed),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "NB2PKG_RECORD": "off",  # the log is of the user's own sessions
    }
    return found | dict(more)


@asynccontextmanager
async def started(
    command: tuple[str, ...], home: Home, cells: list[Any]
) -> AsyncIterator[NotebookClient]:
    """A client with a running kernel. However the block ends, no kernel is left behind."""
    client = await _ready(command, home, cells)
    pid = _pid(client)
    try:
        yield client
    except (KeyboardInterrupt, asyncio.CancelledError):
        client.shutdown_kernel = _AT_ONCE
        raise
    finally:
        await _end(client, home, pid)


def _pid(client: NotebookClient) -> int | None:
    """Of its kernel; None once nbclient has taken that away."""
    return getattr(client.km and client.km.provisioner, "pid", None)


async def _end(client: NotebookClient, home: Home, pid: int | None) -> None:
    """Leave no kernel behind, nor what it started; one that died was taken away already."""
    if sys.platform == "win32":  # nobody knows who its children were once it is gone
        processes.end(pid, home.scratch)
    try:
        await ended(client)
    finally:
        processes.end(pid, home.scratch)


async def ended(client: NotebookClient) -> None:
    """End the kernel of a client, if it has one: in order, so that what it has open is written.

    One kernel in seven hangs while it ends, and is killed after seconds: a thread empties its streams after the thread
    has gone that takes what they hold, so it need not wait for long. Some lose the request on an interrupt, which
    jupyter_client sends before it.
    """
    from jupyter_core.utils import ensure_async

    if client.km is None:
        return
    can_be_asked = client.kc is not None and client.shutdown_kernel != _AT_ONCE
    if can_be_asked and await ensure_async(client.km.is_alive()):
        if await _hurries(client):  # else it is busy with a cell that does not end
            await ensure_async(client.km.request_shutdown())
            await ensure_async(client.km.finish_shutdown(pollinterval=_LOOK_SECONDS))
    await client._async_cleanup_kernel()


async def _ready(command: tuple[str, ...], home: Home, cells: list[Any]) -> NotebookClient:
    """A client whose kernel answers.

    Not every file system has room for sockets, so the next attempt is made with ports. Two kernels that start at once may
    take the same ones: so there is another.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        client = _client(command, home.scratch / f"kernel-{attempt}", cells)
        if attempt > 1 and client.km is not None:
            client.km.transport = "tcp"
        try:
            await client.async_start_new_kernel(
                env=dict(home.environment),
                cwd=str(home.folder),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            await client.async_start_new_kernel_client()
            return client
        except RuntimeError as error:
            await _end(client, home, _pid(client))
            reason = error
        except BaseException:  # Ctrl-C too must leave no kernel behind
            client.shutdown_kernel = _AT_ONCE
            await _end(client, home, _pid(client))
            raise
    raise VerificationError(f"no kernel came up: {reason}", f"Try: {' '.join(command[:3])}")


def _client(command: tuple[str, ...], scratch: Path, cells: list[Any]) -> NotebookClient:
    nbformat = standard.nbformat()
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    folder = scratch / "kernels" / "nb2pkg"
    folder.mkdir(parents=True)
    argv = [*command, "--HistoryManager.hist_file=:memory:"]  # the user's history stays theirs
    spec = {"argv": argv, "display_name": "nb2pkg", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    specs = KernelSpecManager(kernel_dirs=[str(folder.parent)], ensure_native_kernel=False)
    manager = AsyncKernelManager(kernel_name="nb2pkg", kernel_spec_manager=specs)
    manager.connection_file = str(scratch / "connection.json")
    manager.transport = transport(scratch)
    notebook = nbformat.v4.new_notebook(cells=cells)
    return NotebookClient(
        notebook,
        km=manager,
        startup_timeout=_START_SECONDS,
        record_timing=False,
        store_widget_state=False,
    )


async def _hurries(client: NotebookClient) -> bool:
    """Tell a kernel not to wait for its streams at its end; False if it does not answer."""
    from queue import Empty

    from jupyter_core.utils import ensure_async

    assert client.kc is not None
    message = await _sent(client, _HURRY)
    try:
        while True:
            answer = await ensure_async(client.kc.shell_channel.get_msg(timeout=_HURRY_SECONDS))
            if answer["parent_header"].get("msg_id") == message:
                return True
    except Empty:
        return False


def transport(folder: Path) -> str:
    """How to reach a kernel whose connection file is in this folder: through sockets there, or through TCP ports.

    Free ports are chosen before the kernel binds them. Kernels that start together can be given the same ones, and their
    clients then wait for two minutes.
    """
    longest = os.fsencode(folder / "connection-ipc-5")
    return "ipc" if sys.platform != "win32" and len(longest) <= _LONGEST_SOCKET else "tcp"


async def ask(client: NotebookClient, code: str) -> None:
    """Run code of ours in the kernel: unseen by the notebook, and with names of its own.

    The notebook may have bound ``open``, ``exec`` or any other builtin to something else.
    """
    client.timeout = _ASK_SECONDS
    message = await _sent(client, code)
    answer = await client.async_wait_for_reply(message) or {"content": {}}
    outcome = answer["content"].get("user_expressions", {}).get("ours", {})
    if outcome.get("status") != "ok":
        what = f"{outcome.get('ename')}: {outcome.get('evalue')}"
        raise VerificationError(f"the notebook's state could not be read: {what}")


async def _sent(client: NotebookClient, code: str) -> str:
    """The id of the message by which code of ours is sent."""
    from jupyter_core.utils import ensure_async

    assert client.kc is not None
    expressions = {"ours": f"__import__('builtins').exec({code!r}, {{}})"}
    message: str = await ensure_async(
        client.kc.execute("", silent=True, store_history=False, user_expressions=expressions)
    )
    return message
