"""Notebooks for tests, written as text.

    notebook('''
    # %% [markdown]
    # # Title
    # %% tags=["nb2pkg"] id="load"
    x = 1
    ''')

A line ``# %%`` begins a cell, then come ``[markdown]`` or ``[raw]`` and ``key=value`` in JSON: tags,
id, execution_count, outputs, or any key of the metadata. Markdown may stand behind ``# ``. Without
a first ``# %%`` the text is one code cell. Instead of a text, give a list: of sources, for code
cells, and of dicts, for cells written out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any

from nb2pkg.model import Notebook
from nb2pkg.notebook import reader

KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "version": "3.11.7"},
}

Cells = str | Sequence[str | dict[str, Any]]

_HEADER = re.compile(r"# %%(?: \[(?P<kind>markdown|raw)\])?(?P<options>(?: +\w+=.*)?)\Z")
_OPTION = re.compile(r" +(\w+)=")


def notebook(cells: Cells, name: str = "analysis.ipynb", **metadata: Any) -> Notebook:
    """The notebook of these cells, as nb2pkg reads it."""
    return reader.parse(text(cells, **metadata).encode(), name)


def write(folder: Path, cells: Cells, name: str = "analysis.ipynb", **metadata: Any) -> Path:
    """The notebook of these cells as a file in the folder."""
    path = folder / name
    path.write_text(text(cells, **metadata), encoding="utf-8", newline="")
    return path


def text(cells: Cells, **metadata: Any) -> str:
    """The text of the file, as Jupyter would write it."""
    return json.dumps(document(cells, **metadata), indent=1, ensure_ascii=False) + "\n"


def document(cells: Cells, **metadata: Any) -> dict[str, Any]:
    """The JSON of the notebook; metadata goes on top of that of a Python 3 kernel."""
    given = list(_percent(dedent(cells).strip("\n"))) if isinstance(cells, str) else list(cells)
    return {
        "cells": [
            (
                cell("code", item, id=f"c{index}")
                if isinstance(item, str)
                else {"id": f"c{index}"} | item
            )
            for index, item in enumerate(given)
        ],
        "metadata": KERNEL | metadata,
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def cells_of(text: str) -> list[str]:
    """The sources of the code cells in the text of a notebook."""
    cells = json.loads(text)["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def cell(kind: str, source: str, **options: Any) -> dict[str, Any]:
    """One cell as JSON; options that are no key of a cell go to its metadata."""
    keys = {"id", "execution_count", "outputs"}
    metadata = {key: value for key, value in options.items() if key not in keys}
    result = {"cell_type": kind, "metadata": metadata, "source": source.splitlines(keepends=True)}
    if kind == "code":
        result |= {"execution_count": None, "outputs": []}
    return result | {key: value for key, value in options.items() if key in keys}


def _percent(text: str) -> Iterator[dict[str, Any]]:
    header, lines = "", list[str]()
    for line in [*text.split("\n"), "# %%"]:
        if not _HEADER.match(line):
            lines.append(line)
            continue
        if header or lines:
            yield _cell(header or "# %%", lines)
        header, lines = line, []


def _cell(header: str, lines: list[str]) -> dict[str, Any]:
    match = _HEADER.match(header)
    assert match, header
    kind = match["kind"] or "code"
    while lines and not lines[-1].strip():
        lines.pop()
    if kind == "markdown" and all(re.match(r"#( |\Z)", line) for line in lines):
        lines = [line[2:] for line in lines]
    return cell(kind, "\n".join(lines), **_options(match["options"]))


def _options(text: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    at = 0
    while match := _OPTION.match(text, at):
        options[match.group(1)], at = json.JSONDecoder().raw_decode(text, match.end())
    assert not text[at:].strip(), f"no option: {text[at:]}"
    return options
