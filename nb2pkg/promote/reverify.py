"""Verify a package as it is on disk, with whatever people have changed in it since."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from nb2pkg import facts
from nb2pkg.data import version
from nb2pkg.errors import ConflictError, VerificationError
from nb2pkg.execution.model import Conditions
from nb2pkg.execution.session import Say, Session, session
from nb2pkg.files import alone, apply, compare, on_disk, walk
from nb2pkg.graph import fingerprint
from nb2pkg.model import CellFacts, Notebook
from nb2pkg.observed import VERDICT_LINE, verdict_line
from nb2pkg.paths import Folder, bare, path_of, project_at
from nb2pkg.plan import provenance
from nb2pkg.project import base, locate, manifest
from nb2pkg.project.manifest import Manifest
from nb2pkg.promote import remembered, sharing
from nb2pkg.verify import flow, observations, pipeline
from nb2pkg.verify.expected import expected
from nb2pkg.verify.model import FlowVerdict, Where
from nb2pkg.verify.package import Package, PackageVerdict, compare_package
from nb2pkg.verify.verdicts import Verification, judge


def recheck(
    project: Folder,
    conditions: Conditions,
    say: Say,
    keep_verdict: bool,
    engine: str = "",
) -> tuple[Verification, PackageVerdict]:
    """Compare the package with its notebook; write the verdict down, if that is wanted.

    engine: the flow that was made for it is run, too.
    """
    known = manifest.required(project)
    if engine:
        check_flow(project, known, engine)
    original = locate.original(project, known)
    python = interpreter(project, known, conditions)
    source = locate.notebook(project, known)
    with session(original, replace(conditions, python=python), say, source) as opened:
        cells = facts.analyze(opened.notebook)
        package = package_of(project, known, cells)
        end = where(known, cells)
        with pipeline.begun(opened, package, end) as started:
            finding = compare_package(opened, package)
            piped = pipeline.run(opened, package, end, started)
        flowed = _flowed(opened, package, known, cells) if engine else None
        verification = judge(known.steps, finding.comparison, finding.close, piped, flowed)
        words = facts.words(cells)
        known_words = observations.known_words(opened.first, original.parent, words)
        observed = observations.observed(opened.first, known_words)
    if keep_verdict:
        observed = replace(observed, verified=observations.verified(verification, finding.linked))
        code = sharing.closures(project, locate.current(project), known.package)
        upstream = fingerprint.upstream_digests(cells)
        content = manifest.with_run(known.content, observed, code, upstream)
        content = manifest.with_digests(content, digests(project, package, source, original))
        content = manifest.following(content, known.renamed, known)
        with alone(bare(project)):
            _check_same(project, known)
            _write_down(project, content, verdict_line(observed, original.name))
    return verification, finding


def _flowed(
    opened: Session, package: Package, known: Manifest, cells: tuple[CellFacts, ...]
) -> FlowVerdict:
    found = flow.run(opened, package, where(known, cells), known.engine.name)
    return replace(found, left_out=known.engine.stuck)


def check_flow(project: Folder, known: Manifest, engine: str) -> None:
    """Raise VerificationError for a package that has no flow, or one for another engine."""
    hint = f"nb2pkg promote NOTEBOOK --verify --engine {engine} makes one, where that is possible."
    if known.engine.name not in ("", engine):
        raise VerificationError(f"{project}: flow.py is made for {known.engine.name}", hint)
    if not (project / path_of(known.package, "flow")).is_file():
        why = known.engine.left_out or "it was promoted without an engine"
        raise VerificationError(f"{project}: has no flow.py: {why}", hint)


def where(known: Manifest, cells: tuple[CellFacts, ...]) -> Where:
    """Where the pipeline of a package is, and where it ends."""
    listed = known.content.get("pipeline", {"inputs": [], "ends_before": ""})
    last = next((cell for cell in cells if cell.cell.id == listed["ends_before"]), None)
    return pipeline.ending(known.package, listed["inputs"], last)


def interpreter(project: Folder, known: Manifest, conditions: Conditions) -> str:
    """The interpreter to run with, as far as one is named or the project has one."""
    return python_of(project, conditions) or remembered.python_of(project, known)


def digests(project: Folder, package: Package, source: Notebook, original: Path) -> dict[str, str]:
    """Of the files of a package that a run works with, of the notebook's code, and of what lies beside it."""
    files = sorted((path, text) for path, text in package.files.items() if _is_run(path))
    return {
        "package": _digest(part for path, text in files for part in (path.encode(), text)),
        "notebook": _digest(cell.source.encode() for cell in source.code),
        "folder": _digest(part.encode() for part in _beside(bare(project), source, original)),
    }


