"""What statements share without a name of the notebook: files, and streams of random numbers.

A file that one cell writes and another reads, or a generator that one cell seeds and others draw
from, makes the order of the cells matter as a variable does. Functions of the notebook touch what
their bodies touch, when somebody uses them.

    makes      the file is written anew, or deleted; the generator is seeded
    changes    the file is appended to; the generator is drawn from
    reads      the file is read, or looked for
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from nb2pkg.facts.analyze import aliases_of
from nb2pkg.facts.libraries import Aliases
from nb2pkg.facts.parts import parts_of
from nb2pkg.model import CellFacts, Facts, StatementKind
from nb2pkg.plan import files_named, random_streams
from nb2pkg.plan.files_named import FileUse

_DEFINITIONS = (StatementKind.FUNCTION, StatementKind.CLASS)
_SETTINGS = re.compile(
    r"%(?:matplotlib|config|load_ext|autoreload|pylab)|rcParams|style\.use|set_option"
    r"|filterwarnings|simplefilter|set_printoptions|init_printing|sns\.set|set_theme|hv\.extension"
    r"|plt\.rc\("
)
SETTINGS = "settings"
Where = tuple[int, int]  # cell and position of a statement in it


@dataclass(frozen=True, slots=True)
class Touch:
    """The files and streams that a statement or a cell touches, as texts to show."""

    makes: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()

    def __or__(self, other: Touch) -> Touch:
        return Touch(
            self.makes | other.makes, self.changes | other.changes, self.reads | other.reads
        )

    @property
    def finds(self) -> frozenset[str]:
        """What it finds in some state."""
        return self.reads | self.changes

    @property
    def leaves(self) -> frozenset[str]:
        """What it leaves in another state."""
        return self.makes | self.changes


NOTHING = Touch()


def touches(cells: Iterable[CellFacts]) -> Mapping[Where, Touch]:
    """For each statement that touches something what that is.

    A generator that nothing seeds gives other numbers at every run, in whatever order: it is no stream.
    A file that one statement writes and none reads makes no order either.
    """
    cells = tuple(cells)
    statements = [facts for cell in cells for facts in cell.statements]
    aliases = aliases_of(cells)
    direct = _direct(statements, aliases)
    bodies = _closed(statements, direct)
    found = {}
    for facts, own in zip(statements, direct):
        touch = NOTHING if _defines(facts) else own
        for name in facts.uses if not _defines(facts) else ():
            touch |= bodies.get(name, NOTHING)
        found[facts.cell, facts.position] = touch
    return _that_matter(_with_folders(found))


def by_cell(found: Mapping[Where, Touch]) -> Mapping[int, Touch]:
    """What whole cells touch: a file that a cell writes before it reads it, it does not find."""
    cells: dict[int, Touch] = {}
    for (cell, _), touch in sorted(found.items()):
        before = cells.get(cell, NOTHING)
        inside = Touch(
            touch.makes | (touch.changes & before.makes),
            touch.changes - before.makes,
            touch.reads - before.makes,
        )
        cells[cell] = before | inside
    return cells


def is_setting(facts: Facts) -> bool:
    """Does it set how something is shown or done from here on?"""
    return _SETTINGS.search(facts.source) is not None and not facts.binds


def is_stream(key: str) -> bool:
    return key.startswith(random_streams.PREFIX)


def _direct(statements: Sequence[Facts], aliases: Aliases) -> list[Touch]:
    constants = files_named.constants(statements, aliases)
    generators = random_streams.generators(statements, aliases)
    models = random_streams.unseeded_models(statements, aliases)
    found = []
    for facts in statements:
        parts = parts_of(facts.node)
        files = _of_files(files_named.uses(facts, parts, aliases, constants))
        seeded = frozenset(random_streams.seeded(parts, aliases))
        drawn = frozenset(random_streams.drawn(facts, parts, aliases, generators, models))
        settings = frozenset([SETTINGS] if is_setting(facts) else [])
        found.append(files | Touch(makes=seeded, changes=(drawn - seeded) | settings))
    return found


def _of_files(uses: Iterable[FileUse]) -> Touch:
    kinds: dict[str, set[str]] = {"makes": set(), "changes": set(), "reads": set()}
    for use in uses:
        kinds[use.kind].add(use.key)
    return Touch(*(frozenset(kinds[kind]) for kind in ("makes", "changes", "reads")))


def _defines(facts: Facts) -> bool:
    is_lambda = isinstance(facts.node, ast.Assign) and isinstance(facts.node.value, ast.Lambda)
    return facts.kind in _DEFINITIONS or is_lambda


def _closed(statements: Sequence[Facts], direct: Sequence[Touch]) -> Mapping[str, Touch]:
    """What using a function, a class or an object of such a class touches, through all calls."""
    bodies: dict[str, Touch] = {}
    calls: dict[str, set[str]] = {}
    for facts, touch in zip(statements, direct):
        for name in facts.bound if _defines(facts) else ():
            bodies[name] = bodies.get(name, NOTHING) | touch
            calls.setdefault(name, set()).update(facts.late_reads, facts.uses)
    classes = {facts.name for facts in statements if facts.kind is StatementKind.CLASS}
    for facts in statements:
        for name in facts.bound if not _defines(facts) else ():
            if made_of := classes & set(facts.uses):
                calls.setdefault(name, set()).update(made_of)
    return {name: _reached(name, bodies, calls) for name in {*bodies, *calls}}


def _reached(name: str, bodies: Mapping[str, Touch], calls: Mapping[str, set[str]]) -> Touch:
    seen: set[str] = set()
    waiting = [name]
    touch = NOTHING
    while waiting:
        at = waiting.pop()
        if at not in seen:
            seen.add(at)
            touch |= bodies.get(at, NOTHING)
            waiting.extend(calls.get(at, ()))
    return touch


def _with_folders(found: Mapping[Where, Touch]) -> Mapping[Where, Touch]:
    """Who looks into a folder finds the files that are made there; who uses a file needs its folder."""
    made = {key for touch in found.values() for key in touch.makes if not is_stream(key)}
    return {
        where: replace(
            touch,
            reads=touch.reads
            | {key for key in made for folder in touch.reads if _is_in(key, folder)}
            | {key for key in made for file in touch.finds | touch.leaves if _is_in(file, key)},
        )
        for where, touch in found.items()
    }


def _is_in(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}/") or (folder == "." and not path.startswith(("/", "..")))


def _that_matter(found: Mapping[Where, Touch]) -> Mapping[Where, Touch]:
    left = Counter(key for touch in found.values() for key in touch.leaves)
    asked = {key for touch in found.values() for key in touch.reads}
    seeded = {key for touch in found.values() for key in touch.makes if is_stream(key)}
    kept = {key for key, times in left.items() if times > 1 or key in asked}
    kept -= {key for key in kept if is_stream(key)} - seeded
    limited = {
        where: Touch(touch.makes & kept, touch.changes & kept, touch.reads & kept)
        for where, touch in found.items()
    }
    return {where: touch for where, touch in limited.items() if touch != NOTHING}


def finders(found: Mapping[Where, Touch], key: str) -> Iterator[Where]:
    """The statements that touch it."""
    for where, touch in found.items():
        if key in touch.finds | touch.leaves:
            yield where
