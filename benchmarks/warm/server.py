"""Run by the interpreter of the kernels: imports what a kernel imports, and copies itself for each one asked for.

It listens on a socket. Of each connection the first line says what the copy is to be; each byte behind it is an
interrupt. A connection that is closed ends its copy, and a copy that ends gives its exit code and closes the connection.
"""

import atexit
import contextlib
import gc
import json
import os
import runpy
import selectors
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time

# What a kernel imports before its first cell.
KERNEL = (
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "sqlite3",
)


def main(place: str) -> None:
    del sys.path[0]  # the folder of this file
    before = set(os.environ)
    for name in KERNEL:
        try:
            __import__(name)
        except ImportError:  # of another version: the copies import it themselves
            if name == KERNEL[0]:
                raise
    tempfile.tempdir = None  # each copy has its own
    made = {name: value for name, value in os.environ.items() if name not in before}
    gc.collect()
    gc.freeze()  # looking through what no copy will throw away would write into all of its memory
    server = _Server(place, made)
    try:
        server.serve()
    finally:
        if os.getpid() == server.pid:
            server.end()
            shutil.rmtree(os.path.dirname(place), ignore_errors=True)


class _Server:
    def __init__(self, place: str, made: dict[str, str]) -> None:
        self.made = made  # variables that the imports have set
        self.pid = os.getpid()
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(place)
        self.listening.listen()
        self.ended, told = socket.socketpair()
        self.ended.setblocking(False)
        told.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(told.fileno())
        self.told = told
        self.pids: dict[socket.socket, int] = {}  # by connection
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listening, selectors.EVENT_READ, self.copy)
        self.selector.register(self.ended, selectors.EVENT_READ, self.reap)
        self.selector.register(0, selectors.EVENT_READ)
        os.write(1, b"up\n")

    def serve(self) -> None:
        """Until the input is closed, which the parent does at its end."""
        while True:
            for key, _ in self.selector.select():
                if key.data is None:
                    return
                key.data()

    def end(self) -> None:
        """Leave no copy behind."""
        for pid in self.pids.values():
            _kill(pid, signal.SIGKILL)

    def copy(self) -> None:
        connection = self.listening.accept()[0]
        with connection.makefile("rb") as file:
            line = file.readline()
        if not line.endswith(b"\n"):  # who asked is gone
            connection.close()
            return
        wanted = json.loads(line)
        pid = os.fork()
        if not pid:
            self.leave(connection)
            os.setpgid(0, 0)
            os.environ.clear()
            os.environ.update(wanted["environment"] | self.made)
            _become(wanted["folder"], wanted["connection_file"])
        with contextlib.suppress(OSError):  # done on both sides, for whichever is first
            os.setpgid(pid, pid)
        self.pids[connection] = pid
        self.selector.register(connection, selectors.EVENT_READ, lambda: self.hear(connection))

    def leave(self, connection: socket.socket) -> None:
        """In a copy: let go of all that is the server's."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.selector.close()
        for held in (self.listening, self.ended, self.told, connection, *self.pids):
            held.close()

    def hear(self, connection: socket.socket) -> None:
        if connection not in self.pids:
            return  # its copy has ended just now
        is_open = bool(connection.recv(100))
        _kill(self.pids[connection], signal.SIGINT if is_open else signal.SIGKILL)
        if not is_open:
            self.selector.unregister(connection)

    def reap(self) -> None:
        self.ended.recv(1000)
        for connection, pid in list(self.pids.items()):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                del self.pids[connection]
                if connection.fileno() in self.selector.get_map():
                    self.selector.unregister(connection)
                with contextlib.suppress(OSError):  # nobody waits for it
                    connection.sendall(b"%d" % os.waitstatus_to_exitcode(status))
                connection.close()


def _kill(pid: int, number: int) -> None:
    """The copy, and what it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def _become(folder: str, connection_file: str) -> None:
    """A kernel, as ``python -m ipykernel_launcher -f FILE`` makes one.

    At its end Python would take apart all that was imported, which is a third of the time that the kernel needs.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)
    os.chdir(folder)
    time.tzset()
    sys.path.insert(0, folder)
    sys.argv = ["ipykernel_launcher", "-f", connection_file]
    code = 1
    try:
        runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)
        code = 0
    finally:
        threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as Python does
        atexit._run_exitfuncs()
        os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1])
