"""The lines by which narratives found their package, up to version 1.

Packages that were promoted then have them until they are promoted again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from nb2pkg import escape


def finding(package: str, variable: str, source: str, data: str) -> tuple[str, str, str]:
    """The lines that find the package and the files, from folders as the narrative sees them."""
    inner = f"{source}/{package.replace('.', '/')}"
    return (
        f"if os.path.isdir({escape.python(inner)}):",
        f"    sys.path.append(os.path.abspath({escape.python(source)}))",
        f'    os.chdir(os.environ.get("{variable}", {escape.python(data)}))',
    )


def moved(text: str, old: Iterable[str], new: Iterable[str]) -> str:
    """The text of a narrative that finds the package from another folder."""
    for before, after in zip(old, new):
        text = text.replace(json.dumps(before)[1:-1], json.dumps(after)[1:-1])
    return text
