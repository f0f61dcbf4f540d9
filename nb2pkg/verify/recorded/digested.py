"""When do two values count as the same? Digests of the values of Python; described.py has the rest.

A digest shows whether two values are the same, and nothing else. Still, the digest of one small
number or of a short word can be found by trying them all.

A float counts by its first DIGITS = 6 significant digits, so that the last bits, which differ
between machines, do not matter:

- It is divided by pi before it is rounded. Numbers that people write, as 0.5 or 2.345, would often
  lie just between two roundings otherwise.
- What is less than 1e-9 of the largest number of its array or column counts as zero, and so does a
  lone number below 1e-12: a sum that should be zero rarely is. -0.0 is 0.0.
- inf, nan, NaT, None and pandas.NA are five things; None and nan are one among objects in a column.

It is the same in every process and on every machine. Cycles, what lies more than DEEPEST levels
deep, and what cannot be read (iterators, files, locks, compiled objects that have no copies) count by type
alone.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
import re
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePath
from typing import Any

from .classes import bases_of, class_name, local_name, module_of

DIGITS = 6
SMALL_SHARE, SMALL = 1e-9, 1e-12
DEEPEST = 40
MOST_PARTS, DEEPEST_PARTS = 20, 3  # items of longer or deeper lists are not told one by one
MOST_VALUES = 10_000_000  # what comes behind them counts by type: a test should come to an end

Told = dict[str, Any]
Label = str | int
Kind = Callable[["Look", Any], Told]


def digest(*parts: str | bytes) -> str:
    """16 hexadecimal digits for these parts in this order."""
    content = [encoded(part) if isinstance(part, str) else part for part in parts]
    lengths = ",".join(map(str, map(len, content))).encode()
    return hashlib.blake2b(b"|".join([lengths, *content]), digest_size=8).hexdigest()


def encoded(text: str) -> bytes:
    """The bytes of any text, half characters and all."""
    return text.encode("utf-8", "surrogatepass")


def rounded(number: float, small: float = SMALL, digits: int = DIGITS) -> float:
    """The float that stands for all that are as good as equal to this one."""
    if not math.isfinite(number):
        return number
    if abs(number) < small or not number:
        return 0.0
    part, power = math.frexp(number / math.pi)
    return math.ldexp(round(part * 10**digits), power - 20)


_ADDRESS = re.compile(r"0x[0-9a-fA-F]{5,}")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d*(?:e[+-]?\d+)?|e[+-]?\d+)(?!\.?\d)", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t]+$", re.MULTILINE)


def steady(text: str) -> str:
    """A text without what changes from run to run: addresses, last digits, trailing blanks."""
    text = _NUMBER.sub(lambda found: repr(rounded(float(found[0]))), _ADDRESS.sub("0x", text))
    return _BLANKS.sub("", text)


# ---- the way down into a value


class Look:
    """One look at one value: what may be shown, and where on the way down we are.

    names_keys: keys of dictionaries are labels too. So they are in messages, never in a record.
    """

    def __init__(self, is_public: Callable[[str], bool], names_keys: bool = False) -> None:
        self.is_public = is_public
        self.names_keys = names_keys
        self.above: list[int] = []  # ids of what the present value lies in
        self.marks: dict[int, tuple[Any, str]] = {}  # keeps the values: ids are given away again
        self.seen = 0
        self.in_detail = True  # is it told, or does it only enter a digest?

    def description(self, value: Any) -> Told:
        """What there is to tell of a value."""
        told: Told = {"type": "object"}
        cls: Any = type(value)
        self.seen += 1
        try:
            told = {"type": class_name(cls)}
            if id(value) in self.above or len(self.above) >= DEEPEST or self.seen > MOST_VALUES:
                return told
            self.above.append(id(value))
            try:
                return told | kind_of(cls)(self, value)
            finally:
                self.above.pop()
        except Exception:  # the outermost ring: who knows what a class does when it is read
            return told

    def mark(self, value: Any) -> str:
        """A text that equal values share; it only goes into digests."""
        if type(value) in _PLAIN:
            return _PLAIN[type(value)](value)
        if id(value) in self.marks:
            return self.marks[id(value)][1]
        seen, in_detail, self.in_detail = self.seen, self.in_detail, False
        found = essence(self.description(value))
        self.in_detail = in_detail
        if self.seen > seen + 1:  # it holds others, which need not be looked at again
            self.marks[id(value)] = (value, found)
        return found

    def digest(self, *values: Any) -> str:
        """One digest of several values."""
        return digest(*map(self.mark, values))

    def label(self, value: Any) -> Label:
        """A label in clear when it may be; else what stands for it."""
        is_text = type(value) is str and not value.startswith("#")
        if (is_text or type(value) is int) and self.is_public(str(value)):
            return value  # type: ignore[no-any-return]
        return "#" + self.digest(value)

    def parts(self, items: Sequence[Any]) -> tuple[list[Told], list[str]]:
        """Descriptions of a few items, so that a message can point to one; marks of any number."""
        is_small = len(items) <= MOST_PARTS and len(self.above) <= DEEPEST_PARTS
        if not (self.in_detail and is_small):
            return [], [self.mark(item) for item in items]
        parts = [self.description(item) for item in items]
        marks = [self.mark(i) if type(i) in _PLAIN else essence(p) for i, p in zip(items, parts)]
        return parts, marks


def hidden(label: Label) -> Label:
    """What stands for a label that is not public."""
    if isinstance(label, str) and label.startswith("#"):
        return label
    return Look(lambda _: False).label(label)


def essence(told: Mapping[str, Any]) -> str:
    """What makes up the digest of all that holds this value.

    Neither what is public nor the module of a class may matter: a class of the notebook stands in
    `__main__` first, and in the package later.
    """
    kind = str(told["type"]).rpartition(".")[2]
    if "digest" in told and told.keys() <= {
        "type",
        "items",
        "digest",
        "unordered",
        "parts",
    }:
        return f"{kind}:{told['digest']}"
    return f"{kind}:{digest(json.dumps(_nameless(told), sort_keys=True))}"


def _nameless(told: Any) -> Any:
    if isinstance(told, list):
        return [_nameless(part) for part in told]
    if not isinstance(told, dict):
        return told
    counts = {k: _nameless(v) for k, v in told.items() if k not in ("type", "parts", "unordered")}
    return counts | {"label": hidden(told["label"])} if "label" in told else counts


@functools.cache
def kind_of(cls: type) -> Kind:
    """How values of a class are read: by the first of its bases that stands in KINDS."""
    bases = bases_of(cls)
    tops = [module_of(base).partition(".")[0] for base in bases]
    for top, base in zip(tops, bases):
        found = KINDS.get(f"{top}.{base.__qualname__}")
        if found is not None:
            return found
    is_iterator = any("__next__" in vars(base) for base in bases)
    return type_alone if is_iterator or not LIVING.isdisjoint(tops) else by_state


def type_alone(_look: Look, _value: Any) -> Told:
    """There is nothing to tell, or nothing that lasts."""
    return {}


def text_of(text: Callable[[Any], str | bytes]) -> Kind:
    """A kind whose values are told by a text."""
    return lambda _look, value: {"digest": digest(text(value))}


def made_of(parts: Callable[[Any], Iterable[Any]]) -> Kind:
    """A kind whose values are told by others that they are made of."""
    return lambda look, value: {"digest": look.digest(*parts(value))}


def by_state(look: Look, value: Any) -> Told:
    """Any other object: the attributes that it keeps; or what a copy of it would be made of."""
    found = state_of(value)
    if found is None:
        return {"digest": look.digest(*_made_anew(value))}
    return {"digest": look.digest(*found, *found.values())}


def _made_anew(value: Any) -> tuple[Any, ...]:
    """Compiled objects show no attributes; those that can be copied tell how they are made."""
    made = value.__reduce_ex__(4)
    if isinstance(made, str):
        return (made,)
    return tuple([*part] if isinstance(part, Iterator) else part for part in made)


def state_of(value: Any) -> dict[str, Any] | None:
    """Attributes by name, without calling a property or method; None if nothing can be seen."""
    cls: Any = type(value)
    slots, passing = _layout(cls)
    found: dict[str, Any] = {}
    for name, member in slots or ():
        try:
            found[name] = member.__get__(value)
        except AttributeError:
            continue  # it was never set
    try:
        found |= object.__getattribute__(value, "__dict__")
    except AttributeError:
        if slots is None:
            return None
    return {n: found[n] for n in sorted(found) if n not in passing and not n.startswith("__")}


@functools.cache
def _layout(cls: type) -> tuple[tuple[tuple[str, Any], ...] | None, frozenset[str]]:
    """Slots of a class; and names of what was only kept because somebody asked for it before."""
    bodies = [vars(base) for base in bases_of(cls)]
    slotted = [body for body in bodies if "__slots__" in body]
    members = [(n, m) for body in slotted for n, m in body.items()]
    slots = tuple((n, m) for n, m in members if type(m) is types.MemberDescriptorType)
    asked = {n for b in bodies for n, m in b.items() if type(m) is functools.cached_property}
    return (slots if slotted else None), frozenset(asked | {"_cache"})


def besides(look: Look, value: Any) -> tuple[str, ...]:
    """What an object of a class of one's own keeps besides the items of the list that it is."""
    found = None if module_of(type(value)) == "builtins" else state_of(value)
    return (look.digest(*found, *found.values()),) if found else ()


