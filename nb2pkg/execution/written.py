"""What is in a file that a run wrote, but for when it was written.

Archives, pictures and documents carry the time of writing, so two that say the same are not the same
bytes. Formats that are known are compared by their content, texts with times and folders masked. Of
all others only the bytes are known: where those differ, nobody can tell whether the content does.
Nothing in a file is executed: no pickle is loaded.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import re
import sqlite3
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from nb2pkg.execution import outputs
from nb2pkg.execution.outputs import Folders

UNSURE = "?"  # the first character of a digest of bytes that may differ for no reason
_LARGEST = 256_000_000  # what is larger is compared as bytes
_DEEPEST = 4  # archives in archives
_TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt", b"tIME")
_OF_WRITING = re.compile(  # in the properties of documents
    rb"<(dcterms:(?:created|modified)|xmp:\w+Date|xmpMM:\w+ID|dc:date)\b.*?</\1>", re.DOTALL
)
_OF_PDF = re.compile(
    rb"/(?:CreationDate|ModDate|Producer)\s*\((?:\\.|[^\\)])*\)|/ID\s*\[[^\]]*\]|"
    rb"<xmp:\w+Date>.*?</xmp:\w+Date>",
    re.DOTALL,
)
Read = Callable[[bytes, Folders, int], "str | None"]


def digests(
    root: Path, changed: Mapping[str, str], folders: Folders, prefix: str = ""
) -> dict[str, str]:
    """Files that were changed, each with a digest of its content; empty for a file that is gone."""
    return {
        path: digest and _of_file(root / path.removeprefix(prefix), folders)
        for path, digest in changed.items()
    }


def _of_file(path: Path, folders: Folders) -> str:
    if path.stat().st_size > _LARGEST:
        return UNSURE + _hashed(_blocks(path))
    data = path.read_bytes()
    if data.startswith(b"SQLite format 3\0"):
        return _of_database(path) or UNSURE + _hashed([data])
    return content(data, folders)


def content(data: bytes, folders: Folders, depth: int = 0) -> str:
    """The digest of what the bytes say."""
    for read in _READERS if depth < _DEEPEST else ():
        with contextlib.suppress(ValueError, OSError, EOFError, zlib.error, *_BROKEN):
            found = read(data, folders, depth + 1)
            if found is not None:
                return found
    return UNSURE + _hashed([data])


_BROKEN = (zipfile.BadZipFile, tarfile.TarError, RuntimeError, NotImplementedError)


def _tar(data: bytes, folders: Folders, depth: int) -> str | None:
    if not tarfile.is_tarfile(io.BytesIO(data)):
        return None
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        parts = []
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            inside = content(file.read(), folders, depth) if file is not None else ""
            parts += [f"{member.name} {member.mode} {member.linkname}", inside]
    return _joined("tar", parts)


def _zip(data: bytes, folders: Folders, depth: int) -> str | None:
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return None
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(member.file_size for member in archive.infolist()) > _LARGEST:
            return None
        parts = []
        for member in archive.infolist():
            parts += [member.filename, content(archive.read(member), folders, depth)]
    return _joined("zip", parts)


def _gzip(data: bytes, folders: Folders, depth: int) -> str | None:
    if not data.startswith(b"\x1f\x8b"):
        return None
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        inside = file.read(_LARGEST + 1)
    return _joined("gzip", [content(inside, folders, depth)]) if len(inside) <= _LARGEST else None


def _png(data: bytes, _folders: Folders, _depth: int) -> str | None:
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return None
    return _hashed(chunk for kind, chunk in _chunks(data) if kind not in _TEXT_CHUNKS)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at : at + 12 + length]
        at += 12 + length


def _pdf(data: bytes, _folders: Folders, _depth: int) -> str | None:
    return _hashed([_OF_PDF.sub(b"", data)]) if data.startswith(b"%PDF-") else None


def _numbers(data: bytes, _folders: Folders, _depth: int) -> str | None:
    """numpy and Arrow write the same bytes for the same values."""
    return _hashed([data]) if data.startswith((b"\x93NUMPY", b"PAR1", b"ARROW1")) else None


def _text(data: bytes, folders: Folders, _depth: int) -> str | None:
    if b"\0" in data:
        return None
    text = _OF_WRITING.sub(b"", data).decode("utf-8")
    if "<svg" in text[:1000]:
        text = outputs.bundle("image/svg+xml", text, folders)
    return _hashed([outputs.mask(text, folders, with_times=True).encode("utf-8")])


_READERS: tuple[Read, ...] = (_png, _pdf, _zip, _tar, _gzip, _numbers, _text)


def _of_database(path: Path) -> str | None:
    """The statements that would make it again."""
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    with contextlib.suppress(sqlite3.Error, UnicodeDecodeError):
        connection = sqlite3.connect(uri, uri=True)
        try:
            return _hashed(line.encode("utf-8", "surrogatepass") for line in connection.iterdump())
        finally:
            connection.close()
    return None


def _joined(kind: str, parts: list[str]) -> str:
    """What is unsure in a part is unsure in the whole."""
    unsure = UNSURE if any(part.startswith(UNSURE) for part in parts) else ""
    return unsure + _hashed(part.encode("utf-8", "replace") for part in (kind, *parts))


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            yield block


def _hashed(blocks: Iterator[bytes] | list[bytes]) -> str:
    digest = hashlib.blake2b(digest_size=12)
    for block in blocks:
        digest.update(len(block).to_bytes(8, "big") + block)
    return digest.hexdigest()
