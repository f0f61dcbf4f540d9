"""Where a project is, and what of it is on disk now."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from nb2pkg import manifest
from nb2pkg import notebook as reader
from nb2pkg.errors import Nb2pkgError
from nb2pkg.manifest import Manifest
from nb2pkg.model import Notebook
from nb2pkg.narrative import finding, moved
from nb2pkg.write import on_disk

_LEFT_OUT = {"venv", "__pycache__", "dist", "build"}


def find(given: Path | None, start: Path) -> Path:
    """The project that a person means: the given one, that around start, or the only one in it.

    Nb2pkgError if there is none, or more than one.
    """
    if given is not None:
        return given
    for folder in (start, *start.resolve().parents):
        if (folder / manifest.PATH).is_file():
            return folder
    inside = sorted(path.parent.parent for path in start.glob(f"*/{manifest.PATH}"))
    if len(inside) == 1:
        return inside[0]
    names = ", ".join(folder.name for folder in inside)
    raise Nb2pkgError(
        f"several packages are here: {names}" if inside else "there is no package of nb2pkg here",
        "Name its folder with --project.",
    )


def notebook(project: Path, known: Manifest) -> Notebook:
    """The notebook of a package: the original, or what is kept in its stead."""
    original = (project / known.notebook).resolve()
    kept = project / manifest.KEPT
    if kept.is_file():
        return reader.parse(kept.read_bytes(), str(original))
    return reader.read(original)


def story(project: Path, known: Manifest) -> str | None:
    """The text of the narrative, as if it stood in the folder of narratives; None if it is gone."""
    text = on_disk(project / known.story)
    if text is None or not known.is_in_place:
        return text
    return moved(text, *reversed(_places(project, known)))


def in_place(project: Path, known: Manifest, text: str) -> str:
    """The text of a narrative in the place of the original."""
    return moved(text, *_places(project, known))


def _places(project: Path, known: Manifest) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines that find the package, from the folder of narratives and from that of the original."""
    above = PurePosixPath(known.notebook).parent.as_posix()
    folder = (project / known.notebook).resolve().parent
    source = Path(os.path.relpath(project.resolve() / "src", folder)).as_posix()
    there = finding(known.package, known.variable, "../src", f"../{above}")
    return there, finding(known.package, known.variable, source, ".")


def generated(project: Path) -> dict[str, str]:
    """Path to text of everything as it was generated last time."""
    return dict(_texts(project / manifest.BASE, lambda _: True))


def current(project: Path, is_wanted: Callable[[str], bool] = lambda _: False) -> dict[str, str]:
    """Path to text of the wanted files, and of all Python: what was moved may be anywhere."""
    return dict(_texts(project, is_wanted))


def _texts(folder: Path, is_wanted: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(n for n in folders if n not in _LEFT_OUT and not n.startswith("."))
        for name in sorted(names):
            path = Path(place, name).relative_to(folder).as_posix()
            text = on_disk(folder / path) if name.endswith(".py") or is_wanted(path) else None
            if text is not None:
                yield path, text
