"""Objects that cannot be compared at all, because they live: iterators, files, threads, widgets.

They are known by their type, and a variable that holds one is never called equal.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import io
import queue
import socket
import subprocess
import tempfile
import threading
import types
import weakref
from typing import TYPE_CHECKING, Any

from .standard import rule
from .walk import Rule

if TYPE_CHECKING:
    from .walk import Walk

_LOCKS = (type(threading.Lock()), type(threading.RLock()))
_WEAK = (
    weakref.ReferenceType,
    weakref.ProxyType,
    weakref.CallableProxyType,
    weakref.WeakKeyDictionary,
    weakref.WeakValueDictionary,
    weakref.WeakSet,
    weakref.finalize,
)
_WAYS: dict[str, tuple[Any, ...]] = {
    "generator": (types.GeneratorType, types.AsyncGeneratorType),
    "coroutine": (types.CoroutineType, asyncio.Future, concurrent.futures.Future),
    "weak reference": _WEAK,
    "lock": (*_LOCKS, threading.Event, threading.Condition, threading.Semaphore, threading.Barrier),
    "thread": (threading.Thread, threading.local, concurrent.futures.Executor),
    "queue": (queue.Queue, queue.SimpleQueue),
    "process": (subprocess.Popen,),
    "socket": (socket.socket,),
    "temporary folder": (tempfile.TemporaryDirectory,),
    "frame": (types.FrameType, types.TracebackType, types.CodeType),
    "context": (contextvars.Context, contextvars.Token),
}
_POSITIONED = (
    *(map, filter, zip, enumerate, reversed),
    *map(type, (iter([]), iter(()), iter(range(0)), iter(range(1 << 70)), iter(""), iter(b""))),
    type(reversed([])),
)
# Everything of these packages, unless a rule of its own comes first.
PACKAGES: dict[str, str] = {
    **dict.fromkeys(
        ("IPython", "ipykernel", "ipywidgets", "traitlets", "zmq", "tornado"), "Jupyter"
    ),
    **dict.fromkeys(("asyncio", "_asyncio", "multiprocessing", "concurrent"), "concurrency"),
    **dict.fromkeys(("sqlite3", "psycopg2", "sqlalchemy", "duckdb", "_duckdb"), "connection"),
    **dict.fromkeys(("socket", "_socket", "ssl", "_ssl", "urllib3", "http"), "connection"),
    **dict.fromkeys(("ctypes", "_ctypes", "cffi", "_cffi_backend"), "memory outside of Python"),
    **dict.fromkeys(("h5py", "tables", "netCDF4", "zipfile", "tarfile"), "open file"),
    **dict.fromkeys(("_weakref", "weakref", "_weakrefset"), "weak reference"),
    **dict.fromkeys(("itertools", "_csv"), "iterator"),
}
_FILES = (io.TextIOWrapper, io.BufferedReader, io.BufferedWriter, io.BufferedRandom, io.FileIO)


def opaque(reason: str) -> Rule:
    """A rule that says that there is nothing to compare, and why."""

    def write(walk: Walk, _: Any) -> None:
        walk.opaque(reason)

    return rule(write)


def _iterator(walk: Walk, value: Any) -> None:
    """What it goes through, and how far it is: asked for as for a copy, which takes nothing from it.

    What it will give may depend on more than that.
    """
    if type(value) in _POSITIONED:
        state: tuple[Any, ...] = value.__reduce__()
        walk.items([part for part in state[1:] if part is not None])
    walk.opaque("iterator")


def _file(walk: Walk, value: Any) -> None:
    """Name, mode, and whether it is closed; a position may change by being asked for."""
    if type(value) in _FILES:
        walk.text("closed" if value.closed else "")
        named = [part for part in (value.name, value.mode) if type(part) is str]
        walk.scrubbed("\n".join(named))
        if value.closed:
            return
    walk.opaque("open file")


RULES: list[tuple[Any, Rule]] = [
    *((base, opaque(reason)) for reason, bases in _WAYS.items() for base in bases),
    *((base, rule(_iterator)) for base in _POSITIONED),
    (io.IOBase.__base__, rule(_file)),
]
