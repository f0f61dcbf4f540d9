"""What each line of run() reads, gives, changes and does."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.libraries import Aliases, knows_call
from nb2pkg.flow import acts
from nb2pkg.flow.functions import Functions, nodes_of
from nb2pkg.flow.heap import NEW, Heap
from nb2pkg.flow.known import Known
from nb2pkg.flow.model import Effects, Version
from nb2pkg.flow.sharing import Walk, summarized
from nb2pkg.plan.model import Line

_KEEPS_NAMES = (ast.Lambda, ast.GeneratorExp, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(slots=True)
class _Story:
    """run() so far. now: the version of each name; cells: those of all versions that ever were."""

    walk: Walk
    now: dict[str, Version] = field(default_factory=dict)
    cells: dict[Version, int] = field(default_factory=dict)


def of(
    lines: Sequence[Line], results: Sequence[str], functions: Functions, aliases: Aliases
) -> tuple[tuple[Effects, ...], dict[str, Version]]:
    """The effects of all lines, and the versions that are there in the end."""
    story = _Story(Walk(Known(functions, aliases, summarized), Heap()))
    wanted = _wanted_behind(lines, results)
    found = [_line(story, number, line, wanted[number]) for number, line in enumerate(lines)]
    return tuple(found), dict(story.now)


def _wanted_behind(lines: Sequence[Line], results: Sequence[str]) -> list[frozenset[str]]:
    """For each line the names whose values something behind it reads."""
    wanted, found = {*results}, []
    for line in reversed(lines):
        found.append(frozenset(wanted))
        wanted = (wanted - {*line.binds}) | {*reads_of(line)}
    return found[::-1]


def reads_of(line: Line) -> tuple[str, ...]:
    """Values of the notebook that it reads. A name that is bound on some paths only was there before."""
    return line.step.params if line.step is not None else line.data


def _line(story: _Story, number: int, line: Line, wanted: frozenset[str]) -> Effects:
    walk, heap = story.walk, story.walk.heap
    reads = tuple(story.now[name] for name in reads_of(line) if name in story.now)
    before = dict(story.cells)
    heap.changed.clear()
    nodes = nodes_of(line)
    walk.block(nodes)
    _bind_missing(story, line)
    touched = frozenset(v for v, cell in before.items() if heap.meets(cell, heap.changed))
    current = {*story.now.values()}
    kept = {v.name for v in touched & current if v.name in wanted and v.name not in line.binds}
    gives = (*dict.fromkeys((*line.binds, *sorted(kept))),)
    shares = frozenset(v for v in touched & current if v.name in kept or v in reads)
    for name in gives:
        story.now[name] = Version(name, number)
        story.cells[story.now[name]] = walk.names[name]
    return Effects(
        reads=reads,
        changes=touched,
        shares=shares,
        gives=gives,
        held=_held(story, line, nodes),
        acts=acts.of(nodes, walk.known.functions, walk.known.aliases),
    )


def _bind_missing(story: _Story, line: Line) -> None:
    """What an import binds has a cell too, so that all have one."""
    for name in line.binds:
        if name not in story.walk.names:
            story.walk.bind(name, NEW)


def _held(story: _Story, line: Line, nodes: Sequence[ast.stmt]) -> frozenset[Version]:
    """Versions that cannot leave their process; a function that run() makes finds its variables there."""
    walk, heap = story.walk, story.walk.heap
    imports = any(isinstance(node, ast.Import | ast.ImportFrom) for node in nodes)
    if imports or (line.step is None and any(_kept_functions(nodes))):
        heap.held.update(walk.names[name] for name in line.binds)
    return frozenset(
        version for version in story.now.values() if heap.meets(story.cells[version], heap.held)
    )


def late_names(line: Line) -> frozenset[str]:
    """Names that functions which a line makes read when they are called."""
    nodes = nodes_of(line) if line.step is None else []
    return frozenset(_late(nodes))


def _late(nodes: Sequence[ast.stmt]) -> Iterator[str]:
    for part in _kept_functions(nodes):
        for inner in ast.walk(part):
            if isinstance(inner, ast.Name):
                yield inner.id


def _kept_functions(nodes: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """Functions, classes and generators that are made, but for those that a call uses up at once."""
    parts = [part for node in nodes for part in ast.walk(node)]
    calls = [part for part in parts if isinstance(part, ast.Call) and _uses_up(part)]
    passed = {id(each) for call in calls for each in call.args}
    passed |= {id(keyword.value) for call in calls for keyword in call.keywords}
    return (part for part in parts if isinstance(part, _KEEPS_NAMES) and id(part) not in passed)


def _uses_up(call: ast.Call) -> bool:
    name = dotted(call.func)
    return any(knows_call(table, name) for table in ("eager", "calls_at_once", "higher_order"))
