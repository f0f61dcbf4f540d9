"""Which test of the package is about which symbol."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from nb2pkg.files import walk
from nb2pkg.paths import Folder, bare
from nb2pkg.review.changes import text_of
from nb2pkg.review.model import Test

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def collect(project: Folder, symbols: Sequence[str]) -> tuple[Mapping[str, tuple[Test, ...]], int]:
    """Tests by symbol, and how many there are in all.

    A test belongs to the symbol that its name names; else to those whose fixtures it asks for, or
    which it mentions. One that is skipped says why, and does not count.
    """
    tests: dict[str, list[Test]] = {symbol: [] for symbol in symbols}
    count = 0
    files = walk.files(project / "tests", walk.is_without_code)
    for path in (file for file in files if file.match("test_*.py")):
        name = path.relative_to(bare(project)).as_posix()
        for function in _functions(text_of(bare(project), name)):
            reason = _reason_to_skip(function)
            count += not reason
            doc = reason or (ast.get_docstring(function) or "").split("\n\n")[0]
            test = Test(function.name, f"{name}:{function.lineno}", " ".join(doc.split()))
            for symbol in _meant(function, path.stem, symbols):
                tests[symbol].append(test)
    return {symbol: tuple(of) for symbol, of in tests.items()}, count


def _functions(text: str | None) -> Iterator[_Function]:
    try:
        tree = ast.parse(text or "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # the file stands among the changes
    for node in tree.body:
        within = node.body if isinstance(node, ast.ClassDef) else [node]
        for inner in within:
            if isinstance(inner, _Function) and inner.name.startswith("test"):
                yield inner


def _reason_to_skip(function: _Function) -> str:
    for mark in function.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.skip":
            reasons = [k.value.value for k in mark.keywords if isinstance(k.value, ast.Constant)]
            return f"Skipped: {', '.join(map(str, reasons))}."
    return ""


def _meant(function: _Function, stem: str, symbols: Sequence[str]) -> list[str]:
    named = [s for s in symbols if _is_named(function.name, s.rpartition(".")[2])]
    if named:
        longest = max(len(symbol.rpartition(".")[2]) for symbol in named)
        named = [symbol for symbol in named if len(symbol.rpartition(".")[2]) == longest]
        of_file = [s for s in named if stem == f"test_{s.rpartition('.')[0].replace('.', '_')}"]
        return of_file or named
    arguments = {argument.arg for argument in function.args.args}
    mentioned = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    names = {symbol: symbol.rpartition(".")[2] for symbol in symbols}
    return [s for s, name in names.items() if f"after_{name}" in arguments or name in mentioned]


def _is_named(test: str, name: str) -> bool:
    rest = test.removeprefix("test_")
    return rest == name or rest.startswith(f"{name}_")
