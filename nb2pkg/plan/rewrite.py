"""Changes inside expressions, by LibCST: everything else of the text stays as it was written.

After each rewrite the tree of the result is compared with the tree that was meant; a difference is
our bug.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import libcst as cst

from nb2pkg.errors import InternalError

Injected = Mapping[str, tuple[str, ...]]
NONE: Mapping[str, str] = MappingProxyType({})


def inject(
    source: str, injected: Injected, defines: str = "", lowered: Mapping[str, str] = NONE
) -> str:
    """Pass data to functions by keyword.

    injected maps a function to the names of its data; each call of it in source passes them. If
    source is the definition of the function named defines, its signature takes them as well. lowered:
    data whose parameter has another name, which the body is to be given afterwards.

        def tax(x): return x * rate      ->  def tax(x, *, rate): return x * rate
        net = x - tax(x)                 ->  net = x - tax(x, rate=rate)
    """
    module = cst.parse_module(source)
    result = module.visit(_Injector(injected, defines, lowered)).code
    _check_injected(source, result, _Expected(injected, defines, lowered))
    return result


class _Injector(cst.CSTTransformer):
    def __init__(self, injected: Injected, defines: str, lowered: Mapping[str, str]) -> None:
        super().__init__()
        self.lowered = lowered
        self.injected = injected
        self.defines = defines
        self.depth = 0

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self.depth += 1

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        self.depth -= 1
        name = updated_node.name.value
        if self.depth or name != self.defines or name not in self.injected:
            return updated_node
        return updated_node.with_changes(
            params=_with_keywords(
                updated_node.params, [self.lowered.get(n, n) for n in self.injected[name]]
            )
        )

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        function = updated_node.func
        if not isinstance(function, cst.Name) or function.value not in self.injected:
            return updated_node
        names = self.injected[function.value]
        return _passing(updated_node, [(self.lowered.get(name, name), name) for name in names])


def _with_keywords(params: cst.Parameters, names: Iterable[str]) -> cst.Parameters:
    star = params.star_arg
    if isinstance(star, cst.MaybeSentinel):
        star = cst.ParamStar()
    fresh = [cst.Param(cst.Name(name)) for name in names]
    return params.with_changes(star_arg=star, kwonly_params=[*params.kwonly_params, *fresh])


def _passing(call: cst.Call, names: Iterable[tuple[str, str]]) -> cst.Call:
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    arguments = [_in_brackets(argument) for argument in call.args]
    if arguments and isinstance(arguments[-1].comma, cst.MaybeSentinel):
        arguments[-1] = arguments[-1].with_changes(comma=comma)
    none = cst.SimpleWhitespace("")
    equal = cst.AssignEqual(whitespace_before=none, whitespace_after=none)
    arguments += [
        cst.Arg(keyword=cst.Name(parameter), value=cst.Name(name), equal=equal)
        for parameter, name in names
    ]
    return call.with_changes(args=arguments)


def _in_brackets(argument: cst.Arg) -> cst.Arg:
    """A bare generator may stand alone in a call, but not beside other arguments."""
    value = argument.value
    if isinstance(value, cst.GeneratorExp) and not value.lpar:
        value = value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        return argument.with_changes(value=value)
    return argument


def _check_injected(before: str, after: str, meant: _Expected) -> None:
    expected = meant.visit(ast.parse(before))
    if ast.dump(expected) != ast.dump(ast.parse(after)):
        raise InternalError("passing data by keyword changed more than the calls:\n" + after)


class _Expected(ast.NodeTransformer):
    """The same change on the tree, against which the text is checked."""

    def __init__(self, injected: Injected, defines: str, lowered: Mapping[str, str]) -> None:
        self.injected = injected
        self.defines = defines
        self.lowered = lowered

    def visit_Module(self, node: ast.Module) -> ast.AST:
        self.generic_visit(node)
        for statement in node.body:
            functions = (ast.FunctionDef, ast.AsyncFunctionDef)
            if isinstance(statement, functions) and statement.name == self.defines:
                for name in self.injected.get(self.defines, ()):
                    statement.args.kwonlyargs.append(ast.arg(self.lowered.get(name, name)))
                    statement.args.kw_defaults.append(None)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name):
            for name in self.injected.get(node.func.id, ()):
                parameter = self.lowered.get(name, name)
                node.keywords.append(ast.keyword(parameter, ast.Name(name, ast.Load())))
        return node


def returning(source: str, sets: tuple[str, ...], takes: tuple[str, ...]) -> str:
    """A function that returns what it set through global.

    def f(): global n; n += 1  ->  def f(*, n): n += 1; return n    (each on a line of its own)
    """
    function = _function(ast.parse(source))
    declared = [part for part in function.body if isinstance(part, ast.Global)]
    gone = {line for part in declared for line in range(part.lineno, (part.end_lineno or 0) + 1)}
    lines = source.split("\n")
    kept = [line for number, line in enumerate(lines, start=1) if number not in gone]
    if not isinstance(function.body[-1], ast.Return):
        first = lines[function.body[0].lineno - 1]
        indent = first[: len(first) - len(first.lstrip())]
        kept.append(f"{indent}return {', '.join(sets)}")
        function.body.append(ast.parse(f"return {', '.join(sets)}").body[0])
    function.body = [part for part in function.body if part not in declared]
    result = "\n".join(kept)
    if ast.dump(_function(ast.parse(result))) != ast.dump(function):
        raise InternalError("returning what was global changed more than that:\n" + result)
    return inject(result, {function.name: takes}, function.name) if takes else result


def _function(tree: ast.Module) -> ast.FunctionDef:
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    return function


def assigned(source: str, name: str, sets: tuple[str, ...], takes: tuple[str, ...]) -> str:
    """The call of such a function: ``f()  ->  n = f(n=n)``."""
    call = inject(source, {name: takes}) if takes else source
    result = f"{', '.join(sets)} = {call}"
    match ast.parse(result).body, ast.parse(call).body:
        case [ast.Assign(value=value)], [ast.Expr(value=wanted)] if ast.dump(value) == ast.dump(
            wanted
        ):
            return result
    raise InternalError("assigning a call changed the call:\n" + result)


def renamed(source: str, names: Mapping[str, str]) -> str:
    """Names that are read, by other names. Who calls this compares the trees."""
    return cst.parse_module(source).visit(_Rename(names)).code


class _Rename(cst.CSTTransformer):
    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__()
        self.names = names

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.Attribute:
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        return updated_node.with_changes(keyword=original_node.keyword)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        return updated_node.with_changes(
            value=self.names.get(updated_node.value, updated_node.value)
        )
