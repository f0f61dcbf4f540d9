"""uv as the resolver: ``uv pip compile``."""

from __future__ import annotations

import importlib
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from nb2pkg.errors import Nb2pkgError
from nb2pkg.files import scratch
from nb2pkg.lock import ask, settings
from nb2pkg.lock.model import Answer, Layer, Pin, Question
from nb2pkg.lock.settings import PipSettings
from nb2pkg.lock.text import parsed

_OLDEST = (0, 5)


@dataclass(frozen=True, slots=True)
class Uv:
    """The command, and what it is given of pip's settings."""

    command: str
    version: str
    given: PipSettings = field(default_factory=PipSettings)


def find(folder: Path, python: str) -> Uv | None:
    """uv on the PATH, or that of the package; None if there is none. Nb2pkgError for an old one."""
    command = shutil.which("uv") or _packaged()
    if command is None:
        return None
    version = ask.run([command, "--version"], folder, {}).split()[1]
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < _OLDEST:
        raise Nb2pkgError(f"uv {version} is too old", "pip install --upgrade uv, or --with pip")
    return Uv(command, version, settings.of_pip(folder, python))


def _packaged() -> str | None:
    if find_spec("uv") is None:
        return None
    try:
        return str(importlib.import_module("uv").find_uv_bin())
    except FileNotFoundError:
        return None


def resolve(uv: Uv, question: Question) -> Answer:
    """All layers at once, then each by itself in the same versions."""
    with scratch() as place:
        layers = tuple(question.requirements)
        everything = _compiled(uv, question, layers, (), place)
        fixed = [pin.text for pin in everything]
        return {
            layer: (
                everything
                if (beside := question.beside(layer)) == layers
                else _compiled(uv, question, beside, fixed, place)
            )
            for layer in layers
        }


def _compiled(
    uv: Uv, question: Question, layers: Sequence[Layer], fixed: Sequence[str], place: Path
) -> tuple[Pin, ...]:
    output = place / f"{'-'.join(layer.name.lower() for layer in layers)}.txt"
    ask.write(place, output.name, [*_with_hashes(question.preferred)])
    sources = [ask.write(place, f"{e.name}.in", question.requirements[e]) for e in layers]
    kept = ask.write(place, "kept.txt", [*question.constraints, *fixed])
    options = [word for path in (kept, *question.files) for word in ("--constraint", path)]
    command = [uv.command, "pip", "compile", *sources, *options, *_options(question)]
    command += [*uv.given.options, "--output-file", output]
    ask.run(command, question.folder, {**uv.given.variables, "UV_PYTHON_DOWNLOADS": "never"})
    return tuple(sorted(parsed(output.read_text(encoding="utf-8"))))


def _options(question: Question) -> Iterator[str]:
    target = question.target
    yield from ("--quiet", "--generate-hashes", "--no-header", "--annotation-style", "line")
    yield from ("--no-emit-index-url", "--no-emit-find-links", "--strip-extras")
    yield from ("--python", target.executable, "--python-version", target.python)
    if target.is_universal:
        yield "--universal"
    if question.is_offline:
        yield "--offline"


def _with_hashes(pins: Iterable[Pin]) -> Iterator[str]:
    """What was locked before, as uv reads it: it then prefers these versions, and keeps the hashes."""
    for pin in pins:
        yield " \\\n    ".join([pin.text, *(f"--hash={each}" for each in pin.hashes)])
