"""A text that somebody else chose, such as the name of a file, where another language is written.

One function for each language. Where the text is harmless it comes out as it is.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import PurePath

_ORDERING = (
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # they change the order in which text is shown
)
_UNSEEN = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff{_ORDERING}]")
_BREAKING = re.compile(r"[\t\n]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_YAML_WORDS = {"true", "false", "yes", "no", "on", "off", "y", "n", "null", "~"}


def terminal(text: str) -> str:
    """Lines for a person: what is not seen, or changes what is seen, is named instead."""
    return _UNSEEN.sub(_named, text)


def line(text: str) -> str:
    """The same in one line, which comments of Python, TOML, YAML and Dockerfiles are, too."""
    return _BREAKING.sub(_named, terminal(text))


def _named(found: re.Match[str]) -> str:
    short = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}
    return short.get(found.group(), f"\\u{ord(found.group()):04x}")


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
    return _UNSEEN.sub(_named, json.dumps(text, ensure_ascii=False))


def toml(text: str) -> str:
    """A basic string of TOML, and of YAML; what no UTF-8 can hold is replaced."""
    return python(_SURROGATE.sub("\ufffd", text))


def yaml(text: str, plain: re.Pattern[str]) -> str:
    """A scalar of YAML; without quotes if it is plain, and would not be read as something else."""
    means_more = text.lower() in _YAML_WORDS or text[:1].isdigit()
    return text if plain.fullmatch(text) and not means_more else toml(text)


def groovy(text: str) -> str:
    """A string of Groovy in which nothing is replaced."""
    return "'" + line(text.replace("\\", "\\\\").replace("'", "\\'")) + "'"


def surrogates(text: str) -> str:
    """JSON that UTF-8 can hold: half of a surrogate pair is fine there as an escape."""
    return _SURROGATE.sub(_named, text)


def code(text: str) -> str:
    """A text of markdown in the font of code, however many backticks it has itself."""
    text = line(text)
    ticks = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (ticks + 1)
    space = " " if "`" in text[:1] + text[-1:] else ""
    return f"{fence}{space}{text}{space}{fence}"


def whole(text: str) -> str:
    """Prose that UTF-8 can hold: half of a surrogate pair is no character, and says nothing."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)
