"""Which modules a wheel brings, by its own record."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_MODULE = re.compile(r"(\w+)(?:\.[\w-]+)?\.(?:py|so|pyd)")
_SCHEME = re.compile(r"[^/]+\.data/(?:purelib|platlib)/")
_ASIDE = re.compile(
    r"_.*|tests?|testing|docs?|examples?|samples?|scripts|benchmarks?|tools|conftest|setup|bin"
)
_SHARING = ("declare_namespace", "extend_path")
_DEEPEST = 3  # folders of a namespace, as in google.cloud.storage


@dataclass(frozen=True, slots=True)
class Wheel:
    """modules are dotted, with the folders above them; regular are those with an __init__ of their
    own, which no other distribution adds to."""

    modules: frozenset[str]
    regular: frozenset[str]


def read(path: Path) -> Wheel:
    """What the record of the wheel names."""
    with zipfile.ZipFile(path) as archive:
        inside = _paths(archive)
        modules = {dotted: path for path in inside if (dotted := _dotted(path))}
        packages = {name: path for name, path in modules.items() if _is_init(path)}
        regular = {
            name
            for name, path in packages.items()
            if name.count(".") >= _DEEPEST or not _is_shared(archive, inside[path])
        }
    above = {parent for name in modules for parent in _above(name)}
    return Wheel(frozenset(modules) | above, frozenset(regular))


def public(wheel: Wheel) -> tuple[str, ...]:
    """What a person imports: packages and modules at the top, and those below namespaces."""
    return tuple(_portions(wheel, ""))


def _portions(wheel: Wheel, above: str) -> Iterator[str]:
    here = sorted(name for name in wheel.modules if name.rpartition(".")[0] == above)
    for name in here:
        if _ASIDE.fullmatch(name.rpartition(".")[2]):
            continue
        below = [] if name in wheel.regular else list(_portions(wheel, name))
        yield from below or [name]


def _paths(archive: zipfile.ZipFile) -> dict[str, str]:
    """Files below site-packages, and where they are in the archive. Vendored records are no record."""
    records = (name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
    record = next(name for name in records if name.count("/") == 1)
    rows = csv.reader(io.StringIO(archive.read(record).decode("utf-8")))
    paths = (row[0] for row in rows if row)
    return {_SCHEME.sub("", path): path for path in paths if ".dist-info/" not in path}


def _above(dotted: str) -> Iterator[str]:
    while dotted := dotted.rpartition(".")[0]:
        yield dotted


def _is_shared(archive: zipfile.ZipFile, init: str) -> bool:
    """Does this __init__ make room for other distributions, and nothing else?"""
    text = archive.read(init).decode("utf-8", errors="replace")
    return any(word in text for word in _SHARING) and "from ." not in text


def _is_init(path: str) -> bool:
    return PurePosixPath(path).name.startswith("__init__.")


def _dotted(path: str) -> str:
    """The module that a file is; empty if it is none."""
    *folders, name = PurePosixPath(path).parts
    match = _MODULE.fullmatch(name)
    parts = [*folders, match[1]] if match else [""]
    if not all(part.isidentifier() for part in parts):
        return ""
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
