"""A .dvc file: which version of a file or a folder is the recorded one.

DVC writes YAML of a plain form, and that is all that is read here: a list ``outs`` of mappings with
plain or quoted values. What else stands in the file is kept as it is. Of any other YAML, and of
what only DVC can do, one message says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from nb2pkg.data.version import TREE, is_digest
from nb2pkg.errors import Nb2pkgError

SUFFIX = ".dvc"
NEEDS_DVC = "Install DVC, which nb2pkg then uses: pip install 'nb2pkg[dvc]'."

_KEY = re.compile(r"([A-Za-z_]\w*):(?: +(.*))?$")
_PLAIN = re.compile(r"[^\W\d_][\w./()+=-]*(?: [\w./()+=-]+)*")  # is a text in any YAML
_NUMBER = re.compile(r"\d+|\d+e\d+")  # what a digest must not be taken for
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
_OURS = ("md5", "size", "nfiles", "hash", "path")


@dataclass(frozen=True, slots=True)
class Out:
    """A recorded version. path: as seen from the .dvc file's folder; nfiles: of a folder."""

    path: str
    md5: str
    size: int
    nfiles: int | None = None

    @property
    def is_folder(self) -> bool:
        return self.md5.endswith(TREE)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A value in the list: the line that it stands on, what is before it there, and its text."""

    line: int
    head: str
    value: str


def beside(data: Path) -> Path:
    """The .dvc file of a file or a folder."""
    return Path(f"{data}{SUFFIX}")


def read(path: Path) -> Out:
    """The version that a .dvc file records.

    Raises:
        Nb2pkgError: It cannot be read, or DVC alone can.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Nb2pkgError(f"{path}: cannot be read: {error.strerror}") from None
    return parse(data, path)


def parse(data: bytes, path: Path) -> Out:
    """The version in the content of a .dvc file; path: for messages.

    Raises:
        Nb2pkgError: It cannot be read, or DVC alone can.
    """
    try:
        return _out(_entries(data.decode("utf-8")))
    except ValueError as error:
        hint = "Resolve the merge first." if b"\n<<<<<<< " in b"\n" + data else NEEDS_DVC
        raise Nb2pkgError(f"{path}: cannot be read: {error}", hint) from None


def text(out: Out) -> str:
    """A new .dvc file, as DVC writes it."""
    lines = [f"{key}: {value}" for key, value in _values(out)]
    return "outs:\n- " + "\n  ".join(lines) + "\n"


def updated(before: str, out: Out) -> str:
    """A .dvc file with another version; comments and what else stands there are kept.

    Raises:
        ValueError: The text cannot be read.
    """
    entries = _entries(before)
    lines = before.split("\n")
    wanted = dict(_values(out))
    size = entries["size"]
    for key, entry in entries.items():
        if key in wanted:
            lines[entry.line] = f"{entry.head}{wanted[key]}"
    if "nfiles" in wanted and "nfiles" not in entries:
        indent = " " * (len(size.head) - len("size: "))
        lines.insert(size.line + 1, f"{indent}nfiles: {wanted['nfiles']}")
    elif "nfiles" in entries and "nfiles" not in wanted:
        del lines[entries["nfiles"].line]
    return "\n".join(lines)


# ------------------------------------------------------------------------------------- reading


def _out(entries: Mapping[str, _Entry]) -> Out:
    found = {key: _scalar(entries[key].value) for key in _OURS if key in entries}
    if "cloud" in entries or "files" in entries or "repo" in entries:
        raise ValueError("its versions are kept by a service in the cloud")
    if found.get("hash") != "md5":
        raise ValueError("its digest is not an MD5 as DVC 3 writes it")
    path, md5 = found.get("path", ""), found.get("md5", "")
    if not is_digest(md5):
        raise ValueError("it records no version")
    if not path or PurePosixPath(path).name != path or path in (".", "..") or "\\" in path:
        raise ValueError("its data does not lie beside it")
    nfiles = int(found["nfiles"]) if "nfiles" in found else None
    return Out(path, md5, int(found.get("size", "0")), nfiles)


def _entries(text: str) -> dict[str, _Entry]:
    """The keys of the only item of the list ``outs``."""
    found: dict[str, _Entry] = {}
    for line, depth, content in _listed(text):
        match = _KEY.match(content)
        if match is None or match[1] in found:
            raise ValueError(f"line {line + 1} is not of the form that DVC writes")
        key, value = match[1], match[2] or ""
        found[key] = _Entry(line, f"{depth}{key}: ", value)
    if "size" not in found and "md5" in found:
        raise ValueError("it does not say how large the data is")
    return found


def _listed(text: str) -> Iterator[tuple[int, str, str]]:
    """Lines of the item: number, what stands before the key, and the rest."""
    section, indent = "", -1
    for number, line in enumerate(text.split("\n")):
        content = line.strip()
        if not content or content.startswith("#"):
            continue
        if top := _KEY.match(line):
            section = top[1]
            if section in ("deps", "wdir") or (section == "outs" and top[2]):
                raise ValueError(f"{section} is something that only DVC can follow")
        elif section == "outs":
            dash = re.match(r" *- +", line)
            if dash and indent >= 0 and len(dash[0]) <= indent:
                raise ValueError("it records several files")
            before = dash[0] if dash and indent < 0 else line[: len(line) - len(line.lstrip())]
            indent = len(before) if indent < 0 else indent
            if len(before) == indent:
                yield number, before, line[indent:]
            elif len(before) < indent:
                raise ValueError(f"line {number + 1} is not of the form that DVC writes")
        elif line[0] not in " -":
            raise ValueError(f"line {number + 1} is not of the form that DVC writes")


def _scalar(text: str) -> str:
    """A value without its quotes and without a comment behind it."""
    if text[:1] == "'":
        match = re.fullmatch(r"'((?:[^']|'')*)'(?: +#.*)?", text)
        if match:
            return match[1].replace("''", "'")
    elif text[:1] == '"':
        match = re.fullmatch(r'("(?:[^"\\]|\\.)*")(?: +#.*)?', text)
        if match:
            return str(json.loads(match[1]))
    else:
        plain = re.sub(r" +#.*$", "", text).rstrip()
        if plain and plain[0] not in "&*!|>{[%@`#,?" and ": " not in plain:
            return plain
    raise ValueError(f"{text} is not a value of the form that DVC writes")


# ------------------------------------------------------------------------------------- writing


def _values(out: Out) -> Iterator[tuple[str, str]]:
    yield "md5", f"'{out.md5}'" if _NUMBER.fullmatch(out.md5) else out.md5
    yield "size", str(out.size)
    if out.nfiles is not None:
        yield "nfiles", str(out.nfiles)
    yield "hash", "md5"
    yield "path", _quoted(out.path)


def _quoted(name: str) -> str:
    if _PLAIN.fullmatch(name) and name.lower() not in _WORDS:
        return name
    if name.isprintable():
        return "'" + name.replace("'", "''") + "'"
    return json.dumps(name, ensure_ascii=False)
