"""A text that somebody else chose, such as the name of a file, where another language is written.

One function for each language. Where the text is harmless it comes out as it is.
"""

from __future__ import annotations

import json
import re
import shlex
import unicodedata
from pathlib import PurePath

_ORDERING = (
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # they change the order in which text is shown
)
_UNSEEN = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff{_ORDERING}]")
_BREAKING = re.compile(r"[\t\n]")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|#])")


def terminal(text: str) -> str:
    """Lines for a person: what is not seen, or changes what is seen, is named instead."""
    return _UNSEEN.sub(_named, text)


def line(text: str) -> str:
    """The same in one line, which comments of Python, TOML, YAML and Dockerfiles are, too."""
    return _BREAKING.sub(_named, terminal(text))


def _named(found: re.Match[str]) -> str:
    number = ord(found.group())
    short = {9: r"\t", 10: r"\n", 13: r"\r"}
    return short.get(number, f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}")


def shell(word: str | PurePath) -> str:
    """A word of a command that a person may copy."""
    text = str(word)
    return shlex.quote(text) if line(text) == text else _ansi(text)


def _ansi(text: str) -> str:
    """As bash and zsh read it, where no other way of quoting shows what is there."""
    escaped = line(text.replace("\\", "\\\\")).replace("'", "\\'")
    return f"$'{escaped}'"


def python(text: str) -> str:
    """A string of Python, in the quotes that black prefers."""
    return toml(text)


def toml(text: str) -> str:
    """A basic string of TOML; one of JSON, YAML and, but for surrogates, Python as well."""
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub(f"[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff{_ORDERING}]", _escape, quoted)


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"


def docstring(text: str) -> str:
    """A part of a docstring in triple quotes, without what ends or changes it."""
    return terminal(text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"'))


def markdown(text: str) -> str:
    """A text that is shown as it is in markdown."""
    return _MARKDOWN.sub(r"\\\1", line(text))


def code(text: str) -> str:
    """The same, in the font of code."""
    text = line(text)
    ticks = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (ticks + 1)
    space = " " if "`" in text[:1] + text[-1:] else ""
    return f"{fence}{space}{text}{space}{fence}"


def is_plain(text: str) -> bool:
    """Has it nothing that a person cannot see?"""
    return line(text) == text and unicodedata.is_normalized("NFC", text)
