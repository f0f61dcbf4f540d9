"""The same code twice is one function.

Steps that are alike but for their own names, and for a few constants, become calls of one function
that takes those constants as parameters. What the first of them is called, and what its code calls
its values, must then be true of all.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from nb2pkg.errors import InternalError
from nb2pkg.plan import in_place
from nb2pkg.plan.copies import comments, common_names, settings, shape
from nb2pkg.plan.copies.model import Copy, Group
from nb2pkg.plan.copies.shape import Leaf
from nb2pkg.plan.in_place import Replaced
from nb2pkg.plan.model import Definition, Setting, Step
from nb2pkg.plan.plan_state import PlanState

Withheld = Mapping[str, Collection[str]]
"""Name to the steps that bind it and do not return it."""

_MOST_SETTINGS = 3
_LONGEST = 60  # letters of a constant that a call can show


def merged(
    state: PlanState, steps: tuple[Step, ...], definitions: Iterable[Definition]
) -> tuple[Step, ...]:
    """The steps, where the first of several copies is the function of all."""
    taken = {*state.names(), *(item.name for item in definitions)}
    taken |= {name for step in steps for name in (step.name, step.module)}
    found = {step.name: step for step in steps}
    origin: dict[str, str] = {}
    for group in _groups(state, steps):
        one = tuple(_as_one(group, origin, frozenset(taken)))
        taken.update(step.name for step in one)
        found.update(zip((copy.step.name for copy in group.copies), one, strict=True))
    return tuple(found.values())


def _groups(state: PlanState, steps: Iterable[Step]) -> Iterator[Group]:
    """Steps that can be one function, in the order of the notebook."""
    steps = [*steps]
    withheld = _withheld(state, steps)
    alike: dict[object, list[Copy]] = {}
    for step in steps:
        copy = _copy(state, step)
        if copy is not None:
            alike.setdefault((copy.shape.key, copy.signature), []).append(copy)
    for waiting in alike.values():
        while len(waiting) > 1:
            group = Group((waiting[0],))
            for copy in waiting[1:]:
                group = _joined(withheld, group, copy) or group
            waiting = [copy for copy in waiting if copy not in group.copies]
            if len(group.copies) > 1:
                yield group


def _copy(state: PlanState, step: Step) -> Copy | None:
    """None for a step in which texts or Python itself may ask for names, and for one that a run showed to differ."""
    if step.cell in state.request.apart:
        return None
    facts = [state.timeline.statements[position] for position in step.positions]
    if any(f.opaque or f.text_names or f.has_unknown_text for f in facts):
        return None
    found = shape.of(step.body, frozenset(step.params))
    if found is None or not {*step.params, *step.returns} <= {*found.names}:
        return None
    return Copy(step, found, _asked(state, step), frozenset(_bound(step.body)))


def _asked(state: PlanState, step: Step) -> str:
    """The name that a person gave to it, alone or as one of several."""
    tag = state.request.tags.get(step.cell)
    if tag is not None and tag.function and tag.function in (step.name, step.part_of):
        return tag.function
    given = {name.name for name in state.options.names.values()}
    return step.name if step.name in given else ""


def _joined(withheld: Withheld, group: Group, copy: Copy) -> Group | None:
    """The group with one more; None if they would differ in too much, or are to have two names."""
    if len({each.asked for each in (*group.copies, copy)} - {""}) > 1:
        return None
    if copy.step.cell in (other.step.cell for other in group.copies):
        return None
    wider = Group((*group.copies, copy))
    if not _return_what_all_bind(wider.copies) or not _stays_withheld(withheld, wider.copies):
        return None
    together: dict[tuple[object, ...], list[int]] = {}
    for place in range(len(copy.shape.leaves)):
        leaves = wider.leaves(place)
        said = tuple(leaf.dump for leaf in leaves)
        if len({*said}) > 1:
            if any(not _can_be_passed(leaf) for leaf in leaves):
                return None
            # Two lists that are alike are two objects: what is done to one is not done to the other.
            own = (place,) if isinstance(leaves[0].node, ast.List) else ()
            together.setdefault((*said, *own), []).append(place)
    if len(together) > _MOST_SETTINGS:
        return None
    return replace(wider, varying=tuple(map(tuple, together.values())))


def _return_what_all_bind(copies: Sequence[Copy]) -> bool:
    """Is what one of them returns surely bound in each? Which path was taken is known of that one."""
    returned = _returned(copies)
    return all(
        {*_named(copy, returned)} - {*copy.step.returns} <= {*copy.step.params, *copy.bound}
        for copy in copies
    )


def _withheld(state: PlanState, steps: Iterable[Step]) -> Withheld:
    """Which steps bind a name and do not return it?"""
    found: dict[str, set[str]] = {}
    for step in steps:
        facts = (state.timeline.statements[position] for position in step.positions)
        for name in {name for each in facts for name in each.bound} - {*step.returns}:
            found.setdefault(name, set()).add(step.name)
    return found


def _stays_withheld(withheld: Withheld, copies: Sequence[Copy]) -> bool:
    """Is what is returned for the sake of another copy withheld nowhere else? It would be stale there."""
    returned = _returned(copies)
    named = {copy.step.name: {*_named(copy, returned)} for copy in copies}
    return all(
        name in named.get(step, ())
        for copy in copies
        for name in named[copy.step.name] - {*copy.step.returns}
        for step in withheld.get(name, ())
    )


def _bound(source: str) -> Iterator[str]:
    """Names that the code binds on every path."""
    for statement in ast.parse(source).body:
        match statement:
            case ast.Assign(targets=targets):
                parts = [part for target in targets for part in ast.walk(target)]
            case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
                parts = list(ast.walk(target))
            case _:
                continue
        yield from (p.id for p in parts if isinstance(p, ast.Name) and isinstance(p.ctx, ast.Store))


def _can_be_passed(leaf: Leaf) -> bool:
    return len(leaf.source) <= _LONGEST and "\n" not in leaf.source and leaf.source != "''"


def _as_one(group: Group, origin: dict[str, str], taken: frozenset[str]) -> Iterator[Step]:
    """The function of all, and the calls of it. origin: what values are called in earlier ones."""
    first = group.first
    inner = common_names.inner_names(group.copies, _returned(group.copies), origin)
    leaves = [group.leaves(places[0])[0] for places in group.varying]
    renamed = dict(zip(first.shape.names, inner))
    used = frozenset({*inner, *first.shape.names, *first.words_outside})
    names = settings.names(leaves, used, renamed)
    said = common_names.name_and_doc(group.copies, names, inner, taken)
    remarks = _remarks(group)
    order = [first.shape.names.index(name) for name in first.step.params]
    yield replace(
        first.step,
        name=said.name,
        doc=said.doc,
        is_plain=False,
        part_of="",
        body=_body(group, names, renamed, remarks[0]),
        returns=_named(first, _returned(group.copies)),
        settings=_settings(first, group, names),
        inner=renamed,
        remarks=remarks[0],
    )
    for copy, remark in zip(group.copies[1:], remarks[1:]):
        yield replace(
            copy.step,
            module=first.step.module,
            copy_of=said.name,
            params=_named(copy, order),
            keywords=first.step.keywords,
            returns=_named(copy, _returned(group.copies)),
            settings=_settings(copy, group, names),
            inner=dict(zip(copy.shape.names, inner)),
            remarks=remark,
            is_plain=False,
            part_of="",
        )


def _returned(copies: Iterable[Copy]) -> list[int]:
    """Numbers of what is returned: what is read behind one of the copies."""
    found: dict[int, None] = {}
    for copy in copies:
        found.update((copy.shape.names.index(name), None) for name in copy.step.returns)
    return list(found)


def _named(copy: Copy, numbers: Iterable[int]) -> tuple[str, ...]:
    return tuple(copy.shape.names[number] for number in numbers)


def _settings(copy: Copy, group: Group, names: Sequence[str]) -> tuple[Setting, ...]:
    number = group.copies.index(copy)
    sources = (group.leaves(places[0])[number].source for places in group.varying)
    return tuple(Setting(name, source) for name, source in zip(names, sources))


def _remarks(group: Group) -> list[tuple[str, ...]]:
    """For each copy the comments that are not true of all: they stay at its call."""
    found = [comments.of(copy.step.body) for copy in group.copies]
    shared = set(found[0]).intersection(*found[1:])
    return [tuple(text for text in own if text not in shared) for own in found]


def _body(
    group: Group, names: Sequence[str], inner: Mapping[str, str], remarks: Iterable[str]
) -> str:
    """The first one's code with parameters in place of what differs, and with names that fit all."""
    first = group.first
    source = comments.without(first.step.body, frozenset(remarks))
    found = shape.of(source, frozenset(first.step.params))
    assert found is not None
    parameters = {place: name for places, name in zip(group.varying, names) for place in places}
    leaves = [
        _replaced(found.leaves[n], group.leaves(n)[0], name) for n, name in parameters.items()
    ]
    renamed = {old: new for old, new in inner.items() if old != new}
    body = in_place.rename(in_place.with_parameters(source, leaves), renamed)
    for copy in group.copies:
        _check(copy, body, dict(zip(names, _settings(copy, group, names))), [*inner.values()])
    return body


