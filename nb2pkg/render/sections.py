"""Which lines of a long pipeline are functions of their own: one for each section of the notebook.

A section that would hand many values to the rest stays as it is: it is easier to read where it stands.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from nb2pkg.plan import naming
from nb2pkg.plan.model import Line, Pipeline, Plan

_MOST_CALLS = 10  # of a pipeline without sections
_FEWEST_CALLS = 3  # of a section
_MOST_TAKEN, _MOST_GIVEN = 5, 3
_SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Import, ast.ImportFrom)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_READS_LATER = (*_DEFINITIONS, ast.Lambda, ast.GeneratorExp)


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
    taken, late = _taken(plan), _read_later(piped)
    for place, section in enumerate(found):
        if modules.count(section.module) == 1 and _may_be_function(section, late):
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


def _may_be_function(section: Section, late: frozenset[str]) -> bool:
    """Is it long enough, and would each name mean in a function of its own what it means in run()?

    late: names that functions made in run() read when they are called. They find the variables of run().
    """
    if not section.module or sum(line.step is not None for line in section.lines) < _FEWEST_CALLS:
        return False
    bound = {name for line in section.lines for name in line.binds}
    nodes = [node for line in section.lines for node in _glue(line)]
    inside = [part for node in nodes for part in ast.walk(node)]
    is_plain = all(isinstance(node, _SIMPLE) for node in nodes)
    is_odd = any(isinstance(part, (*_READS_LATER, ast.NamedExpr)) for part in inside)
    return is_plain and not is_odd and bound.isdisjoint(late)


def _glue(line: Line) -> list[ast.stmt]:
    return ast.parse(line.source).body if line.step is None else []


def _read_later(piped: Pipeline) -> frozenset[str]:
    """Names that stand in functions, classes and the like that run() makes for itself."""
    nodes = (part for line in piped.run_lines for node in _glue(line) for part in ast.walk(node))
    later = (part for node in nodes if isinstance(node, _READS_LATER) for part in ast.walk(node))
    return frozenset(part.id for part in later if isinstance(part, ast.Name))


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
