"""What a person wants checked: ``[tool.nb2pkg]`` in the nearest pyproject.toml that has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, cast

from nb2pkg import pyproject
from nb2pkg.check.catalogue import CATALOGUE
from nb2pkg.check.model import Limits
from nb2pkg.errors import Nb2pkgError, did_you_mean

_KEYS = ("select", "ignore", "per-file-ignores", "max-cell-lines", "max-output-kb", "outputs")
_OF_OTHERS = {"attempts", "dependencies"}  # what says something of other commands
_OUTPUTS = ("allow", "forbid", "strip")
DEFAULT = "default"


class SettingsError(Nb2pkgError):
    """The settings cannot be followed: a wrong call."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """select and ignore are codes or their beginnings, ``default`` or ``ALL``.

    per_file are patterns of paths, as seen from root, with what is ignored there.
    """

    select: tuple[str, ...] = (DEFAULT,)
    ignore: tuple[str, ...] = ()
    per_file: tuple[tuple[str, tuple[str, ...]], ...] = ()
    limits: Limits = field(default_factory=Limits)
    root: Path | None = None

    def wanted(self, path: Path) -> frozenset[str]:
        """The codes that are checked in a file."""
        ignored = [*self.ignore, *self._ignored_in(path)]
        return frozenset(
            code
            for code in CATALOGUE
            if any(covers(word, code) for word in self.select)
            and not any(covers(word, code) for word in ignored)
        )

    def _ignored_in(self, path: Path) -> Iterable[str]:
        inside = self.root is not None and path.is_relative_to(self.root)
        seen = path.relative_to(self.root).as_posix() if inside and self.root else path.as_posix()
        for pattern, words in self.per_file:
            if fnmatchcase(seen, pattern) or fnmatchcase(path.name, pattern):
                yield from words


def covers(word: str, code: str) -> bool:
    """Does a word of select or ignore mean this code?"""
    if word == DEFAULT:
        return CATALOGUE[code].is_on
    return word == "ALL" or code.startswith(word)


def checked(words: Iterable[str], where: str) -> tuple[str, ...]:
    """The words, if each means some code."""
    words = tuple(words)
    for word in words:
        if not word or not any(covers(word, code) for code in CATALOGUE):
            usual = (
                "Write a code such as NB804, the beginning of some, such as NB8, default or ALL."
            )
            raise SettingsError(
                f"{where}: there is no check {word!r}",
                did_you_mean(word, [DEFAULT, "ALL", *CATALOGUE], usual),
            )
    return words


@cache
def around(folder: Path) -> CheckSettings:
    """The settings for notebooks of a folder."""
    try:
        found = pyproject.nearest(folder, _has_settings)
    except Nb2pkgError as error:
        raise SettingsError(error.message, error.hint) from None
    if found is None:
        return CheckSettings()
    document, path = found
    return replace(_read(_own(document), str(path)), root=path.parent)


def _has_settings(document: pyproject.Table) -> bool:
    """Does it say something of checks? An empty table says that the usual ones hold."""
    own = pyproject.table(document, "tool").get("nb2pkg")
    return isinstance(own, dict) and (not own or bool(set(own) - _OF_OTHERS))


def _own(document: pyproject.Table) -> pyproject.Table:
    return pyproject.table(document, "tool", "nb2pkg")


def _read(table: pyproject.Table, where: str) -> CheckSettings:
    unknown = sorted(set(table) - set(_KEYS) - _OF_OTHERS)
    if unknown:
        raise SettingsError(
            f"{where}: [tool.nb2pkg] has no key {', '.join(unknown)}",
            did_you_mean(unknown[0], _KEYS, f"The keys are {', '.join(_KEYS)}."),
        )
    per_file = _typed(table, "per-file-ignores", dict, {}, where)
    limits = Limits(
        max_cell_lines=_typed(table, "max-cell-lines", int, Limits().max_cell_lines, where),
        max_output_kb=_typed(table, "max-output-kb", int, Limits().max_output_kb, where),
        outputs=cast(Any, _typed(table, "outputs", str, "allow", where)),
    )
    if limits.outputs not in _OUTPUTS:
        raise SettingsError(f"{where}: outputs is one of {', '.join(_OUTPUTS)}")
    return CheckSettings(
        select=_words(table.get("select", [DEFAULT]), "select", where),
        ignore=_words(table.get("ignore", []), "ignore", where),
        per_file=tuple((p, _words(w, "per-file-ignores", where)) for p, w in per_file.items()),
        limits=limits,
    )


def _words(value: object, key: str, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise SettingsError(f"{where}: {key} is a list of codes")
    return checked(value, f"{where}: {key}")


def _typed(table: Mapping[str, Any], key: str, kind: type, default: Any, where: str) -> Any:
    value = table.get(key, default)
    if not isinstance(value, kind) or isinstance(value, bool):
        name = {dict: "a table", int: "a number", str: "a text"}[kind]
        raise SettingsError(f"{where}: {key} is {name}")
    return value
