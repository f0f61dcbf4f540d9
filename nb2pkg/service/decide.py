"""What people decide on: tags, which an editor sets; validation and approval, which are recorded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from nb2pkg import facts
from nb2pkg.errors import Nb2pkgError
from nb2pkg.graph import fingerprint
from nb2pkg.model import Notebook
from nb2pkg.notebook import reader, tags
from nb2pkg.paths import Folder
from nb2pkg.project import code_digest, locate, manifest
from nb2pkg.project.approvals import Decision, What, now, record, required_author
from nb2pkg.project.manifest import Made
from nb2pkg.service.model import CellTags, Decided, TagCheck, TagsChanged
from nb2pkg.service.opened import Opened


def tagged(found: Opened, cells: Sequence[int], tag: str) -> TagsChanged:
    """The tags of cells that a person marks; without a tag, those of cells of which they take it away."""
    changed = _marked(found, cells, tag)
    return TagsChanged(tuple(_tags(n, changed["cells"][n]) for n in cells))


def accepted(found: Opened, cells: Sequence[int]) -> TagsChanged:
    """The tags of cells whose proposed tags a person accepts."""
    document = found.notebook.document
    for index in cells:
        text = tags.proposed(found.notebook, found.notebook.cells[index])
        if text:
            document = tags.apply(document, (index,), text)
    return TagsChanged(tuple(_tags(n, document["cells"][n]) for n in cells))


def written(found: Opened, cells: Sequence[int], tag: str) -> TagsChanged:
    """Tag cells in the file, for who has no editor open: nothing else of it changes."""
    changed = _marked(found, cells, tag)
    reader.save(found.path, found.notebook, changed)
    return TagsChanged(tuple(_tags(n, changed["cells"][n]) for n in cells))


def _marked(found: Opened, cells: Sequence[int], tag: str) -> dict[str, Any]:
    """The document with that tag on the cells, or with none. Nb2pkgError for a tag that is not understood."""
    if not tag:
        return tags.remove(found.notebook.document, cells)
    tags.check(tag)
    return tags.apply(found.notebook.document, cells, tag)


def _tags(index: int, raw: dict[str, Any]) -> CellTags:
    metadata = raw.get("metadata") or {}
    own = metadata.get("nb2pkg")
    texts = {str(k): str(v) for k, v in own.items()} if isinstance(own, dict) else {}
    return CellTags(index, tuple(map(str, metadata.get("tags") or ())), texts)


def checked(tag: str) -> TagCheck:
    """Whether a tag is understood, as somebody types it."""
    try:
        tags.check(tag)
    except Nb2pkgError as error:
        return TagCheck(tag, str(error))
    return TagCheck(tag, "")


def validated(found: Opened, cells: Sequence[int], why: str = "", by: str = "") -> Decided:
    """Record that cells are validated. Nb2pkgError without a package, where their tags say so."""
    if found.package is None:
        raise Nb2pkgError(
            f"{found.path}: has no package yet", "Tag the cells, and promote the notebook."
        )
    if found.is_story:
        raise Nb2pkgError(
            f"{found.path}: is the narrative", "Validate the cells of the original notebook."
        )
    place, _ = found.package
    return record_validated(place, found.notebook, cells, why, by)


def record_validated(
    place: Folder, notebook: Notebook, cells: Sequence[int], why: str, by: str
) -> Decided:
    """Record that cells are validated, with digests of them and of what feeds them."""
    upstream = fingerprint.upstream_digests(facts.analyze(notebook))
    who, when = required_author(place, by), now()
    chosen = [notebook.cells[index] for index in cells]
    record(
        place,
        [
            Decision("validated", c.id, fingerprint.of_cell(c), upstream[c.id], who, when, why)
            for c in chosen
        ],
    )
    return Decided(tuple(cell.id for cell in chosen), who)


def reviewed(
    project: Folder, made: Iterable[Made], what: What, why: str = "", by: str = ""
) -> Decided:
    """Record what a reviewer decides of the code of symbols, as it is on disk."""
    items = tuple(made)
    own = code_digest.of_symbols(locate.current(project), manifest.required(project).package)
    gone = [item.symbol for item in items if item.symbol not in own]
    if gone:
        raise Nb2pkgError(
            f"{gone[0]} is no longer in the package", "Run nb2pkg status to see what is."
        )
    who, when = required_author(project, by), now()
    record(project, [Decision(what, m.symbol, own[m.symbol], "", who, when, why) for m in items])
    return Decided(tuple(item.symbol for item in items), who)