def _sequence(items: Callable[[Any], Iterable[Any]], is_list: bool = False) -> Kind:
    def told(look: Look, value: Any) -> Told:
        found = [*items(value)]
        parts, marks = look.parts(found)
        told: Told = {
            "items": len(found),
            "digest": digest(*marks, *besides(look, value)),
        }
        if is_list:
            told["unordered"] = digest(*sorted(marks))
        return told | ({"parts": parts} if parts else {})

    return told


def _set(items: Callable[[Any], Iterable[Any]]) -> Kind:
    def told(look: Look, value: Any) -> Told:
        marks = sorted(map(look.mark, items(value)))
        return {"items": len(marks), "digest": digest(*marks, *besides(look, value))}

    return told


def _dict(look: Look, value: Any) -> Told:
    """The order of the keys does not count."""
    pairs = [*dict.items(value)]
    parts, marks = look.parts([item for _, item in pairs])
    keys = [look.mark(key) for key, _ in pairs]
    both = sorted(digest(key, mark) for key, mark in zip(keys, marks))
    told: Told = {"items": len(pairs), "digest": digest(*both, *besides(look, value))}
    if parts:
        labels = [look.label(k) if look.names_keys else "#" + look.digest(k) for k, _ in pairs]
        told["parts"] = [{"label": label, **part} for label, part in zip(labels, parts)]
    return told


