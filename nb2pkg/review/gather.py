"""Everything that a review shows: the project as it is on disk now, its manifest, the notebook."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from nb2pkg.errors import NotebookError
from nb2pkg.facts import analyze
from nb2pkg.graph import network
from nb2pkg.model import CellFacts, StatementKind
from nb2pkg.notebook import tags
from nb2pkg.observed import VERIFIED
from nb2pkg.paths import Folder, path_of
from nb2pkg.project import locate, manifest
from nb2pkg.project.manifest import Manifest
from nb2pkg.review import changes, flow, issues, questions
from nb2pkg.review import symbols as symbols_of
from nb2pkg.review.model import Issue, Review, Stay, Symbol
from nb2pkg.review.stories import Sources, Stories
from nb2pkg.status.look import look as look_at_status
from nb2pkg.status.model import Row


def gather(project: Folder, pictures: bool = False) -> Review:
    """The review of the project in this folder; Nb2pkgError if there is none."""
    sources = _sources(project)
    known = sources.known
    found = issues.collect(known, sources.cells)
    changed = changes.collect(project)
    stories = Stories(sources, found, pictures)
    symbols, tests = symbols_of.collect(sources, stories)
    rows = look_at_status(project).rows if sources.notebook is not None else ()
    symbols = _with_status(symbols, rows)
    stays = tuple(_stays(sources, symbols, stories))
    anchors = _anchors(symbols, stays)
    found = tuple(replace(issue, anchor=anchors.get(issue.cell, "")) for issue in found)
    verdict, is_verified = _verdict(known)
    return Review(
        package=known.package,
        notebook=PurePosixPath(known.notebook).name,
        verdict=verdict,
        is_verified=is_verified,
        symbols=symbols,
        stays=stays,
        issues=found,
        changes=changed,
        questions=questions.collect(_asked(sources, symbols, found), anchors),
        flow=flow.flow(sources, symbols, anchors),
        near=flow.neighbours(sources, symbols, anchors),
        rows=rows,
        notes=tuple(_notes(sources, symbols)),
        tests=tests,
    )


# --------------------------------------------------------------------------------------- reading


def _sources(project: Folder) -> Sources:
    known = manifest.required(project)
    try:
        notebook = locate.notebook(project, known)
    except NotebookError as error:
        return Sources(project, known, None, {}, note=f"{error.message}. {error.hint}".strip())
    facts = analyze(notebook)
    cells = {cell.id: cell for cell in notebook.cells}
    return Sources(project, known, notebook, cells, facts, tuple(_flows(facts)))


def _with_status(symbols: tuple[Symbol, ...], rows: tuple[Row, ...]) -> tuple[Symbol, ...]:
    """What the status knows of each symbol."""
    known: dict[str, list[Row]] = {}
    for row in rows:
        known.setdefault(row.symbol, []).append(row)
    return tuple(replace(symbol, rows=tuple(known.get(symbol.symbol, ()))) for symbol in symbols)


def _flows(facts: tuple[CellFacts, ...]) -> Iterator[network.Edge]:
    """Which cell gives what to which. Imported modules are not values of the analysis."""
    for edge in network.edges(facts):
        if edge.but_imports:
            yield replace(edge, names=edge.but_imports, imports=())


def _notes(sources: Sources, symbols: tuple[Symbol, ...]) -> Iterator[str]:
    if sources.notebook is None:
        yield f"The notebook is missing, so no cell is shown. {sources.note}"
    edited = sum(symbol.is_edited for symbol in symbols)
    if edited:
        yield (
            f"{edited} of {len(symbols)} symbols were edited since they were generated. A verdict may "
            "be older than the edit: nb2pkg verify shows whether it still holds."
        )


def _verdict(known: Manifest) -> tuple[str, bool]:
    """The line of the verification, and whether it is good news."""
    try:
        verified = manifest.verdict(known)
    except (TypeError, AttributeError, KeyError):
        return "Not verified: what the manifest says of it cannot be read.", False
    if verified is None:
        return (
            "Not verified: nb2pkg verify runs the notebook and this package, and compares.",
            False,
        )
    return verified.summary(PurePosixPath(known.notebook).name), verified.verdict in VERIFIED


# --------------------------------------------------------------------------------------- the rest


_WHY: Mapping[str, str] = {
    "parameters": "Parameters of the analysis: config.py has their defaults.",
    "nb2pkg-skip": "Somebody marked it to be left out.",
    "nb2pkg-test": "A test of the notebook: what can be a test of the package is one.",
}


def _stays(sources: Sources, symbols: tuple[Symbol, ...], stories: Stories) -> Iterator[Stay]:
    """Code cells from which nothing was moved."""
    moved = {cell.id for symbol in symbols for cell in symbol.cells}
    for facts in sources.facts:
        if facts.cell.id in moved or not facts.cell.source.strip():
            continue
        story = stories.of(facts.cell)
        yield Stay(story, _why(facts, story.tag), stories.issues((story.id,)))


def _why(facts: CellFacts, tag: str) -> str:
    kinds = {fact.kind for fact in facts.statements}
    if tag in _WHY:
        return _WHY[tag]
    if not kinds:
        return "Nothing in it but comments."
    if kinds <= {StatementKind.IMPORT, StatementKind.GUARDED_IMPORT}:
        return "Imports: each module has those that it needs."
    if all(fact.looks for fact in facts.statements):
        return "It only looks at values, and that stays in the story."
    if tag:
        return (
            "It is tagged. If that is new, promote again; else nothing in it was code of its own."
        )
    return "Nobody tagged it."


def _anchors(symbols: tuple[Symbol, ...], stays: tuple[Stay, ...]) -> dict[str, str]:
    """Cell id to the section that shows it."""
    found = {stay.cell.id: stay.anchor for stay in stays}
    for symbol in symbols:
        for cell in symbol.cells:
            found.setdefault(cell.id, symbol.anchor)
    return found


def _asked(
    sources: Sources, symbols: tuple[Symbol, ...], found: tuple[Issue, ...]
) -> questions.Known:
    config = changes.text_of(sources.project, path_of(sources.known.package, "config")) or ""
    try:
        names, values = questions.parameters(ast.parse(config))
    except (SyntaxError, ValueError):
        names, values = frozenset(), frozenset()
    tagged = {facts.cell.index: tags.format_tag(facts.cell) for facts in sources.facts}
    return questions.Known(
        PurePosixPath(sources.known.notebook).name,
        symbols,
        found,
        sources.facts,
        sources.flows,
        tagged,
        names,
        values,
    )
