"""The docstring of a step: what its author wrote about this code, or none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nb2pkg.plan.names.from_text import Said
from nb2pkg.plan.names.words import words

_LONGEST = 200
# Words that point to what a reader of the module does not see, or that address a reader of the notebook.
_POINTS = re.compile(
    r"^\w+ them\b|\b(above|below|previous(ly)?|earlier|later|before|again|here|next|following|this|these|those|it|cell"
    r"|notebook|tutorial|section|example|exercise|figure|we|i|you|us|let's|our|your|my|same|other|now|there)\b",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"https?:|www\.|\]\(|\*\*|<\w|&\w+;|\\|\$|```|\.\.\.|…|\b\d+ (?:rows|columns|lines)\b"
)
_CUT = re.compile(
    r"([:;,(\-–/]|\b(and|or|the|an?|of|to|with|for|in|is|are|that|as|by|on|from|at|e\.?g|i\.?e|etc))$",
    re.I,
)
_LITTLE = words("skipped") | words("joins")


def of_said(found: Said, name: str) -> str:
    """What stands alone and says more than the name, the best first; empty if nothing does."""
    texts = [
        " ".join(_standing(found.text)),
        *(t for p in found.phrases for t in _whole(p.sentence)),
    ]
    return next((text for text in texts if text and not is_restating(text, name)), "")


def _standing(sentences: tuple[str, ...]) -> Iterator[str]:
    """The first sentences, up to one that does not stand alone; of the first its head may do."""
    for at, sentence in enumerate(sentences):
        whole = next(_whole(sentence.rstrip(":")), "")
        if not whole or (at and not sentence.endswith(".")):
            return
        yield whole
        if len(whole) < len(sentence.rstrip(":.")):
            return


def _whole(sentence: str) -> Iterator[str]:
    """The sentence, and what stands before its first comma, if they are whole sentences."""
    body = sentence.rstrip(".!")
    head = re.split(r"[,;:] | - | \(", body)[0]
    if _stands(body, is_ended=body != sentence):
        yield f"{body}."
    if head != body and _stands(head, is_ended=False):
        yield f"{head}."


def _stands(text: str, is_ended: bool) -> bool:
    """Can it stand in a module? Without a full stop, what ends like half a sentence is one."""
    return (
        len(text.split()) > 2
        and len(text) <= _LONGEST
        and not (_POINTS.search(text) or _MARKUP.search(text))
        and (is_ended or not _CUT.search(text))
        and _is_balanced(text)
    )


def _is_balanced(text: str) -> bool:
    return all(text.count(a) == text.count(b) for a, b in ("()", "[]")) and not text.count('"') % 2


def is_restating(text: str, name: str) -> bool:
    """Does it say nothing but the name?"""
    said = {_stem(word) for word in re.findall(r"[a-z0-9]+", text.lower())} - {*map(_stem, _LITTLE)}
    return said <= {_stem(word) for word in name.lower().split("_")}


def _stem(word: str) -> str:
    return re.sub(r"(ing|ed|es|s)$", "", word) if len(word) > 4 else word