def _function(_look: Look, value: Any) -> Told:
    """By its name. One that data is bound to is the same: so the package hands data to it."""
    while issubclass(type(value), (functools.partial, types.MethodType)):
        value = value.func if issubclass(type(value), functools.partial) else value.__func__
    cls: Any = type(value)
    is_named = kind_of(cls) is _function or kind_of(cls) is _class
    name = getattr(value, "__qualname__", value.__name__) if is_named else class_name(cls)
    return {"type": "function", "name": local_name(name)}


def _class(_look: Look, value: Any) -> Told:
    return {
        "type": "class",
        "name": local_name(type.__getattribute__(value, "__qualname__")),
    }


def _module(_look: Look, value: Any) -> Told:
    return {"type": "module", "name": str(vars(value).get("__name__"))}


def _bytes(value: Any) -> bytes:
    return bytes(memoryview(value))


def _path(_look: Look, value: PurePath) -> Told:
    """Where a project lies differs between machines; so of a full path only the last part counts."""
    text = value.name if value.is_absolute() else value.as_posix()
    return {"type": "pathlib.Path", "digest": digest(text)}


# What comes in millions takes a short way.
_PLAIN: dict[type, Callable[[Any], str]] = {
    type(None): lambda _value: "None",
    bool: str,
    int: lambda value: f"int:{value:x}",
    float: lambda value: f"float:{rounded(value)!r}",
    str: lambda value: f"str:{value}",
}
# Packages whose objects count by their type: what they hold is at work, or is the process.
LIVING = {
    "IPython",
    "asyncio",
    "concurrent",
    "ctypes",
    "ipykernel",
    "ipywidgets",
    "logging",
}
LIVING |= {
    "matplotlib",
    "multiprocessing",
    "socket",
    "subprocess",
    "tempfile",
    "threading",
}
LIVING |= {"_thread", "_weakref", "weakref", "sqlite3"}
_FUNCTIONS = """builtins.function builtins.method builtins.builtin_function_or_method
builtins.method_descriptor builtins.classmethod_descriptor builtins.wrapper_descriptor
builtins.method-wrapper functools.partial functools._lru_cache_wrapper
numpy.ufunc numpy._ArrayFunctionDispatcher"""
# Top package and name of a class, whatever module between them it stands in.
KINDS: dict[str, Kind] = {
    "builtins.NoneType": text_of(str),
    "builtins.bool": text_of(str),
    "builtins.int": text_of(lambda v: int.__format__(v, "x")),  # str() refuses very long ones
    "builtins.float": text_of(lambda v: repr(rounded(float.__float__(v)))),
    "builtins.complex": made_of(lambda v: (v.real, v.imag)),
    "builtins.str": text_of(str.__str__),
    **{f"builtins.{n}": text_of(_bytes) for n in ("bytes", "bytearray", "memoryview")},
    "builtins.range": made_of(lambda v: (v.start, v.stop, v.step)),
    "builtins.slice": made_of(lambda v: (v.start, v.stop, v.step)),
    "builtins.list": _sequence(list.__iter__, is_list=True),
    "builtins.tuple": _sequence(tuple.__iter__),
    "builtins.dict_keys": _sequence(iter),
    "builtins.dict_values": _sequence(iter),
    "builtins.dict_items": _sequence(iter),
    "collections.deque": _sequence(deque.__iter__),
    "array.array": _sequence(iter),
    "builtins.set": _set(set.__iter__),
    "builtins.frozenset": _set(frozenset.__iter__),
    "builtins.dict": _dict,
    "datetime.date": text_of(lambda v: v.isoformat()),  # and a datetime, and pandas.Timestamp
    "datetime.time": text_of(lambda v: v.isoformat()),
    "datetime.timedelta": text_of(
        lambda v: f"{v.days} {v.seconds} {v.microseconds} {getattr(v, 'nanoseconds', 0)}"
    ),
    "datetime.timezone": text_of(str),
    "zoneinfo.ZoneInfo": text_of(str),
    "decimal.Decimal": text_of(Decimal.__str__),
    "fractions.Fraction": text_of(Fraction.__str__),
    "pathlib.PurePath": _path,
    "enum.Enum": made_of(lambda v: (v._name_ or v._value_,)),
    "re.Pattern": made_of(lambda v: (v.pattern, v.flags)),
    "random.Random": made_of(lambda v: (v.getstate(),)),
    "builtins.BaseException": made_of(lambda v: (v.args, state_of(v))),
    "builtins.type": _class,
    "builtins.module": _module,
    **dict.fromkeys(_FUNCTIONS.split(), _function),
}
