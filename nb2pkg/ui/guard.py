"""Which requests are answered: those of the page that was opened here, and no others.

Any page in the browser, and any program of this machine, can send requests to a port of this machine.
So a request needs the token that only the address printed in the terminal has, the name of this server
as its host (or a name that somebody else resolves to it would do), and no other page as its origin.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass

NAMES = ("127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True)
class Guard:
    """Knows the port and the token of one server."""

    port: int
    token: str

    @classmethod
    def of(cls, port: int) -> Guard:
        """With a token that nobody can guess."""
        return cls(port, secrets.token_urlsafe(32))

    @property
    def cookie(self) -> str:
        """The name of the cookie that holds the token: cookies know no ports."""
        return f"nb2pkg-{self.port}"

    def is_host(self, host: str) -> bool:
        """Is it this server that the request wants?"""
        return host in {f"{name}:{self.port}" for name in NAMES}

    def is_origin(self, origin: str) -> bool:
        """Does the request come from a page of this server, or from no page?"""
        return not origin or origin in {f"http://{name}:{self.port}" for name in NAMES}

    def is_token(self, token: str) -> bool:
        """Is it the token? The time that this takes does not tell how much of it is right."""
        return hmac.compare_digest(token.encode(), self.token.encode())
