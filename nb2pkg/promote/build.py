"""Promotion from one end to the other, but for the disk: read, understand, plan, render."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from packaging.version import Version

from nb2pkg import facts
from nb2pkg.environment import Environment, program
from nb2pkg.environment import files as environment_files
from nb2pkg.errors import InternalError, PromotionError
from nb2pkg.flow import make as flow
from nb2pkg.flow.model import Engine
from nb2pkg.graph import fingerprint
from nb2pkg.model import CellFacts, Layout, Notebook, Problem
from nb2pkg.notebook import reader, standard, tags
from nb2pkg.observed import Observed
from nb2pkg.paths import OWN, PackagePaths, Project
from nb2pkg.plan.make import make
from nb2pkg.plan.model import Plan
from nb2pkg.plan.request import RUN_TO_THE_END, Given, Options, Part, Piped
from nb2pkg.problems import QUIET, problem
from nb2pkg.project import base, manifest
from nb2pkg.promote import dependencies, embed, sharing, sound
from nb2pkg.promote.dependencies import DependencySources
from nb2pkg.promote.embed import Shared
from nb2pkg.promote.valid import is_surely_valid
from nb2pkg.render import narrative, package
from nb2pkg.render.code import check as check_code
from nb2pkg.requirements import local as local_modules

_NO_SUCH_WARNING = 3
_STAYING = ("NB203", "NB204", "NB206", "NB3", "NB4", "NB601")  # codes of what stays in the notebook


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asked for: where the project goes, ``--all``, the name of the package.

    refused: positions of statements that must stay, with what running them showed, where it is told.
    values_of: steps whose values are to be stored with the tests, all for "*"; so many rows of each.
    in_place: the narrative takes the place of the notebook.
    paths: where the package has its place, in a project that was there before.
    python: the interpreter whose environment is asked, if not that of the notebook's kernel;
    is_remembered: an earlier promotion named it.
    constraints: a file with the versions that the client allows.
    piped: what running the pipeline showed.
    names: names and docstrings that a person gave.
    looking: ids of cells that running the notebook saw change nothing.
    apart: ids of cells that are to share no function with others, since running that showed a difference.
    engine: what runs the pipeline's steps as tasks, beside run(); None: as it was asked for before.
    """

    output: Path | None = None
    everything: bool = False
    name: str = ""
    refused: Mapping[int, str] = field(default_factory=dict)
    values_of: tuple[str, ...] = ()
    rows: int = 1000
    in_place: bool = False
    paths: PackagePaths = OWN
    python: str = ""
    is_remembered: bool = False
    constraints: Path | None = None
    piped: Piped = RUN_TO_THE_END
    names: Mapping[Part, Given] = field(default_factory=dict)
    looking: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()
    engine: Engine | None = None


@dataclass(frozen=True, slots=True)
class Promotion:
    """Everything that is generated, still in memory.

    listed is the content of the manifest. is_run: does it know what running showed?
    undeclared: requirements for which the project has no place.
    """

    plan: Plan
    project: Path
    files: Mapping[str, str]
    listed: Mapping[str, Any]
    problems: tuple[Problem, ...]
    is_run: bool = False
    is_in_place: bool = False
    paths: PackagePaths = OWN
    undeclared: tuple[str, ...] = ()

    @property
    def place(self) -> Project:
        """The project as the package sees it."""
        return Project(self.project, self.paths)


