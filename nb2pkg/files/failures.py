"""What the system says of a file, as one message for a person."""

from __future__ import annotations

import errno
from pathlib import Path

from nb2pkg.errors import ConflictError, Nb2pkgError

_HINTS = {
    errno.ENOSPC: "Make room, and run it again.",
    errno.EDQUOT: "Make room, and run it again.",
    errno.EACCES: "See who may write there, and whether another program has it open.",
    errno.EPERM: "See who may write there, and whether another program has it open.",
    errno.EROFS: "Write to another place: --output.",
    errno.ENAMETOOLONG: "Choose shorter names: --output, --name.",
    errno.ENOTDIR: "A part of the path is a file: name another one.",
}


def explained(error: OSError, what: Path | str = "", doing: str = "written") -> Nb2pkgError:
    """The error as a person can use it: the path, what is wrong with it, what to do."""
    path = what or error.filename or "a file"
    reason = (error.strerror or str(error)).lower()
    return Nb2pkgError(
        f"{path}: cannot be {doing}: {reason}", _HINTS.get(error.errno or 0, "Look at that path.")
    )


def changed(path: Path) -> ConflictError:
    """Somebody wrote to a file that is about to be written."""
    return ConflictError(
        f"{path}: was changed while this command ran, so nothing was written", "Run it again."
    )
