"""Steps that are copies of each other."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from nb2pkg.plan.copies.shape import Leaf, Shape, apart, bound_otherwise
from nb2pkg.plan.model import Step


@dataclass(frozen=True, slots=True)
class Copy:
    """A step that may be a copy of others.

    asked: the name that a person wants it to have. bound: names that its code binds on every path.
    """

    step: Step
    shape: Shape
    asked: str
    bound: frozenset[str]

    def number(self, name: str) -> int | str:
        """The place of one of its names, which is the same in all copies."""
        names = self.shape.names
        return names.index(name) if name in names else name

    @property
    def signature(self) -> tuple[object, ...]:
        """What copies must have in common beside their shape."""
        step = self.step
        return (
            frozenset(map(self.number, step.params)),
            frozenset(keyword.parameter for keyword in step.keywords),
            self.number(step.shown),
            self.number(step.shows),
            step.returns_shown,
            step.is_async,
        )

    @property
    def words_outside(self) -> frozenset[str]:
        """Names in the code that are not its own: of what it finds outside, and of inner arguments."""
        nodes = list(ast.walk(ast.parse(self.step.body)))
        found = {node.id for node in nodes if isinstance(node, ast.Name)} - {*self.shape.names}
        found |= {*bound_otherwise(nodes), *(keyword.name for keyword in self.step.keywords)}
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Group:
    """Copies that become one function, and the leaves in which they differ, by what they have there."""

    copies: tuple[Copy, ...]
    varying: tuple[tuple[int, ...], ...] = ()  # places of leaves that always vary together

    @property
    def first(self) -> Copy:
        return self.copies[0]

    def leaves(self, place: int) -> tuple[Leaf, ...]:
        """What the copies have at a place."""
        return apart([copy.shape.leaves[place] for copy in self.copies])
