"""Notebooks as VS Code and Colab write them: tags are read, and set without touching anything else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from nb2pkg.cli.main import cli

CELLS = ["weights = [61, 74]", "heavy = [w for w in weights if w > 60]", "print(heavy)"]


def _vscode() -> str:
    """No ids for cells that had none; the language of a cell in its metadata."""
    cells = [
        {
            "cell_type": "code",
            "execution_count": n,
            "metadata": {"vscode": {"languageId": "python"}},
            "outputs": [],
            "source": [source],
        }
        for n, source in enumerate(CELLS, start=1)
    ]
    spec = {"display_name": ".venv", "language": "python", "name": "python3"}
    info = {"name": "python", "version": "3.11.7", "mimetype": "text/x-python"}
    metadata = {"kernelspec": spec, "language_info": info}
    document = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 2}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _colab() -> str:
    """Format 4.0, ids in the metadata, two blanks of indentation, no line end behind it."""
    cells = [
        {
            "cell_type": "code",
            "source": [source],
            "metadata": {
                "id": f"aB{n}xYz",
                "colab": {"base_uri": "https://localhost:8080/"},
                "outputId": f"0f3{n}",
            },
            "execution_count": n,
            "outputs": [],
        }
        for n, source in enumerate(CELLS, start=1)
    ]
    metadata = {
        "colab": {"provenance": [], "toc_visible": True},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
    }
    document = {"nbformat": 4, "nbformat_minor": 0, "metadata": metadata, "cells": cells}
    return json.dumps(document, indent=2, ensure_ascii=False)


SAVED = {"VS Code": _vscode(), "Colab": _colab()}


def run(*words: object) -> str:
    done = CliRunner().invoke(cli, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done.stdout


def without_tags(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    for cell in document["cells"]:
        cell["metadata"].pop("tags", None)
    return document


@pytest.mark.parametrize("editor", SAVED)
def test_tag_changes_nothing_else_of_the_file(tmp_path: Path, editor: str) -> None:
    path = tmp_path / "birds.ipynb"
    path.write_bytes(SAVED[editor].encode())
    run("tag", path, "2", "--as", "clean.choose")
    text = path.read_bytes().decode()
    assert json.loads(text)["cells"][1]["metadata"]["tags"] == ["nb2pkg:clean.choose"]
    assert without_tags(text) == json.loads(SAVED[editor])
    untagged = [line for line in SAVED[editor].splitlines() if line not in text.splitlines()]
    assert len(untagged) <= 1  # the comma behind the last entry of the metadata


@pytest.mark.parametrize("editor", SAVED)
def test_it_is_promoted_and_stays_in_step_when_it_is_saved_again(
    tmp_path: Path, editor: str
) -> None:
    path = tmp_path / "birds.ipynb"
    document = json.loads(SAVED[editor])
    document["cells"][1]["metadata"]["tags"] = ["nb2pkg:clean.choose"]
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    run("promote", path)
    for cell in document["cells"]:
        cell["execution_count"] = None
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")
    rows = json.loads(run("status", tmp_path / "birds-package", "--json"))["rows"]
    assert {row["state"] for row in rows if row["symbol"]} == {"in step"}
