"""How are values of Python itself and of its standard library read?"""

from __future__ import annotations

import array
import collections
import contextvars
import datetime
import decimal
import enum
import fractions
import gc
import io
import logging
import pathlib
import random
import re
import types
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import insides
from .walk import CHUNK, PLAIN, PLAIN_TYPES, Rule

if TYPE_CHECKING:
    from .walk import Walk

GLOBAL_RANDOM = random._inst
DATE_PARTS = ("year", "month", "day")
TIME_PARTS = ("hour", "minute", "second", "microsecond", "fold")


def _plain(walk: Walk, value: Any) -> None:
    """A number or a text, also the one that an object of a subclass is."""
    if id(type(value)) not in PLAIN:
        base: Any = next(base for base in PLAIN_TYPES if insides.has(type(value), base))
        (value,) = base.__getnewargs__(value)
    walk.items([value])


def _by_repr(walk: Walk, value: Any) -> None:
    """The text of a compiled type of Python, which calls nobody's code."""
    walk.text(object.__repr__(value) if type(value) is object else repr(value))


def _slice(walk: Walk, value: Any) -> None:
    walk.items([value.start, value.stop, value.step])


def _list(walk: Walk, value: Any) -> None:
    walk.items([*list.__iter__(value)])


def _tuple(walk: Walk, value: Any) -> None:
    walk.items([*tuple.__iter__(value)])


def _deque(walk: Walk, value: Any) -> None:
    walk.items([_read(collections.deque, "maxlen", value), *collections.deque.__iter__(value)])


def _set(walk: Walk, value: Any) -> None:
    walk.unordered([*set.__iter__(value)])


def _frozenset(walk: Walk, value: Any) -> None:
    walk.unordered([*frozenset.__iter__(value)])


def _dict(walk: Walk, value: Any) -> None:
    walk.items([*dict.keys(value)])
    walk.items([*dict.values(value)])


def _defaultdict(walk: Walk, value: Any) -> None:
    walk.child(_read(collections.defaultdict, "default_factory", value))
    _dict(walk, value)


def _ordered_dict(walk: Walk, value: Any) -> None:
    """Pairs in its own order, which is not the one of the dict below. To read it, keys are hashed:
    not those whose class may do that with code of its own."""
    if not set(map(id, map(type, dict.keys(value)))) <= PLAIN:
        walk.opaque("order of keys")
        _dict(walk, value)
        return
    keys = [*collections.OrderedDict.__iter__(value)]
    walk.items(keys)
    walk.items([dict.__getitem__(value, key) for key in keys])


def _held(walk: Walk, value: Any) -> None:
    """Views and proxies: what they look at, without asking it."""
    for part in gc.get_referents(value):
        walk.child(part)


def _date(walk: Walk, value: Any) -> None:
    walk.items([_read(datetime.date, part, value) for part in DATE_PARTS])


def _datetime(walk: Walk, value: Any) -> None:
    _date(walk, value)
    walk.items([_read(datetime.datetime, part, value) for part in TIME_PARTS])
    walk.child(_read(datetime.datetime, "tzinfo", value))


def _time(walk: Walk, value: Any) -> None:
    walk.items([_read(datetime.time, part, value) for part in TIME_PARTS])
    walk.child(_read(datetime.time, "tzinfo", value))


def _timedelta(walk: Walk, value: Any) -> None:
    parts = ("days", "seconds", "microseconds")
    walk.items([_read(datetime.timedelta, part, value) for part in parts])


def _decimal(walk: Walk, value: Any) -> None:
    walk.text(decimal.Decimal.__str__(value))


def _fraction(walk: Walk, value: Any) -> None:
    walk.items([insides.attribute(value, "_numerator"), insides.attribute(value, "_denominator")])


def _uuid(walk: Walk, value: Any) -> None:
    walk.items([object.__getattribute__(value, "int")])


def _zone(walk: Walk, value: Any) -> None:
    walk.items([insides.attribute(value, "key")])


def _path(walk: Walk, value: Any) -> None:
    walk.scrubbed(pathlib.PurePath.__str__(value))


def _pattern(walk: Walk, value: Any) -> None:
    walk.items([value.pattern, value.flags])


def _match(walk: Walk, value: Any) -> None:
    walk.items([value.string, value.pos, value.endpos, value.regs])
    walk.child(value.re)


def _enum(walk: Walk, value: Any) -> None:
    walk.items([insides.attribute(value, "_name_")])
    walk.child(insides.attribute(value, "_value_"))


def _exception(walk: Walk, value: Any) -> None:
    walk.child(_read(BaseException, "args", value))


def _buffer(walk: Walk, value: Any) -> None:
    view = memoryview(value)
    walk.items([view.format, *(view.shape or ()), view.readonly])
    walk.raw(view.cast("B") if view.c_contiguous and view.nbytes else view.tobytes())


