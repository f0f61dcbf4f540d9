"""What the cells of a symbol give now, against what the package has."""

from __future__ import annotations

import difflib

from nb2pkg.errors import Nb2pkgError
from nb2pkg.graph import fingerprint
from nb2pkg.merge import standing
from nb2pkg.model import Notebook
from nb2pkg.paths import Folder
from nb2pkg.project import locate, manifest
from nb2pkg.project.manifest import Made, Manifest
from nb2pkg.promote import remembered


def difference(folder: Folder, name: str) -> tuple[str, ...]:
    """A unified diff from the notebook to the package; nothing if they are the same.

    Nb2pkgError if there is no such symbol, PromotionError if its cells give nothing any more.
    """
    known = manifest.required(folder)
    theirs = locate.current(folder)
    base = locate.generated(folder)
    made = manifest.named(known, name)
    path = locate.original(folder, known)
    locate.check_own(made)
    source = locate.notebook(folder, known)
    if _has_changed(source, known, made):
        base = dict(remembered.generated(folder, known, source).files)
    found = standing.find(base, theirs, known.package, known.renamed).get(made.generated)
    if found is None:
        raise Nb2pkgError(
            f"{made.symbol}: its cells no longer make such a function",
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


def _has_changed(source: Notebook, known: Manifest, made: Made) -> bool:
    cells = {cell.id: fingerprint.of_cell(cell) for cell in source.code}
    return any(cells.get(cell) != known.cells[cell]["digest"] for cell in made.cells)
