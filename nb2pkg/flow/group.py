"""Which lines of run() go into one task."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nb2pkg.flow.model import Act, Effects, Version
from nb2pkg.flow.study import late_names, reads_of
from nb2pkg.plan.model import Line

_TOGETHER = (Act.FIGURES, Act.OWN_STATE)  # what one such line leaves behind, the next one finds


@dataclass(slots=True)
class Groups:
    """Sets of lines that only grow. before: pairs of lines of which the first has to be run first."""

    parents: list[int]
    before: set[tuple[int, int]] = field(default_factory=set)

    def root(self, line: int) -> int:
        while self.parents[line] != line:
            self.parents[line] = self.parents[self.parents[line]]
            line = self.parents[line]
        return line

    def join(self, lines: Iterable[int]) -> None:
        first, *others = [*lines] or [-1]
        for other in others:
            one, two = sorted((self.root(first), self.root(other)))
            self.parents[two] = one

    def all(self) -> dict[int, list[int]]:
        """Each group by its first line."""
        found: dict[int, list[int]] = {}
        for line in range(len(self.parents)):
            found.setdefault(self.root(line), []).append(line)
        return found


def of(
    lines: Sequence[Line],
    effects: Sequence[Effects],
    calls_own: Sequence[bool],
    together: Iterable[Collection[int]],
) -> Groups:
    """Join what must not be apart. together: lines that a run showed to belong together.

    calls_own: does the line call a function of the package? What does not is no task of its own.
    """
    groups = Groups(list(range(len(lines))))
    for numbers in together:
        groups.join(numbers)
    _share(groups, effects)
    _hold(groups, lines, effects)
    _act(groups, effects)
    _glue(groups, lines, effects, calls_own)
    groups.before |= {
        (version.line, number)
        for number, each in enumerate(effects)
        for version in each.reads
        if version.line >= 0
    }
    _settle(groups, effects)
    return groups


def _share(groups: Groups, effects: Sequence[Effects]) -> None:
    """What shares memory with what a line changes stays with that line, if somebody reads it."""
    for number, each in enumerate(effects):
        if len(each.shares) > 1:
            groups.join([number, *(v.line for v in each.shares if v.line >= 0)])


def _hold(groups: Groups, lines: Sequence[Line], effects: Sequence[Effects]) -> None:
    """What cannot leave its process is made and used there; so are the variables that a function reads late."""
    for number, each in enumerate(effects):
        held = [v.line for v in each.reads if number and v in effects[number - 1].held]
        groups.join([number, *(line for line in held if line >= 0)])
    for number, line in enumerate(lines):
        late = late_names(line)
        binders = [n for n, other in enumerate(lines) if late & {*other.binds}]
        groups.join([number, *binders])


def _act(groups: Groups, effects: Sequence[Effects]) -> None:
    """What lines do besides giving values happens as run() does it."""

    def doing(*acts: Act) -> list[int]:
        return [n for n, each in enumerate(effects) if not each.acts.isdisjoint(acts)]

    for act in _TOGETHER:
        groups.join(doing(act))
    if doing(Act.DRAWS_NUMBERS):
        groups.join(doing(Act.DRAWS_NUMBERS, Act.MAY_DRAW_NUMBERS))
    groups.before |= _in_turn(doing(Act.PRINTS))
    writing, touching = doing(Act.WRITES_FILES), doing(Act.WRITES_FILES, Act.READS_FILES)
    groups.before |= {
        (one, other)
        for one in touching
        for other in touching
        if one < other and {one, other} & {*writing}
    }
    setting = doing(Act.PROCESS)
    if setting:
        groups.join(range(setting[0], len(effects)))
        groups.before |= {(before, setting[0]) for before in range(setting[0])}


def _in_turn(numbers: Sequence[int]) -> set[tuple[int, int]]:
    return {*zip(numbers, numbers[1:])}


def _glue(
    groups: Groups, lines: Sequence[Line], effects: Sequence[Effects], calls_own: Sequence[bool]
) -> None:
    """A plain statement goes with what made its values, or with the first line that reads what it makes."""
    for number, line in enumerate(lines):
        if calls_own[number]:
            continue
        makers = [version.line for version in effects[number].reads if version.line >= 0]
        users = [n for n in range(number + 1, len(lines)) if {*line.binds} & {*reads_of(lines[n])}]
        groups.join([number, *([max(makers)] if makers else users[:1])])


def _settle(groups: Groups, effects: Sequence[Effects]) -> None:
    """Join on until no two groups wait for each other, and each name means one thing where a group begins."""
    while True:
        count = len(groups.all())
        for circle in _circles(groups):
            groups.join(circle)
        for inside in groups.all().values():
            groups.join([inside[0], *_makers_between(inside, effects)])
            groups.join([inside[0], *_readers_between(inside, effects)])
        if len(groups.all()) == count:
            return


def _circles(groups: Groups) -> Iterator[list[int]]:
    """Groups that wait for each other."""
    arrows: dict[int, set[int]] = {}
    for one, other in groups.before:
        first, second = groups.root(one), groups.root(other)
        if first != second:
            arrows.setdefault(first, set()).add(second)
    reached = {start: _reached(start, arrows) for start in arrows}
    for start, ends in reached.items():
        circle = [end for end in ends if start in reached.get(end, ())]
        if circle:
            yield [start, *circle]


def _reached(start: int, arrows: Mapping[int, Collection[int]]) -> set[int]:
    waiting, seen = [*arrows.get(start, ())], set[int]()
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting += arrows.get(node, ())
    return seen


def _readers_between(inside: Sequence[int], effects: Sequence[Effects]) -> Iterator[int]:
    """Lines outside a group that read what a name was before the group gave it anew: a task returns each name once."""
    last = {name: number for number in inside for name in effects[number].gives}
    for number, each in enumerate(effects):
        if number not in inside:
            for version in each.reads:
                if version.line in inside and last.get(version.name) != version.line:
                    yield number


def _makers_between(inside: Sequence[int], effects: Sequence[Effects]) -> Iterator[int]:
    """Lines outside a group that give a name anew which the group has under that name by then."""
    known: dict[str, Version] = {}
    for number in inside:
        for version in effects[number].reads:
            before = known.setdefault(version.name, version)
            if before != version and version.line not in inside:
                yield version.line
                if before.line >= 0:
                    yield before.line
        known |= {name: Version(name, number) for name in effects[number].gives}
