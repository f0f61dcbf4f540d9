"""The shape of a piece of code: what is left when its own names and its constants are taken away.

Two pieces of one shape do the same to other values. Names are numbered in the order in which they
occur, so that ``a = f(b, 1)`` and ``c = f(d, 2)`` have one shape.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

_KINDS = {bool: "bool", int: "number", float: "number", str: "text"}
_REPEATED = (
    *(ast.For, ast.While, ast.AsyncFor, ast.Lambda),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
_MARKS = "/ =:?&"
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Global, ast.Nonlocal)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A constant, a display of constants, or text in an f-string.

    around: the nodes that it stands in, the nearest first. dump: of the node, by which two are compared. lead, rest: of
    the text in an f-string, what stands before and behind it.
    """

    node: ast.expr
    source: str
    around: tuple[ast.AST, ...]
    dump: str
    lead: str = ""
    rest: str = ""

    @property
    def text(self) -> str:
        """In an f-string: all of it. Else nothing."""
        match self.around[0], self.node:
            case ast.JoinedStr(), ast.Constant(value=str(text)):
                return f"{self.lead}{text}{self.rest}"
        return ""


@dataclass(frozen=True, slots=True)
class Shape:
    """key: equal for pieces of one shape; names: their own, in order; leaves: the constants, in order."""

    key: str
    names: tuple[str, ...]
    leaves: tuple[Leaf, ...]


def of(source: str, names: frozenset[str]) -> Shape | None:
    """The shape of statements; None where names could not be exchanged without looking closer.

    names: those that come from outside and may be others in a piece of the same shape.
    """
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    if any(isinstance(node, _SCOPES) for node in nodes):
        return None
    stored = {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    own = frozenset(stored | names)
    if own & set(bound_otherwise(nodes)):
        return None
    reading = _Reading(tuple(source.encode().split(b"\n")), own)
    key = reading.of(tree, ())
    return Shape(key, tuple(reading.names), tuple(reading.leaves))


def bound_otherwise(nodes: list[ast.AST]) -> Iterator[str]:
    """Names that are bound by what is no name in the tree: arguments, imports, handlers, patterns."""
    for node in nodes:
        match node:
            case ast.arg(arg=name):
                yield name
            case ast.alias(name=name, asname=other):
                yield other or name.partition(".")[0]
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                yield name
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield name


@dataclass(slots=True)
class _Reading:
    """Goes through a tree, and writes down what two pieces must have in common."""

    lines: tuple[bytes, ...]
    own: frozenset[str]
    names: dict[str, int] = field(default_factory=dict)
    leaves: list[Leaf] = field(default_factory=list)

    def of(self, node: object, around: tuple[ast.AST, ...]) -> str:
        if isinstance(node, list):
            return f"[{','.join(self.of(item, around) for item in node)}]"
        if not isinstance(node, ast.AST):
            return repr(node)
        if isinstance(node, ast.Name) and node.id in self.own:
            number = self.names.setdefault(node.id, len(self.names))
            return f"@{number}{type(node.ctx).__name__}"
        if isinstance(node, ast.expr) and (kind := self._kind(node, around)):
            self.leaves.append(Leaf(node, self.written(node), around, ast.dump(node)))
            return f"<{kind}>"
        inner = (node, *around)
        fields = (f"{name}={self.of(value, inner)}" for name, value in ast.iter_fields(node))
        return f"{type(node).__name__}({','.join(fields)})"

    def written(self, node: ast.expr) -> str:
        """The text of an expression. `ast.get_source_segment` splits the whole source for each."""
        lines = list(self.lines[node.lineno - 1 : node.end_lineno])
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        return b"\n".join(lines).decode()

    def _kind(self, node: ast.expr, around: tuple[ast.AST, ...]) -> str:
        """What sort of constant it is; empty for what is none, or must be written out where it is."""
        if isinstance(around[0], ast.JoinedStr):
            return "part" if self._is_as_written(node, around[0], around[1]) else ""
        if any(isinstance(outer, ast.JoinedStr | ast.match_case) for outer in around):
            return ""
        if isinstance(around[0], ast.Expr | ast.AnnAssign):
            return ""
        match node:
            case ast.Constant(value=value):
                return _KINDS.get(type(value), "")
            case ast.List(elts=[_, *_] as parts, ctx=ast.Load()):
                # made once a call from now on: no matter, unless the code comes by again
                again = any(isinstance(outer, _REPEATED) for outer in around)
                plain = all(isinstance(p, ast.Constant) and type(p.value) in _KINDS for p in parts)
                return "list" if plain and not again else ""
        return ""

    def _is_as_written(self, node: ast.expr, inside: ast.JoinedStr, outside: ast.AST) -> bool:
        """Does the text of an f-string stand in the source as it is, once, and where a name could stand?"""
        match node:
            case ast.Constant(value=str(text)) if not isinstance(outside, ast.FormattedValue):
                written = self.written(inside)
                filled = written.replace(text, "{_}")
                return written.count(text) == 1 and _blanks(filled) > _blanks(written)
        return False


def _blanks(source: str) -> int:
    """How often ``_`` is a name there. In a string beside the f-string it would be text."""
    try:
        nodes = ast.walk(ast.parse(source, mode="eval"))
    except SyntaxError:
        return 0
    return sum(isinstance(node, ast.Name) and node.id == "_" for node in nodes)


def apart(leaves: Sequence[Leaf]) -> tuple[Leaf, ...]:
    """Texts of f-strings without what all begin and end with: ``/may.csv`` and ``/june.csv`` differ in names."""
    texts = [leaf.text for leaf in leaves]
    if not all(texts) or len({*texts}) == 1:
        return tuple(leaves)
    lead = _whole_words(_beginning(texts))
    ends = [text[len(lead) :][::-1] for text in texts]
    rest = _whole_words(_beginning(ends))[::-1]
    return tuple(_within(leaf, text, lead, rest) for leaf, text in zip(leaves, texts))


def _beginning(texts: Sequence[str]) -> str:
    """What all begin with."""
    letters = takewhile(lambda column: len({*column}) == 1, zip(*texts))
    return "".join(column[0] for column in letters)


def _whole_words(text: str) -> str:
    """Up to the last of what parts names in a path or a sentence."""
    return text[: max(text.rfind(mark) for mark in _MARKS) + 1]


def _within(leaf: Leaf, text: str, lead: str, rest: str) -> Leaf:
    inner = text[len(lead) : len(text) - len(rest)]
    node = ast.Constant(inner)
    return replace(leaf, node=node, source=repr(inner), dump=ast.dump(node), lead=lead, rest=rest)
