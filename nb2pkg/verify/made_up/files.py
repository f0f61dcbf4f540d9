"""Files that functions read, made up: a few lines of the same columns, without a value of the real ones."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import guard
from .inputs import Maker
from .kinds import Eyes, Kind

_LARGEST = 50_000_000  # bytes of a file that is looked at
_LINES = 200  # of a file that are looked at
_DELIMITERS = ",;\t|"
_LONGEST = 500  # of a written file that is asserted as a whole
_TABLES = (".csv", ".tsv", ".txt")


@dataclass(frozen=True)
class Used:
    """The files that a function reads, by path, and the folders that it expects."""

    read: Mapping[str, Kind] = field(default_factory=dict)
    folders: tuple[str, ...] = ()


def used(opened: guard.Opened, eyes: Eyes) -> Used:
    """What was opened below the current folder."""
    here = os.path.join(os.path.realpath(os.getcwd()), "")
    read = {}
    for path in dict.fromkeys(map(os.path.realpath, opened.read)):
        inside = path[len(here) :].replace(os.sep, "/")
        if path.startswith(here) and path not in map(os.path.realpath, opened.written):
            read[inside] = _kind(path, eyes)
    folders = {os.path.dirname(path) for path in read}
    for path in map(os.path.realpath, opened.written):
        if path.startswith(here):
            folders.add(os.path.dirname(path[len(here) :].replace(os.sep, "/")))
    return Used(read, tuple(sorted(folders - {""})))


def _kind(path: str, eyes: Eyes) -> Kind:
    """Of a table its columns, of JSON what is in it; none for other files."""
    try:
        if os.path.getsize(path) > _LARGEST:
            return Kind("other")
        if path.endswith(".json"):
            with open(path, encoding="utf-8") as file:
                return Kind("json", parts={"": eyes.kind(json.load(file))})
        if path.endswith(_TABLES):
            return _of_table(path, eyes)
    except (OSError, ValueError, RecursionError, csv.Error):
        pass
    return Kind("other")


def _of_table(path: str, eyes: Eyes) -> Kind:
    with open(path, encoding="utf-8-sig", newline="") as file:
        lines = [line for _, line in zip(range(_LINES), file)]
    mark = max(_DELIMITERS, key=lines[0].count) if lines else ","
    header, *rows = csv.reader(lines, delimiter=mark)
    columns = {}
    for number, label in enumerate(header):
        texts = [row[number] for row in rows if len(row) == len(header)]
        if label.strip() in eyes.words and texts:
            columns[label] = eyes.kind([_parsed(text) for text in texts]).parts[""]
    return Kind("file", parts=columns, form=mark)


def _parsed(text: str) -> Any:
    if not text:
        return None
    if re.fullmatch(r"-?\d{1,15}", text) and not (text.startswith("0") and len(text) > 1):
        return int(text)
    return float(text) if re.fullmatch(r"-?\d+\.\d+(e-?\d+)?", text) else text


def made(found: Used, maker: Maker) -> dict[str, str] | None:
    """Path to text; None where a file cannot be made up."""
    texts = {}
    for path, kind in found.read.items():
        text = _text(kind, maker)
        if text is None:
            return None
        texts[path] = text
    return texts


def _text(kind: Kind, maker: Maker) -> str | None:
    if kind.word == "json":
        source = maker.source(kind.parts[""])
        return None if source is None else json.dumps(eval(source, {}))
    if kind.word != "file" or not kind.parts:
        return None
    columns = [
        [_cell(item) for item in maker.items(part, place)]
        for place, part in enumerate(kind.parts.values())
    ]
    rows = [[*kind.parts], *map(list, zip(*columns))]
    return "".join(kind.form.join(row) + "\n" for row in rows)


def _cell(source: str) -> str:
    value = eval(source, {})
    return "" if value is None else str(value)


# ---- where functions are called


@dataclass(frozen=True)
class Desk:
    """A folder of its own for a call, with the files that it reads."""

    texts: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()

    def beside(self, other: Desk) -> Desk:
        """With the files and folders of another one, too."""
        folders = tuple(dict.fromkeys((*self.folders, *other.folders)))
        return Desk({**other.texts, **self.texts}, folders)

    @contextlib.contextmanager
    def cleared(self) -> Iterator[str]:
        """The current folder while it lasts; nothing outside can be changed from there.

        Files that are to be temporary are made beside it.
        """
        before, usual = os.getcwd(), tempfile.tempdir
        folder, temporary = (tempfile.mkdtemp(prefix=f"made-up-{n}-") for n in ("in", "tmp"))
        tempfile.tempdir = temporary
        try:
            for inside in self.folders:
                os.makedirs(os.path.join(folder, inside), exist_ok=True)
            for path, text in self.texts.items():
                with open(os.path.join(folder, path), "w", encoding="utf-8", newline="") as file:
                    file.write(text)
            os.chdir(folder)
            with guard.closed(folder, temporary):
                yield folder
        finally:
            os.chdir(before)
            tempfile.tempdir = usual
            for made in (folder, temporary):
                shutil.rmtree(made, ignore_errors=True)

    def written(self, folder: str) -> list[str]:
        """The lines that assert the files that were written."""
        found = []
        for place, _, names in sorted(os.walk(folder)):
            for name in sorted(names):
                path = os.path.relpath(os.path.join(place, name), folder).replace(os.sep, "/")
                if path not in self.texts:
                    found.append(_of_file(path, os.path.join(place, name)))
        return found


def _of_file(path: str, place: str) -> str:
    try:
        with open(place, encoding="utf-8", newline="") as file:
            text = file.read(_LONGEST + 1)
    except (OSError, UnicodeDecodeError):
        text = ""
    if not text or len(text) > _LONGEST:
        return f"assert Path({path!r}).exists()"
    return f"assert Path({path!r}).read_text() == {text!r}"
