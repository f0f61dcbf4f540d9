"""What became of the files, in a line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from nb2pkg.files import Change
from nb2pkg.lock.model import Layer
from nb2pkg.lock.text import parsed, where

_SHOWN = 8


def tally(files: Mapping[str, str], before: Mapping[str, str], change: Change) -> Iterator[str]:
    locks = {layer.path for layer in Layer}
    for path, text in files.items():
        if path in locks:
            yield f"{path}: {_of_lock(text, before.get(path))}"
        else:
            yield f"{path}: {_state(path, change)}"
    for path in change.removed:
        yield f"{path}: removed, because nothing needs it"


def _state(path: str, change: Change) -> str:
    if path in change.created:
        return "new"
    return "made anew" if path in change.updated else "nothing changed"


def _of_lock(text: str, before: str | None) -> str:
    new = _versions(text)
    count = f"{len(new)} distribution{'' if len(new) == 1 else 's'}"
    if before is None:
        return f"{count}, new"
    if before == text:
        return f"{count}, nothing changed"
    if where(before) != where(text):
        count += f", now for {where(text)}"
    old = _versions(before)
    both = sorted(old.keys() & new.keys())
    parts = (
        ("changed", [f"{n} {old[n]} -> {new[n]}" for n in both if old[n] != new[n]]),
        ("new", [f"{n} {new[n]}" for n in sorted(new.keys() - old.keys())]),
        ("gone", [f"{n} {old[n]}" for n in sorted(old.keys() - new.keys())]),
    )
    texts = [f"{len(names)} {word}: {_listed(names)}" for word, names in parts if names]
    return (
        "; ".join([f"{count}, {texts[0]}", *texts[1:]]) if texts else f"{count}, the same versions"
    )


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _versions(text: str) -> Mapping[str, str]:
    """Name to version; a universal lock may have several."""
    found: dict[str, list[str]] = {}
    for pin in parsed(text):
        found.setdefault(pin.name, []).append(pin.version or pin.url)
    return {name: _joined(versions) for name, versions in found.items()}


def _joined(versions: Iterable[str]) -> str:
    return "/".join(versions)
