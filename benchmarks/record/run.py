"""What does recording add to a cell?

    python -m benchmarks.record.run [--cells 300] [--names 500] [--python PYTHON]

In a real kernel whose namespace has many names, cells are sent as JupyterLab sends them. The two
hooks of the recorder are timed where they are called; and, as a check, the same cells are sent with
recording off and on, and timed from outside.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import click
from jupyter_client.manager import KernelManager

from nb2pkg.notebook import execution_log

ROOT = Path(__file__).parents[2]
# The recorder's listeners, each timed; spent is seconds per execution.
_TIMED = """
def _watch(shell):
    import time
    spent = []
    def timed(listener, first):
        def call(argument):
            started = time.perf_counter()
            listener(argument)
            took = time.perf_counter() - started
            spent.append(took) if first else spent.append(spent.pop() + took)
        return call
    for event, first in (("pre_run_cell", True), ("post_run_cell", False)):
        listeners = shell.events.callbacks[event]
        for at, listener in enumerate(listeners):
            if type(getattr(listener, "__self__", None)).__name__ == "Recorder":
                listeners[at] = timed(listener, first)
    return spent
_spent = _watch(get_ipython())
_spent.append(0.0)
"""
_TOLD = "import json; open({target!r}, 'w').write(json.dumps(_spent[1:-1]))"


@contextmanager
def _kernel(python: str, notebook: Path) -> Iterator[Any]:
    manager = KernelManager()
    assert manager.kernel_spec is not None
    manager.kernel_spec.argv[0] = python
    variables = {"PYTHONPATH": str(ROOT), "JPY_SESSION_NAME": str(notebook)}
    manager.start_kernel(env=os.environ | variables, cwd=str(notebook.parent), stderr=-3)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=120)
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _run(client: Any, code: str, cell: str = "") -> float:
    """Send a cell with its id; seconds until the reply."""
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
    content |= {"allow_stdin": False, "stop_on_error": True}
    message = client.session.msg("execute_request", content)
    message["metadata"] = {"cellId": cell}
    started = time.perf_counter()
    client.shell_channel.send(message)
    reply = client.get_shell_msg(timeout=120)
    assert reply["content"]["status"] == "ok", reply["content"]
    return time.perf_counter() - started


def _report(what: str, seconds: list[float]) -> None:
    ninetieth = quantiles(seconds, n=10)[-1]
    ms = [1000 * value for value in (median(seconds), ninetieth, max(seconds))]
    print(f"{what:34} median {ms[0]:7.3f} ms   90 % {ms[1]:7.3f} ms   most {ms[2]:7.3f} ms")


@click.command(help="Measure what recording adds to each cell.")
@click.option("--cells", default=300, show_default=True, help="How many cells are run.")
@click.option("--names", default=500, show_default=True, help="Names in the notebook.")
@click.option("--python", default=sys.executable, help="Interpreter with ipykernel and ipython.")
def main(cells: int, names: int, python: str) -> None:
    """Run the cells without and with recording, and print what it costs."""
    with tempfile.TemporaryDirectory(prefix="record-") as folder:
        notebook = Path(folder).resolve() / "analysis.ipynb"
        notebook.write_text("{}", encoding="utf-8")
        target = str(notebook.with_name("spent.json"))
        with _kernel(python, notebook) as client:
            _run(client, f"for _i in range({names}): globals()[f'name_{{_i}}'] = [_i]")
            without = [_run(client, f"x = [{n}]", f"c{n}") for n in range(cells)]
            _run(client, "%load_ext nb2pkg\n%nb2pkg record on")
            _run(client, _TIMED)
            recorded = [_run(client, f"x = [{n}]", f"c{n}") for n in range(cells)]
            _run(client, _TOLD.format(target=target))
        spent = json.loads(Path(target).read_text(encoding="utf-8"))
        size = execution_log.path_for(notebook).stat().st_size
        lines = len(execution_log.read(notebook))
    print(f"{cells} cells, a namespace of {names} names, {size // lines} bytes for each execution")
    _report("both hooks of the recorder", spent)
    _report("round trip of a cell, not recorded", without)
    _report("round trip of a cell, recorded", recorded)


if __name__ == "__main__":
    main()
