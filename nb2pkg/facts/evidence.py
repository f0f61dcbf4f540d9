"""What else a statement tells: what it changes in place, what it touches, what keeps it in place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nb2pkg.facts.dotted import dotted, root
from nb2pkg.knowledge import Aliases, known, knows_call, mutated_arguments, stays
from nb2pkg.model import Use

_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_AT_NAME = re.compile(r"@\s*([^\W\d]\w*)")


def mutations(node: ast.stmt, aliases: Aliases) -> tuple[tuple[str, str], ...]:
    """(name, reason) for each name whose object the statement changes in place, likely or surely."""
    found: dict[str, str] = {}
    for name, reason in _mutations(node, aliases):
        if name:
            found.setdefault(name, reason)
    return tuple(found.items())


def _mutations(node: ast.stmt, aliases: Aliases) -> Iterator[tuple[str, str]]:
    for part in ast.walk(node):
        match part:
            case ast.Attribute(ctx=ast.Store() | ast.Del(), attr=attribute):
                yield root(part), f".{attribute} = "
            case ast.Subscript(ctx=ast.Store() | ast.Del()):
                yield root(part), "[...] = "
            case ast.AugAssign(target=ast.Name(id=name)):
                yield name, "augmented assignment"
            case ast.Call():
                yield from _call_mutations(part, aliases)


def _call_mutations(node: ast.Call, aliases: Aliases) -> Iterator[tuple[str, str]]:
    name = aliases.dotted(dotted(node.func))
    method = name.rpartition(".")[2] if "." in name else ""
    receiver = root(node.func, through_calls=False)
    if isinstance(node.func, ast.Attribute) and receiver not in aliases.names:
        sets = method.startswith("set_") and method not in known("mutators", "return_new")
        if sets or method in known("mutators", "methods"):
            yield receiver, f".{method}()"
        for keyword in node.keywords:
            if keyword.arg == "inplace" and not _is_false(keyword.value):
                yield receiver, f".{method}(inplace=True)"
    position = mutated_arguments().get(name)
    if position is not None and position < len(node.args):
        yield root(node.args[position]), f"{name}()"
    for keyword in node.keywords:
        if keyword.arg in known("mutators", "keywords"):
            yield root(keyword.value), f"{keyword.arg}="


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def touches_files(node: ast.stmt, aliases: Aliases) -> bool:
    """Does it read or write a file, or run a process, that finds files by the working directory?"""
    prefixes = tuple(name for name in known("files") if name.endswith((".", "_")))
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            name = aliases.dotted(dotted(part.func))
            if name.startswith(prefixes) or knows_call("files", name):
                return True
    return False


def keeps_alive(node: ast.stmt, aliases: Aliases) -> bool:
    """Does it make an object whose end can be noticed, such as a temporary folder?"""
    return any(
        aliases.dotted(dotted(part.func)) in known("alive")
        for part in ast.walk(node)
        if isinstance(part, ast.Call)
    )


def dotted_names(node: ast.AST, aliases: Aliases) -> Iterator[tuple[str, str, ast.expr]]:
    """(library's name, head as written, node) of each name or chain of attributes that is read."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name | ast.Attribute) and not isinstance(part.ctx, ast.Store):
            text = dotted(part)
            if text and not text.startswith("."):
                yield aliases.dotted(text), text.partition(".")[0], part


def reasons_to_stay(node: ast.stmt, aliases: Aliases) -> tuple[Use, ...]:
    """Uses of names that mean something else inside a function of a module.

    NB315 names (sys.path, os.environ) are harmless to read: they count when something is called on
    them or stored into them.
    """
    changed = set(_changed_paths(node, aliases))
    called = {id(part.func) for part in ast.walk(node) if isinstance(part, ast.Call)}
    found = []
    for name, _, part in dotted_names(node, aliases):
        code = stays().get(name)
        if code is None or (code == "NB315" and name not in changed and id(part) not in called):
            continue
        if code == "NB301" and _is_harmless_eval(node, part):
            continue
        text = dotted(part)
        found.append(Use(code, text, part.lineno, part.col_offset, len(text)))
    return tuple(dict.fromkeys([*found, *_display_handles(node, aliases)]))


def _display_handles(node: ast.stmt, aliases: Aliases) -> Iterator[Use]:
    """``display(x, display_id=True)`` gives a handle under IPython alone."""
    for part in ast.walk(node):
        match part:
            case ast.Call(func=function, keywords=keywords):
                shows = aliases.dotted(dotted(function)) in known("prints")
                if shows and any(keyword.arg == "display_id" for keyword in keywords):
                    yield Use("NB306", dotted(function), part.lineno, part.col_offset, 7)


def _changed_paths(node: ast.stmt, aliases: Aliases) -> Iterator[str]:
    for part in ast.walk(node):
        match part:
            case ast.Subscript(ctx=ast.Store() | ast.Del(), value=value):
                yield aliases.dotted(dotted(value))
            case ast.Attribute(ctx=ast.Store() | ast.Del()):
                yield aliases.dotted(dotted(part))
            case ast.AugAssign(target=ast.Attribute() as target):
                yield aliases.dotted(dotted(target))
            case ast.Call(func=ast.Attribute(value=value, attr=method)):
                if method in known("mutators", "methods"):
                    yield aliases.dotted(dotted(value))


def _is_harmless_eval(node: ast.AST, function: ast.expr) -> bool:
    """``eval("a + b")``: the names in the text are known, and a function sees them as locals.

    With a namespace of its own, neither eval nor exec sees the notebook's.
    """
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and part.func is function:
            own_namespace = len(part.args) >= 2 and not isinstance(part.args[1], ast.Call)
            constant = dotted(function) == "eval" and len(part.args) == 1 and _parses(part.args[0])
            return own_namespace or constant
    return False


def _parses(node: ast.expr) -> bool:
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return False
    try:
        tree = ast.parse(node.value.strip(), mode="eval")
    except SyntaxError:
        return False
    return not any(
        isinstance(part, ast.Lambda | ast.NamedExpr | ast.Call) for part in ast.walk(tree)
    )


def names_in_text(node: ast.AST, aliases: Aliases) -> tuple[frozenset[str], bool]:
    """(identifiers in the texts that a call looks up, whether some text is not known here)."""
    names: set[str] = set()
    unknown = False
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and knows_call(
            "names_in_text", aliases.dotted(dotted(part.func))
        ):
            pattern = (
                _AT_NAME
                if isinstance(part.func, ast.Attribute) and part.func.attr == "query"
                else _IDENTIFIER
            )
            arguments = [*part.args, *(keyword.value for keyword in part.keywords)]
            for argument in arguments[:2]:
                texts = list(_texts(argument))
                names.update(name for text in texts for name in pattern.findall(text))
            unknown = unknown or not arguments or not list(_texts(arguments[0]))
    return frozenset(names), unknown


def _texts(node: ast.expr) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def strings(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def identifiers(text: str) -> list[str]:
    """Everything in a text that could be a name, in order."""
    return list(dict.fromkeys(_IDENTIFIER.findall(text)))
