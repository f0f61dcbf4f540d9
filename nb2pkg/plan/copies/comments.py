"""Comments in a piece of code."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator


def of(source: str) -> tuple[str, ...]:
    """Their texts, in order."""
    return tuple(token.string for token in _tokens(source))


def without(source: str, texts: frozenset[str]) -> str:
    """The code without these comments, and without the lines that held nothing else."""
    lines: list[str | None] = [*source.split("\n")]
    for token in _tokens(source):
        if token.string in texts:
            number, column = token.start
            rest = token.line[:column].rstrip()
            lines[number - 1] = rest or None
    return "\n".join(line for line in lines if line is not None)


def _tokens(source: str) -> Iterator[tokenize.TokenInfo]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token
