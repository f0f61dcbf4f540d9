"""nb2pkg's answers. The only place that knows how it is asked."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from benchmarks.distributions.answers import Answers
from benchmarks.distributions.pairs import normal
from benchmarks.trial import ROOT

_ASK = """
import json, sys
from nb2pkg.environment import requirements
tops = {module: module.partition(".")[0] for module in json.load(sys.stdin)}
found = {module: [r.distribution for r in requirements([top])] for module, top in tops.items()}
json.dump(found, sys.stdout)
"""


def answers(modules: Iterable[str], python: Path) -> Answers:
    """Asked in the environment of an interpreter."""
    done = subprocess.run(
        [str(python), "-c", _ASK],
        input=json.dumps(list(modules)),
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    found = json.loads(done.stdout)
    return {module: frozenset(map(normal, names)) for module, names in found.items()}
