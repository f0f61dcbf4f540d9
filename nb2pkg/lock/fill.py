"""Templates of templates/lock, filled in."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from nb2pkg import escape
from nb2pkg.render.templates import folder

if TYPE_CHECKING:
    import jinja2

_PLAIN = re.compile(r"[A-Za-z0-9][\w.=+\[\],-]*")  # needs no quotes in YAML


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder() / "lock"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # configuration, no HTML
    )
    environment.filters["yaml"] = _yaml
    return environment


def fill(template: str, /, **values: Any) -> str:
    return _environment().get_template(f"{template}.jinja").render(**values)


def _yaml(text: str) -> str:
    """A text as a scalar."""
    return escape.yaml(text, _PLAIN)
