"""The notebook as plain Python, where a magic only adds something to what it runs.

``%time x = f()`` binds x as ``x = f()`` does, ``%env A=b`` sets a variable of the process, and
``!command`` runs a program. The pipeline has no magics, and can do the same.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from nb2pkg import facts as facts_of
from nb2pkg.graph import timeline
from nb2pkg.model import Facts, Magic, MagicKind
from nb2pkg.notebook.magic_syntax import parse
from nb2pkg.notebook.magics import PLACEHOLDER
from nb2pkg.plan.plan_state import PlanState

_RUN_ONCE = ("time", "prun")  # they run their code in the notebook, and measure it
_SETTING = re.compile(r"([^\W\d]\w*)(?:\s*=\s*|\s+)([^\s${}][^${}]*)\Z")


def without_magics(state: PlanState) -> PlanState:
    """The same decisions over statements that have plain Python where that does the same."""
    sources = {
        position: source
        for position, facts in enumerate(state.timeline.statements)
        if facts.magic is not None and (source := _timed(facts, facts.magic))
    }
    if not sources:
        return state
    cells = facts_of.restate(state.cells, sources)
    lines = timeline.build(cells)
    scope = replace(state.scope, timeline=lines)
    return replace(state, cells=cells, timeline=lines, scope=scope)


def _timed(facts: Facts, magic: Magic) -> str:
    """The statement with the code that its magic runs in place of it; empty if that is not all."""
    placeholders = PLACEHOLDER.findall(facts.source)
    if magic.kind is not MagicKind.LINE or magic.name not in _RUN_ONCE or len(placeholders) != 1:
        return ""
    source = PLACEHOLDER.sub(lambda _: magic.python, facts.source)
    try:
        return source if magic.python and len(parse(source).body) == 1 else ""
    except SyntaxError:
        return ""


def command(facts: Facts) -> str | None:
    """The Python that runs the command, where the statement is ``!command`` and nothing is filled in."""
    magic = facts.magic
    if magic is None or magic.kind is not MagicKind.SHELL or not isinstance(facts.node, ast.Expr):
        return None
    text = magic.argument.strip()
    if magic.name != "!" or set("{}$") & set(text):
        return None
    return f"subprocess.run({text!r}, shell=True, check=False)"


def variable_set(facts: Facts) -> tuple[str, str] | None:
    """Name and value, where the statement is ``%env NAME=value``."""
    magic = facts.magic
    if magic is None or magic.name not in ("env", "set_env"):
        return None
    found = _SETTING.match(magic.argument.strip())
    return (found[1], found[2].strip()) if found is not None else None
