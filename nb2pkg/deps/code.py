"""The code of a project, and what it asks for: files and notebooks, wherever they lie in it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from nb2pkg.errors import NotebookError
from nb2pkg.files import walk
from nb2pkg.model import Notebook
from nb2pkg.notebook import reader
from nb2pkg.project import locate, manifest
from nb2pkg.requirements import gather, imports, local, needs
from nb2pkg.requirements.known import candidates, is_standard
from nb2pkg.requirements.model import Need, Use
from nb2pkg.requirements.needs import Part

_NOT_RUN = {"docs", "doc", "examples", "benchmarks"}  # by what a distribution does
_TESTS = {"tests", "test", "testing"}
_RUN_BY_TOOLS = {"setup.py", "noxfile.py"}  # which bring what they import
_FREE = ("nb2pkg",)  # a package is to live without it


@dataclass(frozen=True, slots=True)
class Code:
    """What was read. files, notebooks: by their path with slashes, as seen from the project.

    folders: all that were looked into. unread: files that tell nothing, and why.
    """

    files: tuple[Part, ...]
    notebooks: Mapping[str, Notebook]
    modules: Mapping[str, frozenset[str]]
    folders: tuple[Path, ...]
    unread: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Is there nothing that could need anything?"""
        return not (self.files or self.notebooks)


def read(project: Path, is_distribution: bool) -> Code:
    """All code; of a distribution, not what it does not run: documentation and examples."""
    folders = [
        here for here, _, _ in walk.folders(project, lambda f: _is_apart(f, is_distribution))
    ]
    paths = [path for folder in folders for path in sorted(folder.iterdir()) if path.is_file()]
    texts = {
        path.relative_to(project).as_posix(): path.read_text("utf-8-sig", errors="replace")
        for path in paths
        if path.suffix == ".py" and path.name not in _RUN_BY_TOOLS
    }
    parts = tuple(
        part
        for name, text in texts.items()
        for part in needs.parts_of_files({name: text}, _use(name, texts, is_distribution))
    )
    unread = [f"{name}: it is not valid Python 3" for name in {*texts} - {p.place for p in parts}]
    notebooks: dict[str, Notebook] = {}
    for path in (path for path in paths if path.suffix == ".ipynb"):
        try:
            notebook = reader.parse(path.read_bytes(), str(path), without_code=True)
        except NotebookError as error:
            unread.append(error.message.replace(f"{project}/", ""))
            continue
        notebooks[path.relative_to(project).as_posix()] = notebook
    return Code(parts, notebooks, _modules(texts), tuple(folders), tuple(sorted(unread)))


def _is_apart(folder: Path, is_distribution: bool) -> bool:
    """Is there no code of the project in it, or is it a project of its own?"""
    if walk.is_without_code(folder) or (is_distribution and folder.name in _NOT_RUN):
        return True
    return any((folder / name).exists() for name in ("pyproject.toml", ".git"))


def _is_test(path: str) -> bool:
    *folders, name = path.split("/")
    is_one = name.startswith(("test_", "conftest.")) or name.endswith("_test.py")
    return is_one or any(f in _TESTS or f.startswith(("test_", "tests_")) for f in folders)


def _use(path: str, files: Mapping[str, str], is_distribution: bool) -> Use:
    """For whom a file is. Scripts beside the packages of a distribution are for those who work on it."""
    top, _, inner = path.partition("/")
    is_script = is_distribution and inner and top != "src" and not _holds_package(top, files)
    return Use.TESTS if is_script or _is_test(path) else Use.PACKAGE


def _holds_package(top: str, files: Mapping[str, str]) -> bool:
    return any(name.startswith(f"{top}/") and name.endswith("/__init__.py") for name in files)


def _modules(files: Mapping[str, str]) -> Mapping[str, frozenset[str]]:
    """Each folder, and what can be imported by who has it on the path: its files and folders."""
    found: dict[str, set[str]] = {}
    for name in files:
        path = PurePosixPath(name)
        found.setdefault(str(path.parent), set()).add(path.stem)
        for inner in path.parents:
            if inner.name:
                found.setdefault(str(inner.parent), set()).add(inner.name)
    return {folder: frozenset(names) for folder, names in found.items()}


# ---- what it asks for


def asked(project: Path, code: Code, is_known: Callable[[str], bool]) -> tuple[Need, ...]:
    """What all of it asks for that is not its own. is_known: does a distribution bring the module?"""
    return (*_of_files(code, is_known), *_of_notebooks(project, code, is_known), *_loaded(project))


def _of_files(code: Code, is_known: Callable[[str], bool]) -> Iterator[Need]:
    own = {*_FREE}
    for part in code.files:
        tops = {one.top for one in imports.of(part.tree)}
        own |= _own(tops, part.place, code, is_known)
    yield from gather.needs_of(code.files, (), own)


def _of_notebooks(project: Path, code: Code, is_known: Callable[[str], bool]) -> Iterator[Need]:
    for name, notebook in code.notebooks.items():
        parts = needs.parts_of_notebook(notebook)
        tops = {one.top for part in parts for one in imports.of(part.tree)}
        own = {*_FREE, *_own(tops, name, code, is_known)}
        own |= local.around(notebook, (project / name).parent, is_known)
        for need in gather.needs_of(parts, [notebook], own):
            places = need.places
            if len(code.notebooks) > 1:
                places = tuple(f"{name}:{place}" for place in places)
            yield replace(need, places=places)


def _own(tops: set[str], path: str, code: Code, is_known: Callable[[str], bool]) -> set[str]:
    """The modules of the project among them: on the path of the file, or such as nobody else has.

    On the path are folders above that are no packages: in ``lab/plots/show.py``, ``import bokeh`` is
    not ``lab/plots/bokeh.py``.
    """
    above = [str(folder) for folder in PurePosixPath(path).parents]
    places = [place for place in above if "__init__" not in code.modules.get(place, ())]
    places += ["src" if place == "." else f"{place}/src" for place in places]
    found = tops & frozenset().union(*(code.modules.get(place, frozenset()) for place in places))
    anywhere = frozenset().union(*code.modules.values())
    unknown = {top for top in tops & anywhere if not (candidates(top) or is_known(top))}
    return {top for top in found | unknown if not is_standard(top)}


def mentioned(code: Code) -> frozenset[str]:
    """The texts in files that may be names of modules, as where these are imported by name."""
    return frozenset(
        node.value.partition(".")[0]
        for part in code.files
        for node in ast.walk(part.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _loaded(project: Path) -> Iterator[Need]:
    """What the runs of packages loaded that no code names."""
    for place in locate.all_in(project):
        yield from manifest.required(place).loaded
