"""Templates of templates/lock, filled in."""

from __future__ import annotations

import re
from typing import Any

from nb2pkg import escape
from nb2pkg.templates import environment

_PLAIN = re.compile(r"[A-Za-z0-9][\w.=+\[\],-]*")  # needs no quotes in YAML


def fill(template: str, /, **values: Any) -> str:
    """The text of a template with these values."""
    found = environment("lock")
    found.filters["yaml"] = _yaml
    return found.get_template(f"{template}.jinja").render(**values)


def _yaml(text: str) -> str:
    """A text as a scalar."""
    return escape.yaml(text, _PLAIN)
