"""Which statements seed a random generator, and which draw from it?

A generator that the process shares (`numpy.random.seed`) is one stream; one that a variable holds
(`rng = numpy.random.default_rng(0)`) is a stream of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.libraries import Aliases, known
from nb2pkg.facts.parts import Parts
from nb2pkg.model import Facts

PREFIX = "random numbers of "
_FAMILIES = ("numpy", "random", "torch", "tensorflow")
_MODULES = {"numpy.random.": "numpy", "random.": "random", "tensorflow.random.": "tensorflow"}
_SEEDS_ALL = {"seed_everything", "set_seed", "set_random_seed"}


def generators(statements: Sequence[Facts], aliases: Aliases) -> Mapping[str, str]:
    """Variables that hold a seeded generator, with the streams that they are."""
    found: dict[str, str] = {}
    for facts in statements:
        for call, name in _calls_of(facts, aliases):
            if name in known("random", "generators") and (call.args or call.keywords):
                found |= {bound: PREFIX + bound for bound in facts.bound}
    return found


def unseeded_models(statements: Sequence[Facts], aliases: Aliases) -> frozenset[str]:
    """Variables that hold an estimator which draws from numpy's generator when it is fitted."""
    found = set()
    for facts in statements:
        for call, name in _calls_of(facts, aliases):
            if _is_unseeded_model(call, name):
                found |= set(facts.bound)
    return frozenset(found)


def _is_unseeded_model(call: ast.Call, name: str) -> bool:
    is_model = name.rpartition(".")[2] in known("random", "estimators")
    return is_model and not any(keyword.arg in ("random_state", None) for keyword in call.keywords)


def _calls_of(facts: Facts, aliases: Aliases) -> Iterator[tuple[ast.Call, str]]:
    """The calls whose value the statement binds."""
    value = getattr(facts.node, "value", None)
    if isinstance(facts.node, ast.Assign | ast.AnnAssign) and isinstance(value, ast.Call):
        yield value, aliases.dotted(dotted(value.func))


def seeded(parts: Parts, aliases: Aliases) -> Iterator[str]:
    """The streams that calls of a statement seed; making a generator seeds it."""
    for node in parts.of(ast.Assign):
        value = node.value
        if isinstance(value, ast.Call) and value.args + value.keywords:
            if aliases.dotted(dotted(value.func)) in known("random", "generators"):
                yield from (PREFIX + t.id for t in node.targets if isinstance(t, ast.Name))
    for call, name in parts.calls(aliases):
        if not (call.args or call.keywords):
            continue
        if name in known("random", "seeds"):
            yield PREFIX + name.partition(".")[0]
        elif name.rpartition(".")[2] in _SEEDS_ALL and not name.startswith("tensorflow.random"):
            yield from (PREFIX + one for one in _FAMILIES)


def drawn(
    facts: Facts,
    parts: Parts,
    aliases: Aliases,
    generators: Mapping[str, str],
    models: frozenset[str],
) -> Iterator[str]:
    """The streams that a statement draws from."""
    for call, name in parts.calls(aliases):
        if family := _family(call, name, aliases):
            yield PREFIX + family
        elif name.rpartition(".")[2].startswith(("fit", "split")) and (
            name.partition(".")[0] in models or _fits_new_model(call, aliases)
        ):
            yield PREFIX + "numpy"
    mentioned = {node.id for node in parts.of(ast.Name) if isinstance(node.ctx, ast.Load)}
    for name, stream in generators.items():
        if name in mentioned and (parts.has(ast.Call) or facts.magic is not None):
            yield stream


def _fits_new_model(call: ast.Call, aliases: Aliases) -> bool:
    """``KMeans(3).fit(X)``"""
    made = call.func.value if isinstance(call.func, ast.Attribute) else None
    return isinstance(made, ast.Call) and _is_unseeded_model(
        made, aliases.dotted(dotted(made.func))
    )


def _family(call: ast.Call, name: str, aliases: Aliases) -> str:
    """Whose shared generator a call draws from; empty if none, or if it is given one of its own."""
    last = name.rpartition(".")[2]
    if any(keyword.arg in ("random_state", "seed", "rng") for keyword in call.keywords):
        return ""
    if any(k.arg == "shuffle" and getattr(k.value, "value", None) is False for k in call.keywords):
        return ""
    if name in known("random"):
        top = name.partition(".")[0]
        return top if top in aliases.modules else ""
    if name in known("random", "take_a_seed") or (
        "." in name and last in known("random", "methods")
    ):
        return "numpy"
    if name.startswith("torch.nn.") and last[:1].isupper():
        return "torch"
    for module, family in _MODULES.items():
        if name.startswith(module) and module[:-1].partition(".")[0] in aliases.modules:
            return "" if last in known("random", "no_draws") else family
    return ""
