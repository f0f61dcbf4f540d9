"""The naive tests that the generated suite is compared with: whether anything is raised, no more."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from benchmarks.mutation.model import NOT_PROMOTED

HEAD = '"""Whether the pipeline runs, and each definition is there."""\n'


def replace_tests(project: Path) -> None:
    """Leave the fixtures, and put the naive tests in place of the generated ones."""
    text = HEAD + "".join(_tests(project))
    for path in project.glob("tests/**/test_*.py"):
        path.unlink()
    (project / "tests" / "test_smoke.py").write_text(text, encoding="utf-8")


def _tests(project: Path) -> Iterator[str]:
    if "analysis" in _defined((project / "tests" / "conftest.py").read_text(encoding="utf-8")):
        yield "\n\ndef test_run(analysis):\n    if analysis.error:\n        raise analysis.error[1]\n"
    for path in sorted(project.glob("src/*/*.py")):
        if path.name in NOT_PROMOTED:
            continue
        module = f"{path.parent.name}.{path.stem}"
        for name in dict.fromkeys(_defined(path.read_text(encoding="utf-8"))):
            yield f"\n\ndef test_import_{path.stem}_{name}():\n    from {module} import {name}\n"


def _defined(code: str) -> list[str]:
    """The names that a module defines at its top level."""
    found: list[str] = []
    for node in ast.parse(code).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.append(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            stored = (n for target in targets for n in ast.walk(target))
            found += [
                n.id for n in stored if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            ]
    return found
