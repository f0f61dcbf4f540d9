"""What is said where the notebook and the package both changed the same."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from nb2pkg.errors import ConflictError, Nb2pkgError, did_you_mean
from nb2pkg.merge import Choices, Conflict, Resolve

_SHOWN = 3  # conflicts that are shown whole
_SIDES = {Resolve.OURS: "package", Resolve.THEIRS: "notebook"}  # whose text is dropped


def check(project: Path, found: tuple[Conflict, ...], choices: Choices) -> None:
    """Raise an error for conflicts that nobody has settled, and for choices about what is none."""
    names = [conflict.name for conflict in found]
    for name in choices.named:
        if name not in names:
            hint = did_you_mean(name, names, "nb2pkg promote without --settle lists the conflicts.")
            raise Nb2pkgError(f"{project}: there is no conflict {name!r}", hint)
    left = tuple(c for c in found if choices.of(c.path, c.symbol) is Resolve.STOP)
    if left:
        raise stopped(project, left)


def stopped(project: Path, conflicts: tuple[Conflict, ...]) -> ConflictError:
    """Both sides are shown, and nothing is written."""
    named = ", ".join(dict.fromkeys(conflict.name for conflict in conflicts))
    shown = [line for conflict in conflicts[:_SHOWN] for line in _described(conflict)]
    more = [f"... and {len(conflicts) - _SHOWN} more"] if len(conflicts) > _SHOWN else []
    return ConflictError(
        "\n".join([f"{project}: the notebook and the package both changed {named}", *shown, *more]),
        "Nothing was written. --conflicts ours takes the notebook's, theirs the package's, and "
        "markers writes both; --settle NAME=ours says it of one.",
    )


def not_settled(project: Path, paths: Iterable[str]) -> ConflictError:
    """Markers of an earlier conflict still stand in files."""
    return ConflictError(
        f"{project}: not settled yet: both sides of a conflict stand in {', '.join(paths)}",
        "Settle the places from <<<<<<< to >>>>>>> and promote again; --conflicts ours or theirs "
        "takes the notebook's or the package's in all that nb2pkg marked.",
    )


def marked(
    project: Path, conflicts: tuple[Conflict, ...], files: Mapping[str, str]
) -> ConflictError:
    """Both sides were written. files: path to text, as they are now."""
    named = [f"CONFLICT in {conflict.name}: {conflict.reason}" for conflict in conflicts]
    broken = [path for path in dict.fromkeys(c.path for c in conflicts) if _is_broken(path, files)]
    what = [f"These do not parse until that is settled: {', '.join(broken)}"] if broken else []
    return ConflictError(
        "\n".join([f"{project}: both sides were written", *dict.fromkeys(named), *what]),
        "Settle the places from <<<<<<< to >>>>>>>, and promote again.",
    )


def _is_broken(path: str, files: Mapping[str, str]) -> bool:
    try:
        ast.parse(files.get(path, "") if path.endswith(".py") else "")
    except SyntaxError:
        return True
    return False


def dropped(conflict: Conflict, resolve: Resolve) -> tuple[str, ...]:
    """The lines of the side that gave way, which the other does not have."""
    if resolve not in _SIDES:
        return ()
    texts = [conflict.ours.splitlines(), conflict.theirs.splitlines()]
    kept, lost = texts if resolve is Resolve.OURS else reversed(texts)
    lines = difflib.ndiff(kept, lost)
    return tuple(line[2:] for line in lines if line.startswith("+ ") and line[2:].strip())


def settled(conflict: Conflict, resolve: Resolve) -> Iterator[str]:
    """How a conflict was settled, and what was dropped for it."""
    yield f"settled {conflict.name} ({conflict.reason})"
    lines = dropped(conflict, resolve)
    if lines:
        yield f"  dropped, of the {_SIDES[resolve]}:"
        yield from (f"    {line}" for line in lines)


def _described(conflict: Conflict) -> Iterator[str]:
    """What each side made of it, as a diff from the package's text to the notebook's."""
    yield f"{conflict.name}: {conflict.reason}"
    lines = difflib.unified_diff(
        conflict.theirs.splitlines(), conflict.ours.splitlines(), "package", "notebook", lineterm=""
    )
    yield from (f"    {line}" for line in lines)
