"""The files of the package: which imports each needs, and no circles between them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from nb2pkg.model import Facts, ImportedName
from nb2pkg.plan.model import Definition, Module, Step, in_order
from nb2pkg.plan.names import docstrings
from nb2pkg.plan.plan_state import PlanState
from nb2pkg.plan.scope import Binding
from nb2pkg.plan.story import Section

_MOST_TITLES = 3  # headings that a docstring tells


class Places(Protocol):
    """What modules are called."""

    titles: dict[str, str]


def build(
    state: PlanState, definitions: tuple[Definition, ...], made: tuple[Step, ...]
) -> tuple[Module, ...]:
    """The modules, in the order in which the notebook first needs them."""
    names = dict.fromkeys(item.module for item in in_order((*definitions, *made)))
    built = []
    for name in names:
        inside = tuple(item for item in definitions if item.module == name)
        steps = tuple(step for step in made if step.module == name)
        used = _used(state, inside, steps)
        sections = [state.story.section(item.cell) for item in in_order((*inside, *steps))]
        built.append(
            Module(
                name=name,
                title=sections[0].title,
                doc=_doc(name, list(dict.fromkeys(sections)), steps),
                imports=_imports(state, name, used, definitions, steps),
                guarded=_guarded(state, used),
                looked_up=_looked_up(state, (*inside, *steps)),
                definitions=inside,
                steps=steps,
            )
        )
    return tuple(built)


def _doc(name: str, sections: Sequence[Section], steps: Iterable[Step]) -> str:
    """The headings of all that went in, and what the author says below the only one, if that is not
    said of its first function.
    """
    titles = [
        title for s in sections if (title := s.title.rstrip(".:!? ")) and not _is_marked(title)
    ]
    heading = " ".join(f"{title}." for title in titles) if len(titles) <= _MOST_TITLES else ""
    is_a_word = len(titles) == 1 and " " not in titles[0]  # says no more than a name
    heading = "" if is_a_word or docstrings.is_restating(heading, name) else heading
    text = sections[0].text if len(sections) == 1 else ""
    text = "" if any(step.doc and step.doc.split(".")[0] in text for step in steps) else text
    return "\n\n".join(part for part in (heading, text) if part)


def _is_marked(title: str) -> bool:
    return any(sign in title for sign in "$\\|{}<>") or "http" in title


def facts_of(state: PlanState, item: Definition | Step) -> tuple[Facts, ...]:
    positions = item.positions if isinstance(item, Step) else (item.position,)
    return tuple(state.timeline.statements[position] for position in positions)


def _used(
    state: PlanState, definitions: Iterable[Definition], steps: Iterable[Step]
) -> tuple[str, ...]:
    """Names that the module's code finds outside its functions."""
    found: dict[str, None] = {}
    for item in in_order((*definitions, *steps)):
        local = {*item.params, *item.returns} if isinstance(item, Step) else set(item.injected)
        for facts in facts_of(state, item):
            own = set(facts.bound) - {item.name}
            found.update((n, None) for n in facts.uses if n not in local and n not in own)
    return tuple(found)


def _imports(
    state: PlanState,
    module: str,
    used: tuple[str, ...],
    definitions: tuple[Definition, ...],
    steps: tuple[Step, ...],
) -> tuple[str, ...]:
    """Complete import lines: __future__, standard library and others, then the package's own."""
    outside = [i for name in used for i in imported(state, name)]
    lines = sorted({i.text for i in outside}, key=_import_order)
    own: dict[str, set[str]] = {}
    homes = {
        item.name: item.module for item in definitions if state.scope.binding(item.name) in _OURS
    }
    for name in used:
        if homes.get(name, module) != module:
            own.setdefault(homes[name], set()).add(name)
    parameters = {keyword.parameter for step in steps for keyword in step.keywords}
    if parameters:
        own.setdefault("config", set()).update(parameters)
    inside = [
        f"from .{home} import {', '.join(sorted(names))}" for home, names in sorted(own.items())
    ]
    return (*_future(state), *lines, *inside)


def _looked_up(state: PlanState, items: tuple[Definition | Step, ...]) -> tuple[str, ...]:
    """Names that the code of the items reads out of texts alone."""
    statements = [facts for item in items for facts in facts_of(state, item)]
    if not any(facts.text_names or facts.has_unknown_text for facts in statements):
        return ()
    used = {name for facts in statements for name in facts.uses}
    nodes = (part for facts in statements for part in ast.walk(facts.node))
    return tuple(sorted(used - {part.id for part in nodes if isinstance(part, ast.Name)}))


_OURS = (Binding.DEFINITION, Binding.CONSTANT)


def imported(state: PlanState, name: str) -> tuple[ImportedName, ...]:
    """What the name is imported as, if it is an import or IPython's own."""
    binding = state.scope.binding(name)
    if binding is Binding.IMPORT or binding is Binding.BUILTIN:
        return state.scope.imports(name)
    return ()


def _future(state: PlanState) -> tuple[str, ...]:
    found = {
        i.text
        for facts in state.timeline.statements
        for i in facts.imports
        if i.module == "__future__"
    }
    return tuple(sorted(found))


def _import_order(line: str) -> tuple[bool, str]:
    return line.startswith("from "), line


def _guarded(state: PlanState, used: tuple[str, ...]) -> tuple[str, ...]:
    """``try: import x`` statements, as they stand."""
    positions = {
        position
        for name in used
        if state.scope.binding(name) is Binding.GUARDED
        for position in state.timeline.binders(name)
    }
    return tuple(state.timeline.statements[position].source for position in sorted(positions))


# ---- circles


def without_cycles(
    state: PlanState, definitions: tuple[Definition, ...], made: tuple[Step, ...], places: Places
) -> tuple[tuple[Definition, ...], tuple[Step, ...]]:
    """Where modules would import each other, their definitions move into one of their own."""
    while True:
        circle = _circle(state, definitions, made)
        if not circle:
            return definitions, made
        home = sorted(circle)[0] + "_functions"
        while home in places.titles or home in state.names():
            home += "_shared"
        places.titles[home] = home
        names = {item.name for item in definitions if state.scope.binding(item.name) in _OURS}
        definitions = tuple(
            replace(item, module=home) if item.module in circle and item.name in names else item
            for item in definitions
        )


def _circle(
    state: PlanState, definitions: tuple[Definition, ...], made: tuple[Step, ...]
) -> frozenset[str]:
    homes = {
        item.name: item.module for item in definitions if state.scope.binding(item.name) in _OURS
    }
    edges: dict[str, set[str]] = {}
    for item in in_order((*definitions, *made)):
        for facts in facts_of(state, item):
            targets = {homes[name] for name in facts.uses if name in homes} - {item.module}
            edges.setdefault(item.module, set()).update(targets)
    for start in sorted(edges):
        reached = _reached(edges, start)
        if start in reached:
            return frozenset(m for m in reached if start in _reached(edges, m))
    return frozenset()


def _reached(edges: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = list(edges.get(start, ()))
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting.extend(edges.get(module, ()))
    return found
