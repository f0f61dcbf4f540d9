"""Canonical digests of Python objects: equal values give equal digests in every process."""

from __future__ import annotations

import collections
import datetime
import enum
import functools
import hashlib
import io
import logging
import random
import sys
import sysconfig
import types
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePath
from typing import Any

from . import libraries

Scrub = Callable[[str], str]

TEXTUAL = (int, float, complex, str, bytes)
SCALARS = {*TEXTUAL, bool, type(None), type(Ellipsis), type(NotImplemented), range, slice}
CALLABLES = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    functools.partial,
    functools._lru_cache_wrapper,
)
NAMED = (types.ModuleType, type, *CALLABLES)
ORDERED = (list, tuple, collections.deque)
CONTAINERS = (*ORDERED, dict, set, frozenset)
# Objects of these packages are known by their type alone: living things, drawings, and the
# machinery of the kernel.
# fmt: off
BY_TYPE_ONLY = {
    "IPython", "_asyncio", "_io", "_socket", "_thread", "_weakref", "asyncio", "concurrent",
    "ctypes", "ipykernel", "ipywidgets", "itertools", "matplotlib", "mpl_toolkits",
    "multiprocessing", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading",
    "traitlets", "weakref", "zmq",
}
# fmt: on
# Formulas keep all names of the calling frame, which is another one in a package.
FRAME_KEEPERS = {"EvalEnvironment", "LayeredMapping"}
# An attribute in this range is the `id` of an object.
ADDRESSES = range(0x5000_0000_0000, 0x8000_0000_0000)
RUN_LASTS = datetime.timedelta(hours=1)
INSTALLED = tuple(sysconfig.get_paths()[key] for key in ("stdlib", "purelib", "platlib"))
CLASS_DEPTH = 4  # classes that deep belong to libraries
MAX_NODES, MAX_DEPTH = 60_000, 120


def kind_of(value: Any) -> str:
    """The class name of a value, but one word for everything that can be called."""
    if isinstance(value, types.ModuleType):
        return "module"
    if isinstance(value, type):
        return "class"
    return "callable" if isinstance(value, CALLABLES) else type(value).__name__


def preview_of(value: Any, scrub: Scrub) -> str:
    """A few characters for a person who reads a difference; calls no code of the notebook."""
    if type(value) in SCALARS:
        return scrub(repr(value))[:80]
    if type(value) in (list, tuple, dict, set):
        flat = [*value, *value.values()] if type(value) is dict else list(value)
        small = len(flat) <= 12 and set(map(type, flat)) <= SCALARS
        return scrub(repr(value))[:80] if small else f"{len(value)} items"
    return libraries.preview(value)


