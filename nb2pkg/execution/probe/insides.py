"""What is an object made of, asked past everything its class could have overridden.

`isinstance`, `getattr` and even `cls.__mro__` may run code of the notebook (`__class__` as a
property, `__getattr__`, a metaclass); the descriptors of `type` and `object` themselves do not.
"""

from __future__ import annotations

import struct
import sys
import types
from typing import Any, NamedTuple

_READ = type.__dict__
_mro: Any = _READ["__mro__"].__get__
_members: Any = _READ["__dict__"].__get__
_name: Any = _READ["__name__"].__get__
_module: Any = _READ["__module__"].__get__
_size: Any = _READ["__basicsize__"].__get__
_dict_at: Any = _READ["__dictoffset__"].__get__
_weakrefs_at: Any = _READ["__weakrefoffset__"].__get__
POINTER = struct.calcsize("P")


class Layout(NamedTuple):
    """Where the objects of one class keep their state."""

    dictionary: Any  # the descriptor of `__dict__`, or None
    slots: tuple[tuple[str, Any], ...]
    compiled: bool  # part of the state is out of reach, inside a compiled type


def mro(cls: Any) -> tuple[Any, ...]:
    """The class and its bases, in order."""
    found: tuple[Any, ...] = _mro(cls)
    return found


def members(cls: Any) -> dict[str, Any]:
    """What the body of a class made, as a plain dict."""
    return dict(_members(cls))


def name_of(cls: Any) -> str:
    """Name of a class without its module: the same in a notebook and in a package."""
    found: str = _name(cls)
    return found


def module_of(cls: Any) -> str:
    """Dotted module that a class says it comes from; empty when that is no text."""
    try:
        found = _module(cls)
    except AttributeError:
        return ""
    return found if type(found) is str else ""


def top_of(module: str) -> str:
    """The top-level package of a dotted module."""
    return module.partition(".")[0]


def has(cls: Any, base: Any) -> bool:
    """Is `base` among the bases of a class? No `__subclasscheck__` is asked."""
    return any(one is base for one in mro(cls))


def layout_of(cls: Any) -> Layout:
    """How to read the state of the objects of a class."""
    dictionary, slots = None, []
    for base in mro(cls):
        body = _members(base)
        found = body.get("__dict__")
        if type(found) is types.GetSetDescriptorType:
            dictionary = found
        if "__slots__" in body:  # compiled types show their insides as members too
            found_slots = [(str(name), part) for name, part in body.items() if _is_slot(part)]
            slots.extend(sorted(found_slots, key=lambda pair: pair[0]))
    return Layout(dictionary, tuple(slots), _hidden(cls, len(slots)) > 0)


def _is_slot(member: Any) -> bool:
    return type(member) is types.MemberDescriptorType


def _hidden(cls: Any, slots: int) -> int:
    """How many bytes of an object are neither a slot, nor its dict, nor its weak references."""
    known = slots + (_dict_at(cls) > 0) + (_weakrefs_at(cls) > 0)
    size: int = _size(cls) - _size(object) - POINTER * known
    return size


def state_of(value: Any, layout: Layout) -> list[tuple[str, Any]]:
    """Attributes kept by an object itself, sorted by name; no property is called."""
    kept = None if layout.dictionary is None else layout.dictionary.__get__(value)
    if type(kept) is dict and not layout.slots and set(map(type, kept)) == {str}:
        return sorted(kept.items())  # no two names are equal: the values are not compared
    found: dict[str, Any] = {}
    for name, slot in layout.slots:
        try:
            found.setdefault(name, slot.__get__(value))
        except AttributeError:
            continue  # an empty slot
    if type(kept) is dict:
        found.update((name, part) for name, part in kept.items() if type(name) is str)
    return sorted(found.items())


def attribute(value: Any, name: str, default: Any = None) -> Any:
    """One attribute of an object of a library, past its `__getattr__`."""
    try:
        return object.__getattribute__(value, name)
    except AttributeError:
        return default


def loaded(module: str) -> Any:
    """A module that the notebook has loaded itself; None otherwise."""
    return sys.modules.get(module)
