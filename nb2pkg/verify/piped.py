"""Run the pipeline of a package as ``python -m PACKAGE`` does, and write down what it gives.

Run by its path, with the Python of the notebook: it needs nothing but the standard library, the
package and the probe. What it writes down are fingerprints, no values.

    python piped.py SPECIFICATION.json TOLD.json
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any


def loaded(name: str, path: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def run(specification: Mapping[str, Any], probe: Any) -> dict[str, Any]:
    """What the pipeline gives, or the error that ended it and the line of the pipeline it came from."""
    package = specification["package"]
    probe.start(*(specification[k] for k in ("folders", "writable", "guarded", "imports_draw")))
    given: dict[str, Any] = {}
    printed = io.StringIO()
    try:
        probe.seed(
            specification["seed"]
        )  # as in a kernel: some libraries draw as they are imported
        pipeline: Any = importlib.import_module(f"{package}.pipeline")
        whole = pipeline.run

        def watched(*arguments: Any, **options: Any) -> Any:
            given.update(whole(*arguments, **options))
            return given

        pipeline.run = watched
        main = importlib.import_module(f"{package}.__main__").main
        with contextlib.redirect_stdout(printed):
            main([])
    except (Exception, SystemExit) as error:  # whatever the notebook's code may raise
        return {"error": type(error).__name__, "line": _line(error, package)}
    lines = printed.getvalue().splitlines()
    shown = [name for name in given if any(line.startswith(f"{name}: ") for line in lines)]
    drawn = [name for name, value in given.items() if is_drawn(value)]
    return {"given": probe.fingerprints(given), "shown": shown, "drawn": drawn}


def is_drawn(value: Any) -> bool:
    """Is it of matplotlib, or does it hold such things, as ``axes`` of ``plt.subplots(2)`` does?

    Only types are asked, and containers whose insides are known: attributes of others may raise.
    """
    waiting, seen = [value], {}
    while waiting:
        item = waiting.pop()
        if id(item) in seen:  # a list may hold itself
            continue
        seen[id(item)] = item  # alive, so that nobody else gets its id
        library = str(type(item).__module__).partition(".")[0]
        if library == "matplotlib":
            return True
        waiting += _inside(item, library)
    return False


def _inside(value: Any, library: str) -> Iterable[Any]:
    """What a plain container, or an array of objects, holds."""
    kind = type(value)
    if issubclass(kind, dict):
        return dict.values(value)
    if issubclass(kind, list):
        return list.__iter__(value)
    if issubclass(kind, tuple):
        return tuple.__iter__(value)
    if library == "numpy" and getattr(getattr(value, "dtype", None), "kind", "") == "O":
        return list(value.flat)
    return ()


def _line(error: BaseException, package: str) -> int:
    """The line of pipeline.py in which the error came up; 0 if it was not run so far."""
    found = 0
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == f"{package}.pipeline":
            found = trace.tb_lineno
        trace = trace.tb_next
    return found


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        specification = json.load(file)
    target = sys.argv[2]  # before code of the notebook can replace it
    probe = loaded("_nb2pkg_probe", specification["probe"])
    answer = run(specification, probe)
    with probe.quietly():
        probe.save(answer, target)


if __name__ == "__main__":
    main()
