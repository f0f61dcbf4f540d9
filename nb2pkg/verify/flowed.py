"""Run the tasks of a flow in two worker processes, and write down what they hand on.

Run by its path, with the Python of the notebook: it needs nothing but the standard library, the
package, Dask and the probe. What it writes down are fingerprints, no values.

    python flowed.py SPECIFICATION.json TOLD.json
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

_WORKERS = 2


def loaded(name: str, path: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def ready(path: str, *arguments: Any) -> None:
    """Make a worker ready as verification makes a kernel ready: guarded, with the same seed."""
    specification = read(path)
    support: Any = importlib.import_module(f"{specification['package']}._dask")
    probe = loaded("_nb2pkg_probe", specification["probe"])
    watch(specification, probe)
    support.prepare(*arguments)


def watch(specification: Mapping[str, Any], probe: Any) -> None:
    probe.start(*(specification[k] for k in ("folders", "writable", "guarded", "imports_draw")))
    probe.seed(specification["seed"])


def read(path: str) -> Mapping[str, Any]:
    with open(path, encoding="utf-8") as file:
        found: Mapping[str, Any] = json.load(file)
    return found


def run(path: str, probe: Any) -> dict[str, Any]:
    """What the tasks hand on, by what flow() calls it; or the error that ended them."""
    specification = read(path)
    package = specification["package"]
    watch(specification, probe)
    try:
        support: Any = importlib.import_module(f"{package}._dask")
        flow: Any = importlib.import_module(f"{package}.flow")
        made, versions = traced(flow.flow)
    except ModuleNotFoundError as error:
        return {"missing": str(error.name)}
    except Exception as error:  # what people wrote into flow.py
        return {"error": f"{type(error).__name__}: {error}", "task": ""}
    support.prepare = functools.partial(ready, path)
    names = [name for name, _ in versions]
    whole = support.Flow(
        {str(n): value for n, (_, value) in enumerate(versions)}, made.others, made.set_up
    )
    try:
        values = [*support.compute(whole, "processes", _WORKERS).values()]
    except support.StepError as error:
        task, _, rest = str(error).partition("(")
        return {"error": rest.partition(" failed: ")[2].partition(":")[0], "task": task}
    except Exception as error:
        return stuck(support, whole, names) or {"error": type(error).__name__, "task": ""}
    keys = [value.key for _, value in versions]
    digests = probe.fingerprints({str(n): value for n, value in enumerate(values)})
    drawn = loaded("_piped", os.path.join(os.path.dirname(__file__), "piped.py")).is_drawn
    return {
        "versions": [[name, digests.get(str(n), "")] for n, name in enumerate(names)],
        "results": {name: keys.index(value.key) for name, value in made.results.items()},
        "drawn": [n for n, value in enumerate(values) if drawn(value)],
    }


def traced(function: Callable[[], Any]) -> tuple[Any, list[tuple[str, Any]]]:
    """What flow() returns, and all tasks that it gave a name, in order: a name may stand for several."""
    from dask.delayed import Delayed

    found: list[tuple[str, Any]] = []
    seen: set[str] = set()

    def trace(frame: FrameType, _event: str, _argument: Any) -> Any:
        if frame.f_code is not function.__code__:
            return None
        for name, value in frame.f_locals.items():
            if isinstance(value, Delayed) and value.key not in seen:
                seen.add(value.key)
                found.append((name, value))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        return function(), found
    finally:
        sys.settrace(before)


def stuck(support: Any, whole: Any, names: list[str]) -> dict[str, Any]:
    """Which values cannot be handed to another process, if that is what went wrong."""
    cloudpickle: Any = importlib.import_module("cloudpickle")  # Dask brings it

    found = []
    try:
        values = support.compute(whole, "sync").values()
    except Exception:
        return {}
    for name, value in zip(names, values):
        try:
            cloudpickle.loads(cloudpickle.dumps(value))
        except Exception:
            found.append(name)
    return {"stuck": found} if found else {}


def main() -> None:
    path, target = sys.argv[1:3]  # before code of the notebook can replace it
    probe = loaded("_nb2pkg_probe", read(path)["probe"])
    answer = run(path, probe)
    with probe.quietly():
        probe.save(answer, target)


if __name__ == "__main__":
    main()
