"""What is the fingerprint of a value? One walk over all that it holds, as one stream into one hash.

Every object writes its kind, its plain parts (each after its length) and the number of its
children, and the children follow: so the stream has one reading, and no step of the walk waits
for another one to end. There is no recursion but for sets, whose items are sorted by digest.
"""

from __future__ import annotations

import datetime
import hashlib
import itertools
import marshal
import zlib
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from . import insides

PLAIN_TYPES = (int, float, complex, str, bytes, bool, type(None))
PLAIN = frozenset(map(id, PLAIN_TYPES))
_STR = id(str)
SHORT = 1 << 16
CHUNK = 50_000  # items that are written at once
MAX_NODES = 600_000
MAX_LEVEL = 40  # sets within sets
MAX_REASONS = 3
# Version 2 of the format knows neither interning nor references: equal values, equal bytes.
MARSHAL = 2
FEW = 64
_ADDRESSES = range(0x5000_0000_0000, 0x8000_0000_0000, 8)
_HEAD = 5  # bytes before the first item of a marshalled list
_MARKS = {id(int): (b"i", 5), id(float): (b"g", 9)}  # and how many bytes one takes


class Rule(NamedTuple):
    """How the objects of one class are read."""

    name: str
    write: Callable[[Walk, Any], None]
    tracked: bool = True  # can be changed in place: it matters who else holds it
    without: frozenset[str] = frozenset()  # attributes of no meaning: caches
    many: Callable[[Walk, list[Any]], bool] | None = None  # writes a list of such objects
    whole: bool = False  # nothing is to be added for a subclass
    more: bool = False  # a class of its own kind, with attributes beside what the rule writes
    head: bytes = b""  # the name, as it is written


class Eyes:
    """What all walks of one boundary share. Nothing of it outlives the boundary."""

    def __init__(
        self, scrub: Callable[[str], str], folders: list[bytes], resolve: Callable[[Any], Rule]
    ) -> None:
        self.scrub = scrub
        self.folders = folders
        self.resolve = resolve
        self.namespace: dict[str, Any] | None = None
        self.alive: list[Any] = []  # an id of something freed could be given away
        self.rules: dict[int, Rule] = {}
        self.layouts: dict[int, insides.Layout] = {}
        self.elsewhere: set[int] = set()  # globals of modules
        self.looks: dict[int, tuple[set[str], set[int]]] = {}  # what methods read: see source.py

    def rule(self, cls: Any) -> Rule:
        """The rule for a class, found once."""
        found = self.rules.get(id(cls))
        if found is None:
            self.alive.append(cls)
            found = self.resolve(cls)
            name = found.name.encode("utf-8", "surrogatepass")
            found = self.rules[id(cls)] = found._replace(head=b"%d:%b" % (len(name), name))
        return found

    def layout(self, cls: Any) -> insides.Layout:
        """Where the objects of a class keep their state, found once."""
        found = self.layouts.get(id(cls))
        if found is None:
            self.alive.append(cls)
            found = self.layouts[id(cls)] = insides.layout_of(cls)
        return found

    def names_folder(self, data: bytes) -> bool:
        """Is one of the folders that become words written somewhere in these bytes?"""
        for folder in self.folders:  # noqa: SIM110 - called for every text there is
            if folder in data:
                return True
        return False


