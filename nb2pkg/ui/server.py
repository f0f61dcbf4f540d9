"""The server of nb2pkg ui: the page, its files, and the calls of the service; nothing else."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import tornado.httpserver
import tornado.netutil
import tornado.web

from nb2pkg.errors import Nb2pkgError
from nb2pkg.service.calls import BadCallError, Service
from nb2pkg.ui.guard import Guard

STATIC = Path(__file__).with_name("static")
_MOST_BYTES = 200 * 1024 * 1024  # of a request: notebooks with pictures are large
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class _Guarded(tornado.web.RequestHandler):
    """Answers only requests of the page that was opened here."""

    def initialize(self, guard: Guard, service: Service) -> None:
        self.guard, self.service = guard, service

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        for name, value in _HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        headers = self.request.headers
        given = self.get_cookie(self.guard.cookie, "") or headers.get("X-Nb2pkg-Token", "")
        is_ours = self.guard.is_host(headers.get("Host", "")) and self.guard.is_origin(
            headers.get("Origin", "")
        )
        if not (is_ours and (self.guard.is_token(given or "") or self.is_entry())):
            raise tornado.web.HTTPError(403)

    def is_entry(self) -> bool:
        """Is it the address that was printed in the terminal?"""
        return False

    def write_error(self, status_code: int, **_kwargs: Any) -> None:
        reason = _REASONS.get(status_code, self._reason)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{reason}\n")


_REASONS = {403: "Open the address that nb2pkg ui has printed.", 404: "There is no such page."}


class _Page(_Guarded):
    """The page. Its address has the token the first time; then a cookie has it."""

    def is_entry(self) -> bool:
        return self.guard.is_token(self.get_query_argument("token", ""))

    def get(self) -> None:
        if self.get_query_argument("token", ""):
            self.set_cookie(self.guard.cookie, self.guard.token, httponly=True, samesite="Strict")
            self.redirect("/")
            return
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish((STATIC / "index.html").read_bytes())


class _File(_Guarded):
    """A script or a style of the page."""

    def get(self, name: str) -> None:
        path = STATIC / name
        if path.suffix not in _KINDS or not path.is_file():
            raise tornado.web.HTTPError(404)
        self.set_header("Content-Type", f"{_KINDS[path.suffix]}; charset=utf-8")
        self.finish(path.read_bytes())


_KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


class _Call(_Guarded):
    """A call of the service: JSON in, JSON out."""

    async def post(self, name: str) -> None:
        if self.request.headers.get("Content-Type", "").partition(";")[0] != "application/json":
            raise tornado.web.HTTPError(403)  # a form of another page sends anything but that
        try:
            given = json.loads(self.request.body or b"{}")
            if not isinstance(given, dict):
                raise BadCallError("a call is given an object")
            answer = await asyncio.get_running_loop().run_in_executor(
                _ONE_AT_A_TIME, self.service.answer, name, given
            )
        except (Nb2pkgError, ValueError, OSError) as error:
            self.set_status(400)
            answer = {"error": str(error), "hint": getattr(error, "hint", "")}
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps(answer, ensure_ascii=False))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """The page reads JSON; the traceback of a fault of ours is in the terminal."""
        if status_code < 500:
            super().write_error(status_code, **kwargs)
            return
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps({"error": "nb2pkg failed; the terminal says where.", "hint": ""}))


_ONE_AT_A_TIME = ThreadPoolExecutor(1)  # the library is not meant for several threads


def application(guard: Guard, service: Service) -> tornado.web.Application:
    """The server without a port."""
    known = {"guard": guard, "service": service}
    return tornado.web.Application(
        [
            ("/", _Page, known),
            (r"/static/([\w.]+)", _File, known),
            (r"/api/(\w+)", _Call, known),
            ("/.*", _Missing, known),
        ],
        log_function=lambda _handler: None,
    )


class _Missing(_Guarded):
    def prepare(self) -> None:
        super().prepare()
        raise tornado.web.HTTPError(404)


async def serve(service: Service, port: int, opened: Callable[[str], None]) -> None:
    """Serve until somebody stops it. opened: is told the address, with the token.

    Nb2pkgError if the port is taken.
    """
    try:
        sockets = tornado.netutil.bind_sockets(port, "127.0.0.1")
    except OSError as error:
        raise Nb2pkgError(
            f"port {port} cannot be used: {error.strerror or error}",
            "Name another with --port, or leave it out.",
        ) from error
    guard = Guard.of(sockets[0].getsockname()[1])
    server = tornado.httpserver.HTTPServer(application(guard, service), max_buffer_size=_MOST_BYTES)
    server.add_sockets(sockets)
    opened(f"http://127.0.0.1:{guard.port}/?token={guard.token}")
    try:
        await asyncio.Event().wait()
    finally:
        server.stop()
        service.jobs.close()


def run(service: Service, port: int, opened: Callable[[str], None]) -> None:
    """Serve until Ctrl-C."""
    if sys.platform == "win32":  # tornado needs the other kind of loop there
        asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
    asyncio.run(serve(service, port, opened))
