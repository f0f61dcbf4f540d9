"""A package index on this machine that has every name, in one version.

Two of the other tools ask an index about names that they already settled on, hundreds of them. What
they settle on is what is measured, so that they are told yes here, and the real index is left alone.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

VERSION = "1.0"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = self.path.strip("/").split("/")[1]
        is_json = self.path.endswith("/json")
        body = (_as_json(name) if is_json else _as_page(name)).encode("utf-8")
        self.send_response(200)
        self.send_header("Content-Type", "application/json" if is_json else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    request_queue_size = 1024  # hundreds are asked for at a time


@contextmanager
def stand_in() -> Iterator[str]:
    """Its address, without a slash at the end. Pages are below /simple/, JSON below /pypi/."""
    server = _Server(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _as_page(name: str) -> str:
    file = f"{name.replace('-', '_')}-{VERSION}-py3-none-any.whl"
    return f'<!doctype html><html><body><a href="{file}">{file}</a></body></html>'


def _as_json(name: str) -> str:
    info = {"name": name, "version": VERSION, "package_url": "", "author": "", "maintainer": ""}
    return json.dumps({"info": info, "releases": {VERSION: []}, "urls": []})
