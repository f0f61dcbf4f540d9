"""A JSON Schema of each answer, from its dataclass."""

from __future__ import annotations

import types
import typing
from dataclasses import fields, is_dataclass
from typing import Any

_PLAIN = {str: "string", int: "integer", bool: "boolean", float: "number", type(None): "null"}


def of(cls: type[Any]) -> dict[str, Any]:
    """The schema of a dataclass, with those inside it."""
    hints = typing.get_type_hints(cls)
    names = [field.name for field in fields(cls)]
    return {
        "type": "object",
        "properties": {name: _of_type(hints[name]) for name in names},
        "required": names,
        "additionalProperties": False,
    }


def _of_type(hint: Any) -> dict[str, Any]:
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    if is_dataclass(hint) and isinstance(hint, type):
        return of(hint)
    inner = typing.get_args(hint)
    if typing.get_origin(hint) is tuple:
        return {"type": "array", "items": _of_type(inner[0])}
    if typing.get_origin(hint) is dict:
        return {"type": "object", "additionalProperties": _of_type(inner[1])}
    if isinstance(hint, types.UnionType):
        return {"anyOf": [_of_type(each) for each in inner]}
    raise TypeError(f"no schema for {hint}")
