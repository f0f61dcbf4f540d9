"""Run the nodes of a flow by Hamilton, and write down what they give.

Run by its path, with the Python of the notebook: it needs nothing but the standard library, the
package, Hamilton and the probe. What it writes down are fingerprints, no values.

All nodes work on the same values, so each is looked at twice: as it is given, and when all have been run. A value that
is another one then was changed by a node that should have changed a copy.

    python noded.py SPECIFICATION.json TOLD.json
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Mapping
from typing import Any


def loaded(name: str) -> Any:
    """A script that stands beside this one."""
    path = os.path.join(os.path.dirname(__file__), f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def run(specification: Mapping[str, Any], probe: Any) -> dict[str, Any]:
    """What the nodes give, by their names; or the error that ended them."""
    package = specification["package"]
    try:
        importlib.import_module(f"{package}.pipeline")
        support: Any = importlib.import_module(f"{package}._hamilton")
        flow: Any = importlib.import_module(f"{package}.flow")
        module, results, *rest = flow.run.args
        nodes = named(support.driver(module))
    except ModuleNotFoundError as error:
        return {"missing": str(error.name)}
    except Exception as error:  # what people wrote into flow.py
        return {"error": f"{type(error).__name__}: {error}", "task": ""}
    seen: dict[str, str] = {}
    watch(support, probe, seen)
    try:
        values = support.compute(module, {node: node for node in nodes}, *rest)
    except support.StepError as error:
        task, _, rest = str(error).partition("(")
        return {"error": rest.partition(" failed: ")[2].partition(":")[0], "task": task}
    after = probe.fingerprints(values)
    drawn = loaded("piped").is_drawn
    return {
        "versions": [[node, after.get(node, "")] for node in nodes],
        "results": {name: nodes.index(node) for name, node in results.items()},
        "drawn": [n for n, node in enumerate(nodes) if drawn(values[node])],
        "changed": [node for node in nodes if seen.get(node) != after.get(node)],
    }


def named(driver: Any) -> list[str]:
    """The nodes in the order in which flow.py has them."""
    own = [node for node in driver.list_available_variables() if not node.is_external_input]
    lines = {node.name: node.originating_functions[0].__code__.co_firstlineno for node in own}
    return sorted(lines, key=lambda name: lines[name])


def watch(support: Any, probe: Any, seen: dict[str, str]) -> None:
    """Have each value looked at when its node gives it."""
    whole = support.NamesNodes.run_to_execute_node

    def watched(self: Any, *, node_name: str, **options: Any) -> Any:
        value = whole(self, node_name=node_name, **options)
        seen.update(probe.fingerprints({node_name: value}))
        return value

    support.NamesNodes.run_to_execute_node = watched


def main() -> None:
    path, target = sys.argv[1:3]  # before code of the notebook can replace it
    flowed = loaded("flowed")
    specification = flowed.read(path)
    probe = flowed.loaded("_nb2pkg_probe", specification["probe"])
    flowed.watch(specification, probe)
    answer = run(specification, probe)
    with probe.quietly():
        probe.save(answer, target)


if __name__ == "__main__":
    main()