def _beside(project: Path, source: Notebook, original: Path) -> Iterator[str]:
    """Paths and digests of all that a run copies from the notebook's folder: modules, data, settings.

    Other notebooks count only where the code speaks of one.
    """
    runs_others = any(".ipynb" in cell.source for cell in source.code)
    for path in walk.files(original.parent, lambda f: f == project or f.name.startswith(".")):
        if path != original and (runs_others or path.suffix != ".ipynb"):
            yield path.relative_to(original.parent).as_posix()
            yield version.digest(path)[0]


def _is_run(path: str) -> bool:
    """Is it neither the README, into which the verdict is written, nor made by a tool?"""
    *folders, name = PurePosixPath(path).parts
    return name != "README.md" and not any(walk.is_without_code(Path(f)) for f in folders)


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def python_of(project: Folder, conditions: Conditions) -> str:
    """The interpreter to run with: a person's, else that of the project's own environment, if it has one
    that can run notebooks. Empty: the notebook's kernel.
    """
    folder = bare(project)
    can_run = any((folder / ".venv").rglob("ipykernel_launcher.py"))
    return conditions.python or (locate.own_python(folder) if can_run else "")


def package_of(project: Folder, known: Manifest, cells: tuple[CellFacts, ...]) -> Package:
    paths = known.paths
    files = (
        {path: (bare(project) / path).read_bytes() for path in _files(bare(project))}
        if paths.is_own
        else locate.around(project_at(project))
    )
    story = locate.story(project, known)
    if story is not None:
        files[paths.on_disk(known.narrative)] = story.encode("utf-8")
    return Package(
        files=files,
        narrative=paths.on_disk(known.narrative),
        variable=known.variable,
        expected=expected(
            known.steps,
            provenance.absent(cells, known.definitions),
            {*known.rewritten, *_edited(project, known)},
            known.variable,
        ),
        source=paths.source,
        tests=paths.tests,
        is_built=paths.is_own,
        name=known.package,
    )


def _edited(project: Folder, known: Manifest) -> Iterator[str]:
    """Definitions in modules that somebody has changed: what they do counts, not their code.

    The name of a step says nothing of a variable that has it too: what that holds is compared.
    """
    shared = sharing.meanings(project)
    before = locate.generated(project)
    for made in known.made:
        if made.step is not None:
            continue
        module, _, name = made.symbol.rpartition(".")
        path = path_of(known.package, module)
        if on_disk(project / path) != before.get(path) or (
            made.shared_from and shared.get(made.shared_from) != made.shared_code
        ):
            yield name


def _files(project: Path) -> Iterator[str]:
    """Hidden files count: the package is built with all that a person keeps in it, but for old builds."""
    for file in walk.files(project, lambda folder: folder == project / "dist"):
        yield file.relative_to(project).as_posix()


def _write_down(project: Folder, content: Mapping[str, Any], line: str) -> None:
    """The verdict into the manifest, and into the README, in which people may have changed the rest."""
    files = {manifest.PATH: manifest.as_text(content)}
    generated: dict[str, str] = {}
    before = on_disk(project / "README.md")
    if before is not None and project_at(project).paths.is_own:
        files["README.md"] = _with_line(before, line)
        if before == locate.generated(project).get("README.md"):
            generated["README.md"] = files["README.md"]
    files |= base.with_texts(project, content["package"], generated)
    apply(project, files, compare(project, files, base.old_paths(project)))


def _check_same(project: Folder, known: Manifest) -> None:
    """What was verified must be what is there: somebody may have promoted meanwhile."""
    now = manifest.read(project)
    if now is None or now.content != known.content:
        raise ConflictError(
            f"{project}: was promoted again while it was being verified, so no verdict was written",
            "Verify it again.",
        )


def _with_line(text: str, line: str) -> str:
    """The text with its line of the verdict renewed; a text that has none is left as it is."""
    return VERDICT_LINE.sub(line.replace("\\", r"\\"), text, count=1)
