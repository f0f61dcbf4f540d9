"""docs/manifest.md describes all that stands in a manifest, and its example runs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from nb2pkg.plan.provenance import Link
from nb2pkg.project import manifest
from nb2pkg.project.manifest import writing

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "manifest.md").read_text(encoding="utf-8")
CELL = re.compile(r"^\|([^|]*)\|[^|]*\|([^|]*)\|$", re.MULTILINE)


def described() -> set[str]:
    """The names of the tables: fields, and those that the meaning of a field names."""
    return {name for row in CELL.findall(PAGE) for part in row for name in _quoted(part)}


def _quoted(text: str) -> list[str]:
    return re.findall(r"`(\w+)`", text)


def written() -> set[str]:
    """The keys of all objects that are written, and the fields of a step."""
    tree = ast.parse(Path(writing.__file__).read_text(encoding="utf-8"))
    objects = [node for node in ast.walk(tree) if isinstance(node, ast.Dict)]
    keys = {key.value for node in objects for key in node.keys if isinstance(key, ast.Constant)}
    assigned = {
        node.slice.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.slice, ast.Constant)
    }
    steps = {each.name for each in fields(Link)} - {"symbol"}
    return {str(key) for key in keys | assigned} | steps


def test_every_field_is_described() -> None:
    assert {"cells", "verified", "lent", "observed", "left_out", "keywords"} <= written()
    assert written() - described() == set()


def test_the_version_is_that_of_the_code() -> None:
    assert f"`version` is {manifest.VERSION}." in PAGE


def test_the_example_prints_the_steps_of_the_sample(tmp_path: Path) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    (printed,) = re.findall(r"^```text\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    script = tmp_path / "steps.py"
    script.write_text(code, encoding="utf-8")
    project = ROOT / "sample_project" / "penguins-package"
    done = subprocess.run(
        [sys.executable, str(script), str(project)], capture_output=True, text=True, check=True
    )
    assert done.stdout == printed
