"""Secrets in text: formats that are sure to be one, and texts that nobody would remember, by their name.

A secret itself is never said, only masked.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar


class _Format(NamedTuple):
    """marker is part of every text of this format: a quick test before the pattern.

    is_named: it has no format of its own. Its name says what it is, in lower case here, and it looks random.
    """

    what: str
    marker: str
    pattern: re.Pattern[str]
    is_named: bool = False


class Secret(NamedTuple):
    what: str
    start: int
    end: int
    masked: str


def _format(what: str, marker: str, pattern: str) -> _Format:
    return _Format(what, marker, re.compile(pattern))


def _named(what: str, marker: str, name: str, value: str) -> _Format:
    pattern = re.compile(rf"{name}[\"']?\s*[=:]\s*[\"'](?P<secret>{value})[\"']")
    return _Format(what, marker, pattern, is_named=True)


def _behind(marker: str, words: str) -> str:
    """The marker behind one of the words. What begins with letters is found much faster than a choice."""
    sides = (f"(?<={word}{line}{marker})" for word in words.split() for line in ("", "_"))
    return f"{marker}(?:{'|'.join(sides)})"


# The group "secret" is what is masked; without one, all of it. (?<!\wpwd) behind pwd is \b before it.
_FORMATS = (
    _format("an AWS access key", "AKIA", r"\bAKIA[A-Z2-7]{16}\b"),
    _format("an AWS access key", "ASIA", r"\bASIA[A-Z2-7]{16}\b"),
    _format(
        "an AWS secret key",
        "aws_secret",
        r"aws_secret\w*[\"']?\s*[=:,]\s*[\"'](?P<secret>[A-Za-z0-9/+]{40})[\"']",
    ),
    _format(
        "a GitHub token",
        "gh",
        r"gh(?<!\wgh)[pousr]_[A-Za-z0-9]{36}\b",
    ),
    _format(
        "a GitHub token",
        "github_pat_",
        r"github_pat_(?<!\wgithub_pat_)[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b",
    ),
    _format("a GitLab token", "glpat-", r"\bglpat-[A-Za-z0-9_-]{20}(?![\w-])"),
    _format("a Slack token", "xox", r"\bxox[abeoprs]-\d{8,}-[A-Za-z0-9-]{16,}"),
    _format(
        "a Slack web hook",
        "hooks.slack.com",
        r"hooks\.slack\.com/services/(?P<secret>T\w{7,}/B\w{7,}/\w{20,})",
    ),
    _format("a Google API key", "AIza", r"\bAIza[A-Za-z0-9_-]{35}(?![\w-])"),
    _format("a Google OAuth secret", "GOCSPX-", r"\bGOCSPX-[A-Za-z0-9_-]{28}(?![\w-])"),
    _format(
        "an OpenAI key",
        "sk-",
        r"\bsk-(?:(?:proj-|svcacct-|admin-)?[\w-]{20,}T3BlbkFJ[\w-]{20,}|[A-Za-z0-9]{48}\b)",
    ),
    _format("an Anthropic key", "sk-ant-", r"\bsk-ant-(?:api|admin)\d\d-[\w-]{80,}"),
    _format("a Hugging Face token", "hf_", r"\bhf_[A-Za-z]{34}\b"),
    _format("a Stripe key", "k_live_", r"\b[rs]k_live_[A-Za-z0-9]{24,}\b"),
    _format("a PyPI token", "pypi-AgE", r"\bpypi-AgEI[\w-]{50,}"),
    _format("a JSON web token", "eyJ", r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}(?![\w-])"),
    _format(
        "a private key",
        "PRIVATE KEY-----",
        r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----(?:\\n|[\s\"',])*"
        r"(?P<secret>[A-Za-z0-9+/=]{40,}(?:(?:\\n|[\s\"',])+[A-Za-z0-9+/=]{16,})*)",
    ),
    _format(
        "a password in a URL",
        "://",
        r"://(?<=[A-Za-z0-9+.-]://)(?P<user>[^\s/:@\"'<>{}$]+):(?P<secret>[^\s/:@\"'<>{}$%*]{4,})"
        r"@(?P<host>[\w.-]+)",
    ),
)
_PASSWORD = r"[^\s\"'{}<>$%/\\]{8,64}"
_NAMED = (
    _named("a password", "pass", r"pass(?:word|wd|phrase)", _PASSWORD),
    _named("a password", "pwd", r"pwd(?<!\wpwd)", _PASSWORD),
    _named(
        "an API key",
        "key",
        _behind("key", "api secret access private subscription"),
        r"[\w.+/=-]{20,200}",
    ),
    _named("a token", "token", _behind("token", "auth access api bearer"), r"[\w.+/=-]{20,200}"),
    _named("a client secret", "secret", _behind("secret", "client"), r"[\w.~+/=-]{16,200}"),
)
_ALL = (*_FORMATS, *_NAMED)
_SHORT = 10_000  # letters: up to here, texts are looked at together
_BATCH = 200  # of such texts
_Key = TypeVar("_Key")
_PLACEHOLDER = re.compile(
    r"example|placeholder|your|dummy|fake|secret|token|passw|pwd|changeme|redacted|insert|12345|abcdef"
    r"|\Apass\d*\Z|contrase|senha|xxxx|\.\.\.|foobar",
    re.IGNORECASE,
)
_NOBODY = re.compile(r"localhost|127\.0\.0\.1|0\.0\.0\.0|(?:[\w-]+\.)*example\.\w+|host(?:name)?\Z")
_WORDS = re.compile(
    r"(?:[A-Za-z]?[a-z]+|[A-Z]+)(?:[_.\- ]?(?:[A-Z]?[a-z]+|[A-Z]+)|[_.-]\d{1,4})*\d{0,3}[!.?:,]*"
)
_CHARACTER = re.compile(r"[^\n]")
_REPEATED = re.compile(r"(.)\1{5,}")


def in_texts(texts: Iterable[tuple[_Key, str]]) -> Iterator[tuple[_Key, Secret]]:
    """Secrets in many texts, each with the key of its text.

    Most texts are short, and have none: of many it is asked at once which formats may occur.
    """
    batch: list[tuple[_Key, str]] = []
    for key, text in texts:
        if len(text) > _SHORT:
            yield from ((key, secret) for secret in find(text))
            continue
        batch.append((key, text))
        if len(batch) == _BATCH:
            yield from _in_batch(batch)
            batch = []
    yield from _in_batch(batch)


def _in_batch(batch: Sequence[tuple[_Key, str]]) -> Iterator[tuple[_Key, Secret]]:
    together = "\n".join(text for _, text in batch)
    lowered = _lowered(together)
    likely = [form for form in _ALL if form.marker in (lowered if form.is_named else together)]
    for key, text in batch if likely else ():
        yield from ((key, secret) for secret in find(text, likely))


def find(text: str, formats: Sequence[_Format] = _ALL) -> Iterator[Secret]:
    """Secrets in a text, by format and then by place."""
    taken: list[tuple[int, int]] = []
    lowered = _lowered(text) if any(form.is_named for form in formats) else ""
    for form in formats:
        searched = lowered if form.is_named else text
        if form.marker not in searched:
            continue
        for match in form.pattern.finditer(searched):
            group = "secret" if "secret" in form.pattern.groupindex else 0
            start, end = match.span(group)
            secret = text[start:end]
            if any(a < end and start < b for a, b in taken):
                continue
            if _is_sample(match, secret):
                continue
            if form.is_named and not _looks_random(secret):
                continue
            taken.append((start, end))
            yield Secret(form.what, start, end, _masked(secret, bool(group)))


def _lowered(text: str) -> str:
    """In lower case, every letter at its place: a dotted I would become two."""
    return text.replace("\u0130", "I").lower()


def _looks_random(secret: str) -> bool:
    """Is it no word, name or path: letters with digits or signs among them, of which few come again?"""
    kinds = (str.islower, str.isupper, str.isdigit)
    classes = sum(any(is_one(c) for c in secret) for is_one in kinds)
    classes += any(not c.isalnum() and c not in "_-. " for c in secret)
    has_letters = any(c.isalpha() for c in secret)
    return has_letters and classes >= 2 and not _WORDS.fullmatch(secret) and _bits(secret) >= 2.5


def _bits(text: str) -> float:
    """The entropy of its characters."""
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares)


def mask(text: str) -> str:
    """The text with its secrets unreadable, of the same length."""
    for secret in find(text):
        text = text[: secret.start] + secret.masked + text[secret.end :]
    return text


def _is_sample(match: re.Match[str], secret: str) -> bool:
    """Texts of manuals and of tests have the format, and open nothing."""
    groups = match.groupdict()
    if "host" in groups:
        user, host = groups["user"], groups["host"]
        if _NOBODY.match(host) or (secret == user and "." not in host):  # a service of a container
            return True
    return bool(_PLACEHOLDER.search(secret) or _REPEATED.search(secret)) or len(set(secret)) < 4


def _masked(secret: str, whole: bool) -> str:
    """The first four characters say which kind it is; of a password not even those are said."""
    kept = 0 if whole else 4
    return secret[:kept] + _CHARACTER.sub("*", secret[kept:])
