"""What a person changed in the narrative, carried back to the notebook that it was made from.

A cell of the narrative is known statement by statement: calls and imports of the package stand for
statements of the notebook, the rest stands for itself.

    narrative, as generated         as it is now                    the notebook then
    shares = m.scale(weights)  ->   shares = m.scale(weights)  ->   shares = [w / 2 for w in weights]
    shares.head()                   shares.tail()                   shares.tail()

What cannot be told so, such as another call of a step, stays in the narrative as it is.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nb2pkg.merge.names import bound_by, renamed
from nb2pkg.notebook import magics
from nb2pkg.plan.model import CellPlan, Plan
from nb2pkg.plan.plan_state import starts
from nb2pkg.promote import module_uses
from nb2pkg.render import narrative

Cell = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Carried:
    """The document of the notebook, and by cell id what became of what was changed.

    taken: how ("new", "changed", "deleted"); left: why it stays in the narrative as it is.
    """

    document: Mapping[str, Any]
    taken: Mapping[str, str]
    left: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Edit:
    """What was done to a cell: statements (by position) that were deleted, and what was written
    behind which; -1 is the top. tail: the comments at its end, if they changed.
    """

    gone: frozenset[int] = frozenset()
    inserted: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    tail: str | None = None
    whole: str | None = None  # all of the cell, where it stood in the narrative as in the notebook


def carry(
    plan: Plan, base: Mapping[str, Any], now: Mapping[str, Any], names: Mapping[str, str]
) -> Carried:
    """Change the notebook of the plan as its narrative was changed.

    base is the narrative as it was generated, with the names that symbols have in the package now;
    names are these names, and what the notebook calls them.
    """
    run = _Carrying(plan, names, module_uses.called(plan, now))
    generated = {cell["id"]: cell for cell in base["cells"]}
    there = {cell["id"]: cell for cell in now["cells"]}
    for name in {**generated, **there}:
        run.look(name, generated.get(name), there.get(name))
    return Carried({**plan.notebook.document, "cells": run.cells(now)}, run.taken, run.left)


class _LeftError(Exception):
    """Why a cell stays in the narrative as it is."""


class _Carrying:
    """Finds out what was done to each cell, and puts the cells of the notebook together."""

    def __init__(self, plan: Plan, names: Mapping[str, str], modules: Mapping[str, str]) -> None:
        self.plan = plan
        self.names = names
        self._modules = modules
        self.taken: dict[str, str] = {}
        self.left: dict[str, str] = {}
        raw = plan.notebook.document["cells"]
        self._source = {c.id: {**raw[c.index], "id": c.id} for c in plan.notebook.cells}
        self._facts = {cell.cell.id: (cell, start) for cell, start in starts(plan.facts)}
        self._edits: dict[str, Edit] = {}

    # ---- what was done

    def look(self, name: str, old: Cell | None, new: Cell | None) -> None:
        """Find out what was done to one cell."""
        try:
            if name == narrative.OWN_CELL:
                self._own_cell(old, new)
            elif new is None:
                self._edits[name] = Edit(frozenset(self._stood_for(name)))
                self.taken[name] = "deleted"
            elif old is None:
                self._edits[name] = Edit(whole=self._checked(_text(new), new["cell_type"]))
                self.taken[name] = "new"
            elif _text(old) != _text(new):
                self._edits[name] = self._compared(name, _text(old), _text(new))
                self.taken[name] = "changed"
            elif old["metadata"].get("tags") != new["metadata"].get("tags"):
                self.taken[name] = "changed"
        except _LeftError as why:
            self.left[name] = str(why)

    def _own_cell(self, old: Cell | None, new: Cell | None) -> None:
        """The cell that only the narrative has is made anew: what was written into it stays there."""
        if old is not None and (new is None or _text(old) != _text(new)):
            raise _LeftError("it imports the package, and is no cell of the notebook")

    def _stood_for(self, name: str) -> set[int]:
        """Positions of all statements for which a cell of the narrative stood."""
        return {position for part in self._parts(name) for position in part.positions}

    def _parts(self, name: str) -> list[narrative.Part]:
        return narrative.parts(self.plan, self._planned(name)) if name in self._facts else []

    def _planned(self, name: str) -> CellPlan:
        index = self._facts[name][0].cell.index
        return next(cell for cell in self.plan.cells if cell.cell == index)

    def _origins(self, name: str) -> list[tuple[int, ...]]:
        """For each statement of the cell, as it was generated, what it stands for."""
        found: list[tuple[int, ...]] = []
        for part in self._parts(name):
            statements = len(ast.parse(part.text).body)
            found += [part.positions, *[()] * (statements - 1)] if statements else []
        return found

    def _compared(self, name: str, old: str, new: str) -> Edit:
        facts = self._facts.get(name)
        if facts is None:
            return Edit(whole=new)
        source = _text(self._source[name])
        if old.endswith(source):  # nothing moved: what finds the package may stand above it
            above = old[: len(old) - len(source)]
            if not new.startswith(above):
                raise _LeftError("what finds the package and its files was changed")
            return Edit(whole=self._checked(new.removeprefix(above), "code"))
        ours = narrative.pointer(self.plan, self._planned(name)).split("\n")
        return self._by_statements(name, *(_chunks(_without(ours, text)) for text in (old, new)))

    def _by_statements(self, name: str, old: Sequence[Chunk], new: Sequence[Chunk]) -> Edit:
        origins = self._origins(name)
        lead = len(old) - 1 - len(origins)  # what finds the package stands above the rest
        if lead < 0:
            raise _LeftError("what was generated for it is not what is known of it")
        known = [*[()] * lead, *origins]
        gone: set[int] = set()
        inserted: dict[int, tuple[str, ...]] = {}
        keys = [[chunk.key for chunk in chunks[:-1]] for chunks in (old, new)]
        matcher = difflib.SequenceMatcher(None, keys[0], keys[1], autojunk=False)
        for kind, first, last, start, end in matcher.get_opcodes():
            if kind == "equal":
                pairs = zip(known[first:last], old[first:last], new[start:end])
                for origin, one, other in pairs:
                    if one.text.strip() != other.text.strip():
                        position = self._itself(name, origin, one)
                        gone.add(position)
                        inserted[position] = (other.text, *inserted.get(position, ()))
                continue
            if first < min(last, lead) or any(map(self._enters, old[first:last])):
                raise _LeftError("what finds the package and its files was changed")
            gone.update(position for origin in known[first:last] for position in origin)
            behind = max(self._above(name, old, known, first), default=-1)
            texts = tuple(self._written(name, chunk, behind) for chunk in new[start:end])
            inserted[behind] = (*inserted.get(behind, ()), *(text for text in texts if text))
        tail = new[-1].text if new[-1].text != old[-1].text else None
        return Edit(frozenset(gone), inserted, tail)

    def _itself(self, name: str, origin: tuple[int, ...], chunk: Chunk) -> int:
        """The position of a statement that stands for itself, whose comments or layout changed.

        A remark on a call of the package has no place in the notebook.
        """
        facts, start = self._facts[name]
        own = range(start, start + len(facts.statements))
        if len(origin) == 1 and origin[0] in own:
            there = _chunks(_text(self._source[name]))[origin[0] - start]
            if there.key == chunk.key:
                return origin[0]
        raise _LeftError("a comment or the layout of what stands for other code was changed")

    def _above(
        self, name: str, old: Sequence[Chunk], known: Sequence[tuple[int, ...]], end: int
    ) -> list[int]:
        """Positions, in the cell itself, of what stands above the statement number end.

        An import stands above all the others, wherever that is which it stands for.
        """
        facts, start = self._facts[name]
        own = range(start, start + len(facts.statements))
        rows = [(bool(self._imported(chunk)), origin) for chunk, origin in zip(old, known)]
        above = [p for part in self._parts(name) if not part.text for p in part.positions]
        below = [p for is_import, origin in rows[end:] for p in origin if not is_import]
        return [
            position
            for is_import, origin in [(True, tuple(above)), *rows[:end]]
            for position in origin
            if position in own and not (is_import and any(p < position for p in below))
        ]

    def _imported(self, chunk: Chunk) -> list[str]:
        """Names that a statement imports from the package; nothing for any other statement."""
        node = chunk.node
        package = self.plan.package
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(f"{package}."):
            return [alias.name for alias in node.names]
        return []

    def _enters(self, chunk: Chunk) -> bool:
        """Is it the call that goes to the folder of the files?"""
        enter = self.plan.header.enter
        return bool(enter) and chunk.node is not None and ast.unparse(chunk.node) == f"{enter}()"

    def _written(self, name: str, chunk: Chunk, behind: int) -> str:
        """A statement that a person wrote, with the names of the notebook."""
        if self._imported(chunk):
            self._check_import(self._imported(chunk))
            return ""
        text = self._checked(chunk.text, "code")
        own = {d.name for d in self.plan.definitions if d.position in self._stood_for(name)}
        if behind < 0 and any(own & _mentioned(node) for node in [chunk.node] if node):
            raise _LeftError("what was written stands above the function that it uses")
        return text

    def _checked(self, text: str, kind: str) -> str:
        """The text with the names of the notebook, if it says nothing that only the package has."""
        if kind != "code":
            return text
        called = module_uses.used(text, self._modules)
        text = module_uses.bare(text, self._modules)
        steps = {self._now(f"{s.module}.{s.function}") for s in self.plan.steps}
        steps -= self._variables() - called
        lines: list[str] = []
        for chunk in _chunks(text):
            imported = self._imported(chunk)
            self._check_import([name for name in imported if name not in steps])
            mentioned = _mentioned(chunk.node) if chunk.node and not imported else set()
            if whole := sorted(mentioned & self._modules.keys()):
                raise _LeftError(f"it uses {', '.join(whole)}, a module of the package")
            used = steps & {*imported, *mentioned}
            if used:
                listed = ", ".join(sorted(used))
                raise _LeftError(f"it calls {listed}, a step of the package, in a way of its own")
            lines += [chunk.text] if chunk.text and not imported else []
        return renamed("\n".join(lines), self.names) if self.names else "\n".join(lines)

    def _variables(self) -> set[str]:
        """Names of the notebook's values: a step may have one of them, and is called by its module."""
        made = {name for cell in self.plan.facts for f in cell.statements for name in f.bound}
        return made - {item.name for item in self.plan.definitions}

    def _check_import(self, names: Sequence[str]) -> None:
        known = {self._now(f"{d.module}.{d.name}") for d in self.plan.definitions}
        known |= {"config", *(module.name for module in self.plan.modules)}
        other = [name for name in names if name not in known]
        if other:
            raise _LeftError(f"it uses {', '.join(other)} of the package, which no cell gives")

    def _now(self, symbol: str) -> str:
        """What the engineer calls a symbol of the notebook."""
        name = symbol.rpartition(".")[2]
        return next((new for new, old in self.names.items() if old == name), name)

    # ---- the notebook

    def cells(self, now: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The cells of the notebook, in the order of the narrative."""
        gone = frozenset(position for edit in self._edits.values() for position in edit.gone)
        found = []
        for cell in now["cells"]:
            name = cell["id"]
            is_known = name in self._source
            if name == narrative.OWN_CELL or (name in self.left and not is_known):
                continue
            if name in self.left:
                found.append({**self._source[name]})
            else:
                text = self._text(name, cell, gone) if is_known else self._edits[name].whole
                found.append({**cell, "source": (text or "").splitlines(keepends=True)})
        return found

    def _text(self, name: str, cell: Cell, gone: frozenset[int]) -> str:
        """The source of a cell that the notebook had before."""
        edit = self._edits.get(name, Edit())
        if edit.whole is not None:
            return edit.whole
        if name not in self._facts:
            return _text(cell)
        source = _text(self._source[name])
        facts, start = self._facts[name]
        own = range(start, start + len(facts.statements))
        if not edit.inserted and edit.tail is None and not gone.intersection(own):
            return source
        chunks = _chunks(source)
        lines = [*edit.inserted.get(-1, ())]
        for position, chunk in zip(own, chunks):
            lines += [chunk.text] if position not in gone else []
            lines += edit.inserted.get(position, ())
        lines.append(chunks[-1].text if edit.tail is None else edit.tail)
        return "\n".join(line for line in lines if line).strip("\n")


# ------------------------------------------------------------------------------------ statements


@dataclass(frozen=True, slots=True)
class Chunk:
    """A statement, with the comments above it; the last of a cell has no node: what follows."""

    text: str
    key: str
    node: ast.stmt | None = None


def _chunks(source: str) -> list[Chunk]:
    masked = magics.mask(source)
    lines = source.split("\n")
    try:
        body = ast.parse(masked.python).body
    except SyntaxError as error:
        raise _LeftError(f"it is no Python ({error.msg}, line {error.lineno})") from None
    found: list[Chunk] = []
    done = 0  # lines
    for node, following in zip(body, [*body[1:], None]):
        last = node.end_lineno or node.lineno
        is_alone = node.lineno > done and (following is None or following.lineno > last)
        above = lines[done : node.lineno - 1]
        own = lines[node.lineno - 1 : last]
        if not is_alone:  # statements with semicolons between them
            ends_line = following is None or following.lineno > last
            rest = lines[last - 1].encode()[node.end_col_offset :].decode() if ends_line else ""
            own = [(ast.get_source_segment(masked.python, node) or "") + rest]
        text = "\n".join([*above, *own])
        is_plain = "__magic__" not in ast.dump(node)
        if not (is_plain or is_alone):
            raise _LeftError("IPython's syntax stands beside other statements on one line")
        found.append(Chunk(text, ast.dump(node) if is_plain else text.strip(), node))
        done = last
    rest = "\n".join(lines[done:])
    return [*found, Chunk(rest, rest)]


def _without(ours: Sequence[str], text: str) -> str:
    """The text without our comment on where everything is now."""
    lines = text.split("\n")
    return "\n".join(line for line in lines if not line or line not in ours)


def _mentioned(node: ast.AST) -> set[str]:
    nodes = list(ast.walk(node))
    return {n.id for n in nodes if isinstance(n, ast.Name)} - {
        name for inner in nodes for name in bound_by(inner) if not isinstance(inner, ast.Name)
    }


def _text(cell: Cell) -> str:
    return "".join(cell["source"])