def _text_in_memory(walk: Walk, value: Any) -> None:
    base: Any = io.StringIO if insides.has(type(value), io.StringIO) else io.BytesIO
    if _read(base, "closed", value):
        walk.text("closed")
    else:
        walk.items([base.getvalue(value), base.tell(value)])


def _random(walk: Walk, value: Any) -> None:
    if value is GLOBAL_RANDOM:
        walk.text("global")  # its state is the state of the process
    else:
        walk.child(random.Random.getstate(value))


def _logger(walk: Walk, value: Any) -> None:
    walk.items([insides.attribute(value, "name"), insides.attribute(value, "level")])
    walk.items([type(part).__name__ for part in insides.attribute(value, "handlers") or ()])


def _context_variable(walk: Walk, value: Any) -> None:
    walk.text(value.name)


def _namespace(walk: Walk, value: Any) -> None:
    _dict(walk, _read(types.SimpleNamespace, "__dict__", value))


def _cell(walk: Walk, value: Any) -> None:
    walk.items([value.cell_contents])


def _read(base: Any, name: str, value: Any) -> Any:
    """An attribute of a compiled type, past what a subclass made of it."""
    return vars(base)[name].__get__(value)


def _many_by_repr(walk: Walk, items: list[Any]) -> bool:
    for start in range(0, len(items), CHUNK):
        walk.text(repr(items[start : start + CHUNK]))
    return True


def _many_datetimes(walk: Walk, items: list[Any]) -> bool:
    """Only without time zones: theirs may be a class of the notebook."""
    return all(item.tzinfo is None for item in items) and _many_by_repr(walk, items)


def _many_tuples(walk: Walk, items: list[Any]) -> bool:
    return walk.rows(items)


def rule(
    write: Callable[[Walk, Any], None],
    tracked: bool = True,
    without: frozenset[str] = frozenset(),
    many: Callable[[Walk, list[Any]], bool] | None = None,
) -> Rule:
    """A rule whose name is the one of the class that it is used for."""
    return Rule("", write, tracked, without, many)


def leaf(
    write: Callable[[Walk, Any], None], many: Callable[[Walk, list[Any]], bool] | None = None
) -> Rule:
    """A rule for values that cannot be changed: it does not matter who else holds one."""
    return Rule("", write, tracked=False, many=many)


VIEWS: tuple[Any, ...] = (
    types.MappingProxyType,
    type({}.keys()),
    type({}.values()),
    type({}.items()),
)
PATHS = (pathlib.PosixPath, pathlib.WindowsPath, pathlib.PurePosixPath, pathlib.PureWindowsPath)
BY_REPR = (type(...), type(NotImplemented), range, types.GenericAlias) if hasattr(
    types, "GenericAlias"
) else (type(...), type(NotImplemented), range)  # fmt: skip

RULES: list[tuple[Any, Rule]] = [
    *((base, leaf(_plain)) for base in PLAIN_TYPES),
    *((base, leaf(_by_repr)) for base in BY_REPR),
    (slice, leaf(_slice)),
    (list, rule(_list)),
    (tuple, leaf(_tuple, _many_tuples)),
    (collections.deque, rule(_deque)),
    (set, rule(_set)),
    (frozenset, leaf(_frozenset)),
    (collections.OrderedDict, rule(_ordered_dict)),
    (collections.defaultdict, rule(_defaultdict)),
    (dict, rule(_dict)),
    *((base, leaf(_held)) for base in VIEWS),
    (datetime.datetime, leaf(_datetime, _many_datetimes)),
    (datetime.date, leaf(_date, _many_by_repr)),
    (datetime.time, leaf(_time)),
    (datetime.timedelta, leaf(_timedelta, _many_by_repr)),
    (datetime.timezone, leaf(_by_repr)),
    (decimal.Decimal, leaf(_decimal, _many_by_repr)),
    (fractions.Fraction, leaf(_fraction, _many_by_repr)),
    (uuid.UUID, leaf(_uuid, _many_by_repr)),
    *((base, leaf(_path)) for base in PATHS),
    (re.Pattern, leaf(_pattern)),
    (re.Match, leaf(_match)),
    (enum.Enum, leaf(_enum)._replace(whole=True)),
    (BaseException, rule(_exception)),
    (bytearray, rule(_buffer)),
    (array.array, rule(_buffer)),
    (memoryview, rule(_buffer)),
    (io.StringIO, rule(_text_in_memory)),
    (io.BytesIO, rule(_text_in_memory)),
    (random.Random, rule(_random)),
    (logging.Logger, leaf(_logger)),
    (contextvars.ContextVar, leaf(_context_variable)),
    (types.SimpleNamespace, rule(_namespace)),
    (types.CellType, rule(_cell)),
]
LIBRARY_RULES: dict[str, Rule] = {
    "zoneinfo:ZoneInfo": leaf(_zone),
    "backports:ZoneInfo": leaf(_zone),
}
