"""Lines of our own that a project holds to be too long: comments and docstrings, which black leaves alone."""

from __future__ import annotations

import io
import re
import textwrap
import tokenize


def wrapped(source: str, width: int) -> str:
    """The text with its comments above the lines that they were behind, and docstrings, no wider than that."""
    if all(len(line) <= width for line in source.split("\n")):
        return source
    return _with_docstrings(_with_comments(source, width), width)


def _with_comments(source: str, width: int) -> str:
    lines = source.split("\n")
    for token in reversed([*tokenize.generate_tokens(io.StringIO(source).readline)]):
        row, column = token.start
        line = lines[row - 1]
        if token.type != tokenize.COMMENT or len(line) <= width:
            continue
        code = line[:column].rstrip()
        indent = " " * (len(line) - len(line.lstrip()))
        above = textwrap.wrap(token.string.lstrip("# "), width - len(indent) - 2)
        lines[row - 1 : row] = [*(f"{indent}# {text}" for text in above), *([code] if code else [])]
    return "\n".join(lines)


def _with_docstrings(source: str, width: int) -> str:
    """Strings that are statements, paragraph by paragraph; lists keep their lines."""
    lines = source.split("\n")
    tokens = [*tokenize.generate_tokens(io.StringIO(source).readline)]
    statements = [
        token
        for before, token in zip(tokens, tokens[1:])
        if token.type == tokenize.STRING
        and token.string.startswith('"""')
        and before.type in (tokenize.INDENT, tokenize.NEWLINE, tokenize.NL, tokenize.ENCODING)
    ]
    first = tokens[0] if tokens and tokens[0].type == tokenize.STRING else None
    for token in reversed([*([first] if first else []), *statements]):
        top, bottom = token.start[0], token.end[0]
        if any(len(line) > width for line in lines[top - 1 : bottom]):
            lines[top - 1 : bottom] = _filled(token.string[3:-3], token.start[1], width)
    return "\n".join(lines)


def _filled(text: str, column: int, width: int) -> list[str]:
    """The summary stays one line if it is a sentence that fits; what follows it is a paragraph of its own."""
    indent = " " * column
    paragraphs = textwrap.dedent(indent + text).strip().split("\n\n")
    summary = " ".join(paragraphs[0].split())
    sentence, _, rest = (
        summary.partition(". ") if len(summary) > width - column - 6 else (summary, "", "")
    )
    if rest:
        paragraphs[:1] = [f"{sentence}.", rest]
    found: list[str] = []
    for number, paragraph in enumerate(paragraphs):
        room = width - column - (6 if not number else 0)
        kept = paragraph.split("\n") if re.search(r"^ ", paragraph, re.MULTILINE) else None
        found += kept or textwrap.wrap(" ".join(paragraph.split()), room, break_long_words=False)
        found.append("")
    found.pop()
    found[0] = f'"""{found[0]}'
    closing = [f'{found.pop()}"""'] if len(found) == 1 else [*found, '"""']
    return [f"{indent}{line}".rstrip() for line in closing]
