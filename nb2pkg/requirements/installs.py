"""What cells install: ``%pip install lab==1.2``, ``!pip install``, ``!conda install``."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from nb2pkg.model import Magic, Notebook
from nb2pkg.notebook import magics

_COMMAND = re.compile(
    r"(?:^|[|;&]\s*|\s)(?:(?:python[\d.]*|\{?sys\.executable\}?)\s+-m\s+|uv\s+)?"
    r"(?P<tool>pip[\d.]*|conda|mamba|micromamba)(?:\s+-\S+)*\s+install\s+(?P<rest>[^;&|#\n]*)"
)
_WITH_VALUE = {
    *("-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-i", "--index-url"),
    *("--extra-index-url", "-f", "--find-links", "-t", "--target", "--prefix", "--root"),
    *("--platform", "--python-version", "--trusted-host", "--proxy", "--cert", "-n", "--name"),
    *("-p", "--channel", "--upgrade-strategy", "--log", "--progress-bar", "--timeout", "--retries"),
}
_CHANNEL = {"conda", "mamba", "micromamba"}  # whose -c is a channel, and whose = is a version
_INSTALLERS = {"pip", "setuptools", "wheel", "uv", "conda", "mamba"}


@dataclass(frozen=True, slots=True)
class Installed:
    """One argument of an install command: a name with what stands behind it, and its cell."""

    words: str
    cell: int

    @property
    def name(self) -> str:
        """The distribution alone."""
        match = re.match(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", self.words)
        return match.group() if match else ""

    @property
    def specifier(self) -> str:
        """What is asked of its version; empty for any."""
        match = re.search(r"(?:===?|~=|!=|<=?|>=?)[^;\[\]]*", self.words)
        return match.group().strip() if match else ""


def of(notebook: Notebook) -> tuple[Installed, ...]:
    """All that its cells install from an index, in the order of the cells."""
    return tuple(
        found
        for cell, masked in magics.readable(notebook)
        for magic in masked.magics
        for found in _of(magic, cell.index)
    )


def _of(magic: Magic, cell: int) -> Iterator[Installed]:
    for line in magic.text.splitlines():
        match = _COMMAND.search(line.replace("%", " ").replace("!", " "))
        if match is None:
            continue
        is_conda = match["tool"] in _CHANNEL
        for word in _arguments(match["rest"]):
            found = Installed(_as_pip(word) if is_conda else word, cell)
            if found.name and found.name.lower() not in _INSTALLERS:
                yield found


def _arguments(text: str) -> Iterator[str]:
    """The arguments that are names of distributions: no options, files, addresses or variables."""
    try:
        words = iter(shlex.split(text))
    except ValueError:  # an open quote
        return
    for word in words:
        if word in _WITH_VALUE:
            next(words, None)
        elif word[:1] not in "-$.{/" and "://" not in word and not word.endswith((".whl", ".txt")):
            yield word


def _as_pip(word: str) -> str:
    """``conda-forge::lab=1.2=py311`` as pip would write it."""
    name, _, version = word.rpartition("::")[2].partition("=")
    version = version.lstrip("=").partition("=")[0]
    return f"{name}=={version}" if version and name.isascii() else name
