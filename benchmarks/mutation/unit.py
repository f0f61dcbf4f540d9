"""The unit tests of a package alone: without the checks that run its pipeline."""

from __future__ import annotations

import ast
from pathlib import Path


def keep_unit_tests(project: Path) -> None:
    """Take away the tests that need a run of the pipeline: by the fixtures that they ask for."""
    tests = project / "tests"
    (tests / "test_pipeline.py").unlink(missing_ok=True)
    for path in tests.glob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        tree.body = [node for node in tree.body if not _needs_run(node)]
        path.write_text(ast.unparse(tree), encoding="utf-8")


def _needs_run(node: ast.stmt) -> bool:
    names = [each.arg for each in node.args.args] if isinstance(node, ast.FunctionDef) else []
    return any(name == "analysis" or name.startswith("after_") for name in names)
