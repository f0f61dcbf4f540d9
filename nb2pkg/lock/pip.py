"""pip as the resolver: a dry run with a report. The hashes are of the archives of this platform."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from nb2pkg.errors import Nb2pkgError
from nb2pkg.files import scratch
from nb2pkg.lock import ask, target
from nb2pkg.lock.declared import parse
from nb2pkg.lock.model import Answer, Layer, Pin, Question

_INSTALL = "Install it: pip install uv"
_UPGRADE = "python -m pip install --upgrade pip"
_OLDEST = 23  # since then the report is stable


def _checked(question: Question) -> str:
    """The Python in which pip resolves. Nb2pkgError for what pip cannot do."""
    if question.target.is_universal:
        raise Nb2pkgError("pip resolves for its own platform: --universal needs uv", _INSTALL)
    if question.is_offline:
        raise Nb2pkgError("pip keeps no index: --offline needs uv", _INSTALL)
    python = target.running(question.target)
    try:
        answer = ask.run([python, "-m", "pip", "--version"], question.folder, {})
    except ask.ResolverError:
        raise Nb2pkgError(f"{python} has no pip", _INSTALL) from None
    major = re.search(r"pip (\d+)", answer)
    if major is None or int(major[1]) < _OLDEST:
        raise Nb2pkgError(f"the pip of {python} is too old", _UPGRADE)
    return python


def resolve(question: Question) -> Answer:
    """One report; each layer's part of it is what its requirements lead to."""
    report = _reported(_checked(question), question)
    found: dict[str, Any] = {
        canonicalize_name(each["metadata"]["name"]): each for each in report["install"]
    }
    known = {(pin.name, pin.version): pin.hashes for pin in question.preferred}
    named = _named(question)
    pins = {name: _with_known(_pin(name, each, named), known) for name, each in found.items()}
    return {
        layer: tuple(_reached(pins, found, question, layer, report["environment"]))
        for layer in question.requirements
    }


def _reported(python: str, question: Question) -> Any:
    fixed = [pin.text for pin in question.preferred]
    with scratch() as place:
        report = place / "report.json"
        layers = question.requirements.items()
        sources = [ask.write(place, f"{layer.name}.in", listed) for layer, listed in layers]
        kept = ask.write(place, "kept.txt", [*question.constraints, *fixed])
        command: list[str | Path] = [python, "-m", "pip", "install", "--dry-run"]
        command += ["--progress-bar", "off", "--ignore-installed", "--report", report]
        command += [word for path in sources for word in ("-r", path)]
        command += [word for path in (kept, *question.files) for word in ("-c", path)]
        ask.run(
            command, question.folder, {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "TMPDIR": str(place)}
        )
        return json.loads(report.read_text(encoding="utf-8"))


def _named(question: Question) -> Mapping[str, str]:
    """Addresses as the project writes them: pip puts the values of variables into them."""
    asked = (parse(words) for listed in question.requirements.values() for words in listed)
    return {canonicalize_name(each.name): each.url for each in asked if each.url}


def _pin(name: str, found: Mapping[str, Any], named: Mapping[str, str]) -> Pin:
    archive = found["download_info"].get("archive_info", {})
    hashes = tuple(f"{kind}:{value}" for kind, value in archive.get("hashes", {}).items())
    if found["is_direct"] and "archive_info" in found["download_info"] and not hashes:
        raise Nb2pkgError(
            f"this pip reports no hash for {name}, which is required by URL", _UPGRADE
        )
    url = named.get(name, found["download_info"]["url"]) if found["is_direct"] else ""
    return Pin(name, found["metadata"]["version"], url=url, hashes=hashes)


def _with_known(pin: Pin, known: Mapping[tuple[str, str], tuple[str, ...]]) -> Pin:
    """A lock of uv has the hashes of all platforms: they stay, if this one's is among them."""
    before = known.get((pin.name, pin.version), ())
    return replace(pin, hashes=before) if set(pin.hashes) <= set(before) else pin


def _reached(
    pins: Mapping[str, Pin],
    found: Mapping[str, Any],
    question: Question,
    layer: Layer,
    environment: Mapping[str, str],
) -> Iterator[Pin]:
    """What the layer and the package need, directly or not, and who needs it."""
    askers: dict[str, set[str]] = {}
    seen: set[tuple[str, str, str]] = set()
    waiting = [
        (each.name, "", words)
        for each in question.beside(layer)
        for words in question.requirements[each]
    ]
    while waiting:
        asker, extra, words = waiting.pop()
        for name, inner in _needed(words, extra, environment):
            askers.setdefault(name, set()).add(asker)
            if (asker, name, inner) not in seen:
                seen.add((asker, name, inner))
                listed = found[name]["metadata"].get("requires_dist", ())
                waiting += [(name, inner, words) for words in listed]
    for name in sorted(askers):
        yield replace(pins[name], via=tuple(sorted(askers[name])))


def _needed(words: str, extra: str, environment: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """The distribution, once without and once for each extra; nothing if its marker does not fit."""
    requirement = parse(words, "a distribution")
    if requirement.marker and not requirement.marker.evaluate({**environment, "extra": extra}):
        return
    for inner in ("", *sorted(requirement.extras)):
        yield canonicalize_name(requirement.name), inner
