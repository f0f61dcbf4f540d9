"""docs/checks.md says what nb2pkg check says."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from nb2pkg.check import project, settings, whole_project
from nb2pkg.check.catalogue import CATALOGUE, RUN_CODES
from nb2pkg.check.formats.every import FORMATS
from nb2pkg.check.rerun import rerun
from nb2pkg.check.run import Selected, check_file
from nb2pkg.execution.model import Conditions
from tests import build
from tests.test_docs import _blocks, _sections

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = (DOCS / "checks.md").read_text(encoding="utf-8")
SECTIONS = {
    heading.partition(":")[0]: (heading, body)
    for heading, body in _sections(PAGE).items()
    if heading.startswith("NB")
}
BESIDE = {  # what an example has around it
    "NB803": {"requirements.txt": "pandas\n"},
    "NB811": {"pyproject.toml": ""},
    "NB813": {"pyproject.toml": "[tool.nb2pkg]\nmax-cell-lines = 3\n"},
}
OPTIONS: dict[str, dict[str, Any]] = {"NB903": {"outputs": "forbid"}}
PRINTED = {"NB904"}  # its outputs are what it prints


def test_every_check_has_a_section() -> None:
    assert [heading for heading, _ in SECTIONS.values()] == [
        f"{code}: {entry.title}" for code, entry in CATALOGUE.items()
    ]


@pytest.mark.parametrize("code", SECTIONS)
def test_the_example_of_a_check_gives_it(code: str, tmp_path: Path) -> None:
    _, body = SECTIONS[code]
    (example,) = _blocks(body, "json" if code == "NB905" else "python")
    (text,) = _blocks(body, "text")
    assert said(code, example, tmp_path) == text
    assert ("Off by default" in body) is (not CATALOGUE[code].is_on or code == "NB903")


def said(code: str, example: str, folder: Path) -> str:
    """What nb2pkg check says of an example, of this code only."""
    for name, content in BESIDE.get(code, {}).items():
        (folder / name).write_text(content, encoding="utf-8")
    path = folder / "analysis.ipynb"
    path.write_text(_file(code, example), encoding="utf-8")
    for cached in (project.around, whole_project.of_root, settings.around):
        cached.cache_clear()
    wanted = Selected(select=(code,), **OPTIONS.get(code, {}))
    report = check_file(path, wanted)
    if code in RUN_CODES:
        (report,) = rerun([report], wanted, Conditions(), lambda *_: None)
    return FORMATS["text"]([report]).replace(str(path), path.name)


def _file(code: str, example: str) -> str:
    if code == "NB905":
        return example
    document = build.document(example)
    if code in PRINTED:
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown):
            exec("".join(document["cells"][0]["source"]), {})
        output = {"output_type": "stream", "name": "stdout", "text": [shown.getvalue()]}
        document["cells"][0]["outputs"] = [output]
    return json.dumps(document)
