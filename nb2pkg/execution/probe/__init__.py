"""The variables and the process of a running notebook, at each boundary between cells.

This package is loaded by its path *inside* the kernel of a notebook, so it needs nothing but the
standard library there, and it must not disturb what it looks at: no iterator is consumed, no code
of the notebook is called, no name is bound. Two runs of one notebook are compared by what it
tells. Identities and pickles never enter a fingerprint.
"""

from __future__ import annotations

import importlib
import random
import sys
import time
from typing import Any

from . import installed, quiet
from .boundary import Boundaries, defined_in
from .detail import compare, write
from .figures import Gallery, watch
from .files import Ledger
from .held import hold
from .imports import keep_still
from .kept import ENCODE, save
from .loads import Loads
from .prints import Limit
from .rules import resolve
from .state import process_state
from .walk import Eyes, Walk

__all__ = [
    "ENCODE",
    "dump",
    "environment",
    "explain",
    "files",
    "fingerprints",
    "hold",
    "observe",
    "quietly",
    "save",
    "seed",
    "start",
]


class Probe:
    """Everything that is kept from one boundary to the next."""

    def __init__(self, folders: list[list[str]], ledger: Ledger) -> None:
        self.folders = sorted(((path, word) for path, word in folders if path), key=_longest)
        self.ledger = ledger
        self.boundaries = Boundaries()
        self.gallery = Gallery(self._figure)
        self.modules = _top_modules()
        self.loads = Loads(ledger.ours)
        self.prints = Limit()
        self.since = time.process_time()

    def scrub(self, text: str) -> str:
        """Folders become words."""
        for path, word in self.folders:
            if path in text:
                text = text.replace(path, word)
        return text

    def eyes(self) -> Eyes:
        """What the walks of one boundary share."""
        return Eyes(self.scrub, [path.encode() for path, _ in self.folders], resolve)

    def quiet(self) -> Any:
        """While this lasts, the probe does not show."""
        return quiet.quiet(self.ledger.ours)

    def observe(
        self, namespace: dict[str, Any], final: bool, package: str, names: list[str]
    ) -> dict[str, Any]:
        """One boundary."""
        began = time.process_time()
        with self.quiet():
            more = defined_in(package, names) if package else {}
            found = self.boundaries.look(namespace, self.eyes(), final, more)
            found["state"] = process_state(self.scrub)
            found["files"] = self.ledger.take(self.scrub)
            found["figures"] = self.gallery.take()
            loaded = _top_modules()
            found["modules"] = sorted(loaded - self.modules)
            self.modules = loaded
            found["loaded"] = self.loads.take()
            found["cut"] = self.prints.take()
        ended = time.process_time()
        own, self.gallery.seconds = self.gallery.seconds, 0.0
        cell = max(0.0, began - self.since - own)
        found["cpu"] = {"cell": round(cell, 6), "probe": round(ended - began + own, 6)}
        self.since = ended
        return found

    def _figure(self, figure: Any) -> str:
        with self.quiet():
            return Walk(self.eyes()).digest(figure)


_PROBES: list[Probe] = []


def start(
    folders: list[list[str]], writable: list[str], guarded: list[str], imports_draw: bool = True
) -> None:
    """Begin to watch; called once, before the first cell.

    imports_draw: may importing a library draw from the global generator of `random`?
    """
    if not imports_draw:
        keep_still()
    ledger = Ledger(writable, guarded)
    probe = Probe(folders, ledger)
    _PROBES[:] = [probe]
    sys.addaudithook(ledger.hook())
    sys.meta_path.insert(0, probe.loads)
    watch(probe.gallery)
    probe.prints.watch()


def quietly() -> Any:
    """While this lasts, what is done in this thread is not noted."""
    return _PROBES[0].quiet()


def seed(number: int) -> None:
    """Seed the global random generators, so that two runs can be compared.

    numpy's new generators take their seeds from the system, through a function that can be replaced. It is imported here
    also for notebooks that do not: the digests of some values are made with it where it is there.
    """
    random.seed(number)
    try:
        generators = importlib.import_module("numpy").random
    except ImportError:
        return
    generators.seed(number)
    if hasattr(generators, "bit_generator"):
        entropy = random.Random(number)
        keep_still(entropy)  # no notebook can seed it, so no import has to count
        generators.bit_generator.randbits = entropy.getrandbits


def observe(
    namespace: dict[str, Any],
    final: bool = False,
    package: str = "",
    names: list[str] | None = None,
) -> dict[str, Any]:
    """What changed since the last boundary, ready for JSON.

    names: of what is looked for in the package, where the notebook itself no longer has it.
    """
    return _PROBES[0].observe(namespace, final, package, names or [])


def environment() -> dict[str, Any]:
    """The interpreter, and the modules that are loaded."""
    with _PROBES[0].quiet():
        return installed.environment()


def fingerprints(values: dict[str, Any]) -> dict[str, str]:
    """What values are, as at a boundary; empty for those that cannot be compared."""
    with _PROBES[0].quiet():
        eyes = _PROBES[0].eyes()
        eyes.namespace = values
        walks = {name: Walk(eyes) for name in values}
        digests = {name: walk.digest(values[name]) for name, walk in walks.items()}
        return {name: "" if walks[name].reasons else digests[name] for name in values}


def files() -> dict[str, list[str]]:
    """Which files were read and written since this was last asked."""
    return _PROBES[0].ledger.take(_PROBES[0].scrub)


def dump(namespace: dict[str, Any], names: list[str], path: str) -> None:
    """Write what some variables hold, for `explain` in the other run."""
    with _PROBES[0].quiet():
        write(namespace, names, path, _PROBES[0].scrub)


def explain(namespace: dict[str, Any], names: list[str], path: str) -> dict[str, Any]:
    """Where some variables first differ from what `dump` wrote in the other run."""
    with _PROBES[0].quiet():
        return compare(namespace, names, path, _PROBES[0].scrub)


def _longest(pair: tuple[str, str]) -> tuple[int, str]:
    return (-len(pair[0]), pair[0])


def _top_modules() -> set[str]:
    return {name.partition(".")[0] for name in list(sys.modules)}
