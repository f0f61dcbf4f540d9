"""What expressions give, and what calls change, on an imagined heap.

Where nobody knows what a call gives, it may be what the call
was given, or a view of it; a method that nobody knows may change its object. A function of a library is not assumed to
change what it is given and to return something useful as well, as nowhere in nb2pkg.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.libraries import known, knows_call, mutated_arguments
from nb2pkg.flow.functions import FunctionNode
from nb2pkg.flow.heap import NEW, Heap, Value
from nb2pkg.flow.known import Known
from nb2pkg.plan.canvases import DRAWING_METHODS

_DRAWS = ("matplotlib.", "seaborn.", "plotly.", "altair.", "bokeh.")


@dataclass(slots=True)
class Evaluator:
    """Evaluates expressions. names: the cell of each variable; returned: what return gives."""

    known: Known
    heap: Heap
    names: dict[str, int] = field(default_factory=dict)
    returned: Value = NEW
    given: list[list[Value]] = field(default_factory=list)  # what each return gives, one by one
    yields: bool = False
    depth: int = 0  # of blocks that may not be run, or more than once

    def bind(self, name: str, value: Value) -> int:
        """Bind a name; in a block that may be skipped it may still be what it was."""
        if self.depth and name in self.names:
            value |= Value(frozenset({self.names[name]}))
        self.names[name] = self.heap.cell(value)
        return self.names[name]

    def store(self, target: ast.expr, value: Value) -> None:
        match target:
            case ast.Name(id=name):
                self.bind(name, value)
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                for each in elts:
                    self.store(each, self.part(value))
            case ast.Starred(value=inner):
                self.store(inner, Value(holds=value.same | value.holds))
            case ast.Subscript(value=base) | ast.Attribute(value=base):
                self.change(self.value(base), value)

    def loop(self, target: ast.expr, iterated: ast.expr) -> None:
        self.depth += 1
        self.store(target, self.part(self.value(iterated)))
        self.depth -= 1

    def value(self, node: ast.expr | None) -> Value:
        match node:
            case None | ast.Constant() | ast.JoinedStr():
                self.children(node)
                return NEW
            case ast.Name(id=name):
                cell = self.names.get(name)
                return NEW if cell is None else Value(frozenset({cell}), self.heap.held_by([cell]))
            case ast.Call():
                return self.call(node)
            case ast.Attribute(value=base, attr=name):
                found = self.value(base)
                return found if name in known("gives_new", "same") else self.part(found)
            case ast.Subscript(value=base, slice=inside):
                self.value(inside)
                return self.part(self.value(base))
            case ast.Compare():
                self.children(node)
                return NEW
            case ast.NamedExpr(target=target, value=inner):
                found = self.value(inner)
                self.store(target, found)
                return found
        return self.compound_value(node)

    def compound_value(self, node: ast.expr) -> Value:
        """What is made of the values of several expressions."""
        match node:
            case ast.IfExp(test=test, body=one, orelse=other):
                self.value(test)
                return self.value(one) | self.value(other)
            case ast.BoolOp(values=values):
                return _union(self.value(each) for each in values)
            case ast.Lambda() | ast.GeneratorExp():
                return self.lazy(node)
            case ast.Yield(value=inner) | ast.YieldFrom(value=inner):
                self.yields = True
                self.returned |= self.value(inner)
                return NEW
            case ast.Await(value=inner) | ast.Starred(value=inner):
                return self.value(inner)
            case ast.ListComp() | ast.SetComp() | ast.DictComp():
                return self.comprehension(node)
        parts = (child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))
        found = _union(self.value(part) for part in parts)
        if isinstance(node, ast.BinOp | ast.UnaryOp):
            return Value(holds=found.holds)
        return Value(holds=found.same | found.holds)

    def children(self, node: ast.AST | None) -> None:
        """Go through the parts of what gives a value of its own."""
        for child in ast.walk(node) if node is not None else ():
            if isinstance(child, ast.Call) and child is not node:
                self.call(child)

    def part(self, value: Value) -> Value:
        """What stands in it, or is a view of it."""
        return Value(value.same | value.holds, value.holds)

    def mentioned(self, node: ast.AST) -> Value:
        cells = {
            self.names[part.id]
            for part in ast.walk(node)
            if isinstance(part, ast.Name) and part.id in self.names
        }
        return Value(frozenset(), frozenset(cells))

    def lazy(self, node: ast.Lambda | ast.GeneratorExp) -> Value:
        """It is run later: it keeps what it mentions. A generator cannot leave its process."""
        found = self.mentioned(node)
        self.depth += 1
        if isinstance(node, ast.Lambda):
            before = dict(self.names)
            self.value(node.body)
            self.names = before
        else:
            self.comprehension(node)
        self.depth -= 1
        if isinstance(node, ast.GeneratorExp):
            cell = self.heap.cell(found)
            self.heap.held.add(cell)
            return Value(frozenset({cell}), found.holds)
        return found

    def comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    ) -> Value:
        before = dict(self.names)
        for part in node.generators:
            self.loop(part.target, part.iter)
            for test in part.ifs:
                self.value(test)
        given = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        found = _union(self.value(each) for each in given)
        self.names = before
        return Value(holds=found.same | found.holds)

    # ---- calls

    def change(self, value: Value, stored: Value) -> None:
        """All that it may be is changed, and may hold what is stored."""
        self.heap.changed |= value.same
        for cell in value.same:
            self.heap.put(cell, stored.same | stored.holds)

    def thrown_away(self, call: ast.Call) -> None:
        """A call that nobody would write but for what it does: it may change all that it is given."""
        name = self.known.aliases.dotted(dotted(call.func))
        method = name.rpartition(".")[2]
        self.call(call)
        if isinstance(call.func, ast.Attribute) and not knows_call("look", name):
            self.change(self.value(call.func.value), NEW)
        is_drawing = name.startswith(_DRAWS) or method in DRAWING_METHODS
        is_looking = knows_call("look", name) or name in known("prints")
        is_own = name in self.known.functions.functions
        changes_object = method in known("mutators", "methods") and "." in name
        if not (is_drawing or is_looking or is_own or changes_object):
            self.change(self.given_to(call), NEW)

    def given_to(self, call: ast.Call) -> Value:
        return _union(self.value(each) for each in _given(call))

    def call(self, node: ast.Call) -> Value:
        name = self.known.aliases.dotted(dotted(node.func))
        given = [self.value(each) for each in _given(node)]
        self.known_changes(node, name)
        if isinstance(node.func, ast.Name) and name in self.known.functions.functions:
            return self.own_call(node, name)
        if name in self.known.functions.classes:
            return Value(holds=_union(given).same | _union(given).holds)
        if isinstance(node.func, ast.Attribute) and not self.is_of_module(node.func):
            return self.method(node.func, given)
        found = self.of_library(name, _union(given))
        if isinstance(node.func, ast.Name) and name in self.names:  # a function that is a value
            called = self.value(node.func)
            self.change(Value(called.same | called.holds), NEW)
            return self.part(called) | found
        return found

    def is_of_module(self, function: ast.Attribute) -> bool:
        """``np.linalg.norm``: the chain begins with what an import binds."""
        base: ast.expr = function
        while isinstance(base, ast.Attribute):
            base = base.value
        return isinstance(base, ast.Name) and base.id not in self.names

    def of_library(self, name: str, given: Value) -> Value:
        if self.known.is_held(name):
            cell = self.heap.cell(given)
            self.heap.held.add(cell)
            return Value(frozenset({cell}), given.same | given.holds)
        if self.known.is_new(name):
            return NEW
        if name in known("gives_new", "copies"):
            return Value(holds=given.holds | self.heap.held_by(given.same))
        return self.unknown(given)

    def unknown(self, given: Value) -> Value:
        """What nobody knows: it may be part of what was given, and its own parts may be one."""
        found = self.part(given)
        return Value(found.same, found.holds | {self.heap.cell()})

    def method(self, function: ast.Attribute, given: Sequence[Value]) -> Value:
        """A method of a value."""
        receiver, name, all_given = self.value(function.value), function.attr, _union(given)
        is_own = name in self.known.aliases.own_methods
        sets = name.startswith("set_") and name not in known("mutators", "return_new")
        puts = sets or name in known("mutators", "methods")
        if puts or is_own:
            self.change(receiver, all_given)
        if is_own:
            self.change(self.part(receiver) | all_given, receiver)
        elif puts:
            found = Value(receiver.same, self.heap.held_by(receiver.same))
            return found if name in known("returns_self", "methods") else self.part(found)
        elif name in known("gives_new", "methods"):
            return NEW
        elif f".{name}" in known("gives_new", "copies"):
            return Value(holds=receiver.holds or receiver.same)
        elif name not in known("look", "methods"):
            self.change(receiver, all_given)  # nobody knows
        return self.unknown(receiver | all_given)

    def known_changes(self, node: ast.Call, name: str) -> None:
        """What the table says that a call changes; generators of random numbers move on."""
        position = mutated_arguments().get(name)
        if position is not None and position < len(node.args):
            rest = _union(self.value(each) for each in node.args[position + 1 :])
            self.change(self.value(node.args[position]), rest)
        keywords = known("mutators", "keywords") | known("generator_draws", "keywords")
        for keyword in node.keywords:
            if keyword.arg in keywords:
                self.change(self.value(keyword.value), NEW)
            is_false = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
            in_place = keyword.arg == "inplace" and not is_false
            if in_place and isinstance(node.func, ast.Attribute):
                self.change(self.value(node.func.value), NEW)
        if isinstance(node.func, ast.Attribute) and not self.is_of_module(node.func):
            if node.func.attr in known("generator_draws", "methods"):
                self.change(self.value(node.func.value), NEW)

    def own_call(self, node: ast.Call, name: str) -> Value:
        """A call of a function of the package, by what is known of it."""
        summary = self.known.summary(name)
        is_plain = not any(isinstance(a, ast.Starred) for a in node.args) and all(
            keyword.arg for keyword in node.keywords
        )
        if summary is None or not is_plain:
            given = _union(self.value(each) for each in _given(node))
            self.change(self.part(given), given)
            return self.part(given)
        cells = self.arguments(node, self.known.functions.functions[name])
        self.change(_union(self.part(cells.get(n, NEW)) for n in summary.changes), NEW)
        for one, other in summary.links:
            for cell in cells.get(one, NEW).same:
                self.heap.put(cell, cells.get(other, NEW).same | cells.get(other, NEW).holds)
        same = _union(cells.get(n, NEW) for n in summary.same)
        holds = _union(cells.get(n, NEW) for n in summary.holds)
        own = {self.heap.cell()} if summary.mixes else set()
        found = Value(same.same, holds.same | holds.holds | own)
        if summary.is_held:
            cell = self.heap.cell(found)
            self.heap.held.add(cell)
            return Value(frozenset({cell}), found.holds)
        return found

    def arguments(self, node: ast.Call, function: FunctionNode) -> dict[int, Value]:
        """What each parameter is given, by its number."""
        args = function.args
        names = [a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
        most, rest = len(args.posonlyargs) + len(args.args), len(names)
        found: dict[int, Value] = {}
        for number, each in enumerate(node.args):
            place = number if number < most else rest
            found[place] = found.get(place, NEW) | self.value(each)
        for keyword in node.keywords:
            place = names.index(keyword.arg) if keyword.arg in names else rest
            found[place] = found.get(place, NEW) | self.value(keyword.value)
        return found


def _given(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _union(values: Iterable[Value]) -> Value:
    found = NEW
    for value in values:
        found |= value
    return found
