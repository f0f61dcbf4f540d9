"""What else a statement tells: what it changes in place, what it touches, what keeps it in place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

from nb2pkg.facts.dotted import dotted, root
from nb2pkg.facts.libraries import (
    Aliases,
    known,
    knows_call,
    last_parts_of_stays,
    mutated_arguments,
    stays,
)
from nb2pkg.facts.parts import Parts
from nb2pkg.model import Facts, Use

Calls = list[tuple[ast.Call, str]]

_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_AT_NAME = re.compile(r"@\s*([^\W\d]\w*)")


def mutations(parts: Parts, calls: Calls, aliases: Aliases) -> tuple[tuple[str, str], ...]:
    """(name, reason) for each name whose object the statement changes in place, likely or surely."""
    found: dict[str, str] = {}
    for name, reason in _mutations(parts, calls, aliases):
        if name:
            found.setdefault(name, reason)
    return tuple(found.items())


def _mutations(parts: Parts, calls: Calls, aliases: Aliases) -> Iterator[tuple[str, str]]:
    for attribute in parts.of(ast.Attribute):
        if not isinstance(attribute.ctx, ast.Load):
            yield root(attribute), f".{attribute.attr} = "
    for subscript in parts.of(ast.Subscript):
        if not isinstance(subscript.ctx, ast.Load):
            yield root(subscript), "[...] = "
    for augmented in parts.of(ast.AugAssign):
        if isinstance(augmented.target, ast.Name):
            yield augmented.target.id, "augmented assignment"
    for call, name in calls:
        yield from _call_mutations(call, name, aliases)


def _call_mutations(node: ast.Call, name: str, aliases: Aliases) -> Iterator[tuple[str, str]]:
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


def touches_files(calls: Calls) -> bool:
    """Does it read or write a file, or run a process, that finds files by the working directory?"""
    prefixes = _file_prefixes()
    return any(name.startswith(prefixes) or knows_call("files", name) for _, name in calls)


@cache
def _file_prefixes() -> tuple[str, ...]:
    return tuple(name for name in sorted(known("files")) if name.endswith((".", "_")))


def keeps_alive(calls: Calls) -> bool:
    """Does it make an object whose end can be noticed, such as a temporary folder?"""
    alive = known("alive")
    return any(name in alive for _, name in calls)


def reasons_to_stay(parts: Parts, calls: Calls, aliases: Aliases) -> tuple[Use, ...]:
    """Uses of names that mean something else inside a function of a module.

    NB315 names (sys.path, os.environ) are harmless to read: they count when something is called on
    them or stored into them.
    """
    found = []
    for part, name in _suspects(parts, aliases):
        code = stays()[name]
        if code == "NB315" and not _is_changed(part, name, parts, calls, aliases):
            continue
        if code == "NB301" and _is_harmless_eval(part, calls):
            continue
        if name == "dir" and _asks_an_object(part, calls):
            continue
        text = dotted(part)
        found.append(Use(code, text, part.lineno, part.col_offset, len(text)))
    found += _display_handles(calls)
    return tuple(sorted(dict.fromkeys(found), key=lambda use: (use.line, use.column, use.what)))


def _asks_an_object(part: ast.expr, calls: Calls) -> bool:
    """``dir(model)`` lists the attributes of a value; without one it is the names of the notebook."""
    return any(call.func is part and call.args for call, _ in calls)


def _suspects(parts: Parts, aliases: Aliases) -> Iterator[tuple[ast.Name | ast.Attribute, str]]:
    """Names and chains of attributes that the table says mean something else in a module."""
    table, ends = stays(), last_parts_of_stays()
    for name in parts.of(ast.Name):
        meant = aliases.names.get(name.id, name.id)
        if meant in table and not isinstance(name.ctx, ast.Store):
            yield name, meant
    for attribute in parts.of(ast.Attribute):
        if attribute.attr in ends and not isinstance(attribute.ctx, ast.Store):
            meant = aliases.dotted(dotted(attribute))
            if meant in table:
                yield attribute, meant


def _is_changed(part: ast.expr, name: str, parts: Parts, calls: Calls, aliases: Aliases) -> bool:
    return any(call.func is part for call, _ in calls) or name in _changed_paths(parts, aliases)


def _display_handles(calls: Calls) -> Iterator[Use]:
    """``display(x, display_id=True)`` gives a handle under IPython alone."""
    for call, name in calls:
        if name in known("prints") and any(k.arg == "display_id" for k in call.keywords):
            yield Use("NB306", dotted(call.func), call.lineno, call.col_offset, 7)


def _changed_paths(parts: Parts, aliases: Aliases) -> Iterator[str]:
    for subscript in parts.of(ast.Subscript):
        if not isinstance(subscript.ctx, ast.Load):
            yield aliases.dotted(dotted(subscript.value))
    for attribute in parts.of(ast.Attribute):
        if not isinstance(attribute.ctx, ast.Load):
            yield aliases.dotted(dotted(attribute))
    for augmented in parts.of(ast.AugAssign):
        yield aliases.dotted(dotted(augmented.target))
    for call in parts.of(ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr in known("mutators", "methods"):
            yield aliases.dotted(dotted(call.func.value))


def _is_harmless_eval(function: ast.expr, calls: Calls) -> bool:
    """``eval("a + b")``: the names in the text are known, and a function sees them as locals.

    With a namespace of its own, neither eval nor exec sees the notebook's.
    """
    for call, _ in calls:
        if call.func is function:
            own_namespace = len(call.args) >= 2 and not isinstance(call.args[1], ast.Call)
            constant = dotted(function) == "eval" and len(call.args) == 1 and _parses(call.args[0])
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


def names_in_text(calls: Calls, aliases: Aliases) -> tuple[frozenset[str], bool]:
    """(identifiers in the texts that a call looks up, whether some text is not known here).

    Databases that read data frames of the caller find them by the names of tables.
    """
    names: set[str] = set()
    unknown = False
    reads_frames = bool(aliases.modules & known("names_in_text", "databases"))
    for call, name in calls:
        pattern = _pattern(name, reads_frames)
        if pattern is not None:
            arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
            for argument in arguments[:2]:
                for text in _texts(argument):
                    names.update(pattern.findall(text))
            unknown = unknown or not arguments or _is_made_elsewhere(arguments[0])
    return frozenset(names), unknown


def executed_texts(calls: Calls) -> list[str]:
    """The texts, written out here, that exec runs where it stands: they may bind any name."""
    return [
        text.value
        for call, name in calls
        for text in call.args[:1]
        if name == "exec" and isinstance(text, ast.Constant) and isinstance(text.value, str)
    ]


def runs_unknown_code(facts: Facts) -> bool:
    """May it bind names of the notebook that nothing here spells out?"""
    if facts.magic is not None and facts.reads_everything:
        return True
    return any(use.what == "exec" for use in facts.opaque) and any(
        isinstance(part, ast.Call)
        and dotted(part.func) == "exec"
        and not executed_texts([(part, "exec")])
        for part in ast.walk(facts.node)
    )


def _pattern(name: str, reads_frames: bool) -> re.Pattern[str] | None:
    """How names stand in the texts that a call of that name looks up; None if it looks up none."""
    method = name.rpartition(".")[2] if "." in name else ""
    if name in known("names_in_text"):
        return _IDENTIFIER
    if reads_frames and method in known("names_in_text", "methods_of_databases"):
        return _IDENTIFIER
    if method in known("names_in_text", "methods"):
        return _AT_NAME if method == "query" else _IDENTIFIER
    return None


def _is_made_elsewhere(node: ast.expr) -> bool:
    """Is the text, or a part of it, not written here?"""
    has_parts = any(isinstance(part, ast.FormattedValue) for part in ast.walk(node))
    return has_parts or not list(_texts(node))


def _texts(node: ast.expr) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def identifiers(text: str) -> list[str]:
    """Everything in a text that could be a name, in order."""
    return list(dict.fromkeys(_IDENTIFIER.findall(text)))
