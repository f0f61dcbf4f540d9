"""What somebody would write who has only read how Dask wraps a function: each line of run() as a task.

Edges are those of the names. Nothing is copied, nothing put together, and nothing waits for what it does not take.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

_HEAD = """
from dask import compute as _compute, delayed as _delayed
{config}
"""
_IN_FOLDER = "from .config import in_data_dir as _folder"
_ANYWHERE = "from contextlib import nullcontext as _folder"
_TASK = """
def _line_{number}({takes}):
    with _folder():
        {body}
    return {gives}
"""


def write(pipeline: Path) -> None:
    """Write naive.py beside pipeline.py: a run() that gives what the naive tasks give."""
    text = flow(pipeline.read_text(encoding="utf-8"))
    pipeline.with_name("naive.py").write_text(text, encoding="utf-8")


def flow(text: str) -> str:
    """The text of that module."""
    tree = ast.parse(text)
    run = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "run")
    head = [node for node in tree.body if node is not run]
    options = [argument.arg for argument in run.args.kwonlyargs]
    *lines, last = (node for node in run.body if not _is_text(node))
    known, tasks, calls = set(options), list[str](), list[str]()
    for number, node in enumerate(lines):
        gives = [*dict.fromkeys(_bound(node))]
        takes = [name for name in dict.fromkeys(_read(node)) if name in known]
        known |= {*gives}
        tasks.append(_task(number, node, takes, gives))
        calls.append(_call(number, takes, gives))
    config = _IN_FOLDER if "in_data_dir" in text else _ANYWHERE
    results = f"return _compute({_returned(last)}, _others, **_how)[0]"
    body = "\n    ".join(["_others = []", *calls, results, ""])
    parameters = ", ".join(filter(None, ["_how", ast.unparse(run.args)]))
    whole = f"def run({parameters}):\n    {body}"
    return "\n".join([*map(ast.unparse, head), _HEAD.format(config=config), *tasks, whole])


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _returned(node: ast.stmt) -> str:
    assert isinstance(node, ast.Return)
    return ast.unparse(node.value) if node.value else "{}"


def _bound(node: ast.stmt) -> Iterator[str]:
    """Names that a line binds at its own level."""
    for part in _own(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id
        elif isinstance(part, ast.FunctionDef | ast.ClassDef):
            yield part.name
        elif isinstance(part, ast.alias):
            yield (part.asname or part.name).partition(".")[0]


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a line that stand in the scope of run()."""
    yield node
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
        return
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return
    for child in ast.iter_child_nodes(node):
        yield from _own(child)


def _read(node: ast.stmt) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            is_changed = isinstance(node, ast.AugAssign) and part is node.target
            if isinstance(part.ctx, ast.Load) or is_changed:
                yield part.id


def _task(number: int, node: ast.stmt, takes: list[str], gives: list[str]) -> str:
    returned = f"({', '.join(gives)},)" if len(gives) > 1 else (gives or ["None"])[0]
    body = ast.unparse(node).replace("\n", "\n        ")
    return _TASK.format(number=number, takes=", ".join(takes), body=body, gives=returned)


def _call(number: int, takes: list[str], gives: list[str]) -> str:
    many = f", nout={len(gives)}" if len(gives) > 1 else ""
    call = f"_delayed(_line_{number}, pure=False{many})({', '.join(takes)})"
    return f"{', '.join(gives)} = {call}" if gives else f"_others.append({call})"
