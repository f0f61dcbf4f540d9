"""A requirement in words: which distribution it names."""

from __future__ import annotations

import re
from urllib.parse import unquote

_NAMED = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?=$|[\[<>=!~;@(,\s^])"
)
_EGG = re.compile(r"[#&]egg=(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)")
_COMMENT = re.compile(r"(^|\s)#.*$")
_OPTION = re.compile(r"\s--?[A-Za-z][\w-]*[= ].*$")  # of one requirement: --hash=...
_ARCHIVE = re.compile(r"\.(whl|zip|tgz|tar\.(gz|bz2|xz))$")
_EDITABLE = re.compile(r"^(?:-e|--editable)[\s=]*")
_BOUND = re.compile(r"(?P<sign>[\^~]|==|>=|<=|!=|~=|<|>|)\s*(?P<version>\d[\w.*+!-]*)")
_FOLDER = re.compile(r"(?:\.{0,2}[/\\]|~|[A-Za-z]:[/\\]|\.$|file:)")


def without_options(line: str) -> str:
    """The line without comments and options; empty for what is an option as a whole."""
    text = _EDITABLE.sub("", _COMMENT.sub("", line).strip(), count=1)
    return "" if text.startswith("-") else _OPTION.sub("", text).strip()


def name_of(text: str) -> str:
    """The name of the distribution; empty for what names none, such as a folder."""
    if egg := _EGG.search(text):
        return egg["name"]
    match = _NAMED.match(text)
    if match and not _ARCHIVE.search(text):
        return match["name"]
    if match and re.match(r"\s*@", text[match.end() :]):
        return match["name"]
    if "://" in text and not text.startswith("file:"):
        return _of_address(text)
    return _of_archive(re.split(r"[/\\]", text)[-1]) if _ARCHIVE.search(text) else ""


def is_folder(text: str) -> bool:
    """Is it a path, and not the name of a distribution?"""
    return bool(_FOLDER.match(text)) or (not _NAMED.match(text) and "/" in text)


def _of_address(text: str) -> str:
    """``git+https://host/some/lab.git@v1`` is lab; an archive is called like its distribution."""
    place = re.sub(r"^[^/@]*@", "", unquote(re.split(r"[?#;\s]", text.partition("://")[2])[0]))
    path = place.partition("@")[0]
    parts = [part for part in path.split("/")[1:] if part]
    if not parts:
        return ""
    if _ARCHIVE.search(path):
        return _of_archive(path.rsplit("/", 1)[-1]) or (parts[1] if len(parts) > 2 else "")
    return parts[-1].removesuffix(".git")


def _of_archive(file: str) -> str:
    stem = _ARCHIVE.sub("", file)
    if file.endswith(".whl"):
        return stem.partition("-")[0]
    name, _, version = stem.rpartition("-")
    return name if version[:1].isdigit() else ""


def specifier_of(value: object) -> str:
    """The version in a table of Poetry, pipenv or pixi, as PEP 508 writes it; empty for any."""
    if isinstance(value, dict):
        address = value.get("git") or value.get("url")
        control = "git+" if "git" in value else ""
        return f" @ {control}{address}" if address else specifier_of(value.get("version", ""))
    bounds = [_BOUND.fullmatch(part.strip()) for part in str(value).split(",")]
    if isinstance(value, str) and all(bounds):
        return ",".join(_bound(one["sign"], one["version"]) for one in bounds if one)
    return ""


def _bound(sign: str, version: str) -> str:
    """``^1.2`` and ``~1.2`` as a range; a version alone is that one."""
    if sign not in ("^", "~"):
        return f"{sign or '=='}{version}"
    numbers = [int(part) for part in re.findall(r"\d+", version)[:3]]
    if sign == "~":
        last = min(1, len(numbers) - 1)
    else:
        last = next((n for n, number in enumerate(numbers) if number), len(numbers) - 1)
    above = [*numbers[:last], numbers[last] + 1]
    return f">={version},<{'.'.join(map(str, above))}"
