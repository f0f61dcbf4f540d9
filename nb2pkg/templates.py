"""The templates: beside the checkout, or inside the installed package."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nb2pkg import escape

if TYPE_CHECKING:
    import jinja2

_HERE = Path(__file__).resolve().parent


def folder() -> Path:
    """A wheel carries the templates inside the package; a checkout has them at its top."""
    inside = _HERE / "templates"
    return inside if inside.is_dir() else _HERE.parent / "templates"


@cache
def environment(room: str, **options: Any) -> jinja2.Environment:
    """The templates of a folder; what is not given is an error, and nothing is HTML unless asked."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder() / room),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        **{"keep_trailing_newline": True, "autoescape": False, **options},
    )


def fill(name: str, **values: Any) -> str:
    """The text of a template of the package with these values."""
    found = environment("package")
    found.filters |= {"python": escape.python, "code": escape.code, "line": escape.line}
    return escape.whole(found.get_template(f"{name}.jinja").render(**values))


def verbatim(name: str) -> str:
    """The text of a file that is the same in every package."""
    return (folder() / "package" / name).read_text(encoding="utf-8")
