"""Names for packages, modules and functions.

Names depend on what a step is and where it stands in the story, never on positions: they stay the
same when a cell is inserted above.
"""

from __future__ import annotations

import keyword
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

from nb2pkg.environment import installed
from nb2pkg.facts.libraries import known
from nb2pkg.plan.names import phrases, verbs
from nb2pkg.plan.scope import BUILTINS

_STOP_WORDS = {
    "the",
    "a",
    "an",
    "of",
    "and",
    "to",
    "in",
    "on",
    "for",
    "with",
    "by",
    "our",
    "is",
    "it",
    "its",
    "we",
    "let",
    "lets",
}
_MOST_LETTERS = 60  # names become names of files, too
_LONGEST = 4  # words of a heading that make a name
_SHORT = 3  # words of a module


def slug(text: str, words: int = _LONGEST) -> str:
    """A text as an identifier: ``Clean the features!`` is ``clean_the_features``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    parts = re.findall(r"[a-z0-9]+", plain.replace("'", ""))
    while len(parts) > words and any(part in _STOP_WORDS for part in parts):
        parts.remove(next(part for part in parts if part in _STOP_WORDS))
    parts = parts[:words]
    while len(parts) > 1 and len("_".join(parts)) > _MOST_LETTERS:
        parts.pop()
    name = "_".join(parts)[:_MOST_LETTERS]
    return f"part_{name}" if name[:1].isdigit() else name


@cache
def always_taken() -> frozenset[str]:
    """Names that nothing of ours may ever have."""
    soft = getattr(keyword, "softkwlist", [])
    return frozenset(
        [*BUILTINS, *keyword.kwlist, *soft, *sys.stdlib_module_names, *known("reserved", "names")]
    )


def free(wanted: str, taken: Iterable[str], suffixes: tuple[str, ...]) -> str:
    """wanted, or wanted with the first suffix that makes it free; numbers only in the end."""
    used = {name.lower() for name in taken}
    for candidate in [wanted, *(f"{wanted}_{suffix}" for suffix in suffixes)]:
        if candidate and candidate.lower() not in used and candidate.isidentifier():
            return candidate
    number = 2
    while f"{wanted}_{suffixes[-1]}_{number}".lower() in used:
        number += 1
    return f"{wanted}_{suffixes[-1]}_{number}"


def may_be_function(name: str, taken: Iterable[str]) -> bool:
    """May a person call a step so? Not like anything that its code or its caller may mention."""
    return name not in {*BUILTINS, *keyword.kwlist, *known("reserved", "names"), *taken}


def may_be_module(name: str) -> bool:
    return name not in always_taken()


def package(stem: str, taken: Iterable[str]) -> str:
    """The name of the package: the notebook's, unless that is taken."""
    return free(
        slug(stem, words=8) or "notebook",
        [*always_taken(), *installed(), *taken],
        ("analysis", "package"),
    )


def module(title: str, taken: Iterable[str]) -> str:
    """The name of a module from its heading: a noun. ``Clean the measurements`` is measurements."""
    used = [*always_taken(), *installed(), *taken]
    wanted = [name for name in _nouns(title) if not name.startswith(("test_", "import_"))]
    found = next((name for name in wanted if may_be_module(name) and name not in used), "")
    return found or free(
        wanted[0] if wanted else slug(title, _SHORT) or "steps", used, ("steps", "code")
    )


def _nouns(title: str) -> Iterator[str]:
    """What is done something to, what is done, both; or the heading, if that is a noun."""
    phrase = next(phrases.of_sentence(title), None)
    if phrase is not None:
        things = _short(phrase.object)
        done = verbs.noun_of(phrase.verb)
        both = f"{things}_{done}" if done else ""
        wanted = (both, done) if done == "plots" else (things, done, both)
        yield from (name for name in wanted if name)
        return
    if verbs.base(title.strip().lower()):
        yield verbs.noun_of(verbs.base(title.strip().lower())) or slug(title)
    yield _short(phrases.of_title(title)) or slug(phrases.without_number(title), _SHORT)


def _short(words: tuple[str, ...]) -> str:
    """The words up to a preposition, if there are too many."""
    joins = [at for at, word in enumerate(words) if word in phrases.JOINS and at]
    kept = words[: joins[0]] if joins and len(words) > _SHORT else words
    return "_".join(kept[:_SHORT])
