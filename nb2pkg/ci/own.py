"""How a server installs nb2pkg itself: this version, from where it was installed here."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from nb2pkg import __version__
from nb2pkg.errors import Nb2pkgError

_NAME = "nb2pkg"
_VERIFY = "verify"


def default() -> tuple[str, bool]:
    """The requirement; and whether others may not have it, since it came from this machine."""
    origin = _origin()
    url, commit = str(origin.get("url", "")), origin.get("vcs_info", {})
    if commit:
        return f"{_NAME} @ {commit['vcs']}+{url}@{commit['commit_id']}", False
    if url.startswith(("https://", "http://")):
        return f"{_NAME} @ {url}", False
    return f"{_NAME}=={__version__}", bool(url)


def _origin() -> Any:
    """What pip wrote down of where it had it from (PEP 610); nothing for an index."""
    try:
        text = distribution(_NAME).read_text("direct_url.json")
    except PackageNotFoundError:  # it is run from its sources
        return {"url": "file:"}
    return json.loads(text or "{}")


def given(words: str, top: Path) -> str:
    """What a person names: a requirement, an address, or a file of the repository."""
    path = Path(words).resolve()
    if "://" in words or (_parsed(words) is not None and not path.is_file()):
        return words
    if not path.exists():
        raise Nb2pkgError(
            f"--install {words}: is neither a requirement nor a file that is there",
            "Name a version (nb2pkg==0.1.0), an address (git+https://...), or a wheel in the repository.",
        )
    if not path.is_relative_to(top):
        raise Nb2pkgError(
            f"--install {words}: lies outside the repository {top}, so no server has it",
            "Put the wheel into the repository, or name an address.",
        )
    return f"./{path.relative_to(top).as_posix()}"


def for_runs(words: str) -> str:
    """The same, with what running notebooks needs."""
    requirement = _parsed(words)
    if requirement is not None:
        requirement.extras |= {_VERIFY}
        return str(requirement)
    if words.endswith("]"):
        return words
    return f"{_NAME}[{_VERIFY}] @ {words}" if "://" in words else f"{words}[{_VERIFY}]"


def _parsed(words: str) -> Requirement | None:
    try:
        return Requirement(words)
    except InvalidRequirement:
        return None
