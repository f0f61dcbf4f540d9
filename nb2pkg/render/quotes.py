"""Single quotes, for projects that write them: black knows only double ones."""

from __future__ import annotations

import io
import re
import tokenize

_PLAIN = re.compile(r"""(?P<prefix>[fFrRbBuU]*)"(?P<text>(?:[^"'\\\n]|\\[^"'\n])*)"\Z""")


def single(source: str) -> str:
    """The text with single quotes around strings in which there are no quotes.

    Docstrings and other strings in three quotes keep double ones, as ruff has it.
    """
    lines = source.split("\n")
    for token in reversed([*tokenize.generate_tokens(io.StringIO(source).readline)]):
        match = _PLAIN.match(token.string) if token.type == tokenize.STRING else None
        if match is not None:
            (row, begin), (_, end) = token.start, token.end
            line = lines[row - 1]
            lines[row - 1] = f"{line[:begin]}{match['prefix']}'{match['text']}'{line[end:]}"
    return "\n".join(lines)