class Walk:
    """One walk over what one variable holds."""

    def __init__(self, eyes: Eyes, outer: Walk | None = None) -> None:
        self.eyes = eyes
        self.outer = outer
        self.level: int = outer.level + 1 if outer else 0
        self.hash = hashlib.blake2b(digest_size=12)
        self.stack: list[Any] = []
        self.seen: dict[int, int] = {}  # by id; functions and classes by its negative
        self.buffers: set[int] = set()  # memory below the objects: what arrays are views of
        self.reach: set[int] = set()  # what functions can change through their closures
        self.reads: set[str] = set()  # global names that functions on the way use
        self.reasons: list[str] = []
        self.nodes: int = outer.nodes if outer else 0
        self.size = 0
        self.at_large = False  # other code can change it without naming it
        self.draws = False  # so can pyplot, while it shows a figure

    def digest(self, value: Any) -> str:
        """Fingerprint of a value and everything below it."""
        self.stack.append(value)
        while self.stack:
            self._visit(self.stack.pop())
        return self.hash.hexdigest()

    def _visit(self, value: Any) -> None:
        cls = type(value)
        rule = self.eyes.rule(cls)
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.opaque("too large")
            self.stack.clear()
            return
        if rule.tracked and self._met(value):
            return
        depth = len(self.stack)
        try:
            self.hash.update(rule.head)
            rule.write(self, value)
            if rule.more:
                self.attributes(value, rule.without)
        except Exception as error:
            # The outermost ring: libraries may be half loaded, objects half made.
            del self.stack[depth:]
            self.opaque(f"unreadable: {type(error).__name__}")
        children = self.stack[depth:]
        self.hash.update(b"/%d" % len(children))
        if len(children) > 1:
            children.reverse()
            self.stack[depth:] = children

    def _met(self, value: Any) -> bool:
        """Note an object; one that was met before is known by when it was met."""
        walk: Walk | None = self
        while walk is not None:
            place = walk.seen.get(id(value))
            if place is not None:
                self.hash.update(b"@%d.%d" % (walk.level, place))
                return True
            walk = walk.outer
        self.seen[id(value)] = len(self.seen)
        self.eyes.alive.append(value)
        return False

    def first_visit(self, code: Any) -> bool:
        """Is a function or a class met for the first time? It may lead back to itself."""
        walk: Walk | None = self
        while walk is not None:
            if -id(code) in walk.seen:
                return False
            walk = walk.outer
        self.seen[-id(code)] = 0
        return True

    def reached(self, value: Any) -> None:
        """What a function can change without being given it. It is not part of the function."""
        inner = Walk(self.eyes, self)
        if self.level < MAX_LEVEL:
            inner.digest(value)
        self.reach |= inner.memory | inner.reach
        self.reads |= inner.reads
        self.nodes = inner.nodes
        self.draws = self.draws or inner.draws
        self.at_large = self.at_large or inner.at_large or self.level >= MAX_LEVEL

    def raw(self, data: bytes | memoryview) -> None:
        """Bytes, after their length; long ones as two checksums.

        crc32 and adler32 run at the speed of memory, blake2b at a quarter of it: nobody forges the
        values of their own notebook, so no cryptographic strength is needed.
        """
        if len(data) > SHORT:
            self.checksums(len(data), zlib.crc32(data), zlib.adler32(data))
        else:
            self.size += len(data)
            self.hash.update(b"%d:" % len(data))
            self.hash.update(data)

    def checksums(self, length: int, crc: int, adler: int) -> None:
        """What stands for long data; for those who read it in parts."""
        self.size += length
        self.hash.update(b"%d:%d %d" % (length, crc, adler))

    def text(self, text: str) -> None:
        """A text of ours, or one that holds no folder."""
        self.raw(text.encode("utf-8", "surrogatepass"))

    def scrubbed(self, text: str) -> None:
        """A text that may hold a folder, which then becomes a word."""
        self.text(self.eyes.scrub(text))

    def child(self, value: Any) -> None:
        """A part that is an object of its own."""
        self.stack.append(value)

    def opaque(self, reason: str) -> None:
        """Something here cannot be compared: the variable is never called equal."""
        self.text(reason)
        if reason not in self.reasons and len(self.reasons) < MAX_REASONS:
            self.reasons.append(reason)

    def items(self, items: list[Any]) -> None:
        """Many values: a million numbers are one text and not a million steps."""
        if len(items) > FEW and self._numbers(items):
            return
        kinds = set(map(id, map(type, items)))
        if kinds <= PLAIN:
            self._plain(items, _STR in kinds)
            return
        self.hash.update(b"#%d" % len(items))
        if len(kinds) > 1 or not self._alike(items):
            self._mixed(items, bool(kinds & PLAIN))

    def _numbers(self, items: list[Any]) -> bool:
        """Write many integers, or many floats: that all of them are is seen at their marks in the
        marshalled form, which is quicker than to ask each one for its type."""
        mark, width = _MARKS.get(id(type(items[0])), (b"", 0))
        if not width or id(type(items[-1])) not in _MARKS or len(items) > CHUNK:
            return False
        try:
            data = marshal.dumps(items, MARSHAL)
        except ValueError:
            return False
        if len(data) != _HEAD + width * len(items) or data[_HEAD::width] != mark * len(items):
            return False
        self._write(data)
        return True

    def _alike(self, items: list[Any]) -> bool:
        """Write items of one kind at once, if there is a way."""
        rule = self.eyes.rule(type(items[0]))
        if rule.many is None or rule.more:
            return False
        self.text(rule.name)
        return rule.many(self, items)

    def _mixed(self, items: list[Any], any_plain: bool) -> None:
        """Plain values at once, with a mark at the place of each other one."""
        if any_plain:
            self._plain([item if id(type(item)) in PLAIN else ... for item in items], True)
            items = [item for item in items if id(type(item)) not in PLAIN]
        self.stack.extend(items)

    def _plain(self, items: list[Any], texts: bool) -> None:
        """The marshalled form tells its own length and kinds."""
        if len(items) > CHUNK:
            self.hash.update(b"#%d" % len(items))
            for start in range(0, len(items), CHUNK):
                self._plain(items[start : start + CHUNK], texts)
            return
        data = marshal.dumps(items, MARSHAL)
        if texts and self.eyes.names_folder(data):
            data = marshal.dumps([self._without_folder(item) for item in items], MARSHAL)
        self._write(data)

    def _write(self, data: bytes) -> None:
        """Marshalled data: it needs no length before it."""
        if len(data) > SHORT:
            self.raw(data)
        else:
            self.size += len(data)
            self.hash.update(data)

    def _without_folder(self, item: Any) -> Any:
        return self.eyes.scrub(item) if type(item) is str else item

    def rows(self, items: list[Any]) -> bool:
        """Write a list of tuples of plain values at once; False when they hold something else."""
        if not set(map(id, map(type, itertools.chain.from_iterable(items)))) <= PLAIN:
            return False
        for start in range(0, len(items), CHUNK):
            chunk = items[start : start + CHUNK]
            data = marshal.dumps(chunk, MARSHAL)
            if self.eyes.names_folder(data):
                chunk = [tuple(map(self._without_folder, row)) for row in chunk]
                data = marshal.dumps(chunk, MARSHAL)
            self.raw(data)
        return True

    def unordered(self, items: list[Any]) -> None:
        """Items of a set, in an order that does not depend on the hash seed."""
        kinds = set(map(id, map(type, items)))
        if len(kinds) == 1 and kinds <= {id(int), id(str), id(bytes)}:
            self.items(sorted(items))
        elif kinds <= PLAIN:
            self.items(sorted(marshal.dumps(self._without_folder(item), MARSHAL) for item in items))
        elif self.level >= MAX_LEVEL:
            self.opaque("too deep")
        else:
            self.items(sorted(map(self._apart, items)))

    def copied(self, value: Any) -> None:
        """A part that was made for the walk: nothing in it is memory of the variable."""
        inner = Walk(self.eyes, self)
        self.text(inner.digest(value))
        self.eyes.alive.append(value)
        self._add(inner)

    def _apart(self, item: Any) -> str:
        """Digest of one item of a set; what it holds is not counted among what was met."""
        inner = Walk(self.eyes, self)
        digest = inner.digest(item)
        self.buffers |= inner.memory
        self._add(inner)
        return digest

    def _add(self, inner: Walk) -> None:
        self.reach |= inner.reach
        self.reads |= inner.reads
        self.reasons.extend(reason for reason in inner.reasons if reason not in self.reasons)
        self.nodes, self.size = inner.nodes, self.size + inner.size

    def attributes(self, value: Any, without: Iterable[str] = ()) -> None:
        """State of an object, read past `__getattr__`, properties and descriptors."""
        layout = self.eyes.layout(type(value))
        names, parts = [], []
        for name, part in insides.state_of(value, layout):
            if name not in without and not (name[:1] == "_" and _is_cache(name, part)):
                names.append(name)
                parts.append(part)
        self.items(names)
        self.items(parts)

    @property
    def memory(self) -> frozenset[int]:
        """Ids of everything below the value that can be changed in place."""
        return frozenset(key for key in self.seen if key > 0) | self.buffers


def _is_cache(name: str, part: Any) -> bool:
    """Results kept for later, as pandas and statsmodels do; a kept hash depends on the seed, the
    day of a fit on the day, a kept `id` on where the object happened to lie."""
    if name in ("_cache", "_datetime"):
        return type(part) in (dict, datetime.datetime)
    if type(part) is not int:
        return False
    return "hash" in name or (name.endswith("_id") and part in _ADDRESSES)
