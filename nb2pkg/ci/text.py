"""Templates of templates/ci, filled in."""

from __future__ import annotations

import re

from nb2pkg import escape
from nb2pkg.ci import commands
from nb2pkg.ci.model import Wish
from nb2pkg.templates import environment

_PLAIN = re.compile(r"[A-Za-z][\w ./,=+>@'\"\[\]-]*[\w./'\"\]]")  # needs no quotes in YAML


def fill(name: str, wish: Wish, stage: str = "") -> str:
    """The text of a template for that wish; stage: a part of it."""
    found = environment("ci")
    found.filters |= {"yaml": yaml, "groovy": escape.groovy}
    return found.get_template(f"{name}.jinja").render(wish=wish, commands=commands, stage=stage)


def yaml(text: str) -> str:
    """A scalar."""
    return escape.yaml(text, _PLAIN)