def promote(
    path: Path,
    wanted: Request,
    observed: Observed | None = None,
    source: Notebook | None = None,
) -> Promotion:
    """Build a package from a notebook, in memory.

    Raises NotebookError for what cannot be read, PromotionError when nothing can be promoted.
    observed is what running the notebook showed, if it was run. source is what counts as the
    notebook, if that is something else than what the file says.
    """
    source = source or reader.read(path)
    project = project_of(path, wanted)
    known, options = resolve_request(path, wanted, source)
    plan = make(source, facts.analyze(source), options)
    _check(plan, wanted.everything)
    place = Project(project, wanted.paths)
    plan = replace(sharing.import_shared(plan, place), style=embed.style(place))
    data_folder = _as_seen_from(project, path.parent)
    tasks = flow.make(plan, wanted.engine or Engine())
    files = package.code(plan, data_folder, observed, wanted.paths, tasks)
    needing = files if tasks is None else flow.without(files)
    requirements = dependencies.of(plan, needing, options.local_modules, known, observed)
    if place.paths.is_own:
        client = _as_seen_from(project, known.client) if known.client is not None else ""
        files |= package.around(plan, requirements, data_folder, observed, client, tasks)
    _check_code(files)
    engine = tasks.engine if tasks else ""
    shared = Shared({}) if place.paths.is_own else embed.shared(place, requirements, engine)
    document, left_out = _sound(narrative.write(plan))
    story = reader.serialize(document, Layout())
    files = {**files, **shared.files, f"notebooks/{source.stem}.ipynb": story}
    listed = _listed(plan, wanted, f"{data_folder}/{path.name}", project)
    listed = manifest.with_base(listed, base.digests(files, plan.package))
    if observed is not None:
        code = sharing.closures(place, files, plan.package)
        upstream = fingerprint.upstream_digests(facts.analyze(plan.notebook))
        listed = manifest.with_run(listed, observed, code, upstream, requirements.seen)
    problems = (
        *plan.problems,
        *flow.refused(plan, wanted.engine or Engine()),
        *(problem("NB105", None, f"in the narrative, {what}") for what in left_out),
        *dependencies.problems(plan, requirements, known),
    )
    return Promotion(
        plan,
        project,
        {
            **files,
            base.PATH: base.as_text(files, plan.package),
            **_records(plan, place.paths, listed, problems),
        },
        listed,
        problems,
        is_run=observed is not None,
        is_in_place=wanted.in_place,
        paths=wanted.paths,
        undeclared=shared.undeclared,
    )


def _listed(plan: Plan, wanted: Request, original: str, project: Path) -> dict[str, Any]:
    """The manifest, but for what a run showed. original: the way to the notebook."""
    return manifest.content(
        plan,
        original,
        wanted.everything,
        wanted.paths,
        _interpreter(project, wanted.python),
        _refused(facts.analyze(plan.notebook), wanted.refused) if wanted.refused else None,
        wanted.names,
        wanted.looking,
        wanted.apart,
        wanted.engine or Engine(),
    )


def _copies_warn(environment: Environment) -> bool:
    """Does the kernel's pandas say SettingWithCopyWarning? From version 3 on there is none."""
    pandas = environment.get("pandas")
    return pandas is not None and Version(pandas.version).major < _NO_SUCH_WARNING


def _check_code(files: Mapping[str, str]) -> None:
    """What is made of a notebook must compile."""
    for where, text in files.items():
        if where.endswith(".py"):
            check_code(where, text)


def _records(
    plan: Plan, place: PackagePaths, listed: Mapping[str, Any], problems: Iterable[Problem]
) -> dict[str, str]:
    """What is written down of the promotion itself."""
    linted = {} if place.is_own else {manifest.LINTED: manifest.LINTED_TEXT}
    return {
        manifest.ATTRIBUTES: manifest.ATTRIBUTES_TEXT,
        manifest.PATH: manifest.as_text(listed),
        manifest.PROBLEMS: manifest.problems_text(plan, problems),
        **linted,
    }


def project_of(path: Path, wanted: Request) -> Path:
    """The folder of the package: the one that was asked for, or one beside the notebook."""
    return wanted.output or path.parent / f"{path.stem}-package"


def left_behind(promotion: Promotion) -> tuple[Problem, ...]:
    """Why something that a person tagged had to stay."""
    cells = promotion.plan.notebook.cells
    tagged = {
        c.index for c in cells for tag in [tags.tag_of(c)[0]] if tag and tag.action == "promote"
    }
    return tuple(
        p
        for p in promotion.problems
        if p.place is not None and p.place.cell in tagged and p.code.startswith(_STAYING)
        if p.code not in QUIET
    )


