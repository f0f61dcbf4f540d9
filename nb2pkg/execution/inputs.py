"""Which versions of files a run worked with.

Python tells the probe of each file that is opened through it. Compiled libraries open parquet and others by
themselves, so a file counts as well that a cell names in quotes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from nb2pkg.data.version import FileVersion, digest
from nb2pkg.execution.model import Boundary
from nb2pkg.execution.workspace import Workspace
from nb2pkg.model import Notebook
from nb2pkg.observed import InputFile

_QUOTED = re.compile(r"""(["'])([^"'\\\n]{1,250})\1""")
_CODE = (".py", ".ipynb")
Cells = dict[Path, dict[str, None]]


def of(
    copied: Workspace,
    notebook: Notebook,
    boundaries: Iterable[Boundary],
    changed: Mapping[str, str],
) -> tuple[InputFile, ...]:
    """The files of a copy that cells read, by their paths. changed: what the run wrote, which is no input."""
    sources = {cell.id: cell.source for cell in notebook.code}
    opened: Cells = {}
    named: Cells = {}
    for boundary in boundaries:
        for path in _opened(copied, boundary):
            opened.setdefault(path, {})[boundary.cell] = None
        for path in _named(copied, sources.get(boundary.cell, "")):
            named.setdefault(path, {})[boundary.cell] = None
    found = {
        **named,
        **opened,
    }  # where it is known who opened a file, it does not matter who names it
    files: list[InputFile] = []
    for path, ids in found.items():
        with suppress(OSError):  # what cannot be read was not read
            if _is_input(path, copied, changed):
                files.append(InputFile(_version(path, copied.folder), tuple(ids)))
    return tuple(sorted(files, key=lambda file: file.version.path))


def _opened(copied: Workspace, boundary: Boundary) -> Iterator[Path]:
    """A database is opened to be written to, and may only have been read."""
    words = (("<notebook folder>/", copied.folder), ("<project folder>/", copied.top))
    for path in (*boundary.read, *boundary.written):
        for word, folder in words:
            if path.startswith(word):
                yield folder / path.removeprefix(word)


def _named(copied: Workspace, source: str) -> Iterator[Path]:
    for match in _QUOTED.finditer(source):
        yield Path(os.path.normpath(copied.folder / match[2]))


def _is_input(path: Path, copied: Workspace, changed: Mapping[str, str]) -> bool:
    if path.suffix in _CODE or not path.is_relative_to(copied.top):
        return False
    return path.relative_to(copied.top).as_posix() not in changed and os.path.isfile(path)


def _version(path: Path, folder: Path) -> FileVersion:
    """Of a file in the folder of the notebook, or above it: ../data/birds.csv."""
    return FileVersion(Path(os.path.relpath(path, folder)).as_posix(), *digest(path))
