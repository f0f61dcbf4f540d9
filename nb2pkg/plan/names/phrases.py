"""From the words of an author to the words of a name: a verb, and what it is done to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from nb2pkg.plan.names import verbs
from nb2pkg.plan.names.words import is_hollow, words

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_'-]*|\d[\w.%-]*|[^\w\s]")
_NUMBERING = re.compile(
    r"\s*(?:(?:step|part|task|exercise|question|section|chapter|ex|q)\s*\.?\s*[\d.)(:-]+"
    r"|\(?\d+[\d.]*\)?[.):]?|\(?[a-hA-H][.)]|[ivxIVX]+[.)]|[-=*#>_~•]+)[\s:.–—-]+",
    re.IGNORECASE,
)
JOINS = words("joins")
_LEADS = words("leads")
_SKIPPED = words("skipped")
_ENDS = words("ends")
_SOFT_ENDS = words("soft_ends")
_TELLS = words("tells")
_NOT_BEHIND = words("not_behind")
_NO_OBJECT = words("no_object")
_LY = words("adjectives")
_PLOTS = words("plots")
_MOST = 6  # words of a name behind its verb
_LONGEST = 44  # letters of a name that a person would write


@dataclass(frozen=True, slots=True)
class Phrase:
    """verb in its base form, object as words; sentence: what the author wrote, as an order;
    with a full stop if it had one.
    """

    verb: str
    object: tuple[str, ...]
    sentence: str

    @property
    def name(self) -> str:
        return "_".join((verbs.spoken(self.verb), *self.object))


def of_sentence(text: str) -> Iterator[Phrase]:
    """What a sentence says that is done, if it does: ``Next we drop the gaps.`` is drop, gaps."""
    sentence = _plain(without_number(text))
    if not sentence or "?" in sentence or any(sign in sentence for sign in "$\\=|{}"):
        return
    for start in _starts(sentence):
        words = sentence[start:].split()
        found = _phrase(words[_after_leads(words) :])
        if found is not None:
            yield found
            return


def _starts(sentence: str) -> Iterator[int]:
    """Where the sentence proper may begin: behind ``To see this,`` too."""
    yield 0
    for match in re.finditer(r",? (?=(?:we|let's|let us)\s)|, ", sentence):
        first = sentence[: match.start()].split()[:1]
        if first and first[0].lower() in {"to", "using", "with", "for", "by", "in", "from", "as"}:
            yield match.end()


def _after_leads(words: list[str]) -> int:
    """How many words lead up to the verb: ``Next we will``."""
    at = 0
    while at < len(words) - 1 and (word := words[at].lower().strip(",")) in _LEADS:
        if at == 0 and (word in {"this", "it's", "does"} or verbs.base(word)):
            break
        at += 1
    return at


def _phrase(words: list[str]) -> Phrase | None:
    verb = verbs.base(re.sub(r"[^\w'-]", "", words[0]).lower())
    if not verb:
        return None
    if words[0].endswith((",", ":", ".", "-")) or len(words) < 2:
        return None
    rest = _and_more(words[1:])
    if not rest or (
        rest[0].lower() in _NOT_BEHIND and not (verb in _plotting() and rest[0] == "of")
    ):
        return None
    found = _object(verb, re.sub(r"\s*\([^()]*\)", "", " ".join(rest)))
    if not found or found[0] in _NO_OBJECT:
        return None
    return Phrase(verb, found, _as_order(verb, words))


def _plotting() -> set[str]:
    return {"plot", "draw", "graph", "chart"}


def _and_more(words: list[str]) -> list[str]:
    """Behind the second of two verbs: ``load and clean the data`` loads data."""
    if len(words) > 2 and words[0].lower() in ("and", "&", "or") and verbs.base(words[1].lower()):
        return words[2:]
    return words


def _as_order(verb: str, words: list[str]) -> str:
    """The sentence from its verb on, as an order: ``Drop the gaps.``"""
    text = " ".join(words[1:])
    end = "." if text.endswith((".", "!")) else ""
    return f"{verb[:1].upper()}{verb[1:]} {text.rstrip(' :;,.!-–')}{end}"


def _object(verb: str, text: str) -> tuple[str, ...]:
    """The words of a noun phrase that make a name; none if it cannot be one."""
    words: list[str] = []
    skipped = _PLOTS if verb in ("draw", "plot") or verbs.spoken(verb) == "plot" else frozenset()
    tokens = _WORD.findall(text)
    for at, token in enumerate(tokens):
        word = token.lower().strip("-'_").removesuffix("'s")
        if word in _NOT_BEHIND:
            return ()  # what came before was the subject of a sentence
        is_done = word in ("and", "to") and _is_done(tokens[at + 1 : at + 3])
        if word in _ENDS or is_done:
            if words or not (is_done or token in {"(", '"', "`"}):
                break
            continue
        if word in _SOFT_ENDS and words:
            break
        if word in _SKIPPED or word in skipped or (word.endswith("ly") and word not in _LY):
            continue
        if words and {word, words[-1]} <= JOINS and {word, words[-1]} & {"and", "or"}:
            break  # with and without
        if name := word.replace("-", "_").replace("'", "").strip("_"):
            words = [*words[:-1], name] if words and {name, words[-1]} <= JOINS else [*words, name]
    if len(words) > 1 and skipped and verbs.base(words[0]) == words[0]:
        words = words[1:]  # a plot to compare estimates
    return fitted(verb, words)


def _is_done(tokens: list[str]) -> bool:
    """Does another thing that is done begin here: ``plot it``?"""
    if len(tokens) < 2 or not tokens[1][:1].isalpha() or tokens[1].lower() in JOINS:
        return False
    return tokens[0].lower() in _TELLS or verbs.base(tokens[0]) == tokens[0]


def fitted(verb: str, words: list[str]) -> tuple[str, ...]:
    """The words, cut at a preposition where they are too many; none if they say too little."""
    words = _trimmed(words)
    while words and not _fits(verb, words):
        joins = [at for at, word in enumerate(words) if word in JOINS and at]
        if not joins:
            return ()
        words = _trimmed(words[: joins[-1]])
    if any(word[0].isdigit() or re.search(r"\d[a-z]", word) for word in words):
        return ()
    if all(is_hollow(word) or word in JOINS for word in words):
        return ()
    return tuple(part for word in words for part in word.split("_") if part)


def _trimmed(words: list[str]) -> list[str]:
    """Without prepositions at the ends, nor such that lead to a word that says nothing: for use."""
    while words and words[-1] in JOINS:
        words = words[:-1]
    while words and words[0] in JOINS:
        words = words[1:]
    tail = len(words)
    while tail > 1 and is_hollow(words[tail - 1]):
        tail -= 1
    is_led = tail < len(words) and words[tail - 1] in JOINS - {"of", "and"}
    return _trimmed(words[:tail]) if is_led and tail > 1 else words


def _fits(verb: str, words: list[str]) -> bool:
    parts = [part for word in words for part in word.split("_")]
    said = [part for part in parts if part not in JOINS]
    return (
        len({*said}) == len(said)
        and len(parts) <= _MOST
        and len("_".join((verb, *parts))) <= _LONGEST
    )


def of_title(text: str) -> tuple[str, ...]:
    """The words of a heading or title that is a noun: ``2.1 Phase portrait`` is phase, portrait."""
    plain = _plain(without_number(text)).rstrip(" .:")
    if not plain or any(sign in plain for sign in "$\\=|{}<>?!%`;"):
        return ()
    parts = re.split(r"\s[-–—|]+\s|:\s|\(", plain)
    head = next((part for part in parts if not is_hollow(part.strip().lower())), "")
    words = [word.lower().strip("-'_") for word in _WORD.findall(head)]
    if any(not re.match(r"\w", word) for word in words if word not in (",", "&")):
        return ()
    if _TELLS & set(words) or (words and (words[0].endswith("ing") or verbs.base(words[0]))):
        return ()
    if words and words[0] in _ENDS | _LEADS:
        return ()
    kept = [
        name
        for word in words
        if word not in _SKIPPED
        and (name := re.sub(r"[^\w]", "", word.replace("-", "_")).strip("_"))
    ]
    return fitted("", kept)


def without_number(text: str) -> str:
    """A heading without its number or letter."""
    match = _NUMBERING.match(text)
    return text[match.end() :] if match else text


def _plain(text: str) -> str:
    spelled = text.replace("’", "'").replace("I/O", "IO").replace("Input/Output", "Input-Output")
    ascii_only = unicodedata.normalize("NFKD", spelled)
    return " ".join(ascii_only.encode("ascii", "ignore").decode().split())


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph; e.g. and numbers do not end one."""
    return [
        part
        for part in re.split(r"(?<=[.!?:])(?<!e\.g\.)(?<!i\.e\.)\s+(?=[A-Z(\"'])", text)
        if part
    ]