def _replaced(leaf: Leaf, meant: Leaf, name: str) -> Replaced:
    """The leaf as it stands in this text, to be replaced as it is meant."""
    outer = leaf.around[0]
    if isinstance(outer, ast.JoinedStr):
        return Replaced(outer, name, leaf.text, meant.lead, meant.rest)
    return Replaced(leaf.node, name)


def _check(copy: Copy, body: str, passed: Mapping[str, Setting], inner: Sequence[str]) -> None:
    """With its names and constants put back, the function must be the code of each copy."""
    own = dict(zip(inner, copy.shape.names))
    found = _PutBack(passed, own).visit(ast.parse(body))
    wanted = ast.parse(copy.step.body)
    if ast.dump(_PlainText().visit(found)) != ast.dump(_PlainText().visit(wanted)):
        raise InternalError(f"the function is not what {copy.step.name} does:\n{body}")


class _PutBack(ast.NodeTransformer):
    def __init__(self, passed: Mapping[str, Setting], own: Mapping[str, str]) -> None:
        self.passed = passed
        self.own = own

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.passed:
            return ast.parse(self.passed[node.id].source, mode="eval").body
        return ast.Name(self.own.get(node.id, node.id), node.ctx)


class _PlainText(ast.NodeTransformer):
    """Writes ``f"{'a'}b"`` as ``f"ab"``, which is the same."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        self.generic_visit(node)
        parts: list[ast.expr] = []
        for part in node.values:
            match part:
                case ast.FormattedValue(
                    value=ast.Constant(value=str()) as text, conversion=-1, format_spec=None
                ):
                    part = text
            match parts, part:
                case [*_, ast.Constant(value=str(before))], ast.Constant(value=str(after)):
                    parts[-1] = ast.Constant(before + after)
                case _:
                    parts.append(part)
        node.values = parts
        return node
