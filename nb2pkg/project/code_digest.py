"""Digests of the code of a package: has something changed since?

They are the same on every machine, in every version of Python and whatever a formatter did.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator, Mapping

from nb2pkg.graph.fingerprint import of_text
from nb2pkg.paths import is_module, module_of

_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_UNWRITTEN = ("kind", "type_comment", "ctx")  # fields of a tree that say nothing of what it means


def of_code(nodes: Iterable[ast.AST]) -> str:
    """What some statements mean: not their layout, quotes and comments."""
    return of_text("\n".join(_meaning(node) for node in nodes))


def _meaning(node: ast.AST) -> str:
    """ast.dump, but the same in all versions of Python: fields that are empty are left out."""
    parts = [type(node).__name__]
    for name, value in ast.iter_fields(node):
        if value not in (None, []) and name not in _UNWRITTEN:
            docstring = name == "body" and isinstance(node, _WITH_DOCSTRING)
            parts.append(f"{name}={_written(value, docstring)}")
    return f"{parts[0]}({', '.join(parts[1:])})"


def _written(value: object, docstring: bool = False) -> str:
    if isinstance(value, list):
        value = [item for item in value if not _is_empty_text(item)]
        first = value[0] if docstring and value else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            if isinstance(first.value.value, str):
                text = repr(inspect.cleandoc(first.value.value).strip())
                return f"[{', '.join([text, *map(_written, value[1:])])}]"
        return f"[{', '.join(map(_written, value))}]"
    return _meaning(value) if isinstance(value, ast.AST) else repr(value)


def _is_empty_text(item: object) -> bool:
    """Python 3.12 puts one behind a format in an f-string, and others do not."""
    return isinstance(item, ast.Constant) and item.value == ""


def of_symbols(texts: Mapping[str, str], package: str) -> dict[str, str]:
    """ "module.name" to a digest of its own code, for all that the modules of a package define.

    texts: path to text, of all files of a project. What is no Python defines nothing.
    """
    return {symbol: of_code([node]) for symbol, node in _symbols(texts, package).items()}


def of_closures(texts: Mapping[str, str], package: str) -> dict[str, str]:
    """Like of_symbols, with the code of everything in the package that a symbol uses."""
    nodes = _symbols(texts, package)
    own = {symbol: of_code([node]) for symbol, node in nodes.items()}
    return _with_uses(texts, package, nodes, own)


def of_meanings(texts: Mapping[str, str], package: str) -> dict[str, str]:
    """Like of_closures, and with what the names mean that come from somewhere else.

    Two symbols with one digest mean the same, wherever they stand.
    """
    nodes = _symbols(texts, package)
    known = _imports(texts, package)
    trees = dict(_modules(texts, package))
    own = {}
    for symbol, node in nodes.items():
        module = symbol.rpartition(".")[0]
        used = set(_mentioned(node))
        outside = {
            f"{name} is {target}"
            for name, target in known[module].items()
            if name in used and _settled(target, nodes, known) not in nodes
        }
        others = [n for n in trees[module].body if used & {*_bound_otherwise(n)}]
        own[symbol] = of_text(" ".join([of_code([node, *others]), *sorted(outside)]))
    return with_imported(texts, package, _with_uses(texts, package, nodes, own))


def with_imported(
    texts: Mapping[str, str], package: str, found: Mapping[str, str]
) -> dict[str, str]:
    """The digests of symbols, and those of what modules import by the name that it has there."""
    nodes, known = _symbols(texts, package), _imports(texts, package)
    again = {f"{module}.{name}": t for module, names in known.items() for name, t in names.items()}
    targets = {symbol: _settled(target, nodes, known) for symbol, target in again.items()}
    return {**{s: found[target] for s, target in targets.items() if target in found}, **found}


def _with_uses(
    texts: Mapping[str, str],
    package: str,
    nodes: Mapping[str, ast.stmt],
    own: Mapping[str, str],
) -> dict[str, str]:
    known = _imports(texts, package)
    uses = {s: set(_used(s, node, known, nodes)) for s, node in nodes.items()}
    return {
        symbol: of_text(" ".join([own[symbol], *sorted(own[s] for s in _closed(symbol, uses))]))
        for symbol in nodes
    }


def _settled(
    target: str, known: Mapping[str, ast.stmt], imported: Mapping[str, Mapping[str, str]]
) -> str:
    """Where a symbol is defined that is imported from where it may only be imported, too."""
    seen: set[str] = set()
    while target not in known and target not in seen:
        seen.add(target)
        module, _, name = target.rpartition(".")
        target = imported.get(module, {}).get(name, target)
    return target


def _bound_otherwise(node: ast.stmt) -> Iterator[str]:
    """Names that a statement binds which is neither a definition nor an import."""
    if isinstance(node, ast.Import | ast.ImportFrom) or any(_bound(node)):
        return
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            yield inner.id
        elif isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield inner.name
        elif isinstance(inner, ast.alias):
            yield inner.asname or inner.name.partition(".")[0]


def _closed(symbol: str, uses: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [symbol]
    while waiting:
        for used in uses[waiting.pop()] - found - {symbol}:
            found.add(used)
            waiting.append(used)
    return found


def _symbols(texts: Mapping[str, str], package: str) -> dict[str, ast.stmt]:
    return {
        f"{module}.{name}": node
        for module, tree in _modules(texts, package)
        for node in tree.body
        for name in _bound(node)
    }


def _modules(texts: Mapping[str, str], package: str) -> Iterator[tuple[str, ast.Module]]:
    """Dotted name, as seen from the package, and tree of each module."""
    for path in sorted(texts):
        if is_module(path, package):
            try:
                yield module_of(path, package), ast.parse(texts[path])
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue


def _bound(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    targets = node.targets if isinstance(node, ast.Assign) else []
    targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
    for target in targets:
        for inner in ast.walk(target):
            if isinstance(inner, ast.Name):
                yield inner.id


def _imports(texts: Mapping[str, str], package: str) -> dict[str, dict[str, str]]:
    """Module to the names that it imports, and what they are: in the package as seen from there."""
    found: dict[str, dict[str, str]] = {}
    for module, tree in _modules(texts, package):
        names = found.setdefault(module, {})
        for node in tree.body:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    bound = alias.asname or alias.name.partition(".")[0]
                    names[bound] = f"import {alias.name if alias.asname else bound}"
            elif isinstance(node, ast.ImportFrom):
                source = _source(node, module, package)
                for alias in node.names:
                    names[alias.asname or alias.name] = f"{source}.{alias.name}".lstrip(".")
    return found


def _source(node: ast.ImportFrom, module: str, package: str) -> str:
    """The module that something is imported from; one of the package as seen from there."""
    source = node.module or ""
    if not node.level:
        inside = f"{source}.".startswith(f"{package}.")
        return f"{source}.".removeprefix(f"{package}.").rstrip(".") if inside else f"from {source}"
    parts = module.split(".")
    if node.level > len(parts):
        return f"from {'.' * (node.level - len(parts))}{source}"
    return ".".join([*parts[: -node.level], *filter(None, [source])])


def _used(
    symbol: str,
    node: ast.stmt,
    imported: Mapping[str, Mapping[str, str]],
    known: Mapping[str, ast.stmt],
) -> Iterator[str]:
    """Symbols of the package that some code mentions."""
    module = symbol.rpartition(".")[0]
    for name in _mentioned(node):
        own = f"{module}.{name}"
        target = _settled(imported.get(module, {}).get(name, own), known, imported)
        if target in known or own in known:
            yield target if target in known else own


def _mentioned(node: ast.AST) -> Iterator[str]:
    """Names that code mentions; in a function not those of its parameters."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from (part.id for part in ast.walk(node) if isinstance(part, ast.Name))
        return
    own = {part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)}
    around = [*node.decorator_list, node.args, *([node.returns] if node.returns else [])]
    yield from (name for part in around for name in _mentioned(part))
    yield from (name for part in node.body for name in _mentioned(part) if name not in own)
