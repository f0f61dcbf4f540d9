"""Templates of templates/ci, filled in."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from nb2pkg import escape
from nb2pkg.ci import commands
from nb2pkg.ci.model import Wish
from nb2pkg.render.templates import folder

if TYPE_CHECKING:
    import jinja2

_PLAIN = re.compile(r"[A-Za-z][\w ./,=+>@'\"\[\]-]*[\w./'\"\]]")  # needs no quotes in YAML


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder() / "ci"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # configuration, no HTML
    )
    environment.filters |= {"yaml": yaml, "groovy": escape.groovy}
    return environment


def fill(name: str, wish: Wish, stage: str = "") -> str:
    return (
        _environment()
        .get_template(f"{name}.jinja")
        .render(wish=wish, commands=commands, stage=stage)
    )


def yaml(text: str) -> str:
    """A scalar."""
    return escape.yaml(text, _PLAIN)
