"""What of an output is layout alone: how a library's version, a terminal or a clock writes it.

Stored outputs are compared with new ones in this form, so that only what a person would call another
result is a difference. Two runs of one notebook are compared without it.
"""

from __future__ import annotations

import re

_NUMPY = re.compile(
    r"\b(?:np|numpy)\.(?:(?:float|int|uint|complex)\d+|longdouble|str_|bytes_|bool_?)\(((?:[^()'\"]|'[^']*'|\"[^\"]*\")*)\)"
)
_NUMPY_NAMED = re.compile(r"\b(?:np|numpy)\.(True|False)_")
_SET = re.compile(r"\{([^{}:\n]{1,2000})\}")
_BRACKETS = re.compile(r"(?<=[\[({,])\s+|\s+(?=[\])},])")
_RULES = re.compile(r"([=\-_─━═*~])\1{2,}")
_SPACE = re.compile(r"\s+")
_LINES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.MULTILINE), word)
    for pattern, word in (
        (r"\x1b\[[0-9;]*[A-Za-z]", ""),  # colours
        (r"^[^\n]*\r(?!\n)", ""),  # a line that was written over
        (r"^.*\d+%\|[^|\n]*\|.*$\n?", ""),  # tqdm
        (r"^.*\d+ ?(?:it|rows?|examples?) ?\[\d\d:\d\d.*\]$\n?", ""),
        (r"^.*\[progress\].*$\n?", ""),
        (r"^ *\d+/\d+ .*\d+ ?m?s(?:/(?:step|epoch|sample))?", "[step]"),  # Keras
        (r"\bETA: ?[\d:]+s?", "ETA"),
        (r"^\d+ loops?, best of \d+: .*$", "per loop"),
        (r"^.* per loop\b.*$", "per loop"),
        (r"\b[\d.]+ ?(?:ns|us|µs|μs|ms|s|sec|min)/(?:step|epoch|it|iter|iteration|sample|batch|loop)\b", "[speed]"),
        (r"\b[\d.,]+ ?(?:it|iter|batches)/s(?:ec)?\b", "[speed]"),
        (
            r"\b(?i:(?:elapsed|took|time taken|run ?time|(?:finished|done|completed|trained|ran|fitted) (?:in|after)))"
            r"[^\n\d]{0,30}[\d.:]+ ?(?:ns|us|µs|ms|s|secs?|seconds?|min|minutes?|h|hours?)\b",
            "[time]",
        ),
        (r"\btime ?[=:] ?[\d.]+ ?(?:s|secs?|seconds?|ms|min)\b", "[time]"),
        (r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+|<now>)(?= image/svg)", "<now>"),
        (r"\b(?i:elapsed(?: time)?|time elapsed|time taken)\b[^\n\w]{0,9}[\d.:]+", "[time]"),
        (r"\S*[/\\](?:site|dist)-packages[/\\]", ""),
        (r"\S*[/\\]lib[/\\]python3\.\d+[/\\]", ""),
        (r"<(?:matplotlib\.axes\.\S*?|AxesSubplot|Axes)(?:Subplot)?\b[^>]*>", "<Axes>"),
        (r"<(?:matplotlib\.figure\.)?Figure\b[^>]*>", "<Figure>"),
        (r"<(?:[\w.]+\.)?(\w+) at 0x>", r"<\1>"),
    )
)  # fmt: skip
OF_FRONT_ENDS = (
    "application/vnd.jupyter.widget-view+json",
    "application/vnd.bokehjs",
    "application/vnd.holoviews",
    "application/javascript",
)
"""Forms of an output that hold names of one session, made anew each time."""


def plain(text: str) -> str:
    """The text without what is layout alone."""
    for pattern, word in _LINES:
        text = pattern.sub(word, text)
    before = ""
    while before != text:  # one may hold another
        before, text = text, _NUMPY.sub(r"\1", text)
    text = _NUMPY_NAMED.sub(r"\1", text)
    text = _RULES.sub(r"\1\1", text)
    text = _BRACKETS.sub("", _SPACE.sub(" ", text))
    return _SET.sub(_sorted, text).strip()


def _sorted(found: re.Match[str]) -> str:
    """A set, in one order."""
    return "{" + ",".join(sorted(found[1].split(","))) + "}"
