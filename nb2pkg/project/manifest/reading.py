"""From the file to what stands in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nb2pkg.errors import MissingFileError, Nb2pkgError, did_you_mean
from nb2pkg.observed import Verified
from nb2pkg.paths import Folder, project_at
from nb2pkg.project.manifest import shape
from nb2pkg.project.manifest.model import (
    PATH,
    PROBLEMS,
    READABLE,
    VERSION,
    Made,
    Manifest,
    StoredProblem,
    parse_made,
)


def read(project: Folder) -> Manifest | None:
    """The manifest of a project folder; None if there is none."""
    path = project / PATH
    if not path.is_file():
        return None
    try:
        text = path.read_text(encoding="utf-8")
        _check_merged(path, text)
        content: dict[str, Any] = json.loads(text)
        _check_version(path, content["version"])
        shape.check(content)
        return parsed(content, tuple(_problems(project)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Nb2pkgError(
            f"{path}: the manifest cannot be read ({error})",
            "Bring it back from version control, or promote into another folder (--output).",
        ) from error


def required(project: Folder) -> Manifest:
    """The manifest of a project folder; Nb2pkgError if there is none."""
    found = read(project)
    if found is None and not (folder := project_at(project).folder).exists():
        raise MissingFileError(folder, "file or folder")
    if found is None:
        raise Nb2pkgError(
            f"{project}: is not a package made by nb2pkg: it has no {PATH}",
            "Name the folder that nb2pkg promote wrote.",
        )
    return found


def named(known: Manifest, name: str) -> Made:
    """The symbol of that name, with or without its module; Nb2pkgError if there is not just one.

    A name that nothing has now may be the one under which something was generated.
    """
    meant = [made for made in known.made if name in names_of(made.symbol)]
    meant = meant or [made for made in known.made if name in names_of(made.generated)]
    found = {made.symbol: made for made in reversed(meant)}  # several cells may call one function
    if len(found) == 1:
        return found.popitem()[1]
    if found:
        names = ", ".join(reversed(found))
        raise Nb2pkgError(f"{name} can be several symbols", f"Name one of {names}.")
    symbols = [made.symbol for made in known.made]
    raise Nb2pkgError(
        f"there is no symbol {name}", did_you_mean(name, symbols, "nb2pkg status lists them.")
    )


def names_of(symbol: str) -> tuple[str, str]:
    """How a person may name a symbol: with its module, and without."""
    return symbol, symbol.rpartition(".")[2]


def cells_behind(known: Manifest) -> dict[str, tuple[str, ...]]:
    """The ids of the cells behind each symbol, by all names that a person may give it.

    A name that several symbols could have is left out.
    """
    cells: dict[str, dict[str, None]] = {}
    meant: dict[str, set[str]] = {}
    for made in known.made:
        cells.setdefault(made.symbol, {}).update(dict.fromkeys(made.cells))
        packages = {known.package, known.package.partition(".")[2]} - {""}
        whole = (f"{package}.{made.symbol}" for package in packages)
        for name in (*names_of(made.symbol), *whole):
            meant.setdefault(name, set()).add(made.symbol)
    for made in known.made:
        meant.setdefault(made.generated, {made.symbol})
    return {name: tuple(cells[min(of)]) for name, of in meant.items() if len(of) == 1}


def _problems(project: Folder) -> Iterator[StoredProblem]:
    path = project / PROBLEMS
    lines = path.read_text(encoding="utf-8").split("\n") if path.is_file() else []
    for line in dict.fromkeys(line for line in lines if line):
        entry = json.loads(line)
        shape.check_problem(entry)
        yield StoredProblem(*entry)


def parsed(content: Mapping[str, Any], problems: tuple[StoredProblem, ...] = ()) -> Manifest:
    """What stands in a manifest of the right shape."""
    return Manifest(
        package=content["package"],
        notebook=content["notebook"],
        story=content["story"],
        variable=content["variable"],
        everything=content["everything"],
        python=content.get("python", ""),
        refused={cell: tuple(found) for cell, found in content.get("refused", {}).items()},
        made=tuple(_listed(content["cells"])),
        problems=problems,
        content=content,
    )


def _listed(cells: Mapping[str, Mapping[str, Any]]) -> Iterator[Made]:
    for cell, record in cells.items():
        for generated, made in record["made"].items():
            yield parse_made(cell, generated, made)


def verdict(known: Manifest) -> Verified | None:
    """The verdicts of the last run, as they are told; None if there was none."""
    run = known.content.get("run", {})
    if "verdict" not in run:
        return None
    steps = {
        made.symbol: (made.verified["verdict"], tuple(made.verified["notes"]))
        for made in known.made
        if made.step and made.verified
    }
    return Verified(
        date=_latest(made.verified.get("on", "") for made in known.made),
        python=str(run.get("environment", {}).get("python", "")),
        verdict=run["verdict"],
        steps=steps,
        stopped=run.get("stopped", ""),
    )


def _latest(dates: Iterable[str]) -> str:
    return max(dates, default="")


def _check_merged(path: Path, text: str) -> None:
    """Two branches promoted the same cell: the next promotion writes its facts anew."""
    if "\n<<<<<<< " in text:
        raise Nb2pkgError(
            f"{path}: the manifest cannot be read (it has the markers of a merge in it)",
            "Keep one side of each conflict, whichever it is, and promote again.",
        )


def _check_version(path: Path, version: int) -> None:
    if version in READABLE:
        return
    newer = isinstance(version, int) and version > VERSION
    raise Nb2pkgError(
        f"{path}: the manifest has version {version}, and this nb2pkg knows {VERSION}",
        (
            "A newer nb2pkg wrote it: update this one (pip install --upgrade nb2pkg)."
            if newer
            else "Use the nb2pkg that wrote it, or promote into another folder (--output)."
        ),
    )
