"""Look at a notebook or a project, and say what its dependencies are. Nothing is run or written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from packaging.utils import canonicalize_name

from nb2pkg.deps import code as codes
from nb2pkg.deps.findings import find
from nb2pkg.deps.model import Row, Survey
from nb2pkg.environment import Environment
from nb2pkg.environment import files as environment_files
from nb2pkg.errors import Nb2pkgError
from nb2pkg.notebook import reader
from nb2pkg.promote import dependencies
from nb2pkg.requirements import declared, gather, local, needs, stated
from nb2pkg.requirements.brought import along_with
from nb2pkg.requirements.formats import locks
from nb2pkg.requirements.formats.declarations import Declarations
from nb2pkg.requirements.known import candidates, is_distribution
from nb2pkg.requirements.model import Kind, Requirement, Stated

_ENVIRONMENTS = (".venv", "venv", "env")
_BUILD_TOOLS = {"pip", "setuptools", "wheel", "python", "conda", "mamba"}


def of_notebook(path: Path, python: str = "") -> Survey:
    """The dependencies of a notebook, beside what the project around it declares."""
    notebook = reader.read(path)
    folder = path.resolve().parent
    known = dependencies.sources([notebook], folder, folder, python)
    beside = local.around(notebook, folder, known.environment.has)
    asked = [*gather.needs_of(needs.parts_of_notebook(notebook), [notebook], beside)]
    found = gather.resolved(asked, known.environment, known.hints)
    root = declared.root(folder)
    listed = stated.of(root, declared.between(folder, root)) if root else Declarations()
    own = stated.called(root) if root else ""
    rows = _rows(found, listed, known.environment, root or folder, own, is_whole=False)
    findings = find(rows, known.environment.python, "", bool(own), bool(listed.unread))
    return Survey(
        str(path),
        known.environment.python,
        rows,
        tuple(findings),
        known.why,
        (*listed.unread, *listed.missing),
    )


def of_project(folder: Path, python: str = "") -> Survey:
    """The dependencies of all code in a project, beside what it declares. Nb2pkgError if it has none."""
    own = stated.called(folder)
    code = codes.read(folder, bool(own))
    if code.is_empty:
        reason = f": {'; '.join(code.unread)}" if code.unread else ""
        raise Nb2pkgError(
            f"{folder}: there is no Python code in it{reason}",
            "Name a notebook, or the folder of a project.",
        )
    where = python or _environment(folder) or ""
    known = dependencies.sources([*code.notebooks.values()], folder, folder, where)
    asked = codes.asked(folder, code, lambda module: _is_known(module, known))
    found = gather.resolved(asked, known.environment, known.hints)
    listed = stated.of(folder, code.folders)
    rows = _rows(found, listed, known.environment, folder, own, is_whole=True)
    version = known.environment.python
    findings = find(rows, version, stated.python(folder), bool(own), bool(listed.unread))
    unread = (*listed.unread, *listed.missing, *code.unread)
    return Survey(str(folder), version, rows, tuple(findings), known.why, unread)


def _environment(folder: Path) -> Environment | None:
    found = (environment_files.read(folder / name) for name in _ENVIRONMENTS)
    return next(filter(None, found), None)


def _is_known(module: str, known: dependencies.DependencySources) -> bool:
    """Does a distribution bring it: one that is installed, declared or set by a person?"""
    is_named = canonicalize_name(module) in known.hints.declared or module in known.hints.settings
    return is_named or known.environment.has(module)


# ---- rows


def _rows(
    found: Sequence[Requirement],
    listed: Declarations,
    environment: Environment,
    root: Path,
    own: str,
    is_whole: bool,
) -> tuple[Row, ...]:
    """One for each distribution that is needed; and, for a whole project, that is declared."""
    by_name = _by_name(listed.stated)
    needed: dict[str, list[Requirement]] = {}
    for need in found:
        needed.setdefault(_declared_as(need, by_name), []).append(need)
    brought = along_with(by_name, environment, locks.graph(root))
    everything = _by_name(one for one in listed.stated if one.kind is Kind.FROZEN)
    through = {name: items[0].where for name, items in everything.items()} | dict(brought)
    others = [name for name, items in by_name.items() if is_whole and _is_worth(name, items)]
    return tuple(
        Row(
            _shown(name, needed.get(name, [])),
            _installed(name, needed.get(name, []), environment),
            tuple(needed.get(name, ())),
            tuple(by_name.get(name, ())),
            "" if name in by_name else through.get(name, ""),
        )
        for name in sorted({*needed, *others} - {own})
    )


def _by_name(listed: Iterable[Stated]) -> dict[str, list[Stated]]:
    """By name; a list of all that was installed declares nothing, where something else does."""
    listed = list(listed)
    chosen = [one for one in listed if one.kind is not Kind.FROZEN] or listed
    found: dict[str, list[Stated]] = {}
    for one in chosen:
        found.setdefault(one.name, []).append(one)
    return found


def _declared_as(need: Requirement, by_name: Mapping[str, object]) -> str:
    """The plain name under which the project declares it: another one may bring the same module."""
    own = canonicalize_name(need.distribution)
    others = (canonicalize_name(name) for module in need.modules for name in candidates(module))
    plain = {name.replace("-", ""): name for name in by_name}
    for name in (own, *others):
        if name.replace("-", "") in plain:
            return plain[name.replace("-", "")]
    return own


def _is_worth(name: str, items: Sequence[Stated]) -> bool:
    """Is it worth a row though nothing needs it? Not what builds, what others bring, and no C."""
    if name in _BUILD_TOOLS or all(one.kind is Kind.FROZEN for one in items):
        return False
    return is_distribution(name) or any(one.kind is not Kind.CONDA for one in items)


def _shown(name: str, asked: Sequence[Requirement]) -> str:
    own = (one.distribution for one in asked if canonicalize_name(one.distribution) == name)
    return next(own, name)


def _installed(name: str, asked: Sequence[Requirement], environment: Environment) -> str:
    names = (name, *(one.distribution for one in asked))
    found = next(filter(None, map(environment.get, names)), None)
    return found.version if found else ""
