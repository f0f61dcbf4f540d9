"""What does a function say, whatever it looks like and wherever it stands?

Code that moved from a notebook into a package has another module, layout, docstring and
annotations, and was perhaps passed what it read from the notebook (`*, rate` and `rate=rate`).
It still says the same. Bytecode would not do: a name that became a parameter is read by another
instruction.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
import textwrap
import tokenize
import types
from typing import Any

from . import insides
from .walk import Walk

_SAID: dict[tuple[Any, ...], str] = {}  # texts alone: nothing is kept alive
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def said_by(function: Any, filled: int = 0, named: frozenset[str] = frozenset()) -> str:
    """Source of a function in one normal form, less the arguments that a `partial` filled in;
    empty when the source is not known. Nothing is executed."""
    code = function.__code__
    key = (*_place(code), filled, named)
    if key not in _SAID:
        try:
            _SAID[key] = _read(function, filled, named)
        except (SyntaxError, ValueError, IndexError, OSError, RecursionError, tokenize.TokenError):
            _SAID[key] = ""
    return _SAID[key]


def compiled(code: types.CodeType) -> str:
    """What a function does that has no source, as those that `dataclass` makes; not where it stands."""
    constants = [
        compiled(part) if isinstance(part, types.CodeType) else _constant(part)
        for part in code.co_consts
    ]
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    return repr((code.co_name, code.co_code, constants, names, code.co_argcount, code.co_flags))


def _constant(part: Any) -> str:
    return repr(sorted(map(repr, part))) if isinstance(part, frozenset) else repr(part)


def _place(code: types.CodeType) -> tuple[Any, ...]:
    """Where code stands; the columns tell several lambdas of one line apart."""
    columns: tuple[Any, ...] = ()
    if code.co_name == "<lambda>" and sys.version_info >= (3, 11):
        columns = tuple(code.co_positions())
    return (code.co_filename, code.co_firstlineno, code.co_name, columns)


def _read(function: Any, filled: int, named: frozenset[str]) -> str:
    code: types.CodeType = function.__code__
    lines = linecache.getlines(code.co_filename, function.__globals__)
    if not lines:
        return ""
    if code.co_name == "<lambda>":
        found: list[Any] = _lambdas("".join(lines), code)
    else:
        block = inspect.getblock(lines[code.co_firstlineno - 1 :])
        tree = ast.parse(textwrap.dedent("".join(block)))
        found = [node for node in tree.body[:1] if isinstance(node, _FUNCTIONS)]
    plain = _Plain()
    for node in found:
        _fill(node.args, filled, named)
        plain.visit(node)
        if isinstance(node, _FUNCTIONS):
            node.name = ""  # told apart, and changed by decorators
    return "\n".join(ast.dump(node) for node in found)


def _lambdas(source: str, code: types.CodeType) -> list[ast.Lambda]:
    """The lambda that a code object was made from; all of its line when they cannot be told apart."""
    tree = ast.parse(source)
    arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Lambda)
        and node.lineno == code.co_firstlineno
        and tuple(part.arg for part in _parameters(node.args)) == arguments
    ]
    if len(found) < 2 or sys.version_info < (3, 11):
        return found
    places = {(line, column) for line, _, column, _ in code.co_positions() if column}
    return [node for node in found if (node.body.lineno, node.body.col_offset) in places] or found


def _parameters(args: ast.arguments) -> list[ast.arg]:
    return [*getattr(args, "posonlyargs", ()), *args.args, *args.kwonlyargs]


def _fill(args: ast.arguments, filled: int, named: frozenset[str]) -> None:
    """Take out the parameters that a `partial` has given values to."""
    if filled:
        args.args = args.args[filled:]
        args.defaults = args.defaults[max(0, len(args.defaults) - len(args.args)) :]
    if not named:
        return
    defaults = dict(zip([part.arg for part in args.args][::-1], args.defaults[::-1]))
    args.args = [part for part in args.args if part.arg not in named]
    args.defaults = [defaults[part.arg] for part in args.args if part.arg in defaults]
    pairs = [pair for pair in zip(args.kwonlyargs, args.kw_defaults) if pair[0].arg not in named]
    args.kwonlyargs = [part for part, _ in pairs]
    args.kw_defaults = [default for _, default in pairs]


class _Plain(ast.NodeTransformer):
    """Drops what promotion may add or change."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        return self._plain(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        return self._plain(node)

    def _plain(self, node: Any) -> Any:
        """No docstring, no annotations."""
        node.returns = None
        node.type_comment = None
        node.body = _undocumented(node.body)
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        """A class within a function."""
        node.body = _undocumented(node.body)
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node

    def visit_arguments(self, node: ast.arguments) -> Any:
        """Keyword-only parameters without a default are what threading of data adds."""
        pairs = [pair for pair in zip(node.kwonlyargs, node.kw_defaults) if pair[1] is not None]
        node.kwonlyargs = [part for part, _ in pairs]
        node.kw_defaults = [default for _, default in pairs]
        self.generic_visit(node)
        return node

    def visit_arg(self, node: ast.arg) -> Any:
        """A parameter is its name."""
        return ast.arg(arg=node.arg, annotation=None)

    def visit_keyword(self, node: ast.keyword) -> Any:
        """`rate=rate` is the call that threading of data makes."""
        if isinstance(node.value, ast.Name) and node.value.id == node.arg:
            return None
        self.generic_visit(node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        """An annotated assignment is an assignment; without a value it is nothing."""
        if node.value is None:
            return None
        return self.visit(ast.Assign(targets=[node.target], value=node.value))


def _undocumented(body: list[Any]) -> list[Any]:
    first = body[0] if body else None
    documented = isinstance(first, ast.Expr) and isinstance(
        getattr(first.value, "value", getattr(first.value, "s", None)), str
    )
    return body[1:] if documented else body


def globals_read(code: types.CodeType) -> set[str]:
    """Global names that a code object uses, and the code objects within it."""
    found, todo = set(code.co_names), [code]
    while todo:
        inner = [part for part in todo.pop().co_consts if isinstance(part, types.CodeType)]
        todo += inner
        for part in inner:
            found.update(part.co_names)
    return found


def look_into(walk: Walk, function: Any) -> None:
    """Note which names of the notebook a function uses, and what it can change that is not global:
    what its closure holds, and its defaults."""
    if function.__globals__ is walk.eyes.namespace:
        walk.reads |= globals_read(function.__code__)
    held: list[Any] = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    for cell in function.__closure__ or ():
        try:
            held.append(cell.cell_contents)
        except ValueError:
            continue  # an empty cell
    if held:
        walk.reached(held)


def look_at_class(walk: Walk, cls: Any) -> None:
    """An object of a class of the notebook can do what the methods of the class do."""
    found = walk.eyes.looks.get(id(cls))
    if found is None:
        walk.eyes.alive.append(cls)
        inner = Walk(walk.eyes)
        found = walk.eyes.looks[id(cls)] = (
            inner.reads,
            inner.reach,
        )  # methods may hold objects of it
        for base in insides.mro(cls):
            for part in insides.members(base).values():
                for function in _functions_of(part):
                    if function.__globals__ is walk.eyes.namespace:
                        look_into(inner, function)
    walk.reads |= found[0]
    walk.reach |= found[1]


def _functions_of(part: Any) -> tuple[Any, ...]:
    found: tuple[Any, ...] = (part,)
    if type(part) in (classmethod, staticmethod):
        found = (part.__func__,)
    elif type(part) is property:
        found = (part.fget, part.fset, part.fdel)
    return tuple(one for one in found if type(one) is types.FunctionType)
