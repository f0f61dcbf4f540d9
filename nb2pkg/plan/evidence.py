"""What the notebook as a whole shows: things that bear on all of its statements."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable

from nb2pkg.environment import installed
from nb2pkg.facts.dotted import dotted
from nb2pkg.graph.timeline import Timeline
from nb2pkg.knowledge import Aliases, known
from nb2pkg.model import CellFacts, Facts, Notebook, Problem, StatementKind
from nb2pkg.problems import at


def looks_at_frames(timeline: Timeline, aliases: Aliases) -> Problem | None:
    """Something that sees where code stands, or changes how all of it is shown."""
    wanted = known("frames", "names")
    for facts in timeline.statements:
        for imported in facts.imports:
            if imported.module in known("frames", "modules"):
                return at(facts, "NB204", imported.module)
        for name in _names_and_texts(facts):
            if {name, aliases.dotted(name), name.rpartition(".")[2]} & wanted:
                return at(facts, "NB204", name)
    return None


def looks_at_source(timeline: Timeline) -> str:
    """What in the notebook looks at how definitions were made, if anything does."""
    wanted = known("source", "names")
    for facts in timeline.statements:
        for name in _names_and_texts(facts):
            last = name.rpartition(".")[2]
            if last in wanted:
                return last
    return ""


def pickles(timeline: Timeline, aliases: Aliases) -> bool:
    """Does the notebook write objects by the name of their class and its module?"""
    for facts in timeline.statements:
        for part in ast.walk(facts.node):
            if isinstance(part, ast.Call) and aliases.dotted(dotted(part.func)) in known("pickles"):
                return True
    return False


def sends_functions(timeline: Timeline, aliases: Aliases) -> bool:
    """Does the notebook pickle functions by name, to other processes or to files?"""
    modules = {
        imported.module.partition(".")[0] for f in timeline.statements for imported in f.imports
    }
    return bool(modules & known("pickles", "modules")) or pickles(timeline, aliases)


def _names_and_texts(facts: Facts) -> Iterable[str]:
    for part in ast.walk(facts.node):
        if isinstance(part, ast.Name | ast.Attribute):
            yield dotted(part)
        elif (
            isinstance(part, ast.Constant) and isinstance(part.value, str) and len(part.value) < 80
        ):
            yield part.value
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


def shows_functions(notebook: Notebook) -> bool:
    return any(
        "<function" in o.text or "<locals>" in o.text for c in notebook.code for o in c.outputs
    )


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
    return frozenset(
        name
        for name in unknown
        if looks_elsewhere or any(f"{name}.py" in source for source in sources)
    )


def _asked_types(cells: Iterable[CellFacts]) -> frozenset[str]:
    """Without outputs: classes of a notebook that calls type() for more than a name or a test."""
    classes, asks = set(), False
    for cell in cells:
        for facts in cell.statements:
            if facts.kind is StatementKind.CLASS:
                classes.add(facts.name)
            asks = asks or _asks_for_types(facts.node)
    return frozenset(classes) if asks else frozenset()


def _asks_for_types(node: ast.stmt) -> bool:
    harmless = set()
    calls = []
    for part in ast.walk(node):
        match part:
            case ast.Attribute(value=value, attr="__name__"):
                harmless.add(id(value))
            case ast.Compare(left=left, comparators=others):
                harmless.update(id(value) for value in [left, *others])
            case ast.Call(func=ast.Name(id="type"), args=[_]):
                calls.append(part)
    return any(id(call) not in harmless for call in calls)


def sees_objects_go(timeline: Timeline, aliases: Aliases) -> bool:
    """Would the notebook notice that an object ends earlier than it did?"""
    modules = known("alive", "modules")
    for facts in timeline.statements:
        if any(imported.module in modules for imported in facts.imports):
            return True
        for part in ast.walk(facts.node):
            match part:
                case ast.FunctionDef(name="__del__"):
                    return True
                case ast.Call(func=function) if aliases.dotted(dotted(function)) in (
                    "id",
                    "sys.getrefcount",
                ):
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
        if any(imported.module.split(".")[0] in local_modules for imported in facts.imports):
            return True
        for part in ast.walk(facts.node):
            if (
                isinstance(part, ast.Constant)
                and isinstance(part.value, str)
                and part.value in files_beside
            ):
                return True
    return False


def _runs_outside(facts: Facts) -> bool:
    magic = facts.magic
    quiet = known("magics", "setup") | known("magics", "looking")
    return magic is not None and (magic.name not in quiet or magic.name in ("ls", "pwd", "env"))
