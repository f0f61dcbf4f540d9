"""The servers and programs that nb2pkg knows: which file they read, and how it is made or extended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from nb2pkg.ci import insert, text
from nb2pkg.ci.insert import NotPossibleError
from nb2pkg.ci.model import Block, UnextendableError, Wish
from nb2pkg.graph import fingerprint

_HOOKS = frozenset({"nb2pkg-check", "nb2pkg-status"})
_OURS = "// Written by nb2pkg ci jenkins, which leaves it alone once it is edited: "


@dataclass(frozen=True, slots=True)
class Kind:
    """path is that of the file; where, the mapping or list in it to which entries are added."""

    name: str
    path: str
    where: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()  # entries that need a package

    def written(self, wish: Wish, before: str | None) -> str:
        """The text of the file; before is what it has now, None if there is none."""
        if not self.entries:
            return _jenkinsfile(self, wish, before)
        stage = _stage(before) if self.name == "gitlab" and before else ""
        made = tuple(
            Block(name, text.fill(f"{self.name}/{name}", wish, stage))
            for name in self._wanted(wish)
        )
        if before is None or not before.strip():
            return text.fill(f"{self.name}/head", wish) + _joined(made, len(self.where) * 2)
        try:
            return insert.extended(before, self.where, made, _names)
        except NotPossibleError as reason:
            raise _refused(self, str(reason), _joined(made, 0)) from None

    def _wanted(self, wish: Wish) -> tuple[str, ...]:
        return self.entries + (self.optional if wish.project else ())


def _joined(entries: tuple[Block, ...], column: int) -> str:
    blocks = (entry.text.rstrip("\n").split("\n") for entry in entries)
    space = " " * column
    return "\n\n".join("\n".join(space + line if line else "" for line in b) for b in blocks) + "\n"


def _refused(kind: Kind, reason: str, piece: str) -> UnextendableError:
    return UnextendableError(
        f"{kind.path}: {reason}, so nothing was written",
        "Put into it by hand what stands on standard output.",
        piece,
    )


def _stage(before: str) -> str:
    """A stage of an existing file: GitLab refuses jobs of a stage that is not listed."""
    try:
        stages = insert.read(before).get("stages")
    except NotPossibleError:
        return ""
    if not isinstance(stages, list) or "test" in stages or not stages:
        return ""
    return str(stages[0])


def _names(item: Any) -> frozenset[str]:
    """Travis' jobs have a name; an entry of pre-commit is ours if one of its hooks is."""
    if not isinstance(item, dict):
        return frozenset()
    hooks = item.get("hooks")
    ids = [hook.get("id") for hook in hooks if isinstance(hook, dict)] if hooks else []
    return frozenset({*_HOOKS.intersection(ids), *filter(None, [item.get("name")])})


def _jenkinsfile(kind: Kind, wish: Wish, before: str | None) -> str:
    """Groovy is a language of its own: only a file that is as nb2pkg wrote it is written anew."""
    body = text.fill(f"{kind.name}/{kind.path}", wish)
    if before is not None and before.strip() and not _is_untouched(before):
        raise _refused(kind, "it is there, and is not as nb2pkg wrote it", body)
    return f"{_OURS}{fingerprint.of_text(body)}\n{body}"


def _is_untouched(before: str) -> bool:
    head, _, body = before.replace("\r\n", "\n").partition("\n")
    return head == f"{_OURS}{fingerprint.of_text(body)}"


_ALL = (
    Kind(
        "github",
        ".github/workflows/notebooks.yml",
        where=("jobs",),
        entries=("nb2pkg-check",),
        optional=("nb2pkg-tests",),
    ),
    Kind("gitlab", ".gitlab-ci.yml", entries=("nb2pkg-check",), optional=("nb2pkg-tests",)),
    Kind("travis", ".travis.yml", where=("jobs", "include"), entries=("nb2pkg",)),
    Kind("jenkins", "Jenkinsfile"),
    Kind("pre-commit", ".pre-commit-config.yaml", where=("repos",), entries=("nb2pkg-check",)),
)
KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _ALL})
