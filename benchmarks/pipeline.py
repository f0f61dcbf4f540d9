"""Does the pipeline of a promoted package run, and give what the notebook has at its end?

It runs as ``python -m PACKAGE`` does, from a folder in which nothing is, and is looked at with the
probe of the judge, apart from what ``promote --verify`` says of it.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.kernel_run import ONE_THREAD, PASSED_ON, PROBE, SEED, Run

PIPELINE_SECONDS = 300
NEEDS_VALUES = "the pipeline needs values"
# Makes the dictionary `given` of what a pipeline gives: caught where __main__ takes it from, so that
# __main__ is run too.
BY_MAIN = """
pipeline = importlib.import_module("{package}.pipeline")
given, whole = {{}}, pipeline.run
def watched(*arguments, **options):
    given.update(whole(*arguments, **options))
    return given
pipeline.run = watched
importlib.import_module("{package}.__main__").main([])
"""
_CALL = """
import importlib, importlib.util, sys
spec = importlib.util.spec_from_file_location("nb2pkg_probe", {probe!r})
module = importlib.util.module_from_spec(spec)
sys.modules["nb2pkg_probe"] = module
spec.loader.exec_module(module)
{seed}
{way}
module.write_snapshot(given, {target!r}, {folders!r})
"""


@dataclass(frozen=True)
class Piped:
    """What a pipeline gave: how many values are the notebook's, and which are not.

    error: the last lines of what it said when it did not run. needs: it asks for values by design.
    """

    same: int = 0
    different: tuple[str, ...] = ()
    error: str = ""
    needs: bool = False


def compared(
    project: Path, python: str, data: Path, runs: tuple[Run, Run], way: str = BY_MAIN
) -> Piped:
    """Run the pipeline once and compare what it gives with the two runs of the original.

    way: code that runs it, and leaves what it gives in `given`.
    """
    source = project / "src"
    package = next(source.iterdir()).name
    with tempfile.TemporaryDirectory(prefix="pipeline-", ignore_cleanup_errors=True) as scratch:
        target = Path(scratch) / "values.json"
        folders = [(str(data), "<notebook folder>"), (scratch, "<home>")]
        script = _CALL.format(
            probe=str(PROBE),
            seed=SEED,
            way=way.format(package=package),
            target=str(target),
            folders=folders,
        )
        # Worker processes, where there are any, begin with the same seed.
        Path(scratch, "sitecustomize.py").write_text(SEED, encoding="utf-8")
        paths = os.pathsep.join((str(source), scratch))
        more = {"PYTHONPATH": paths, f"{package.upper()}_DATA_DIR": str(data)}
        error = _run(python, script, scratch, more)
        if not target.exists():
            return Piped(error=error or "no values", needs=NEEDS_VALUES in error)
        return _against(json.loads(target.read_text(encoding="utf-8"))["values"], *runs)


def _run(python: str, script: str, folder: str, more: dict[str, str]) -> str:
    """What it said at its end if it did not run; else nothing."""
    # As for the kernels: a variable that tunes the algebra changes the last digits.
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    fixed = {"HOME": folder, "MPLBACKEND": "Agg", "PYTHONHASHSEED": "0"}
    try:
        done = subprocess.run(
            [python, "-c", script],
            check=False,
            cwd=folder,
            env=kept | ONE_THREAD | fixed | more,
            capture_output=True,
            text=True,
            timeout=PIPELINE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"took more than {PIPELINE_SECONDS} s"
    return "\n".join(done.stderr.strip().splitlines()[-2:]) if done.returncode else ""


def _against(given: dict[str, dict[str, str]], first: Run, again: Run) -> Piped:
    """Values that the notebook does not have at its end, or not twice, say nothing."""
    stable = {n: v for n, v in first.values.items() if again.values.get(n) == v}
    both = [name for name in given if name in stable]
    different = [
        f"{name}: {stable[name]['preview']} became {given[name]['preview']}"
        for name in both
        if given[name]["digest"] != stable[name]["digest"]
    ]
    return Piped(len(both) - len(different), tuple(different))
