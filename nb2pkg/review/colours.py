"""Syntax colours: the pieces of each line of code, and what kind each is of. No markup is made here."""

from __future__ import annotations

from collections.abc import Iterator

Piece = tuple[str, str]  # kind and text
Line = tuple[Piece, ...]

_LARGEST = 100_000  # characters: more than that nobody reads in colours
_KINDS = (  # the first that fits: type of Pygments, and the class in the style sheet
    ("Comment", "c"),
    ("Literal.String", "s"),
    ("Literal.Number", "n"),
    ("Keyword", "k"),
    ("Operator.Word", "k"),
    ("Name.Function", "f"),
    ("Name.Class", "f"),
    ("Name.Decorator", "f"),
    ("Name.Builtin", "b"),
    ("Name.Exception", "b"),
)


def lines(code: str) -> tuple[Line, ...]:
    """The lines of a text of Python, joined the same text again. What is no Python has no colours."""
    if len(code) > _LARGEST:
        return tuple((("", line),) for line in code.split("\n"))
    found: list[list[Piece]] = [[]]
    for kind, text in _pieces(code):
        first, *others = text.split("\n")
        if first:
            found[-1].append((kind, first))
        found += [[(kind, line)] if line else [] for line in others]
    return tuple(map(tuple, found))


def _pieces(code: str) -> Iterator[Piece]:
    """Neighbours of the same kind are one piece: that halves the page."""
    from pygments.lexers.python import PythonLexer  # only for those who ask for a page

    lexer = PythonLexer(stripnl=False, ensurenl=False)
    pending = ("", "")
    for _, token, text in lexer.get_tokens_unprocessed(code):
        kind = _kind(str(token).removeprefix("Token."))
        if pending[0] == kind:
            pending = (kind, pending[1] + text)
        else:
            yield pending
            pending = (kind, text)
    yield pending


def _kind(token: str) -> str:
    return next((kind for name, kind in _KINDS if token.startswith(name)), "")
