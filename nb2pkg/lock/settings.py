"""The indexes that pip is set to, for uv, which does not read pip's settings.

Where only pip is set to an index of one's own, uv would ask the public one for names that are nobody
else's business. What uv itself is set to comes first. Nothing of it is ever written to a file.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from nb2pkg import pyproject

_LINE = re.compile(r"(?P<section>[\w-]+)\.(?P<key>[\w-]+)=(?P<value>['\"].*)")
_SECTIONS = ("global", "install")  # later ones win
_VARIABLES = {  # of uv, and how it separates several values
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "proxy": ("ALL_PROXY", " "),
}
_EQUAL = "unsafe-best-match"
_OWN = re.compile(r"UV_(DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX)")
_YES = ("1", "true", "yes", "on", "y", "t")
_KEYS = {"index", "index-url", "extra-index-url", "find-links", "no-index"}


@dataclass(frozen=True, slots=True)
class PipSettings:
    """What uv is given: variables of the environment, and options."""

    variables: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()


def of_pip(folder: Path, python: str) -> PipSettings:
    """Those of pip in that Python, for a uv that has none; of the project in the folder, if uv has."""
    if any(_OWN.fullmatch(name) for name in os.environ) or any(map(_names_index, _files(folder))):
        return PipSettings()
    found = dict(_listed(python))
    variables = {
        variable: separator.join(found[key].split())
        for key, (variable, separator) in _VARIABLES.items()
        if key in found and variable not in os.environ
    }
    if "UV_INDEX" in variables:  # to pip all indexes are equal: so they were meant
        variables |= {"UV_INDEX_STRATEGY": os.environ.get("UV_INDEX_STRATEGY", _EQUAL)}
    options = ["--no-index"] if found.get("no-index", "").lower() in _YES else []
    for path in found.get("constraint", "").split():
        options += ["--constraint", path]
    return PipSettings(variables, tuple(options))


def _listed(python: str) -> Iterator[tuple[str, str]]:
    """Key and value of all that pip is set to, the ones that win last."""
    lines = [match for line in _listing(python).splitlines() if (match := _LINE.fullmatch(line))]
    for section in _SECTIONS:
        for line in lines:
            if line["section"] == section:
                yield line["key"], str(ast.literal_eval(line["value"]))
    for name, value in os.environ.items():  # also where no pip is there to tell
        if name.startswith("PIP_"):
            yield name.removeprefix("PIP_").lower().replace("_", "-"), value


def _listing(python: str) -> str:
    """What pip says of its files: that of this Python, or any on the PATH."""
    for command in ([python, "-m", "pip"], ["pip"], ["pip3"]):
        try:
            done = subprocess.run(
                [*command, "config", "list"], capture_output=True, text=True, encoding="utf-8"
            )
        except OSError:
            continue
        if done.returncode == 0:
            return done.stdout
    return ""


def _files(folder: Path) -> Iterator[Path]:
    """Where uv looks for settings: the nearest file of the project, the user's, and the system's."""
    if os.environ.get("UV_NO_CONFIG", "").lower() in _YES:
        return
    if "UV_CONFIG_FILE" in os.environ:
        yield Path(os.environ["UV_CONFIG_FILE"])
        return
    above = (folder.absolute(), *folder.absolute().parents)
    places = (place / name for place in above for name in ("uv.toml", "pyproject.toml"))
    yield from islice((path for path in places if path.is_file() and _of_uv(path)), 1)
    if os.name == "nt":
        yield from (
            Path(os.environ.get(v, ""), "uv", "uv.toml") for v in ("APPDATA", "PROGRAMDATA")
        )
        return
    yield Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser() / "uv" / "uv.toml"
    for place in (os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep):
        yield Path(place, "uv", "uv.toml")
    yield Path("/etc/uv/uv.toml")


def _names_index(path: Path) -> bool:
    table = _of_uv(path)
    return bool(_KEYS & set(table)) or bool(_KEYS & set(table.get("pip", {})))


def _of_uv(path: Path) -> pyproject.Table:
    """What a file says to uv; a uv.toml that is empty says nothing, as one that is not there."""
    found = pyproject.read(path)
    return pyproject.table(found, "tool", "uv") if path.name == pyproject.NAME else found
