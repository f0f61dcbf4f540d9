"""What the files of a project declare: the one reader, whatever their format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

from nb2pkg import pyproject
from nb2pkg.requirements.formats import conda, listing, locks, setuptools, tables
from nb2pkg.requirements.formats.declarations import Declarations, joined, use_of
from nb2pkg.requirements.model import Stated, Use

_LISTS = (
    *("*requirements*.txt", "*requirements*.in", "requirements/*.txt", "requirements/*.in"),
    *("docs/*requirements*.txt", "binder/requirements.txt", ".binder/requirements.txt"),
)
_CONDA = (
    *("*environment*.y*ml", "conda*.y*ml", "*conda*env*.y*ml", "ci/*.y*ml"),
    *("docs/environment*.y*ml", "binder/environment.y*ml", ".binder/environment.y*ml"),
)
_FIRST = list(Use)


def of(project: Path, folders: Iterable[Path] = ()) -> Declarations:
    """All of it. folders: others of the project that may have requirements files of their own.

    Nb2pkgError if pyproject.toml cannot be read.
    """
    return joined(_of(project, dict.fromkeys([project, *folders])))


def _of(project: Path, folders: Iterable[Path]) -> Iterator[Declarations]:
    document = pyproject.read(project / pyproject.NAME)
    yield tables.of_pyproject(document, project)
    by_setuptools = joined([setuptools.of_cfg(project), setuptools.of_py(project)])
    yield by_setuptools
    yield tables.of_pipfile(project / tables.PIPFILE)
    yield tables.of_pixi(project / tables.PIXI)
    for folder in folders:
        yield from _lists(folder, project)
    yield locks.of_uv(project / locks.UV)
    if tables.is_left_to_build(document) and not _is_told(document, by_setuptools):
        text = f"{pyproject.NAME}: its dependencies are computed when it is built"
        yield Declarations(unread=(text,))


def _is_told(document: pyproject.Table, by_setuptools: Declarations) -> bool:
    """Does another table or file say what [project] leaves to the build?"""
    tool = pyproject.table(document, "tool")
    is_named = "dependencies" in pyproject.table(tool, "setuptools", "dynamic")
    is_named |= bool(pyproject.table(tool, "hatch", "metadata", "hooks", "requirements_txt"))
    return (
        is_named or bool(by_setuptools.files) or "dependencies" in pyproject.table(tool, "poetry")
    )


def _lists(folder: Path, project: Path) -> Iterator[Declarations]:
    """What is for the package first: a file for tests may include one of it."""
    paths = {path for pattern in _LISTS for path in folder.glob(pattern) if path.is_file()}
    for path in sorted(paths, key=lambda path: (_FIRST.index(use_of(path.stem)), path)):
        yield listing.read(path, project)
    for path in sorted({path for pattern in _CONDA for path in folder.glob(pattern)}):
        yield conda.read(path, project)


def in_texts(texts: Mapping[str, str]) -> tuple[Stated, ...]:
    """What pyproject.toml and requirements files declare that are no longer on disk: path to text."""
    document = pyproject.parse(texts.get(pyproject.NAME, "").encode(), Path(pyproject.NAME))
    lists = [
        listing.of_text(text, name, use_of(name.removesuffix(".txt")))
        for name, text in texts.items()
        if name.startswith("requirements") and name.endswith(".txt")
    ]
    return joined([tables.of_pyproject(document), *lists]).stated


def called(project: Path) -> str:
    """The plain name of the project's own distribution; empty if it has none."""
    document = pyproject.read(project / pyproject.NAME)
    names = (
        str(pyproject.table(document, "project").get("name", "")),
        str(pyproject.table(document, "tool", "poetry").get("name", "")),
        setuptools.name_of_cfg(project),
        setuptools.name_of_py(project),
    )
    return canonicalize_name(next(filter(None, names), ""))


def is_distribution(project: Path) -> bool:
    """Return whether others install it: has it a name, or a setup.py that makes one up?"""
    return bool(called(project)) or (project / setuptools.PY).is_file()


def python(project: Path) -> str:
    """Its Requires-Python; empty if it says nothing."""
    document = pyproject.read(project / pyproject.NAME)
    return str(pyproject.table(document, "project").get("requires-python", ""))