def resolve_request(
    path: Path, wanted: Request, source: Notebook
) -> tuple[DependencySources, Options]:
    """What a person asked for, answered by the environment in which the notebook runs."""
    project = project_of(path, wanted)
    known = dependencies.sources(
        [source], path.parent, project, _environment(wanted), wanted.constraints
    )
    options = _options_for(path, wanted, source, known.environment.has)
    ipython = known.environment.get("ipython")
    return known, replace(
        options,
        copies_warn=_copies_warn(known.environment),
        ipython=ipython.version if ipython else "",
    )


def _environment(wanted: Request) -> str | Environment:
    """The interpreter that a person names now, or what files say of one that was named before.

    A manifest comes with a repository: what it names is not started to be asked.
    """
    if not wanted.is_remembered:
        return wanted.python
    return environment_files.read(Path(wanted.python).parent.parent) or ""


def _options_for(
    path: Path, wanted: Request, source: Notebook, is_installed: Callable[[str], bool]
) -> Options:
    """What a person asked for, and what is beside the notebook.

    is_installed: can the kernel import a top-level module of that name anyway?
    """
    beside = sorted(entry for entry in path.parent.iterdir() if not entry.name.startswith("."))
    names = {e.name for e in beside} | {
        f"{e.name}/{inner.name}" for e in beside if e.is_dir() for inner in e.iterdir()
    }
    names |= {f"./{name}" for name in names}
    local = local_modules.around(source, path.parent, is_installed) - {wanted.paths.top}
    return Options(
        everything=wanted.everything,
        package=wanted.name,
        local_modules=local,
        files_beside=frozenset(names),
        refused=wanted.refused,
        piped=wanted.piped,
        names=wanted.names,
        source=wanted.paths.above,
        looking=wanted.looking,
        apart=wanted.apart,
    )


def _sound(document: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The document as a valid notebook, and what of the original the format has no place for."""
    if is_surely_valid(document):
        return document, ()
    nbformat = standard.nbformat()
    if nbformat.validator.isvalid(document):
        return document, ()
    document, left_out = sound.made_sound(document)
    try:
        nbformat.validate(document)
    except nbformat.ValidationError as error:
        raise InternalError(f"the narrative is not a valid notebook: {error}") from error
    return document, left_out


def _check(plan: Plan, everything: bool) -> None:
    if plan.modules:
        return
    asked = everything or any(cell.tags for cell in plan.notebook.code)
    hint = (
        "Fix what is listed above."
        if asked and plan.problems
        else "Tag the validated cells (nb2pkg tag NOTEBOOK CELLS), or promote all that can be: --all."
    )
    raise PromotionError(f"{plan.notebook.path}: nothing to promote", hint, plan.problems)


def _interpreter(project: Path, python: str) -> str:
    """Where an interpreter is that a person named. Links stay: they are what makes an environment."""
    if not python:
        return ""
    found = program(python)
    try:
        return Path(os.path.relpath(found, project.absolute())).as_posix()
    except ValueError:  # another drive
        return Path(found).as_posix()


def _refused(cells: Iterable[CellFacts], refused: Mapping[int, str]) -> dict[str, list[str]]:
    """Cell id to digests of the statements that running them showed to have to stay."""
    statements = [(cell.cell.id, one.source) for cell in cells for one in cell.statements]
    found: dict[str, list[str]] = {}
    for position in sorted(refused):
        cell, text = statements[position]
        found.setdefault(cell, []).append(fingerprint.of_source(text))
    return found


def _as_seen_from(project: Path, path: Path) -> str:
    """The way from the project to a folder or file, with slashes; the whole path if there is none."""
    try:
        return Path(os.path.relpath(path.resolve(), project.resolve())).as_posix()
    except ValueError:  # another drive
        return path.resolve().as_posix()
