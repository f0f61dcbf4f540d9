"""What the notebook as a whole shows: things that bear on all of its statements."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator

from nb2pkg.environment import installed
from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.libraries import Aliases, known
from nb2pkg.facts.parts import parts_of
from nb2pkg.graph.timeline import Timeline
from nb2pkg.model import CellFacts, Facts, MagicKind, Notebook, StatementKind

_WORD = re.compile(r"\w+")


def looks_at_source(timeline: Timeline) -> str:
    """What in the notebook looks at how definitions were made, if anything does."""
    wanted = known("source", "names")
    for facts in timeline.statements:
        for name in _names_and_texts(facts):
            last = name.rpartition(".")[2]
            if last in wanted:
                return last
    return ""


def looks_at_docstrings(notebook: Notebook, timeline: Timeline) -> bool:
    """Does anything in the notebook look at the docstrings of its functions and classes?"""
    return any(_asks_for_help(facts) for facts in timeline.statements) or any(
        not known("docstrings", "names").isdisjoint(_WORD.findall(cell.source))
        for cell in notebook.code
    )


def _asks_for_help(facts: Facts) -> bool:
    return facts.magic is not None and facts.magic.kind is MagicKind.HELP


def pickles(timeline: Timeline, aliases: Aliases) -> bool:
    """Does the notebook write objects by the name of their class and its module?"""
    return any(
        name in known("pickles")
        for facts in timeline.statements
        for _, name in parts_of(facts.node).calls(aliases)
    )


def sends_functions(timeline: Timeline, aliases: Aliases) -> bool:
    """Does the notebook pickle functions by name, to other processes or to files?"""
    modules = {
        imported.module.partition(".")[0] for f in timeline.statements for imported in f.imports
    }
    return bool(modules & known("pickles", "modules")) or pickles(timeline, aliases)


def _names_and_texts(facts: Facts) -> Iterable[str]:
    parts = parts_of(facts.node)
    yield from map(dotted, parts.of(ast.Attribute))
    yield from (name.id for name in parts.of(ast.Name))
    yield from (text for text in parts.texts() if len(text) < 80)
    if facts.magic is not None:
        for word in facts.magic.argument.replace("=", " ").split():
            yield word.rpartition(".")[2]


def shown_types(notebook: Notebook, cells: Iterable[CellFacts]) -> frozenset[str]:
    """Classes of the notebook whose module the outputs tell: ``<class '__main__.Point'>``."""
    texts = [
        output.text
        for cell in notebook.code
        for output in cell.outputs
        if "__main__" in output.text
    ]
    names = {name for cell in cells for facts in cell.statements for name in facts.bound}
    shown = frozenset(name for name in names if any(f"__main__.{name}" in text for text in texts))
    was_run = any(cell.outputs for cell in notebook.code)
    return shown if was_run else shown | _asked_types(cells)


def warned_lines(notebook: Notebook) -> frozenset[str]:
    """Lines of code that warnings in the outputs quote: they name their place, and so it matters."""
    return frozenset(
        line.strip()
        for cell in notebook.code
        for output in cell.outputs
        if output.name == "stderr" and "Warning" in output.text
        for line in output.text.split("\n")
        if len(line.strip()) > 6
    )


def shows_functions(notebook: Notebook) -> bool:
    marks = ("<function", "<locals>", "<bound method")
    return any(mark in o.text for c in notebook.code for o in c.outputs for mark in marks)


def shows_full_names(notebook: Notebook, timeline: Timeline) -> bool:
    """Does the notebook show what functions are called in full, or may it?

    Messages of TypeError begin with that name: ``K.__init__() missing 1 required argument``.
    """
    if shows_functions(notebook):
        return True
    return any(
        _may_show_message(handler)
        for facts in timeline.statements
        for handler in parts_of(facts.node).of(ast.ExceptHandler)
    )


def _may_show_message(handler: ast.ExceptHandler) -> bool:
    """Does it catch a TypeError, and look at more of it than its type?"""
    kinds = {
        dotted(part) for part in ast.walk(handler.type or handler) if isinstance(part, ast.expr)
    }
    if not kinds & {"TypeError", "Exception", "BaseException"}:
        return False
    parts = [part for statement in handler.body for part in ast.walk(statement)]
    asked = {id(argument) for part in parts for argument in _arguments_of_type(part)}
    return any(
        isinstance(part, ast.Name) and part.id == handler.name and id(part) not in asked
        for part in parts
    )


def _arguments_of_type(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Call(func=ast.Name(id="type"), args=arguments):
            return arguments
    return []


def last_import(timeline: Timeline) -> int:
    """Position of the last statement that imports something that was not imported before."""
    seen: set[str] = set()
    last = -1
    for position, facts in enumerate(timeline.statements):
        fresh = {imported.module for imported in facts.imports} - seen
        if fresh:
            seen |= fresh
            last = position
    return last


def made_modules(notebook: Notebook, timeline: Timeline) -> frozenset[str]:
    """Imported modules that are not installed, and that the notebook itself may write or find."""
    unknown = {
        imported.module.partition(".")[0]
        for facts in timeline.statements
        for imported in facts.imports
        if imported.module.partition(".")[0].lower() not in installed()
        and imported.module.partition(".")[0] not in sys.stdlib_module_names
    }
    sources = [cell.source for cell in notebook.code]
    looks_elsewhere = any("sys.path" in source for source in sources)
    written = {name for source in sources for name in re.findall(r"(?<!\w)(\w+)\.py\b", source)}
    return frozenset(unknown if looks_elsewhere else unknown & written)


def _asked_types(cells: Iterable[CellFacts]) -> frozenset[str]:
    """Without outputs: classes that the notebook may show, by themselves or by their instances.

    That is so if it calls type() for more than a name or a test, if something that it shows
    mentions a class, or if it shows an instance of a class that does not say how it looks.
    """
    statements = [facts for cell in cells for facts in cell.statements]
    classes = {f.name: f.node for f in statements if isinstance(f.node, ast.ClassDef)}
    if any(_asks_for_types(facts.node) for facts in statements):
        return frozenset(classes) | _shown_functions(statements)
    shown = [
        f for f in statements if f.shows or (f.effects and {"print", "display"} & set(f.effects))
    ]
    mentioned = {name for facts in shown for name in _mentioned_classes(facts.node)}
    found = {name for name in classes if name in mentioned}
    for name, node in classes.items():
        if not _says_how_it_looks(node):
            instances = {b for f in statements if name in f.only_called for b in f.bound}
            if instances & mentioned:
                found.add(name)
    return frozenset(found | _shown_functions(statements))


def _shown_functions(statements: list[Facts]) -> frozenset[str]:
    """Functions that end a cell by themselves: IPython shows their module."""
    functions = {f.name for f in statements if f.kind is StatementKind.FUNCTION}
    ends = (f.node.value for f in statements if f.shows and isinstance(f.node, ast.Expr))
    return frozenset(functions & {v.id for v in ends if isinstance(v, ast.Name)})


def _mentioned_classes(node: ast.AST) -> Iterator[str]:
    """Names whose value may be shown: not those that are called, tested, or only looked into."""
    match node:
        case ast.Name(id=name):
            yield name
        case ast.Call(func=ast.Name(id="isinstance" | "issubclass" | "len" | "hasattr")):
            return
        case ast.Call(func=function, args=arguments, keywords=keywords):
            given = [*arguments, *(keyword.value for keyword in keywords)]
            made_here = [] if isinstance(function, ast.Name | ast.Attribute) else [function]
            for expression in [*given, *made_here]:
                yield from _mentioned_classes(expression)
        case ast.Attribute() | ast.Compare():
            return
        case _:
            for part in ast.iter_child_nodes(node):
                yield from _mentioned_classes(part)


def _says_how_it_looks(node: ast.ClassDef) -> bool:
    """Does the class, or something that it is made from, define how its instances are shown?"""
    own = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
    return bool(own & {"__repr__", "__str__"} or node.bases or node.decorator_list)


def _asks_for_types(node: ast.stmt) -> bool:
    parts = parts_of(node)
    calls = [call for call in parts.of(ast.Call) if _asks_for_type(call)]
    named = {id(part.value) for part in parts.of(ast.Attribute) if part.attr == "__name__"}
    compared = {id(v) for part in parts.of(ast.Compare) for v in [part.left, *part.comparators]}
    return any(id(call) not in named | compared for call in calls)


def _asks_for_type(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "type" and len(call.args) == 1


def kept_alive(timeline: Timeline) -> frozenset[str]:
    """Names of what ends with the last reference to it, such as a temporary folder."""
    makers = (facts for facts in timeline.statements if "alive" in facts.effects)
    return frozenset(name for facts in makers for name in facts.bound)


def sees_objects_go(timeline: Timeline, aliases: Aliases) -> bool:
    """Would the notebook notice that an object ends earlier than it did?"""
    modules = known("alive", "modules")
    for facts in timeline.statements:
        if any(imported.module in modules for imported in facts.imports):
            return True
        parts = parts_of(facts.node)
        if any(function.name == "__del__" for function in parts.of(ast.FunctionDef)):
            return True
        if any(name in known("alive", "seen_by") for _, name in parts.calls(aliases)):
            return True
    return False


def written_through_global(timeline: Timeline) -> frozenset[str]:
    return frozenset(name for facts in timeline.statements for name in facts.late_writes)


def touches_files(
    timeline: Timeline,
    files_beside: frozenset[str],
    local_modules: frozenset[str],
) -> bool:
    """Does anything in the notebook find files by its working directory?"""
    for facts in timeline.statements:
        if "files" in facts.effects or (facts.magic is not None and _runs_outside(facts)):
            return True
        if any(_may_read_settings(one.module, local_modules) for one in facts.imports):
            return True
        if not files_beside.isdisjoint(parts_of(facts.node).texts()):
            return True
    return False


def _may_read_settings(module: str, local_modules: frozenset[str]) -> bool:
    """Is it found in the working directory, or a library that may look for its settings there?"""
    top = module.partition(".")[0]
    return top in local_modules or top not in sys.stdlib_module_names


def _runs_outside(facts: Facts) -> bool:
    magic = facts.magic
    quiet = known("magics", "setup") | known("magics", "looking")
    return magic is not None and (magic.name not in quiet or magic.name in ("ls", "pwd", "env"))
