"""What the cells of symbols give now, against what the package has."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from nb2pkg.errors import Nb2pkgError
from nb2pkg.graph import fingerprint
from nb2pkg.merge import standing
from nb2pkg.merge.standing import Standing
from nb2pkg.model import Notebook
from nb2pkg.paths import Folder
from nb2pkg.project import locate, manifest
from nb2pkg.project.manifest import Made, Manifest
from nb2pkg.promote import remembered, source
from nb2pkg.status import bookkeeping

GONE = "its cells no longer make such a function"


@dataclass(frozen=True, slots=True)
class Difference:
    """lines: a unified diff from the notebook to the package; none if they are the same.

    is_bookkeeping: only markers, annotations and docstrings differ, and they are left out.
    is_gone: its cells do not make it any more.
    """

    symbol: str
    lines: tuple[str, ...] = ()
    is_bookkeeping: bool = False
    is_gone: bool = False


def difference(folder: Folder, name: str, is_whole: bool = False) -> Difference:
    """Of one symbol. is_whole: with markers, annotations and docstrings.

    Nb2pkgError if there is no such symbol, PromotionError if its cells give nothing any more.
    """
    known = locate.named_now(folder)
    made = manifest.named(known, name)
    locate.check_own(made)
    (found,) = _compared(folder, known, (made,), is_whole)
    if found.is_gone:
        raise Nb2pkgError(f"{found.symbol}: {GONE}", "Look with nb2pkg status, and promote again.")
    return found


def differences(folder: Folder, is_whole: bool = False) -> tuple[Difference, ...]:
    """Of all symbols of a package, in the order of the notebook."""
    known = locate.named_now(folder)
    own = {made.symbol: made for made in known.made if not made.shared_from}
    return tuple(_compared(folder, known, own.values(), is_whole))


def _compared(
    folder: Folder, known: Manifest, wanted: Iterable[Made], is_whole: bool
) -> Iterator[Difference]:
    base, theirs = locate.generated(folder), locate.current(folder)
    notebook = source.notebook(folder, known)
    then = standing.find(base, theirs, known.package, known.renamed)
    changed = {made.generated for made in wanted if _has_changed(notebook, known, made)}
    now = _standing_now(folder, known, notebook, theirs) if changed else {}
    for made in wanted:
        found = (now if made.generated in changed else then).get(made.generated)
        if found is None:
            yield Difference(made.symbol, is_gone=True)
        else:
            yield _of(found, _titles(known, made, found), is_whole)


def _standing_now(
    folder: Folder, known: Manifest, notebook: Notebook, theirs: Mapping[str, str]
) -> Mapping[str, Standing]:
    files = remembered.generated(folder, known, notebook).files
    return standing.find(files, theirs, known.package, known.renamed)


def _titles(known: Manifest, made: Made, found: Standing) -> tuple[str, str]:
    here = f"{known.package}.{found.symbol}" if found.current else "deleted in the package"
    return f"{PurePosixPath(known.notebook).name}, cell {', '.join(made.cells)}", here


def _of(found: Standing, titles: tuple[str, str], is_whole: bool) -> Difference:
    if not found.is_edited:
        return Difference(found.symbol)
    before, now = found.generated, found.current or ""
    if not is_whole and now:
        before, now = bookkeeping.without(before, now)
    lines = difflib.unified_diff(before.splitlines(), now.splitlines(), *titles, lineterm="")
    shown = tuple(lines)
    return Difference(found.symbol, shown, is_bookkeeping=not shown)


def _has_changed(notebook: Notebook, known: Manifest, made: Made) -> bool:
    cells = {cell.id: fingerprint.of_cell(cell) for cell in notebook.code}
    return any(cells.get(cell) != known.cells[cell]["digest"] for cell in made.cells)
