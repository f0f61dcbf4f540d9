"""Run a notebook and record which global names each cell reads and writes.

    python trace.py NOTEBOOK TARGET

Runs alone in a process of the environment of the notebook, so it needs IPython and nothing else.
The namespace is a subclass of `dict`: reads of globals go through it, inside functions too. What
a function writes with `global` does not; that is seen by comparing the namespace before and
after the cell.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

OURS = re.compile(
    r"^(_+\d*|_i+\d*|_[iod]h|_exit_code|__\w+__|In|Out|exit|quit|get_ipython|open|display)$"
)


class Tracer(dict[str, Any]):
    """A namespace that knows who was read and written since the last `start`."""

    def start(self) -> None:
        """Forget what was recorded, and remember what is bound now."""
        self.reads: set[str] = set()
        self.writes: set[str] = set()
        self.before = dict(self)

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        self.reads.add(name)
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        self.writes.add(name)
        super().__setitem__(name, value)

    def found(self) -> dict[str, list[str]]:
        """Reads of names that the cell does not write, and writes."""
        now = dict(self)
        missing = object()
        writes = (self.writes & set(now)) | {
            name for name in now if now[name] is not self.before.get(name, missing)
        }
        reads = self.reads & set(self.before) - writes
        return {
            word: sorted(n for n in names if not OURS.match(n))
            for word, names in zip(WORDS, (reads, writes))
        }


WORDS = ("reads", "writes")


def trace(path: Path) -> list[dict[str, list[str]]]:
    """Reads and writes of the code cells, up to the first that fails."""
    from IPython.core.interactiveshell import InteractiveShell

    namespace = Tracer()
    namespace.start()
    shell = InteractiveShell.instance(user_ns=namespace)
    found = []
    for cell in json.loads(path.read_text(encoding="utf-8-sig"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        namespace.start()
        source = "".join(cell["source"])
        outcome: Any = shell.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
        if not outcome.success:
            break
        found.append(namespace.found())
    return found


if __name__ == "__main__":
    notebook, target = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    os.chdir(notebook.parent)
    target.write_text(json.dumps(trace(notebook)), encoding="utf-8")
    os._exit(0)  # threads and servers that a notebook left behind must not hold the process
