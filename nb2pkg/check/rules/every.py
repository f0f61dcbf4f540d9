"""All rules. A new one needs a function in one of these files, and an entry in the catalogue."""

from __future__ import annotations

from nb2pkg.check.rules import (
    code,
    data_files,
    defaults,
    imports,
    layout,
    order,
    outputs,
    paths,
    randomness,
    state,
)
from nb2pkg.check.rules import secrets as secrets_rules
from nb2pkg.check.rules.rule import Rule

_FAMILIES = (
    order,
    state,
    imports,
    code,
    defaults,
    randomness,
    paths,
    data_files,
    secrets_rules,
    outputs,
    layout,
)

RULES: tuple[Rule, ...] = tuple(
    value for family in _FAMILIES for value in vars(family).values() if isinstance(value, Rule)
)
