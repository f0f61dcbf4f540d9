"""Where a project is, and what of it is on disk now."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from nb2pkg import paths
from nb2pkg.errors import Nb2pkgError, did_you_mean
from nb2pkg.files import on_disk, walk
from nb2pkg.merge import standing
from nb2pkg.merge.standing import Standing
from nb2pkg.model import Notebook
from nb2pkg.notebook import reader
from nb2pkg.paths import Folder, PackagePaths, Project, bare, finding_line
from nb2pkg.project import approvals, base, earlier, identity, manifest
from nb2pkg.project.earlier import moved
from nb2pkg.project.manifest import Made, Manifest

SHARED = ("pyproject.toml", "requirements.txt")  # of which only some lines are a package's


def find(given: Path | None, start: Path) -> Path:
    """The project that a person means: the given one, that around start, or the only one in it.

    Nb2pkgError if there is none, or more than one.
    """
    if given is not None:
        return given
    for folder in (start, *start.resolve().parents):
        if is_project(folder):
            return folder
    inside = sorted(path for path in start.glob("*") if is_project(path))
    if len(inside) == 1:
        return inside[0]
    names = ", ".join(folder.name for folder in inside)
    raise Nb2pkgError(
        (
            f"several packages are here: {names}"
            if inside
            else "there is no package made by nb2pkg here"
        ),
        "Name its folder with --project.",
    )


def is_project(folder: Path) -> bool:
    """Has nb2pkg made it, or a package in it?"""
    return (folder / manifest.PATH).is_file() or bool(_names(folder))


def _names(folder: Path) -> list[str]:
    """Names of the packages that have a place in a project that was there before."""
    name = PurePosixPath(manifest.PATH).name
    return sorted(path.parent.name for path in (folder / manifest.FOLDER).glob(f"*/{name}"))


def own_python(folder: Path) -> str:
    """The interpreter of the project's own environment; empty if it has none."""
    found = [folder / ".venv" / place for place in ("bin/python", "Scripts/python.exe")]
    return next((str(python.absolute()) for python in found if python.is_file()), "")


def all_in(folder: Path) -> tuple[Project, ...]:
    """The packages in a project, each as it sees the project: its own, and those that have a place."""
    found = [Project(folder)] if (folder / manifest.PATH).is_file() else []
    for name in _names(folder):
        known = manifest.required(Project(folder, PackagePaths(name)))
        if known.paths.name != name:
            raise Nb2pkgError(
                f"{folder / manifest.FOLDER / name}: its manifest is that of {known.package}",
                "Bring it back from version control.",
            )
        found.append(Project(folder, known.paths))
    return tuple(found)


