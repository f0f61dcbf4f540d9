"""What IPython does to the text of a cell before it looks for magics.

It dedents the cell, empties its blank lines, and strips pasted prompts (``>>> ``, ``In [1]: ``).
That also happens inside strings, so a cell that parses as it stands may still run as another one::

    text = '''              text = '''
      \\x20                             (the blank line loses its space)
    '''                     '''

That is IPython 9.1 and later; earlier versions leave blank lines alone, and look for prompts in the first two
lines only. Lines keep their numbers here: a leading blank line becomes an empty one instead of going away.
"""

from __future__ import annotations

import re
from itertools import groupby
from textwrap import dedent

_INDENTED = re.compile(r"(?:[ \t\f]*\n)*[ \t]+\S")
_BLANK = re.compile(r"^[ \t]+$", re.MULTILINE)
_TRIPLE = re.compile(r"(?<!\\)(?:\"\"\"|''')")
_PROMPT = re.compile(r">>>|In \[\d+\]: |\.\.\.:")
_PREFIX = re.compile(r"[rubfRUBF]*\Z")

_FIRST = re.compile(r"\s*>>>[ \t]?")
_NEXT = re.compile(r"\s*\.\.\.[ \t]?")
_IPYTHON = re.compile(r"(?:(?:\[nav\]|\[ins\])? )?In \[\d+\]: |\s*\.{3,}: ?")


def clean(source: str) -> str:
    """The text that IPython looks at, line by line under the same numbers."""
    if not _needs_cleaning(source):
        return source
    lines = source.split("\n")
    start = next((i for i, line in enumerate(lines) if line.strip()), len(lines))
    body = dedent("\n".join(lines[start:])).split("\n")
    return "\n".join([""] * start + _without_ipython(_without_classic(body)))


def without_blanks(source: str) -> str:
    """The text with its blank lines emptied, and nothing else changed."""
    return _BLANK.sub("", source)


def _needs_cleaning(source: str) -> bool:
    """Whether anything would change but the trailing space of blank lines outside strings.

    That space means nothing to Python, and most cells are left as the person wrote them.
    """
    if _INDENTED.match(source) or _PROMPT.search(source):
        return True
    return _TRIPLE.search(source) is not None and _BLANK.search(source) is not None


def _without_classic(lines: list[str]) -> list[str]:
    """Strip ``>>> `` and ``... ``, but not in a string that opens at the start of its line."""
    kept = _literal_lines(lines)
    if not any(_FIRST.match(line) for line, keep in zip(lines, kept, strict=True) if not keep):
        return lines
    result: list[str] = []
    for keep, group in groupby(zip(lines, kept, strict=True), key=lambda pair: pair[1]):
        segment = [line for line, _ in group]
        result += segment if keep else _without_prompts(segment)
    return result


def _without_prompts(lines: list[str]) -> list[str]:
    stripped = [
        line[match.end() :] if (match := _FIRST.match(line) or _NEXT.match(line)) else line
        for line in lines
    ]
    return lines if stripped == lines else dedent("\n".join(stripped)).split("\n")


def _literal_lines(lines: list[str]) -> list[bool]:
    """For each line, whether it is in a triple-quoted string whose prompts are its own text.

    A heuristic that has to err where IPython's errs: a string that opens after other text on its
    line, as in ``x = '''``, does lose its prompts.
    """
    kept: list[bool] = []
    quote, literal, prompted = "", False, False
    for line in lines:
        keep = bool(quote) and literal
        for match in _TRIPLE.finditer(line):
            if not quote:
                quote = match.group()
                literal = keep = _opens_line(line[: match.start()], prompted)
            elif quote == match.group():
                quote, literal = "", False
        kept.append(keep)
        prompted = prompted or _FIRST.match(line) is not None
    return kept


def _opens_line(before: str, prompted: bool) -> bool:
    """Whether a string that starts after this text starts its line."""
    bare = _NEXT.sub("", _FIRST.sub("", before, count=1), count=1)
    if bare != before and prompted:
        return False
    return _PREFIX.match(bare.strip()) is not None


def _without_ipython(lines: list[str]) -> list[str]:
    if any(_IPYTHON.match(line) for line in lines[:2]):
        return [_IPYTHON.sub("", line, count=1) if _IPYTHON.match(line) else line for line in lines]
    return lines
