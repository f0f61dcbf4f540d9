"""Look at a notebook or a project, and say what its dependencies are. Nothing is run or written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from packaging.utils import canonicalize_name

from nb2pkg.deps import code as codes
from nb2pkg.deps import rows
from nb2pkg.deps.findings import find
from nb2pkg.deps.model import Survey
from nb2pkg.deps.rows import Context
from nb2pkg.environment import Environment
from nb2pkg.environment import files as environment_files
from nb2pkg.errors import Nb2pkgError
from nb2pkg.notebook import reader
from nb2pkg.promote import dependencies
from nb2pkg.promote.dependencies import DependencySources
from nb2pkg.requirements import gather, local, needs, roots, stated
from nb2pkg.requirements.formats.declarations import Declarations
from nb2pkg.requirements.model import Need, Requirement

_ENVIRONMENTS = (".venv", "venv", "env")


def of_notebook(path: Path, python: str = "") -> Survey:
    """The dependencies of a notebook, beside what the project around it declares."""
    notebook = reader.read(path)
    folder = path.resolve().parent
    known = dependencies.sources([notebook], folder, folder, python)
    beside = local.around(notebook, folder, known.environment.has)
    asked = [*gather.needs_of(needs.parts_of_notebook(notebook), [notebook], beside)]
    root = roots.nearest(folder)
    listed = stated.of(root, roots.between(folder, root)) if root else Declarations()
    own = stated.called(root) if root else ""
    context = Context(known.environment, listed, root or folder, own, rows.optional(asked))
    found = rows.of(_resolved(asked, known), context, is_whole=False)
    findings = find(found, known.environment.python, "", bool(own), bool(listed.unread))
    unread = (*listed.unread, *listed.missing)
    return Survey(str(path), known.environment.python, found, tuple(findings), known.why, unread)


def of_project(folder: Path, python: str = "") -> Survey:
    """The dependencies of all code in a project, beside what it declares. Nb2pkgError if it has none."""
    own, is_distribution = stated.called(folder), stated.is_distribution(folder)
    code = codes.read(folder, is_distribution)
    if code.is_empty:
        reason = f": {'; '.join(code.unread)}" if code.unread else ""
        raise Nb2pkgError(
            f"{folder}: there is no Python code in it{reason}",
            "Name a notebook, or the folder of a project.",
        )
    where = python or _environment(folder) or ""
    known = dependencies.sources([*code.notebooks.values()], folder, folder, where)
    asked = codes.asked(folder, code, lambda module: _is_known(module, known))
    listed = stated.of(folder, code.folders)
    context = Context(
        known.environment, listed, folder, own, rows.optional(asked), codes.mentioned(code)
    )
    found = rows.of(_resolved(asked, known), context, is_whole=True)
    version = known.environment.python
    findings = find(found, version, stated.python(folder), is_distribution, bool(listed.unread))
    unread = (*listed.unread, *listed.missing, *code.unread)
    return Survey(str(folder), version, found, tuple(findings), known.why, unread)


def _resolved(asked: Sequence[Need], known: DependencySources) -> tuple[Requirement, ...]:
    return gather.resolved(asked, known.environment, known.hints)


def _environment(folder: Path) -> Environment | None:
    found = (environment_files.read(folder / name) for name in _ENVIRONMENTS)
    return next(filter(None, found), None)


def _is_known(module: str, known: DependencySources) -> bool:
    """Does a distribution bring it: one that is installed, declared or set by a person?"""
    is_named = canonicalize_name(module) in known.hints.declared or module in known.hints.settings
    return is_named or known.environment.has(module)