def only(folder: Path, name: str = "") -> Project:
    """The package that a person means: the only one in the project, or that of the named notebook.

    name is that of the notebook's file, or of its package, whole or in part.
    """
    found = all_in(folder)
    if not found:
        return Project(folder)  # whoever reads its manifest says that there is none
    fitting = [place for place in found if not name or Path(name).name in _called(place)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        called = sorted(set().union(*map(_called, found)))
        raise Nb2pkgError(
            f"{folder}: no notebook {name} is promoted here",
            did_you_mean(Path(name).name, called, "Name the notebook's file, or its package."),
        )
    names = ", ".join(manifest.required(place).package for place in fitting)
    raise Nb2pkgError(
        f"{folder}: several notebooks are promoted: {names}", "Name one with --notebook."
    )


def _called(place: Project) -> set[str]:
    known = manifest.required(place)
    path = PurePosixPath(known.notebook)
    return {path.name, path.stem, known.package, known.package.rpartition(".")[2]}


def having(folder: Path, symbol: str) -> tuple[Project, str]:
    """The package in a project that has a symbol, and the name of the symbol in it.

    Before the module may stand the package, whole or without the top one.
    """
    places = all_in(folder)
    if len(places) < 2:
        place = only(folder)
        return place, _inner(manifest.required(place), symbol)
    found = [
        (place, inner)
        for place in places
        for known in [named_now(place)]
        for inner in [_inner(known, symbol)]
        if any(_is_meant(inner, symbol, made) for made in known.made)
    ]
    if len(found) == 1:
        return found[0]
    names = [
        f"{known.package}.{made.symbol}"
        for place in [place for place, _ in found] or places
        for known in [named_now(place)]
        for made in known.made
        if not found or _is_meant(_inner(known, symbol), symbol, made)
    ]
    if found:
        raise Nb2pkgError(f"{symbol} can be several symbols", f"Name one of {', '.join(names)}.")
    raise Nb2pkgError(
        f"there is no symbol {symbol}", did_you_mean(symbol, names, "nb2pkg status lists them.")
    )


def named_now(project: Folder) -> Manifest:
    """The manifest with the names that symbols have in the package now, as status prints them.

    Nb2pkgError if there is none.
    """
    known = manifest.required(project)
    now = standing.find(generated(project), current(project), known.package, known.renamed)
    return replace(
        known, made=tuple(_renamed(made, now.get(made.generated)) for made in known.made)
    )


def _renamed(made: Made, now: Standing | None) -> Made:
    if now is None or now.current is None or now.symbol == made.symbol:
        return made
    step = replace(made.step, symbol=now.symbol) if made.step else None
    return replace(made, symbol=now.symbol, step=step)


def codes(project: Folder) -> dict[str, str]:
    """The code of each symbol as it is on disk, by the name that the symbol has now."""
    known = manifest.required(project)
    now = standing.find(generated(project), current(project), known.package, known.renamed)
    return {each.symbol: each.current for each in now.values() if each.current is not None}


def check_own(made: Made) -> None:
    """Raise Nb2pkgError for what is imported from the package of another notebook."""
    if made.shared_from:
        raise Nb2pkgError(f"{made.symbol} is imported: it is {made.shared_from}", "Name that one.")


def _is_meant(inner: str, symbol: str, made: Made) -> bool:
    """Has it that name? What is imported from another notebook's package has to be named in full."""
    if made.shared_from and inner == symbol:
        return False
    return inner in manifest.names_of(made.symbol)


def _inner(known: Manifest, symbol: str) -> str:
    for package in (known.package, known.package.partition(".")[2]):
        if package and symbol.startswith(f"{package}."):
            return symbol.removeprefix(f"{package}.")
    return symbol


def original(project: Folder, known: Manifest) -> Path:
    """The notebook that the package was made from first."""
    return (bare(project) / known.notebook).resolve()


def notebook(project: Folder, known: Manifest) -> Notebook:
    """The notebook of a package: the original, or what is kept in its stead.

    Its cells have the ids by which the package knows them.
    """
    first = original(project, known)
    kept = project / manifest.KEPT
    if kept.is_file():
        return identified(project, known, reader.parse(kept.read_bytes(), str(first)))
    return identified(project, known, reader.read(first))


def identified(project: Folder, known: Manifest, source: Notebook) -> Notebook:
    """A notebook with the ids by which a package knows its cells."""
    story_then = _generated_story(project, known)
    return identity.identified(source, known, story_then, approvals.read(project))


def story(project: Folder, known: Manifest) -> str | None:
    """The text of the narrative, as if it stood in the folder of narratives; None if it is gone.

    Its cells have the ids with which they were generated, though the file may have lost them.
    """
    text = on_disk(project / known.story)
    if text is None:
        return None
    text = identity.recognized(text, _generated_story(project, known))
    return moved(text, *reversed(_places(project, known))) if known.is_in_place else text


def narrative(project: Folder, known: Manifest, found: Notebook) -> Notebook:
    """A narrative with the ids with which its cells were generated."""
    then = _generated_story(project, known)
    return identity.with_ids(found, identity.story_ids(found.document["cells"], then))


def _generated_story(project: Folder, known: Manifest) -> str:
    """The narrative as it was generated, without outputs."""
    parts = (part for part in base.read(project, known.package) if part.path == known.narrative)
    return base.texts(parts, known.digests).get(known.narrative, "")


def seen_from(project: Folder, path: Path) -> str:
    """Where a file is, as seen from the project, in whichever folder it stands."""
    place = paths.project_at(project)
    try:
        found = Path(os.path.relpath(path.resolve(), place.folder.resolve())).as_posix()
    except ValueError:  # another drive
        return path.resolve().as_posix()
    # In the project it is where it is on disk, whatever the path means elsewhere.
    return found if place.paths.is_own or found.startswith("..") else f"./{found}"


def in_place(project: Folder, known: Manifest, text: str) -> str:
    """The text of a narrative in the place of the original."""
    return moved(text, *_places(project, known))


def _places(project: Folder, known: Manifest) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines that find the package, from the folder of narratives and from that of the original."""
    above = PurePosixPath(known.notebook).parent.as_posix()
    folder = original(project, known).parent
    there = paths.project_at(project).paths
    source = Path(os.path.relpath(bare(project).resolve() / there.source, folder)).as_posix()
    old = earlier.finding(known.package, known.variable, there.above, f"../{above}")
    moved_old = earlier.finding(known.package, known.variable, source, ".")
    return (finding_line(there.above), *old), (finding_line(source), *moved_old)


def around(project: Project) -> dict[str, bytes]:
    """Path on disk to content of the top package, and of the tests of this one."""
    tops = (PurePosixPath(project.paths.source, project.paths.top).as_posix(), project.paths.tests)
    found: dict[str, bytes] = {}
    for top in tops:
        files = walk.files(project.folder / top)
        found |= {p.relative_to(project.folder).as_posix(): p.read_bytes() for p in files}
    return found


def generated(project: Folder) -> dict[str, str]:
    """Path to text of everything as it was generated last time.

    A narrative that nobody has changed has its outputs; of any other they are not known.
    """
    known = manifest.read(project)
    if known is None:
        return {}
    found = base.read(project, known.package)
    texts = base.texts(found, known.digests)
    now = story(project, known)
    kept = [part.whole for part in found if part.path == known.narrative]
    if now is not None and kept == [base.digest(now)]:
        texts[known.narrative] = now.replace("\r\n", "\n")
    return texts


def current(project: Folder, is_wanted: Callable[[str], bool] = lambda _: False) -> dict[str, str]:
    """Path to text of the wanted files, and of all Python: what was moved may be anywhere.

    In a project that was there before it is the package's own folders that are looked at.
    """
    place = paths.project_at(project)
    found: dict[str, str] = {}
    for root in place.paths.roots:
        found |= _texts(place / root if root else place.folder, root, is_wanted)
    if not place.paths.is_own:
        for path in filter(is_wanted, SHARED):
            text = on_disk(place / path)
            found |= {path: text} if text is not None else {}
    return found


def _texts(folder: Path, root: str, is_wanted: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """Files of a folder, by their path behind root, which is what the folder is called."""
    for file in walk.files(folder, walk.is_without_code):
        path = PurePosixPath(root, file.relative_to(folder).as_posix()).as_posix()
        text = on_disk(file) if file.suffix == ".py" or is_wanted(path) else None
        if text is not None:
            yield path, text
