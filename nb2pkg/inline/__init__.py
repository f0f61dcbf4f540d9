"""The code of the package, put back into the cell that it came from.

def split(complete, *, seed=SEED):             a, b = halves(complete, seed=SEED)
    a, b = halves(complete, seed=seed)   ->    log(a)
    log(a)
    return a, b

What would not give the same function again when it is promoted is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nb2pkg.errors import Nb2pkgError
from nb2pkg.files import alone, apply, changed, compare
from nb2pkg.graph import fingerprint
from nb2pkg.inline.cell import CellOf, Function, definition, refused, statements
from nb2pkg.merge import standing
from nb2pkg.merge.names import renamed
from nb2pkg.merge.standing import Standing
from nb2pkg.merge.symbols import split
from nb2pkg.model import Notebook
from nb2pkg.notebook import reader
from nb2pkg.paths import Folder, bare, path_of
from nb2pkg.project import base, code_digest, identity, locate, manifest
from nb2pkg.project.manifest import Made, Manifest
from nb2pkg.promote import remembered
from nb2pkg.promote.build import Promotion


@dataclass(frozen=True, slots=True)
class Inlined:
    """A notebook with one cell changed, not yet written.

    files of the project say that both sides have this code now: base and manifest. known: what the
    manifest says before that.
    """

    path: Path
    source: Notebook
    document: Mapping[str, Any]
    number: int  # of the cell, from 1
    before: str
    after: str
    project: Folder
    files: Mapping[str, str]
    known: Mapping[str, Any]


def inline(folder: Folder, name: str) -> Inlined:
    """Put the code of a symbol, as it is in the package now, into its cell.

    Nb2pkgError says why that cannot be done.
    """
    known = locate.named_now(folder)
    made = manifest.named(known, name)
    locate.check_own(made)
    generated, theirs = locate.generated(folder), locate.current(folder)
    found = standing.find(generated, theirs, known.package, known.renamed).get(made.generated)
    path = locate.original(folder, known)
    source = locate.notebook(folder, known)
    current = _checked(made, found, source, known.cells)
    promotion = remembered.generated(folder, known, source)
    cell = next(cell for cell in source.code if cell.id == made.cells[-1])
    module = theirs[path_of(known.package, made.symbol.rpartition(".")[0])]
    after = CellOf(promotion.plan, made, cell.index).with_code(_as_named(current, known), module)
    document = _with_source(source, cell.index, after)
    text = reader.serialize(document, source.layout)
    ids = [cell.id for cell in source.cells]
    again = identity.with_ids(reader.parse(text.encode("utf-8"), str(path)), ids)
    now = _promoted(remembered.generated(folder, known, again), theirs, made, current)
    digest = fingerprint.of_cell(again.cells[cell.index])
    counted = _as_generated(generated, known, made, now)
    files = {
        **base.with_texts(folder, known.package, counted),
        manifest.PATH: _in_manifest(known, cell.id, digest, counted),
    }
    if (folder / manifest.KEPT).is_file():
        return _in_narrative(folder, known, (again, made), files)
    number, before = cell.index + 1, cell.source
    return Inlined(path, source, document, number, before, after, folder, files, known.content)


def _in_narrative(
    folder: Folder, known: Manifest, changed: tuple[Notebook, Made], files: Mapping[str, str]
) -> Inlined:
    """The same in the narrative, if that is where exploring goes on."""
    again, made = changed
    story = locate.narrative(folder, known, reader.read(folder / known.story))
    index = next((c.index for c in story.cells if c.id == made.cells[-1]), None)
    if index is None:
        raise refused(made, "its cell is gone from the narrative", "Promote the narrative first.")
    before = story.cells[index].source
    generated = locate.generated(folder)[known.narrative]
    old = reader.parse(generated.encode("utf-8"), known.narrative)
    if before not in (cell.source for cell in old.cells):
        raise refused(made, "its cell was changed in the narrative", "Promote the narrative first.")
    after = next(cell.source for cell in again.cells if cell.id == made.cells[-1])
    kept = reader.serialize(again.document, again.layout)
    return Inlined(
        folder / known.story,
        story,
        _with_source(story, index, after),
        index + 1,
        before,
        after,
        folder,
        {**files, manifest.KEPT: kept},
        known.content,
    )


def write(found: Inlined) -> None:
    """Write the notebook and what is remembered of it, if neither has changed since."""
    with alone(bare(found.project), found.path.parent):
        if manifest.required(found.project).content != found.known:
            raise changed(found.project / manifest.PATH)
        reader.check_same(found.path, found.source)
        text = reader.serialize(found.document, found.source.layout)
        files = {locate.seen_from(found.project, found.path): text, **found.files}
        apply(found.project, files, compare(found.project, files, base.old_paths(found.project)))


def _checked(
    made: Made, found: Standing | None, source: Notebook, cells: Mapping[str, Mapping[str, Any]]
) -> str:
    """The code as it is in the package, if it can go into the notebook."""
    if found is None or found.current is None:
        raise Nb2pkgError(
            f"{made.symbol} is no longer in the package", "Run nb2pkg status to see what is."
        )
    if not found.is_edited:
        raise Nb2pkgError(f"{made.symbol} is what its cell gives: there is nothing to put back")
    now = {cell.id: fingerprint.of_cell(cell) for cell in source.code}
    if any(now.get(cell) != cells[cell]["digest"] for cell in made.cells):
        raise refused(made, "its cell has changed too", "Promote first: that merges both.")
    if len(set(made.cells)) > 1:
        raise refused(made, f"it is made of the cells {', '.join(made.cells)}")
    if made.is_rewritten:
        raise refused(made, "it takes data as arguments that the cell's version reads by itself")
    return found.current


def _with_source(source: Notebook, index: int, text: str) -> dict[str, Any]:
    cells = list(source.document["cells"])
    as_list = isinstance(cells[index].get("source"), list)
    cells[index] = {**cells[index], "source": text.splitlines(keepends=True) if as_list else text}
    return {**source.document, "cells": cells}


def _promoted(again: Promotion, theirs: Mapping[str, str], made: Made, current: str) -> str:
    """What promoting the new cell gives: the code of the package, whatever its docstring says."""
    package = again.plan.package
    now = standing.find(again.files, theirs, package, {}).get(made.generated)
    if now is None or _meaning(now.generated) != _meaning(current):
        raise refused(made, "promoting it again would give another function")
    module, _, name = made.generated.rpartition(".")
    found = split(again.files[path_of(package, module)])
    texts = (item.text for item in (found.items if found else ()) if item.symbol == name)
    return next(texts, now.generated)


def _as_named(text: str, known: Manifest) -> str:
    """Code of the package with the names that the notebook has for what the engineer renamed."""
    last = {now.rpartition(".")[2]: old.rpartition(".")[2] for old, now in known.renamed.items()}
    return renamed(text, {now: old for now, old in last.items() if now != old})


def _as_generated(
    generated: Mapping[str, str], known: Manifest, made: Made, text: str
) -> dict[str, str]:
    """The module as it was generated, with another text of that symbol."""
    module, _, name = made.generated.rpartition(".")
    path = path_of(known.package, module)
    found = split(generated[path])
    items = found.items if found else ()
    parts = [item.gap + (text if item.symbol == name else item.text) for item in items]
    return {path: "".join(parts) + (found.tail if found else "")}


def _in_manifest(known: Manifest, cell: str, digest: str, counted: Mapping[str, str]) -> str:
    """The manifest with another digest of that cell, and of what counts as generated from it."""
    cells = {**known.cells, cell: {**known.cells[cell], "digest": digest}}
    digests = base.digests(counted, known.package)
    return manifest.as_text(manifest.with_base({**known.content, "cells": cells}, digests))


def _meaning(text: str) -> object:
    """The statements of a symbol and the names that it takes; not their order, no annotations."""
    node = definition(text)
    if not isinstance(node, Function):
        return code_digest.of_code([node])
    named = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return sorted(arg.arg for arg in named), code_digest.of_code(statements(node))
