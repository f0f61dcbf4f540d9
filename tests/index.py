"""A package index for tests: real wheels, written by hand, behind a server of this machine."""

from __future__ import annotations

import base64
import hashlib
import os
import threading
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

USER, SECRET = "ada", "notched-lychee"
ANY = "py3-none-any"
_OTHER = ("PIP_", "UV_", "VIRTUAL_ENV", "PYTHON", "CONDA_")


@dataclass
class Index:
    """A folder of wheels and its address; slow: requests wait until they are let through."""

    folder: Path
    port: int = 0
    asked: list[str] = field(default_factory=list)
    slow: threading.Event | None = None

    @property
    def url(self) -> str:
        """With a password, without which nothing is given out."""
        return f"http://{USER}:{SECRET}@127.0.0.1:{self.port}/simple/"

    def add(
        self, name: str, version: str, *needs: str, tag: str = ANY, python: str = ">=3.8"
    ) -> Path:
        """A wheel with one module. needs: requirements, with markers for those of extras."""
        head = (
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Python: {python}\n"
        )
        extras = sorted({n.partition("extra == ")[2].strip("'\"") for n in needs} - {""})
        head += "".join(f"Provides-Extra: {extra}\n" for extra in extras)
        head += "".join(f"Requires-Dist: {words}\n" for words in needs)
        module = name.replace("-", "_")
        files = {f"{module}.py": f"version = {version!r}\n".encode()}
        files[f"{module}-{version}.dist-info/METADATA"] = head.encode()
        return self._put(f"{module}-{version}-{tag}.whl", files, tag)

    def add_installed(self, name: str) -> None:
        """A distribution that is installed where the tests run, as the wheel that it came from."""
        found = metadata.distribution(name)
        inside = [path for path in found.files or () if ".." not in path.parts]
        files = {
            path.as_posix(): Path(str(path.locate())).read_bytes()
            for path in inside
            if path.suffix != ".pyc" and path.name not in ("RECORD", "WHEEL", "INSTALLER")
        }
        wheel = found.read_text("WHEEL") or ""
        tags = [line[5:] for line in wheel.splitlines() if line.startswith("Tag: ")]
        stem = found.metadata["Name"].replace("-", "_").replace(".", "_")
        tag = _joined(tags)
        info = next(path for path in files if path.endswith(".dist-info/METADATA"))
        files[info.replace("METADATA", "WHEEL")] = wheel.encode()
        self._put(f"{stem}-{found.version}-{tag}.whl", files, tag, info.partition("/")[0])

    def _put(self, name: str, files: dict[str, bytes], tag: str, info: str = "") -> Path:
        info = info or next(path for path in files if "dist-info" in path).partition("/")[0]
        pure = "true" if tag == ANY else "false"
        wheel = f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: {pure}\nTag: {tag}\n"
        files.setdefault(f"{info}/WHEEL", wheel.encode())
        path = self.folder / name
        with zipfile.ZipFile(path, "w") as archive:
            for inner, content in files.items():
                archive.writestr(zipfile.ZipInfo(inner, (2020, 1, 1, 0, 0, 0)), content)
            record = "".join(f"{inner},{_digest(c)},{len(c)}\n" for inner, c in files.items())
            archive.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
        return path

    def environment(self, cache: Path, **more: str) -> dict[str, str]:
        """Variables by which pip and uv take this index, and nothing of this machine's settings."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(_OTHER)}
        own = {"PIP_CONFIG_FILE": os.devnull, "PIP_CACHE_DIR": str(cache / "pip")}
        own |= {"UV_CACHE_DIR": str(cache / "uv"), "UV_NO_CONFIG": "1", "NETRC": os.devnull}
        return {**kept, **own, **more}


def closure(words: list[str]) -> set[str]:
    """Every distribution that these need, of those that are installed here."""
    found: set[str] = set()
    waiting = list(words)
    while waiting:
        requirement = Requirement(waiting.pop().partition("#")[0])
        name = requirement.name.lower().replace("_", "-")
        if name not in found:
            found.add(name)
            inner = (Requirement(each) for each in metadata.requires(name) or ())
            waiting += [e.name for e in inner if not e.marker or e.marker.evaluate({"extra": ""})]
    return found


def _joined(tags: Sequence[str]) -> str:
    """Several tags as a file name has them: cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64."""
    parts = zip(*(tag.split("-") for tag in tags))
    return "-".join(".".join(dict.fromkeys(part)) for part in parts)


def _digest(content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
    return f"sha256={digest.decode().rstrip('=')}"


@contextmanager
def serving(folder: Path) -> Iterator[Index]:
    """An index over the wheels of a folder, which may become more while it serves."""
    index = Index(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if index.slow is not None:
                index.slow.wait()
            token = base64.b64encode(f"{USER}:{SECRET}".encode()).decode()
            if self.headers.get("Authorization") != f"Basic {token}":
                self._answer(401, b"")
                return
            index.asked.append(self.path)
            parts = self.path.strip("/").split("/")
            if parts[0] == "files" and (folder / parts[-1]).is_file():
                self._answer(200, (folder / parts[-1]).read_bytes())
            else:
                links = _links(folder, parts[-1])
                self._answer(200 if links else 404, "".join(links).encode(), "text/html")

        def _answer(self, code: int, body: bytes, kind: str = "application/octet-stream") -> None:
            self.send_response(code)
            if code == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="test"')
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                with suppress(BrokenPipeError):  # uv reads as much of a wheel as it needs
                    self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Quiet: the output is that of the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    index.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield index
    finally:
        if index.slow is not None:
            index.slow.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _links(folder: Path, name: str) -> list[str]:
    wheels = sorted(folder.glob("*.whl"))
    fitting = [p for p in wheels if p.name.partition("-")[0].lower().replace("_", "-") == name]
    return [
        f'<a href="/files/{p.name}#sha256={hashlib.sha256(p.read_bytes()).hexdigest()}">{p.name}</a>\n'
        for p in fitting
    ]
