"""The first line of what nb2pkg lock makes: a digest in it tells whether a person edited the rest."""

from __future__ import annotations

import re

from nb2pkg import escape
from nb2pkg.graph import fingerprint

_LENGTH = 8
_LINE = re.compile(r"# Made by nb2pkg lock \((?P<digest>[0-9a-f]{8})\)\.[^\n]*\n")


def put(about: str, body: str) -> str:
    """The file: the line with the digest of the body and what it is about, then the body."""
    return f"# Made by nb2pkg lock ({_digest(body)}). {escape.line(about)}\n{body}"


def holds(text: str) -> bool:
    """Is it as nb2pkg lock made it? Ends of lines may be those of another system."""
    text = text.replace("\r\n", "\n")
    line = _LINE.match(text)
    return line is not None and line["digest"] == _digest(text[line.end() :])


def stands(text: str) -> bool:
    """Is it a file of nb2pkg lock, edited or not?"""
    return _LINE.match(text.replace("\r\n", "\n")) is not None


def _digest(body: str) -> str:
    return fingerprint.of_text(body)[:_LENGTH]
