"""The text of the tests that stood in the notebook, and of those that run examples in docstrings."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable
from dataclasses import dataclass

from nb2pkg.model import StatementKind
from nb2pkg.plan.model import Check, CheckKind, Definition, Module, Style
from nb2pkg.render.adapt import Adapted, adapted
from nb2pkg.render.code import docstring, indented


@dataclass(frozen=True, slots=True)
class Examples:
    """The test of a module's examples, if there are some, and the names that it imports."""

    tests: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def split(
    style: Style, found: Iterable[Check], earlier: Iterable[str]
) -> tuple[list[str], list[str]]:
    """What stands above the tests, and the tests, under names that are not taken by earlier ones."""
    taken = {name for text in earlier for name in re.findall(r"^def (\w+)", text, re.MULTILINE)}
    helpers, tests = [], []
    for check in found:
        if check.kind is CheckKind.SHARED:
            helpers.append(check.source)
            continue
        if check.kind is CheckKind.FIXTURE:
            helpers.append(_definition(style, check, check.name))
            continue
        name = _free(_called(check), taken)
        taken.add(name)
        is_code = check.kind is CheckKind.CODE
        tests.append(_of_code(style, check, name) if is_code else _definition(style, check, name))
    return helpers, tests


def _called(check: Check) -> str:
    return f"test_{check.name}" if check.kind is CheckKind.CODE else check.name


def _free(name: str, taken: set[str]) -> str:
    number, wanted = 1, name
    while wanted in taken:
        number += 1
        wanted = f"{name}_{number}"
    return wanted


def _unpacked(check: Check, source: str) -> list[str]:
    """Lines that give the notebook's names to its values; those that are changed are copied."""
    return [
        (
            f'{name} = copy.deepcopy({source}["{name}"])'
            if name in check.changed
            else f'{name} = {source}["{name}"]'
        )
        for name in check.data
    ]


def _of_code(style: Style, check: Check, name: str) -> str:
    after = f"after_{check.after}"
    argument = f"{after}: dict[str, Any]" if check.data else ""
    says = docstring(style, check.doc or "The notebook asserts it.")
    body = "\n".join([*_unpacked(check, after), *check.before, check.source])
    return "\n".join([f"def {name}({argument}) -> None:", says, indented(body)])


def _definition(style: Style, check: Check, name: str) -> str:
    """A function or class as it stands, with the values that it reads."""
    after = f"after_{check.after}" if check.data else ""
    source = f"self.{after}" if check.kind is CheckKind.CLASS else after
    given = Adapted(
        style,
        name=name,
        fixture=after,
        lines=(*_unpacked(check, source), *check.before),
        doc=check.doc,
    )
    return adapted(check.source, given)


# ---- examples in docstrings


def examples(style: Style, item: Module) -> Examples:
    """One test for all definitions of the module whose examples need nothing but the module."""
    here = _names_of(item)
    names = tuple(d.name for d in item.definitions if _has_examples(d, here))
    if not names:
        return Examples()
    body = [
        f'@pytest.mark.parametrize("item", [{", ".join(names)}])',
        "def test_examples(item: object) -> None:",
        docstring(style, "The examples in its docstring give what it says."),
        indented("runner = doctest.DocTestRunner()"),
        indented(
            "failed = [runner.run(test).failed for test in doctest.DocTestFinder().find(item)]"
        ),
        indented("assert sum(failed) == 0"),
    ]
    return Examples(("\n".join(body),), names)


def _names_of(item: Module) -> set[str]:
    lines = [*item.imports, *item.guarded]
    parts = [part for line in lines for part in ast.walk(ast.parse(line))]
    aliases = [part for part in parts if isinstance(part, ast.alias)]
    imported = {(alias.asname or alias.name).partition(".")[0] for alias in aliases}
    return {*imported, *dir(builtins), *(made.name for made in item.items)}


def _has_examples(item: Definition, here: set[str]) -> bool:
    if item.kind not in (StatementKind.FUNCTION, StatementKind.CLASS) or item.injected:
        return False
    if ">>>" not in item.source or item.name.lower().startswith("test"):
        return False
    import doctest  # with unittest and pdb behind it; few notebooks have examples

    parts = ast.walk(ast.parse(item.source))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    texts = [ast.get_docstring(part) or "" for part in parts if isinstance(part, kinds)]
    try:
        found = [e for text in texts for e in doctest.DocTestParser().get_examples(text)]
        nodes = [node for e in found for node in ast.walk(ast.parse(e.source))]
    except (ValueError, SyntaxError):
        return False
    names = [node for node in nodes if isinstance(node, ast.Name)]
    bound = {name.id for name in names if not isinstance(name.ctx, ast.Load)}
    return any(e.want for e in found) and {name.id for name in names} <= here | bound
