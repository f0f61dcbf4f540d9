"""The texts that were generated last time, as lines that git can merge and that people need not read.

    ["src/penguins/train.py", "split", "eNq9V9..."]      path, part, text: deflated, in base64

A part is a symbol of a module of the package, or what stands between two of them (its name is empty), or all of
another file. A notebook is kept without its outputs, and with the digest of its text as it was with them. Git
keeps the lines of both sides (merge=union): then one part may have two texts, and whoever reads them decides.

Up to version 3 of the manifest there was a folder instead, with a copy of every file.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nb2pkg import paths
from nb2pkg.errors import Nb2pkgError
from nb2pkg.files import on_disk, walk
from nb2pkg.graph import fingerprint
from nb2pkg.merge.symbols import split
from nb2pkg.paths import Folder, bare, is_module, module_of

PATH = f"{paths.FOLDER}/base.jsonl"
OLD = f"{paths.FOLDER}/base"

# Lines of git, where it was not told to keep both sides.
_MARKERS = ("<<<<<<< ", "||||||| ", "=======", ">>>>>>> ")
_LARGEST = 1 << 27  # bytes of a text: a project of somebody else must not fill the memory
_CHANGED_TWICE = "This cell was generated anew on both of two branches.\n"


@dataclass(frozen=True, slots=True)
class Part:
    """Some text of a file. whole: the digest of a notebook with its outputs; line: as it is on disk."""

    path: str
    name: str
    text: str
    whole: str = ""
    line: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names that it binds; none if it is not that of a symbol."""
        name = self.name.partition("#")[0]
        return tuple(name.split(", ")) if name else ()


# ------------------------------------------------------------------------------- from texts to lines


def parts(files: Mapping[str, str], package: str) -> Iterator[Part]:
    """The parts of files, which add up to them."""
    for path, text in sorted(files.items()):
        if path.endswith(".ipynb"):
            yield Part(path, "", _without_outputs(text), digest(text))
        else:
            found = list(_of_module(path, text)) if is_module(path, package) else []
            is_whole = "".join(part.text for part in found) == text
            yield from found if found and is_whole else [Part(path, "", text)]


def _of_module(path: str, text: str) -> Iterator[Part]:
    """Each symbol, with the blank lines above it; and what stands between them."""
    found = split(text)
    between, count = "", 0
    for item in found.items if found else ():
        if item.kind != "symbol":
            between += item.gap + item.text
            continue
        if between:
            count += 1
            yield Part(path, _numbered(count), between)
        yield Part(path, item.key, item.gap + item.text)
        between = ""
    between += found.tail if found else ""
    if between:
        yield Part(path, _numbered(count + 1), between)


def _numbered(count: int) -> str:
    return "" if count == 1 else f"#{count}"


def _without_outputs(text: str) -> str:
    """A notebook with its cells as they were before they ran; any other text as it is."""
    try:
        document = json.loads(text)
        cells = [_not_run(cell) for cell in document["cells"]]
    except (ValueError, KeyError, TypeError):
        return text
    return json.dumps({**document, "cells": cells}, separators=(",", ":"))


def _not_run(cell: dict[str, Any]) -> dict[str, Any]:
    return {**cell, "outputs": [], "execution_count": None} if "outputs" in cell else cell


def digest(text: str) -> str:
    """Of a text as it was generated, whichever line ends a checkout gave it."""
    return fingerprint.of_text(text.replace("\r\n", "\n"))


def _of_symbol(text: str) -> str:
    """What stands above it, and how far away, is not of the symbol."""
    return digest(text.strip("\n"))


def as_text(files: Mapping[str, str], package: str) -> str:
    """The text of the file that has these files."""
    return _joined(_line(part) for part in parts(files, package))


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _line(part: Part) -> str:
    packed = base64.b64encode(zlib.compress(part.text.encode("utf-8"), 9)).decode("ascii")
    entry = [part.path, part.name, packed, *([part.whole] if part.whole else [])]
    return json.dumps(entry)


def following(text: str, project: Folder) -> str:
    """The text of the file, with the lines on disk where these say the same.

    What one zlib makes of a text is not what another makes of it, and is no change.
    """
    known = {_said(part): part.line for part in _of_lines(project)}
    new = (_parsed(line, PATH) for line in text.split("\n") if line)
    return _joined(known.get(_said(part), part.line) for part in new)


def with_texts(project: Folder, package: str, files: Mapping[str, str]) -> dict[str, str]:
    """The file as path and text, where these files count as generated and all others as they did.

    Whoever writes that takes the folder of an earlier version away (old_paths).
    """
    others = (part for part in read(project, package) if part.path not in files)
    found = sorted((*others, *parts(files, package)), key=lambda part: part.path)
    return {PATH: _joined(part.line or _line(part) for part in found)}


