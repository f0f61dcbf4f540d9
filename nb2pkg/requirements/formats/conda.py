"""Environments of conda: ``environment.yml``. Only the list of dependencies is read, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from nb2pkg.requirements.formats import listing
from nb2pkg.requirements.formats.declarations import (
    Declarations,
    joined,
    of_conda,
    of_lines,
    shown,
    text_of,
    use_of,
)
from nb2pkg.requirements.model import Kind, Use

_KEY = re.compile(r"['\"]?(?P<key>[\w-]+)['\"]?\s*:\s*(?P<rest>.*)")
_ITEM = re.compile(r"(?P<indent>\s*)-\s+(?P<item>.+)")
_CONDA = re.compile(r"(?:[\w./-]+::)?(?P<name>[A-Za-z0-9_][\w.-]*)\s*(?P<rest>.*)")
_FUZZY = re.compile(r"=(?P<version>[\w.*]+)(?:=\S*)?")  # 1.5 is any 1.5.x
_INCLUDED = re.compile(r"(?:-r|--requirement)\s+(?P<file>\S+)")


def read(path: Path, root: Path) -> Declarations:
    """What the file lists, with the requirements files that its part for pip includes."""
    where, use = shown(path, root), use_of(shown(path.with_suffix(""), root))
    text = text_of(path)
    items = list(_items(text))
    if not items:
        is_one = re.search(r"^dependencies\s*:\s*\S", text, re.M) and "[]" not in text
        unread = (f"{where}: its dependencies are not a list",) if is_one else ()
        return Declarations((), (where,) if is_one else (), unread)
    conda = [_as_pip(item) for item, is_pip in items if not is_pip]
    pip = [item for item, is_pip in items if is_pip]
    found = (
        *of_conda(of_lines(conda, where, use, Kind.CONDA)),
        *of_lines(pip, where, use, Kind.LIST),
    )
    return joined([Declarations(found, (where,)), *_included(pip, path, root, use)])


def _included(lines: list[str], path: Path, root: Path, use: Use) -> Iterator[Declarations]:
    for match in filter(None, map(_INCLUDED.match, lines)):
        inner = path.parent / match["file"].removeprefix("file:")
        if inner.is_file():
            yield listing.read(inner, root, use)
        else:
            text = f"{shown(path, root)}: it includes {match['file']}, which is not there"
            yield Declarations(missing=(text,))


def _items(text: str) -> Iterator[tuple[str, bool]]:
    """Each dependency; is it one for pip?"""
    is_inside, pip_indent = False, -1
    for raw in text.splitlines():
        line = re.sub(r"(^|\s)#.*$", "", raw).rstrip()
        if key := _KEY.match(line):
            is_inside = key["key"] == "dependencies"
            if is_inside and key["rest"].startswith("["):
                yield from ((_unquoted(one), False) for one in key["rest"].strip("[] ").split(","))
            continue
        item = _ITEM.fullmatch(line)
        if not is_inside or item is None:
            continue
        indent, value = len(item["indent"]), _unquoted(item["item"])
        if value == "pip:":
            pip_indent = indent
        elif pip_indent >= 0 and indent > pip_indent:
            yield value, True
        else:
            pip_indent = -1
            yield value, False


def _unquoted(text: str) -> str:
    return text.strip().strip("'\"").strip()


def _as_pip(item: str) -> str:
    """``conda-forge::lab=1.2=py311`` as pip would write it."""
    match = _CONDA.fullmatch(item)
    if match is None:
        return ""
    rest = re.sub(r"\[.*\]", "", match["rest"]).strip()
    fuzzy = _FUZZY.fullmatch(rest)
    if fuzzy:
        version = fuzzy["version"].removesuffix("*").rstrip(".")
        rest = f"=={version}.*"
    exact = re.fullmatch(r"(==[\w.*]+)=\S*", rest)
    return f"{match['name']}{exact[1] if exact else rest}"
