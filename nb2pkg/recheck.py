"""Verify a package as it is on disk, with whatever people have changed in it since."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from nb2pkg import facts, manifest, write
from nb2pkg.errors import Nb2pkgError
from nb2pkg.manifest import Manifest
from nb2pkg.observed import VERDICT_LINE, verdict_line
from nb2pkg.rounds import expected
from nb2pkg.verify import seen
from nb2pkg.verify.model import Conditions
from nb2pkg.verify.protocol import Finding, Package, Say, session
from nb2pkg.verify.verdicts import Verification, judge

_LEFT_OUT = {".git", ".venv", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", "dist"}


def recheck(
    project: Path, conditions: Conditions, say: Say, keep_verdict: bool
) -> tuple[Verification, Finding]:
    """Compare the package with its notebook; write the verdict down, if that is wanted."""
    known = manifest.read(project)
    if known is None:
        raise Nb2pkgError(
            f"{project}: is no package that nb2pkg made: it has no {manifest.PATH}",
            "Name the folder that nb2pkg promote wrote.",
        )
    original = (project / known.notebook).resolve()
    python = conditions.python or _of_package(project)
    with session(original, replace(conditions, python=python), say) as opened:
        finding = opened.compare(_package(project, known))
        verification = judge(known.steps, finding.comparison, finding.close)
        words = facts.words(facts.analyze(opened.notebook))
        known_words = seen.known_words(opened.first, original.parent, words)
        observed = seen.observed(opened.first, known_words)
    if keep_verdict:
        observed = replace(observed, verified=seen.verified(verification, finding.linked))
        line = verdict_line(observed, original.name)
        _write_down(project, known, manifest.records(known.steps, observed), line)
    return verification, finding


def _of_package(project: Path) -> str:
    """The interpreter of the project's own environment, if it has one that can run notebooks."""
    found = [project / ".venv" / place for place in ("bin/python", "Scripts/python.exe")]
    for python in found:
        if python.is_file() and any((project / ".venv").rglob("ipykernel_launcher.py")):
            return str(python.absolute())
    return ""


def _package(project: Path, known: Manifest) -> Package:
    return Package(
        files={path: (project / path).read_bytes() for path in _files(project)},
        narrative=known.narrative,
        variable=known.variable,
        expected=expected(
            known.steps, known.absent, {*known.rewritten, *_edited(project, known)}, known.variable
        ),
    )


def _edited(project: Path, known: Manifest) -> Iterator[str]:
    """Definitions in modules that somebody has changed: what they do counts, not their code."""
    for symbols in known.content["links"].values():
        for symbol in symbols:
            module, _, name = symbol.rpartition(".")
            path = f"src/{known.package}/{module}.py"
            file = project / path
            text = file.read_text(encoding="utf-8") if file.is_file() else ""
            if known.files.get(path) != manifest.digest(text):
                yield name


def _files(project: Path) -> Iterator[str]:
    for place, folders, names in os.walk(project):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT)
        for name in sorted(names):
            yield Path(place, name).relative_to(project).as_posix()


def _write_down(project: Path, known: Manifest, records: Mapping[str, object], line: str) -> None:
    """The verdict into the manifest, and into the README, in which people may have changed the rest."""
    path = project / "README.md"
    files = dict(known.files)
    changed: dict[str, str] = {}
    if path.is_file():
        before = path.read_text(encoding="utf-8")
        after = _with_line(before, line)
        if files.get("README.md") == manifest.digest(before):
            files["README.md"] = manifest.digest(after)
            changed[f"{manifest.FOLDER}/base/README.md"] = after
        changed["README.md"] = after
    changed[manifest.PATH] = manifest.as_text({**known.content, "files": files, **records})
    write.apply(project, changed, write.Change(updated=tuple(sorted(changed))))


def _with_line(text: str, line: str) -> str:
    """The text with its line of the verdict renewed; a text that has none is left as it is."""
    return VERDICT_LINE.sub(line.replace("\\", r"\\"), text, count=1)
