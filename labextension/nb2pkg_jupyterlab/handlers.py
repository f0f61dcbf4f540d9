"""The calls of the service for the panel: JSON in, JSON out, for who is logged in."""

from __future__ import annotations

import atexit
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import tornado.ioloop
import tornado.web
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join

from nb2pkg.errors import Nb2pkgError
from nb2pkg.service.calls import BadCallError, Service

_ONE_AT_A_TIME = ThreadPoolExecutor(1)  # the library is not meant for several threads


class CallHandler(APIHandler):
    """A call of the service, about the folder that the server shows."""

    def initialize(self, service: Service) -> None:
        self.nb2pkg = service

    @tornado.web.authenticated
    async def post(self, name: str) -> None:
        """Answer it; what is wrong with it is answered too, with 400."""
        try:
            given = json.loads(self.request.body or b"{}")
            if not isinstance(given, dict):
                raise BadCallError("a call is given an object")
            answer: Any = await tornado.ioloop.IOLoop.current().run_in_executor(
                _ONE_AT_A_TIME, self.nb2pkg.answer, name, given
            )
        except (Nb2pkgError, ValueError, OSError) as error:
            self.set_status(400)
            answer = {"error": str(error), "hint": getattr(error, "hint", "")}
        self.finish(json.dumps(answer, ensure_ascii=False))


def add_to(server_app: Any) -> None:
    """Answer below /nb2pkg/api, as long as the server runs."""
    service = Service(Path(server_app.root_dir))
    atexit.register(service.jobs.close)
    base = server_app.web_app.settings["base_url"]
    path = url_path_join(base, "nb2pkg", "api", r"(\w+)")
    server_app.web_app.add_handlers(".*$", [(path, CallHandler, {"service": service})])
