"""The modules that code imports, wherever the statement stands."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from nb2pkg.facts.dotted import dotted
from nb2pkg.requirements import known
from nb2pkg.requirements.model import Imported

_FORGIVING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException", ""}
_EXPECTING = {"suppress", "raises"}
_BY_NAME = {"importlib.import_module", "import_module", "__import__", "pytest.importorskip"}
_PLATFORMS = {"sys.platform": "sys_platform", "os.name": "os_name"}
_PLATFORMS |= {"platform.system": "platform_system"}
_OPERATORS: dict[type[ast.cmpop], str] = {ast.Eq: "==", ast.NotEq: "!="}
_VERSION_SIGNS: dict[type[ast.cmpop], str] = {ast.GtE: ">=", ast.Lt: "<"}
_OPPOSITE = {"==": "!=", "!=": "==", ">=": "<", "<": ">="}


def of(tree: ast.Module) -> tuple[Imported, ...]:
    """All that it imports, also inside functions; not what only type checkers do."""
    return tuple(_in_full(_of_all(tree.body, False, ""), tree))


def _in_full(found: Iterable[Imported], tree: ast.Module) -> Iterator[Imported]:
    """After ``import google``, what is read of it says which of its modules are meant."""
    for one in found:
        if not known.is_namespace(one.module):
            yield one
            continue
        chains = {dotted(n) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        inner = sorted(chain for chain in chains if chain.startswith(f"{one.module}."))
        meant = [name for name in inner if known.candidates(name)]
        yield from (replace(one, module=name) for name in meant[:1] or [one.module])


def _of_all(nodes: Iterable[ast.AST], is_optional: bool, marker: str) -> Iterator[Imported]:
    for node in nodes:
        yield from _of(node, is_optional, marker)


def _of(node: ast.AST, is_optional: bool, marker: str) -> Iterator[Imported]:
    match node:
        case ast.Import():
            for alias in node.names:
                yield Imported(alias.name, node.lineno, is_optional, marker)
        case ast.ImportFrom(level=0):
            for alias in node.names:
                inner = "" if alias.name == "*" else f".{alias.name}"
                yield Imported(f"{node.module}{inner}", node.lineno, is_optional, marker)
        case ast.Try():
            forgiven = is_optional or _is_forgiven(node)
            yield from _of_all((*node.body, *node.handlers), forgiven, marker)
            yield from _of_all((*node.orelse, *node.finalbody), is_optional, marker)
        case ast.With() if any(_is_forgiving(item.context_expr) for item in node.items):
            yield from _of_all(node.body, True, marker)
        case ast.If():
            yield from _of_branches(node, is_optional, marker)
        case ast.Call(args=[ast.Constant(value=str(name)), *_]) if dotted(node.func) in _BY_NAME:
            skips = dotted(node.func) == "pytest.importorskip"
            if name and not name.startswith("."):
                yield Imported(name, node.lineno, is_optional or skips, marker)
        case _:
            yield from _of_all(ast.iter_child_nodes(node), is_optional, marker)


def _is_forgiven(node: ast.Try) -> bool:
    caught = {
        dotted(name).rpartition(".")[2] if name is not None else ""
        for handler in node.handlers
        for name in (handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type])
    }
    return bool(caught & _FORGIVING)


def _is_forgiving(node: ast.expr) -> bool:
    """``suppress(ImportError)``, and ``pytest.raises(ImportError)``."""
    if not isinstance(node, ast.Call) or dotted(node.func).rpartition(".")[2] not in _EXPECTING:
        return False
    return any(dotted(argument) in _FORGIVING - {""} for argument in node.args)


def _of_branches(node: ast.If, is_optional: bool, marker: str) -> Iterator[Imported]:
    """A condition on the platform becomes a marker; of any other nobody knows."""
    yield from _of(node.test, is_optional, marker)
    if dotted(node.test).rpartition(".")[2] == "TYPE_CHECKING":
        yield from _of_all(node.orelse, is_optional, marker)
        return
    own = _marker(node.test)
    yield from _of_all(node.body, is_optional, _both(marker, own))
    other = _marker(node.test, opposite=True)
    yield from _of_all(node.orelse, is_optional, _both(marker, other))


def _marker(test: ast.expr, opposite: bool = False) -> str:
    """``sys.platform == "win32"`` as a marker; empty for what is none."""
    match test:
        case ast.Compare(ops=[operator], comparators=[ast.Constant(value=str(value))]):
            left = test.left.func if isinstance(test.left, ast.Call) else test.left
            name, sign = _PLATFORMS.get(dotted(left)), _OPERATORS.get(type(operator))
            if name and sign:
                return f"{name} {_OPPOSITE[sign] if opposite else sign} '{value}'"
    return _version(test, opposite)


def _version(test: ast.expr, opposite: bool) -> str:
    """``sys.version_info >= (3, 11)`` as a marker; empty for what is none."""
    match test:
        case ast.Compare(ops=[operator], comparators=[ast.Tuple(elts=[first, second, *_])]):
            sign = _VERSION_SIGNS.get(type(operator))
            parts = [part.value for part in (first, second) if isinstance(part, ast.Constant)]
            if sign and dotted(test.left) == "sys.version_info" and parts[:1] == [3]:
                version = ".".join(map(str, parts))
                return f"python_version {_OPPOSITE[sign] if opposite else sign} '{version}'"
    return ""


def _both(one: str, other: str) -> str:
    return f"{one} and {other}" if one and other else one or other
