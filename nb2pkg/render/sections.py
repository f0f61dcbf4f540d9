"""Which lines of a long pipeline are functions of their own: one for each section of the notebook.

A section that would hand many values to the rest stays as it is: it is easier to read where it stands.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from nb2pkg.plan import naming
from nb2pkg.plan.model import Line, Pipeline, Plan

_MOST_CALLS = 10  # of a pipeline without sections
_FEWEST_CALLS = 3  # of a section
_MOST_TAKEN, _MOST_GIVEN = 5, 3
_SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Import, ast.ImportFrom)
_READS_LATER = (ast.Lambda, ast.GeneratorExp)  # what a name means then is only known in run()


@dataclass(frozen=True, slots=True)
class Section:
    """Lines of the pipeline. With a name they are a function: what it takes, gives, and which
    parameters of the analysis it needs; without one they stand in run().
    """

    lines: tuple[Line, ...]
    module: str = ""
    name: str = ""
    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()


def of(plan: Plan) -> tuple[Section, ...]:
    """All lines of run(), in order."""
    piped = plan.pipeline
    found = list(_by_module(piped))
    if len(piped.stages) <= _MOST_CALLS or len(found) == 1:
        return (Section(piped.run_lines),)
    modules = [section.module for section in found]
    taken = _taken(plan)
    for place, section in enumerate(found):
        if section.module and modules.count(section.module) == 1 and _is_simple(section.lines):
            whole = _with_ends(section, found[place + 1 :], piped)
            if len(whole.takes) <= _MOST_TAKEN and len(whole.gives) <= _MOST_GIVEN:
                found[place] = replace(whole, name=naming.free(section.module, taken, ("section",)))
    return tuple(found) if any(section.name for section in found) else (Section(piped.run_lines),)


def _by_module(piped: Pipeline) -> Iterator[Section]:
    """Neighbours that belong to one module; what follows the last step belongs to none."""
    for module, stages in groupby(piped.stages, lambda stage: _module(stage[-1])):
        yield Section(tuple(line for stage in stages for line in stage), module)
    rest = piped.run_lines[sum(map(len, piped.stages)) :]
    if rest:
        yield Section(rest)


def _module(line: Line) -> str:
    assert line.step is not None
    return line.step.module


def _is_simple(lines: Sequence[Line]) -> bool:
    """Are there enough calls, and nothing between them that binds a name perhaps, or reads one later?"""
    nodes = [node for line in lines if line.step is None for node in ast.parse(line.source).body]
    inside = [part for node in nodes for part in ast.walk(node)]
    is_long = sum(line.step is not None for line in lines) >= _FEWEST_CALLS
    reads_later = any(isinstance(part, _READS_LATER) for part in inside)
    return is_long and not reads_later and all(isinstance(node, _SIMPLE) for node in nodes)


def _with_ends(section: Section, later: Iterable[Section], piped: Pipeline) -> Section:
    """The section with what it takes from those before it, and gives to those behind it."""
    bound: dict[str, None] = {}
    takes: dict[str, None] = {}
    for line in section.lines:
        takes.update((name, None) for name in _values(line) if name not in bound)
        bound.update(dict.fromkeys(line.binds))
    wanted = {name for other in later for line in other.lines for name in _values(line)}
    wanted |= {*piped.results}
    known = [parameter.name for parameter in piped.parameters]
    used = {name for line in section.lines for name in _parameters(line)}
    return replace(
        section,
        takes=tuple(takes),
        gives=tuple(name for name in bound if name in wanted),
        parameters=tuple(name for name in known if name in used),
    )


def _values(line: Line) -> tuple[str, ...]:
    """Values of the notebook that it reads."""
    return line.step.params if line.step is not None else line.data


def _parameters(line: Line) -> Iterable[str]:
    """Names that may be those of parameters of the analysis."""
    if line.step is None:
        return line.reads
    return [keyword.parameter for keyword in line.step.keywords]


def _taken(plan: Plan) -> frozenset[str]:
    """Names that mean something in pipeline.py."""
    found = {"run"}
    for line in plan.pipeline.run_lines:
        found.update((*line.binds, *line.reads, *line.data))
        nodes = [node for text in line.imports for node in ast.walk(ast.parse(text))]
        aliases = [node for node in nodes if isinstance(node, ast.alias)]
        found.update((alias.asname or alias.name).partition(".")[0] for alias in aliases)
    found.update(p.option for p in plan.pipeline.parameters)
    return frozenset(found) | naming.always_taken()
