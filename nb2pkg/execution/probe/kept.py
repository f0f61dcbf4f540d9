"""What is needed to write down what was seen, taken before the notebook's code can replace it.

A notebook may give `json.dumps` or `open` another meaning. The json of this module is a second one,
that nobody else has in hand.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from typing import Any

_NAME = "_nb2pkg_json"


def _encoder() -> Any:
    spec = importlib.util.spec_from_file_location(
        _NAME, json.__file__, submodule_search_locations=[os.path.dirname(json.__file__)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[_NAME] = module  # its parts are found by its name
    spec.loader.exec_module(module)
    return module.JSONEncoder()


ENCODE = _encoder().encode
OPEN = open


def save(value: Any, path: str) -> None:
    """Write a value as JSON."""
    with OPEN(path, "w", encoding="utf-8") as file:
        file.write(ENCODE(value))
