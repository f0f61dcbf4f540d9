"""What the cells of a symbol give now, against what the package has."""

from __future__ import annotations

import difflib
from pathlib import Path

from nb2pkg import digests, manifest, project
from nb2pkg import notebook as reader
from nb2pkg.errors import Nb2pkgError
from nb2pkg.manifest import Made, Manifest
from nb2pkg.merge import standing
from nb2pkg.promote import Wanted, promote


def difference(folder: Path, name: str) -> tuple[str, ...]:
    """A unified diff from the notebook to the package; nothing if they are the same.

    Nb2pkgError if there is no such symbol, PromotionError if its cells give nothing any more.
    """
    known = manifest.required(folder)
    theirs = project.current(folder)
    base = project.generated(folder)
    made = manifest.named(known, name)
    path = (folder / known.notebook).resolve()
    if _has_changed(path, known, made):
        base = dict(promote(path, Wanted(folder, known.everything, known.package)).files)
    found = standing.find(base, theirs, known.package, known.renamed).get(made.generated)
    if found is None:
        raise Nb2pkgError(
            f"{made.symbol}: its cells give no such function any more",
            "Look with nb2pkg status, and promote again.",
        )
    lines = difflib.unified_diff(
        found.generated.splitlines(),
        (found.current or "").splitlines(),
        f"{path.name}, cell {', '.join(made.cells)}",
        f"{known.package}.{found.symbol}" if found.current else "deleted in the package",
        lineterm="",
    )
    return tuple(lines) if found.is_edited else ()


def _has_changed(path: Path, known: Manifest, made: Made) -> bool:
    cells = {cell.id: digests.of_cell(cell) for cell in reader.read(path).code}
    return any(cells.get(cell) != known.cells[cell]["digest"] for cell in made.cells)
