"""Why a name is missing. What a person is told about it has to be true."""

from __future__ import annotations

from dataclasses import replace

from nb2pkg.facts.libraries import known
from nb2pkg.graph.timeline import Timeline
from nb2pkg.model import Facts, Problem
from nb2pkg.problems import at

_UNSEEN = ("NB301", "NB302", "NB314")  # code from text, the namespace, unresolved star imports


def unbound(timeline: Timeline, position: int, facts: Facts, name: str) -> Problem:
    """The problem that a statement reads a name that no statement above is known to bind."""
    problem = at(facts, "NB201", name)
    if name in known("ambient", "names"):
        hint = (
            f"The platform that the notebook was written for provides {name}. Read what is needed of "
            "it into variables, in a cell of its own; what follows can be promoted."
        )
        return replace(problem, hint=hint)
    maker = unseen_maker(timeline, position)
    if maker and timeline.binders(name) in ((), (position,)):
        hint = f"If {maker} makes it, say so in Python: {name} = ..."
        return replace(problem, hint=hint)
    return problem


def unseen_maker(timeline: Timeline, position: int) -> str:
    """What above a statement may make names that nobody can see; empty if nothing does."""
    for facts in timeline.statements[:position]:
        if facts.magic is not None and facts.reads_everything:
            return facts.magic.text.strip().split("\n")[0]
        for use in facts.opaque:
            if use.code in _UNSEEN:
                return use.what
    return ""
