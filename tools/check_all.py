"""Run the tests on the oldest and the newest Python: make check-all.

python -m tools.check_all [PYTEST ARGUMENTS...]

A Python that cannot be had is skipped, with the reason. The exit code is that of the tests.
"""

from __future__ import annotations

import subprocess
import sys

from tools import pythons

PYTEST = ("-m", "pytest", "--numprocesses", "auto", "--dist", "loadgroup")


def main(arguments: list[str]) -> int:
    """1 if the tests fail on any Python, or if there is none to run them on."""
    passed = {version: _passes(version, arguments) for version in pythons.VERSIONS}
    words = {True: "passed", False: "FAILED", None: "skipped: no such Python"}
    for version, outcome in passed.items():
        print(f"Python {version}: {words[outcome]}")
    return int(False in passed.values() or True not in passed.values())


def _passes(version: str, arguments: list[str]) -> bool | None:
    python = pythons.find(version)
    if python is None:
        return None
    print(f"Python {version}: {python}", flush=True)
    folder = pythons.ROOT / "build" / "pythons" / version
    inside = pythons.environment(python, folder, "--editable", ".[dev,sample]")
    return subprocess.run([inside, *PYTEST, *arguments], cwd=pythons.ROOT).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
