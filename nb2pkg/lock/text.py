"""The text of a lock: written, and read again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nb2pkg.lock import seal
from nb2pkg.lock.model import Layer, Pin

_PIN = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.-]*)\s*(?:==\s*(?P<version>[^\s;\\]+)|@\s*(?P<url>[^\s;\\]+))"
    r"(?:\s*;\s*(?P<marker>[^\\]*?))?\s*\\?"
)
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
_HASH = re.compile(r"--hash=(\S+)")
_ALONE = "these hashes are of the archives for"  # words by which a lock of pip is known again


@dataclass(frozen=True, slots=True)
class Head:
    """What the comments of a lock tell. name: of the project. command: what makes the same again.

    where: the target in words. alone: the platform whose archives the hashes are of; empty for all.
    """

    name: str
    command: str
    where: str
    alone: str = ""


def written(layer: Layer, pins: Iterable[Pin], head: Head) -> str:
    body = [f"# Again, in the folder of the project: {head.command}", f"# For {head.where}."]
    if head.alone:
        body += [f"# Made with pip: {_ALONE} {head.alone} alone."]
    body += [f"# To install it: python -m pip install --require-hashes -r {layer.path}"]
    if layer in (Layer.NOTEBOOK, Layer.DEVELOPMENT):
        body += [f"-r {Layer.PACKAGE.path}"]
    body += [line for pin in pins for line in _of_pin(pin)]
    return seal.put(_about(layer, head.name), "".join(f"{line}\n" for line in body))


def _about(layer: Layer, name: str) -> str:
    what = {
        Layer.PACKAGE: f"All that {name} needs",
        Layer.NOTEBOOK: f"What the notebooks of {name} need beside it",
        Layer.DEVELOPMENT: f"What the tests of {name} need beside it",
        Layer.BUILD: f"What is needed to build {name}",
    }
    return f"{what[layer]}, each archive by its hash."


def _of_pin(pin: Pin) -> Iterator[str]:
    lines = [pin.text, *(f"    --hash={each}" for each in pin.hashes)]
    yield from (f"{line} \\" for line in lines[:-1])
    yield lines[-1]
    if pin.via:
        yield f"    # via {', '.join(pin.via)}"


def parsed(text: str) -> Iterator[Pin]:
    """The pins of a lock, of ours or of uv."""
    head: re.Match[str] | None = None
    hashes: list[str] = []
    via: tuple[str, ...] = ()
    for line in (*text.replace("\r\n", "\n").split("\n"), "end"):
        if line.startswith((" ", "\t")):
            hashes += _HASH.findall(line)
            via = _via(line) if line.lstrip().startswith("# via ") else via
        elif line and not line.startswith(("#", "-")):
            if head is not None:
                yield _pin(head, hashes, via)
            head, hashes, via = _PIN.fullmatch(line), [], ()


def _via(line: str) -> tuple[str, ...]:
    words = line.partition("# via ")[2].split(", ")
    return tuple(dict.fromkeys(asker for word in words if (asker := _asker(word))))


def _asker(word: str) -> str:
    """A distribution, or a layer, whose file uv names with its path; empty for other paths."""
    last = re.split(r"[/\\]", word)[-1].removesuffix(".in")
    if last in Layer.__members__:
        return last
    return word if _NAME.fullmatch(word) else ""


def _pin(head: re.Match[str], hashes: Iterable[str], via: tuple[str, ...]) -> Pin:
    return Pin(
        head["name"],
        head["version"] or "",
        (head["marker"] or "").strip(),
        head["url"] or "",
        tuple(sorted(hashes)),
        via,
    )


def where(text: str) -> str:
    """For which Python and platform a lock is; empty if it does not say so."""
    found = re.search(r"^# For (.+)\.$", text, re.MULTILINE)
    return found[1] if found else ""


def is_of_one_platform(text: str) -> bool:
    """Was it made with pip, which knows the hashes of its own platform alone?"""
    return f"\n# Made with pip: {_ALONE} " in text.replace("\r\n", "\n")
