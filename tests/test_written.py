"""What was written is compared by what it says: not by when it was written."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import sqlite3
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from nb2pkg.execution import written
from nb2pkg.execution.model import Boundary, Run
from nb2pkg.verify.compare import Expected, compare
from nb2pkg.verify.model import What

Make = Callable[[Path, int, str], None]  # path, seconds after now, what it says


def _zip(path: Path, later: int, says: str) -> None:
    moment = time.gmtime(time.time() + later)[:6]
    core = f"<dcterms:created xsi:type='a'>{moment}</dcterms:created><dc:title>t</dc:title>"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in (("xl/sheet1.xml", says), ("docProps/core.xml", core)):
            archive.writestr(zipfile.ZipInfo(name, moment), text)  # type: ignore[arg-type]


def _gzip(path: Path, later: int, says: str) -> None:
    path.write_bytes(gzip.compress(says.encode(), mtime=time.time() + later))


def _tar(path: Path, later: int, says: str) -> None:
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("a/b.txt")
        member.size, member.mtime = len(says), time.time() + later
        archive.addfile(member, io.BytesIO(says.encode()))


def _png(path: Path, later: int, says: str) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    stamp = f"Creation Time\0{time.time() + later}".encode()
    parts = [chunk(b"IHDR", b"h" * 13), chunk(b"tEXt", stamp), chunk(b"IDAT", says.encode())]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b""))


def _pdf(path: Path, later: int, says: str) -> None:
    dates = f"/CreationDate (D:{int(time.time()) + later}+01'00') /ModDate (D:{later})"
    path.write_text(f"%PDF-1.4\n<< {dates} /ID [<{later:032x}> <{later:032x}>] >>\n{says}")


def _sqlite(path: Path, later: int, says: str) -> None:
    with sqlite3.connect(path) as connection:
        for _ in range(later // 100):  # leaves a trace in the header of the file
            connection.execute("create table gone (x)")
            connection.execute("drop table gone")
        connection.execute("create table kept (x)")
        connection.execute("insert into kept values (?)", (says,))
    connection.close()


def _json(path: Path, later: int, says: str) -> None:
    now = time.time() + later
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime())
    path.write_text(json.dumps({"at": now, "ms": int(now * 1000), "iso": stamp, "says": says}))


FORMATS: dict[str, Make] = {
    "a.xlsx": _zip,
    "a.csv.gz": _gzip,
    "a.tar.gz": _tar,
    "a.png": _png,
    "a.pdf": _pdf,
    "a.db": _sqlite,
    "a.json": _json,
}


@pytest.mark.parametrize("name", FORMATS)
def test_the_time_of_writing_is_no_content(name: str, tmp_path: Path) -> None:
    found = {}
    for folder, later, says in (("one", 0, "x"), ("two", 200, "x"), ("three", 0, "y")):
        path = tmp_path / folder / name
        path.parent.mkdir()
        FORMATS[name](path, later, says)
        found[folder] = written.digests(path.parent, {name: "changed"}, ())[name]
    assert (tmp_path / "one" / name).read_bytes() != (tmp_path / "two" / name).read_bytes()
    assert found["one"] == found["two"] != found["three"]
    assert not found["one"].startswith(written.UNSURE)


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps([1, 2.5]),
        b"\x00\x01\xff\xfe",
        b"PK\x03\x04 cut off \xff",
        b"\x1f\x8b cut off \xff",
        b"\x89HDF\r\n\x1a\n\x00",
    ],
)
def test_of_other_formats_nothing_is_sure(data: bytes) -> None:
    assert written.content(data, ()).startswith(written.UNSURE)
    assert written.content(data, ()) == written.content(data, ())


def test_no_pickle_is_loaded(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> object:
            return (Path.touch, (tmp_path / "ran",))

    written.content(pickle.dumps(Evil()), ())
    assert not (tmp_path / "ran").exists()


def _run(**files: str) -> Run:
    paths = {name.replace("_", "."): digest for name, digest in files.items()}
    cells = [
        Boundary(
            f"c{n}", n, (), {}, frozenset(), frozenset(), {}, written=tuple(paths) if n else ()
        )
        for n in (0, 1)
    ]
    return Run((*cells, Boundary("c2", 2, (), {}, frozenset(), frozenset(), {})), files=paths)


@pytest.mark.parametrize(
    ("first", "again", "linked", "different", "doubtful"),
    [
        ({"a_txt": "1"}, {"a_txt": "1"}, {"a_txt": "1"}, [], []),
        ({"a_txt": "1"}, {"a_txt": "1"}, {"a_txt": "2"}, ["a.txt"], []),
        ({"a_txt": "1"}, {"a_txt": "2"}, {"a_txt": "3"}, [], ["file a.txt"]),
        ({"a_pkl": "?1"}, {"a_pkl": "?1"}, {"a_pkl": "?2"}, [], ["file a.pkl"]),
        ({"a_pkl": "?1"}, {"a_pkl": "?1"}, {"a_pkl": "?1"}, [], []),
        ({"a_pkl": "?1"}, {"a_pkl": "?1"}, {}, ["a.pkl"], []),
        ({"a_12": "1"}, {"a_13": "1"}, {"a_14": "1"}, [], ["file a.12"]),
        ({"a_12": "1"}, {"a_12": "1"}, {"a_12": "1", "a_14": "1"}, ["a.14"], []),
    ],
)
def test_files_of_three_runs(
    first: dict[str, str],
    again: dict[str, str],
    linked: dict[str, str],
    different: list[str],
    doubtful: list[str],
) -> None:
    runs = [_run(**first), _run(**again), _run(**linked)]
    bare = [Run(run.boundaries[:1], files=run.files) for run in runs]
    found = compare(*bare, Expected())
    assert [d.name for d in found.differences if d.what is What.FILE] == different
    assert [item.name for item in found.unstable] == doubtful


def test_a_file_is_told_at_the_cell_that_wrote_it() -> None:
    found = compare(_run(a_txt="1"), _run(a_txt="1"), _run(a_txt="2"), Expected())
    assert [(d.cell, d.index) for d in found.differences] == [("c1", 1)]
