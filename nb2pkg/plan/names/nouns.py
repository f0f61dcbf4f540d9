"""What the names in code say: of variables, columns, files and classes, as words."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from nb2pkg.plan.names.words import is_hollow, written_out

_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_MOST = 4


def of_name(name: str) -> tuple[str, ...]:
    """The words of a name of code, without numbers, with short ones written out."""
    parts = [part.lower() for part in _PARTS.findall(name)]
    words = [written_out(part) for part in parts if not part.isdigit()]
    kept = [word for word in words if len(word) > 1]
    return tuple(dict.fromkeys(kept))[:_MOST]


def is_telling(name: str) -> bool:
    """Would a reader who has not seen the code know what it stands for?"""
    return any(not is_hollow(word) and len(word) > 3 and _is_spoken(word) for word in of_name(name))


def _is_spoken(word: str) -> bool:
    """Can it be said? ``fdta`` and ``mfx`` cannot."""
    return bool(re.search(r"[aeiouy]", word)) and not re.search(r"[bcdfghjklmnpqrstvwxz]{5}", word)


def of_class(name: str) -> tuple[str, ...]:
    """``LinearRegression`` as linear, regression; ``KMeans`` as kmeans; ``OLS`` as ols."""
    parts = _PARTS.findall(name)
    words: list[str] = []
    for part in parts:
        if part.isdigit():
            continue
        if words and len(words[-1]) == 1:
            words[-1] += part.lower()
        else:
            words.append(part.lower())
    return tuple(word for word in words if len(word) > 1)[:_MOST]


def of_file(path: str) -> tuple[str, ...]:
    """The stem of a file: ``data/orders_2024.csv`` as orders."""
    stem = PurePosixPath(path.replace("\\", "/").rstrip("/")).name.partition(".")[0]
    return of_name(stem) if re.fullmatch(r"[\w -]+", stem) else ()
