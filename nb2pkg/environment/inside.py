"""Run by the interpreter that is asked: what is installed there, and which modules each brings.

It is passed as text, so that nothing of nb2pkg need be there. Python 3.8 and newer can run it.
Of an environment that is not asked, the same is read from its files.
"""

from __future__ import annotations

import ast
import json
import os
import platform
import re
import site
import sys
from collections.abc import Iterator
from importlib import metadata

_CODE = (".py", ".so", ".pyd", ".pyx")
_DEEP = 4  # names of packages in packages that several distributions share
_OUTSIDE = ("..", "/", "__pycache__/", "bin/", "Scripts/")


def to_json(places: list[str], markers: dict[str, str]) -> dict[str, object]:
    """What is installed in these folders."""
    found: dict[str, _Installed] = {}
    for distribution in metadata.distributions(path=places):
        headers = _headers(distribution)
        name = headers.get("name", [""])[0]
        key = re.sub(r"[-_.]+", "-", name).lower()
        if name and key not in found:  # the first on the path is the one that is imported
            found[key] = _Installed(distribution, headers)
    all_of_them = list(found.values())
    modules = _modules(all_of_them)
    return {
        "markers": markers,
        "places": [path for path in places if os.path.isdir(path)],
        "distributions": [one.to_json(sorted(own)) for one, own in zip(all_of_them, modules)],
    }


class _Installed:
    """A distribution as its files tell of it."""

    def __init__(self, distribution: metadata.Distribution, headers: dict[str, list[str]]) -> None:
        self.distribution = distribution
        self.headers = headers
        self.record = _record(distribution)
        self.files = [path for path in self.record if path.endswith(_CODE)]
        self.listed = (_text(distribution, "top_level.txt") or "").split()

    def to_json(self, modules: list[str]) -> dict[str, object]:
        headers = self.headers
        return {
            "name": headers["name"][0],
            "version": headers.get("version", [""])[0],
            "modules": modules,
            "requires": headers.get("requires-dist", []),
            "python": headers.get("requires-python", [""])[0],
            "origin": self.origin(),
            "is_requested": _text(self.distribution, "REQUESTED") is not None,
        }

    def origin(self) -> dict[str, object]:
        """Where it came from, if not from an index. Conda tells where it was built, which is nowhere."""
        text = _text(self.distribution, "direct_url.json")
        if not text or (_text(self.distribution, "INSTALLER") or "").strip() == "conda":
            return {}
        try:
            found: dict[str, object] = json.loads(text)
        except ValueError:
            return {}
        return found


def _text(distribution: metadata.Distribution, name: str) -> str | None:
    try:
        return distribution.read_text(name)
    except (OSError, UnicodeDecodeError):
        return None


def _headers(distribution: metadata.Distribution) -> dict[str, list[str]]:
    """Headers by their names in lower case. The long text below them is not looked at."""
    text = _text(distribution, "METADATA") or _text(distribution, "PKG-INFO") or ""
    found: dict[str, list[str]] = {}
    last: list[str] = []
    for line in text.replace("\r\n", "\n").partition("\n\n")[0].split("\n"):
        if line[:1] in (" ", "\t") and last:
            last[-1] += "\n" + line.strip()
            continue
        name, colon, value = line.partition(":")
        if colon:
            last = found.setdefault(name.strip().lower(), [])
            last.append(value.strip())
    return found


def _record(distribution: metadata.Distribution) -> list[str]:
    """Paths of the files of a distribution, as seen from where modules are found."""
    rows = (_text(distribution, "RECORD") or "").splitlines()
    paths = [row.rsplit(",", 2)[0].strip('"').replace("\\", "/") for row in rows]
    if not paths:
        paths = [str(path).replace("\\", "/") for path in distribution.files or ()]
    return [path for path in paths if ".dist-info/" not in path and not path.startswith(_OUTSIDE)]


def _modules(installed: list[_Installed]) -> list[set[str]]:
    """For each the shallowest packages and modules that are its own.

    A folder that several distributions fill is a namespace: what is in it tells them apart.
    """
    shared: set[str] = set()
    for _ in range(_DEEP):
        roots = [_roots(one, shared) for one in installed]
        owners: dict[str, int] = {}
        for own in roots:
            for root in own:
                owners[root] = owners.get(root, 0) + 1
        more = {root for root, count in owners.items() if count > 1} - shared
        if not more:
            break
        shared |= more
    return roots


def _roots(one: _Installed, shared: set[str]) -> set[str]:
    packages = {path.rpartition("/")[0] for path in one.files if "/__init__." in path}
    found: set[str] = set()
    for path in one.files:
        found.update(_root(path, packages, shared))
    found |= _of_links(one)
    return found or set(one.listed)


def _root(path: str, packages: set[str], shared: set[str]) -> Iterator[str]:
    """The modules that a file shows its distribution to own: mostly one, none if it is hidden."""
    *folders, name = path.split("/")
    stem = name.partition(".")[0]
    for depth in range(1, len(folders) + 1):
        dotted = ".".join(folders[:depth])
        if not all(part.isidentifier() for part in folders[:depth]):
            return
        if "/".join(folders[:depth]) in packages:
            yield dotted
            if dotted not in shared:
                return
    if stem.isidentifier() and stem != "__init__":
        yield ".".join([*folders, stem])


def _of_links(one: _Installed) -> set[str]:
    """The modules of a distribution that is installed from its source folder."""
    found: set[str] = set()
    for path in one.record:
        if not path.endswith(("_finder.py", ".pth")):
            continue
        text = _read(os.path.join(str(one.distribution.locate_file("")), path))
        if path.endswith("_finder.py"):
            found.update(_of_finder(text))
        else:
            for folder in filter(os.path.isdir, map(str.strip, text.splitlines())):
                found.update(_in_folder(folder, one.headers["name"][0]))
    return found


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return ""


def _of_finder(text: str) -> set[str]:
    """setuptools writes which module is in which folder as a literal."""
    match = re.search(r"^MAPPING\b[^=]*= *(\{.*\})$", text, re.MULTILINE)
    try:
        return set(ast.literal_eval(match.group(1))) if match else set()
    except (ValueError, SyntaxError):
        return set()


def _in_folder(folder: str, name: str) -> set[str]:
    """The package that is called like its distribution; if there is none, all that there are."""
    plain = re.sub(r"[-_.]+", "_", name).lower()
    found = {
        entry
        for entry in os.listdir(folder)
        if os.path.isfile(os.path.join(folder, entry, "__init__.py"))
    }
    same = {entry for entry in found if entry.lower() == plain}
    if not found and os.path.isfile(os.path.join(folder, plain + ".py")):
        return {plain}
    return same or found - {"tests", "test", "docs", "examples"}


def markers() -> dict[str, str]:
    """What environment markers are compared with (PEP 508)."""
    version = sys.implementation.version
    kind = version.releaselevel
    suffix = "" if kind == "final" else kind[0] + str(version.serial)
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": f"{version.major}.{version.minor}.{version.micro}" + suffix,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "platform_python_implementation": platform.python_implementation(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }


def watched() -> list[str]:
    """Folders whose change may change the answer: a user's own one may not be there yet."""
    return [*sys.path, site.getusersitepackages()]


if __name__ == "__main__":
    print(json.dumps({**to_json(sys.path, markers()), "watched": watched()}))