def _said(part: Part) -> tuple[str, ...]:
    return part.path, part.name, part.text, part.whole


def digests(files: Mapping[str, str], package: str) -> dict[str, str]:
    """ "module.name" of each symbol to the digest of its text."""
    return {
        f"{module_of(part.path, package)}.{name}": _of_symbol(part.text)
        for part in parts(files, package)
        for name in part.names
    }


# ------------------------------------------------------------------------------- from lines to texts


def read(project: Folder, package: str) -> tuple[Part, ...]:
    """All parts on disk, in their order; several of one name are what two branches made of it."""
    folder = project / OLD
    old = {file.relative_to(folder).as_posix(): on_disk(file) for file in _old_files(project)}
    texts = {path: text for path, text in old.items() if text is not None}
    return (*_of_lines(project), *parts(texts, package))


def old_paths(project: Folder) -> tuple[str, ...]:
    """The files of the folder that an earlier version wrote."""
    folder = project / OLD
    return tuple(f"{OLD}/{f.relative_to(folder).as_posix()}" for f in _old_files(project))


def _old_files(project: Folder) -> Iterator[Path]:
    return (file for file in walk.files(project / OLD) if _is_inside(file, project))


def _is_inside(file: Path, project: Folder) -> bool:
    """A project that comes from somewhere may have links to files of whoever looks at it."""
    return file.resolve().is_relative_to(bare(project).resolve())


def _of_lines(project: Folder) -> Iterator[Part]:
    path = project / PATH
    text = (on_disk(path) or "") if _is_inside(path, project) else ""
    for line in dict.fromkeys(text.replace("\r\n", "\n").split("\n")):
        if line and not line.startswith(_MARKERS):
            yield _parsed(line, str(path))


def _parsed(line: str, where: str) -> Part:
    try:
        path, name, packed, *rest = json.loads(line)
        text = _inflated(base64.b64decode(packed, validate=True)).decode("utf-8")
        return Part(str(path), str(name), text, str(rest[0]) if rest else "", line)
    except (ValueError, TypeError, binascii.Error, zlib.error) as error:
        raise Nb2pkgError(
            f"{where}: a line of it cannot be read ({error})",
            "Bring it back from version control, or promote into another folder (--output).",
        ) from error


def _inflated(data: bytes) -> bytes:
    inflating = zlib.decompressobj()
    text = inflating.decompress(data, _LARGEST)
    if not inflating.eof:
        raise ValueError("its text is cut off, or too large")
    return text


def texts(found: Iterable[Part], known: Mapping[str, set[str]]) -> dict[str, str]:
    """Path to text. known: path to digests of symbols in it, by which one of two texts is chosen."""
    files: dict[str, dict[str, list[str]]] = {}
    for part in found:
        alike = files.setdefault(part.path, {}).setdefault(part.name, [])
        if part.text not in alike:
            alike.append(part.text)
    return {
        path: "".join(_settled(path, alike, known.get(path, set())) for alike in by_name.values())
        for path, by_name in files.items()
    }


def _settled(path: str, alike: list[str], known: set[str]) -> str:
    """One text of those that two branches made of a part.

    What both changed is left out where it is not known which holds: then it counts as made on both
    sides, and a person is asked before anything is replaced. Of texts without parts the first does:
    lines of the other are taken for lines that a person added.
    """
    chosen = [text for text in alike if _of_symbol(text) in known]
    if len(alike) == 1 or chosen:
        return (chosen or alike)[0]
    if path.endswith(".py"):
        return _items_of_both(alike)
    if not path.endswith(".ipynb"):
        return alike[0]
    try:
        return _cells_of_both(alike)
    except (ValueError, KeyError, TypeError):  # not a notebook, or not one of ours
        return alike[0]


def _items_of_both(alike: Iterable[str]) -> str:
    found: dict[str, set[str]] = {}
    for text in alike:
        module = split(text)
        for item in module.items if module else ():
            found.setdefault(item.key, set()).add(item.gap + item.text)
    return "".join(text for same in found.values() if len(same) == 1 for text in same)


def _cells_of_both(alike: Iterable[str]) -> str:
    """A cell with two sources gets a third one, which is neither."""
    documents = [json.loads(text) for text in alike]
    cells: dict[str, dict[str, Any]] = {}
    for cell in (cell for document in documents for cell in document["cells"]):
        before = cells.setdefault(cell["id"], cell)
        if "".join(before["source"]) != "".join(cell["source"]):
            cells[cell["id"]] = {**cell, "source": [_CHANGED_TWICE]}
    return json.dumps({**documents[0], "cells": [*cells.values()]})
