"""Which rule reads the objects of a class? The first one in the order of its bases that has one."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

from . import arrays, code, drawings, insides, standard, tables, uncomparable
from .source import look_at_class
from .walk import Rule

if TYPE_CHECKING:
    from .walk import Walk

_BY_ID: dict[int, Rule] = {
    id(base): rule for base, rule in [*uncomparable.RULES, *standard.RULES, *code.RULES]
}
_LIBRARIES: dict[str, Rule] = {
    **standard.LIBRARY_RULES,
    **code.LIBRARY_RULES,
    **arrays.LIBRARY_RULES,
    **tables.LIBRARY_RULES,
    **drawings.LIBRARY_RULES,
}
# Formulas keep all names of the calling frame, which is another one in a package.
_FRAME_KEEPERS = frozenset({"EvalEnvironment", "LayeredMapping"})
# Compiled types of these tell their state, as they do for copies and pickles.
_TELLING = frozenset({"boost_histogram", "scipy", "sklearn", "statsmodels"})
_COMPILED_FUNCTIONS = frozenset(
    {"cython_function_or_method", "fused_cython_function", "instancemethod"}
)


def resolve(cls: Any) -> Rule:
    """The rule for a class."""
    name = insides.name_of(cls)
    if name in _FRAME_KEEPERS:
        return Rule(name, _nothing)
    if name in _COMPILED_FUNCTIONS:
        return Rule("callable", code.by_name, tracked=False)
    for base in insides.mro(cls)[:-1]:
        rule = _rule_of(base)
        if rule is not None:
            more = base is not cls and not rule.whole
            return rule._replace(name=rule.name or name, more=more)
    return Rule(name, _object, tracked=cls is not object)


def _rule_of(base: Any) -> Rule | None:
    found = _BY_ID.get(id(base))
    if found is not None:
        return found
    package = insides.top_of(insides.module_of(base))
    found = _LIBRARIES.get(f"{package}:{insides.name_of(base)}")
    if found is None and package in uncomparable.PACKAGES:
        return uncomparable.opaque(uncomparable.PACKAGES[package])
    return found


def _nothing(walk: Walk, value: Any) -> None:
    """The class says it all."""


def _object(walk: Walk, value: Any) -> None:
    """Any other object: its attributes, when these are all that there is."""
    cls = type(value)
    if type(insides.members(cls).get("__next__")) is types.WrapperDescriptorType:
        walk.opaque("iterator")
        return
    look_at_class(walk, cls)
    layout = walk.eyes.layout(cls)
    if layout.compiled:
        _compiled(walk, value, insides.module_of(cls))
    walk.attributes(value)


def _compiled(walk: Walk, value: Any, module: str) -> None:
    """A compiled type tells its state, or shows itself as text. Only of those of Python that is
    known to be all."""
    if insides.top_of(module) in _TELLING and arrays.write_state(walk, value):
        return
    cls = type(value)
    standard = insides.top_of(module) in code.STANDARD
    text = repr(value) if standard or _shows_itself_compiled(cls) else ""
    has_text = bool(text) and "0x" not in text
    if has_text:
        walk.scrubbed(text)
    if not (has_text and standard):
        walk.opaque(f"compiled: {insides.name_of(cls)}")


def _shows_itself_compiled(cls: Any) -> bool:
    """Its text is made by its library, and by no code of the notebook."""
    for base in insides.mro(cls)[:-1]:
        if "__repr__" in insides.members(base):
            return not isinstance(insides.members(base)["__repr__"], types.FunctionType)
    return False