class Walk:
    """One walk over the objects of one variable; each has a digest made of its parts."""

    def __init__(self, scrub: Scrub) -> None:
        self.scrub = scrub
        self.seen: dict[int, int] = {}
        self.alive: list[Any] = []
        self.nodes = 0
        self.depth = 0

    def fingerprint(self, value: Any) -> str:
        """Digest of a whole variable, or the reason why it has none."""
        try:
            return self.digest(value)
        except Exception as error:
            # The outermost ring: code of a user's class may raise anything, anywhere.
            return f"unreadable: {type(error).__name__}"

    def digest(self, value: Any) -> str:
        """Digest of one object; one that was met before is known by when it was met."""
        self.nodes += 1
        if self.nodes > MAX_NODES or self.depth > MAX_DEPTH:
            return self.hash("cut", type(value).__name__)
        if type(value) in SCALARS:
            return self.hash(type(value).__name__, self.scrub(repr(value)))
        if not isinstance(value, (*NAMED, tuple, frozenset)):
            if id(value) in self.seen:
                return self.hash("again", self.seen[id(value)])
            self.remember(value)
        self.depth += 1
        try:
            return self.hash(*self._parts(value))
        finally:
            self.depth -= 1

    def remember(self, value: Any) -> None:
        """Note an object that can be changed in place, so that sharing it is seen."""
        self.seen.setdefault(id(value), len(self.seen))
        self.alive.append(value)

    def sequence(self, items: list[Any]) -> Iterable[str]:
        """Digests of items; a million numbers are one text, not a million steps."""
        if set(map(type, items)) <= SCALARS:
            return [self.scrub(repr(items))]
        return [self.digest(item) for item in items]

    def hash(self, *parts: Any) -> str:
        """Hash of a list of parts, each of them text, bytes or something with a plain text form."""
        blake = hashlib.blake2b(digest_size=12)
        for part in parts:
            data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
            blake.update(str(len(data)).encode() + b":")
            blake.update(data)
        return blake.hexdigest()

    def _parts(self, value: Any) -> Iterator[Any]:
        """The parts that make up a value: its type first, then what it holds."""
        if isinstance(value, NAMED):
            yield from self._named(value)
            return
        yield type(value).__name__
        known = self._standard(value)
        if known is None:
            known = libraries.parts(self, value)
        if known is not None:
            yield from known
            return
        yield from self._items(value)
        yield from self._attributes(value)

    def _named(self, value: Any) -> Iterator[Any]:
        """Modules, classes and callables are known by name, and the plain data on them."""
        yield kind_of(value)
        if isinstance(value, types.ModuleType):
            yield value.__name__
        elif isinstance(value, type):
            yield value.__name__
            members = {k: v for k, v in vars(value).items() if _is_data(k, v)}
            if members and self.depth < CLASS_DEPTH and _is_users(value):
                yield self.digest(members)
        else:
            while isinstance(value, functools.partial):  # promotion may bind data to a function
                value = value.func
            yield getattr(value, "__name__", "?")
            members = getattr(value, "__dict__", {})
            state = {name: part for name, part in members.items() if not name.startswith("__")}
            if state:
                yield self.digest(state)

    def _standard(self, value: Any) -> Iterable[Any] | None:
        """Parts of what the standard library makes; None for everything else."""
        if isinstance(value, enum.Enum):
            return [value.name]
        if type(value) is datetime.datetime and value.tzinfo is None:
            recent = abs(datetime.datetime.now() - value) < RUN_LASTS
            return ["now"] if recent else [value.isoformat()]
        if isinstance(value, PurePath):
            return [self.scrub(str(value))]
        if isinstance(value, (io.StringIO, io.BytesIO)):
            return ["closed"] if value.closed else [value.getvalue(), value.tell()]
        if isinstance(value, io.IOBase):
            return ["closed" if value.closed else "open"]
        if isinstance(value, random.Random):
            return [value.getstate()]
        if isinstance(value, logging.Logger):
            return [value.name, value.level, len(value.handlers)]
        if package_of(value) in BY_TYPE_ONLY or type(value).__name__ in FRAME_KEEPERS:
            return []
        living = hasattr(type(value), "__next__") or hasattr(type(value), "__await__")
        return [] if living and not _is_users(type(value)) else None

    def _items(self, value: Any) -> Iterator[Any]:
        """What a container holds, or the plain value that a subclass of a number or a string is."""
        if isinstance(value, dict):
            yield from self.sequence([part for pair in dict.items(value) for part in pair])
            if isinstance(value, collections.defaultdict):
                yield self.digest(value.default_factory)
        elif isinstance(value, ORDERED):
            base: Any = next(base for base in ORDERED if isinstance(value, base))
            yield from self.sequence([*base.__iter__(value)])
        elif isinstance(value, (set, frozenset)):
            yield from sorted(map(self.digest, [*value]))
        elif isinstance(value, BaseException):
            yield self.digest(value.args)
        else:
            yield from (base.__repr__(value) for base in TEXTUAL if isinstance(value, base))

    def _attributes(self, value: Any) -> Iterator[Any]:
        """State of an object, read past `__getattr__`, properties and descriptors."""
        state = dict(_slots(value))
        try:
            state.update(object.__getattribute__(value, "__dict__"))
        except (AttributeError, TypeError):
            plain = (*CONTAINERS, *TEXTUAL)
            if not state and not isinstance(value, plain) and not _is_users(type(value)):
                yield self.scrub(repr(value))  # a compiled type: its text is all it shows
        for name in sorted(map(str, state)):
            part = state.get(name)
            cached_hash = name.startswith("_") and "hash" in name  # depends on the hash seed
            # What a library has worked out and keeps for later: a pipeline looks at less.
            kept_for_later = name == "_cache" and type(part) is dict and not _is_users(type(value))
            if cached_hash or kept_for_later or (type(part) is int and part in ADDRESSES):
                continue
            yield from (name, self.digest(part))


def package_of(value: Any) -> str:
    """Name of the top-level package that an object's class comes from."""
    return str(type(value).__module__).partition(".")[0]


def _slots(value: Any) -> Iterator[tuple[str, Any]]:
    for cls in type(value).__mro__:
        for name, member in list(vars(cls).items()):
            # C types expose their insides as members too; only those of Python classes are state.
            if isinstance(member, types.MemberDescriptorType) and "__slots__" in vars(cls):
                try:
                    yield name, member.__get__(value)
                except AttributeError:
                    continue  # an empty slot


def _is_data(name: str, value: Any) -> bool:
    return not name.startswith("_") and type(value) in {*SCALARS, list, dict, set, tuple}


def _is_users(cls: Any) -> bool:
    """A class of the notebook or of a package beside it, not of an installed library."""
    if cls.__module__ == "__main__":
        return True
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    return file is not None and not file.startswith(INSTALLED)
