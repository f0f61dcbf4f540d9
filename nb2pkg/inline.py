"""The code of the package, put back into the cell that it came from.

def split(complete, *, seed=SEED):             a, b = halves(complete, seed=SEED)
    a, b = halves(complete, seed=seed)   ->    log(a)
    log(a)
    return a, b

What would not give the same function again when it is promoted is refused.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nb2pkg import digests, manifest, project
from nb2pkg import notebook as reader
from nb2pkg.errors import Nb2pkgError
from nb2pkg.home import Folder, path_of
from nb2pkg.manifest import Made, Manifest
from nb2pkg.merge import imports, standing
from nb2pkg.merge.names import bound_by, renamed
from nb2pkg.merge.standing import Standing
from nb2pkg.merge.symbols import PROVENANCE, split
from nb2pkg.model import Facts, Notebook
from nb2pkg.plan.model import Definition, Plan, Step
from nb2pkg.promote import Promotion, promote, wanted_again
from nb2pkg.render.code import dedented
from nb2pkg.write import apply, compare

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Inlined:
    """A notebook with one cell changed, not yet written.

    files of the project say that both sides have this code now: base and manifest.
    """

    path: Path
    source: Notebook
    document: Mapping[str, Any]
    number: int  # of the cell, from 1
    before: str
    after: str
    project: Folder
    files: Mapping[str, str]


def inline(folder: Folder, name: str) -> Inlined:
    """Put the code of a symbol, as it is in the package now, into its cell.

    Nb2pkgError says why that cannot be done.
    """
    known = manifest.required(folder)
    made = manifest.named(known, name)
    project.check_own(made)
    base, theirs = project.generated(folder), project.current(folder)
    found = standing.find(base, theirs, known.package, known.renamed).get(made.generated)
    path = project.original(folder, known)
    source = project.notebook(folder, known)
    current = _checked(made, found, source, known.cells)
    wanted = wanted_again(folder, known)
    promotion = promote(path, wanted, source=source)
    cell = next(cell for cell in source.code if cell.id == made.cells[-1])
    module = theirs[path_of(known.package, made.symbol.rpartition(".")[0])]
    after = _Cell(promotion.plan, made, cell.index).with_code(current, module)
    document = _with_source(source, cell.index, after)
    again = reader.parse(reader.serialize(document, source.layout).encode("utf-8"), str(path))
    generated = _promoted(promote(path, wanted, source=again), theirs, made, current)
    digest = digests.of_cell(again.cells[cell.index])
    files = {
        **_in_base(base, known, made, generated),
        manifest.PATH: _in_manifest(known, cell.id, digest),
    }
    if (folder / manifest.KEPT).is_file():
        return _in_narrative(folder, known, (again, made), files)
    return Inlined(path, source, document, cell.index + 1, cell.source, after, folder, files)


def _in_narrative(
    folder: Folder, known: Manifest, changed: tuple[Notebook, Made], files: Mapping[str, str]
) -> Inlined:
    """The same in the narrative, if that is where exploring goes on."""
    again, made = changed
    story = reader.read(folder / known.story)
    index = next(c.index for c in story.cells if c.id == made.cells[-1])
    before = story.cells[index].source
    generated = project.generated(folder)[known.narrative]
    base = reader.parse(generated.encode("utf-8"), known.narrative)
    if before not in (cell.source for cell in base.cells):
        raise _refused(
            made, "its cell was changed in the narrative", "Promote the narrative first."
        )
    after = next(cell.source for cell in again.cells if cell.id == made.cells[-1])
    kept = reader.serialize(again.document, again.layout)
    return Inlined(
        folder / known.story,
        story,
        _with_source(story, index, after),
        index + 1,
        before,
        after,
        folder,
        {**files, manifest.KEPT: kept},
    )


def write(found: Inlined) -> None:
    """Write the notebook first: a base that is ahead of it would make an edit look like an old text."""
    reader.save(found.path, found.source, found.document)
    apply(found.project, found.files, compare(found.project, found.files, ()))


def _checked(
    made: Made, found: Standing | None, source: Notebook, cells: Mapping[str, Mapping[str, Any]]
) -> str:
    """The code as it is in the package, if it can go into the notebook."""
    if found is None or found.current is None:
        raise Nb2pkgError(
            f"{made.symbol} is not in the package any more", "Look with nb2pkg status."
        )
    if not found.is_edited:
        raise Nb2pkgError(f"{made.symbol} is what its cell gives: there is nothing to put back")
    now = {cell.id: digests.of_cell(cell) for cell in source.code}
    if any(now.get(cell) != cells[cell]["digest"] for cell in made.cells):
        raise _refused(made, "its cell has changed too", "Promote first: that merges both.")
    if len(set(made.cells)) > 1:
        raise _refused(made, f"it is made of the cells {', '.join(made.cells)}")
    if made.is_rewritten:
        raise _refused(made, "it takes data as arguments that the cell's version reads by itself")
    return found.current


def _refused(made: Made, why: str, hint: str = "Change the cell by hand.") -> Nb2pkgError:
    return Nb2pkgError(f"{made.symbol} cannot be put back into the notebook: {why}", hint)


def _with_source(source: Notebook, index: int, text: str) -> dict[str, Any]:
    cells = list(source.document["cells"])
    as_list = isinstance(cells[index].get("source"), list)
    cells[index] = {**cells[index], "source": text.splitlines(keepends=True) if as_list else text}
    return {**source.document, "cells": cells}


def _promoted(again: Promotion, theirs: Mapping[str, str], made: Made, current: str) -> str:
    """What promoting the new cell gives: the code of the package, whatever its docstring says."""
    package = again.plan.package
    now = standing.find(again.files, theirs, package, {}).get(made.generated)
    if now is None or _meaning(now.generated) != _meaning(current):
        raise _refused(made, "promoting it again would give another function")
    return now.generated


def _in_base(base: Mapping[str, str], known: Manifest, made: Made, text: str) -> dict[str, str]:
    """The module as it was generated, with another text of that symbol."""
    module, _, name = made.generated.rpartition(".")
    path = path_of(known.package, module)
    found = split(base[path])
    items = found.items if found else ()
    parts = [item.gap + (text if item.symbol == name else item.text) for item in items]
    return {f"{manifest.BASE}/{path}": "".join(parts) + (found.tail if found else "")}


def _in_manifest(known: Manifest, cell: str, digest: str) -> str:
    """The manifest with another digest of that cell."""
    cells = {**known.cells, cell: {**known.cells[cell], "digest": digest}}
    return manifest.as_text({**known.content, "cells": cells})


def _meaning(text: str) -> object:
    """The statements of a symbol and the names that it takes; not their order, no annotations."""
    node = _definition(text)
    if not isinstance(node, _Function):
        return digests.of_code([node])
    named = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return sorted(arg.arg for arg in named), digests.of_code(_statements(node))


def _definition(text: str) -> ast.stmt:
    return ast.parse(text).body[-1]


def _statements(node: _Function) -> list[ast.stmt]:
    """The body without its docstring."""
    return node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body


# -------------------------------------------------------------------------------------- the cell


@dataclass(frozen=True, slots=True)
class _Cell:
    """The cell of a symbol, as the plan of the notebook sees it."""

    plan: Plan
    made: Made
    index: int

    def with_code(self, current: str, module: str) -> str:
        """The text of the cell with the new code, and the imports that it needs."""
        item, facts = self._item(), self._facts()
        own = [facts[position] for position in _positions(item)]
        text = current if isinstance(item, Definition) else self._unwrapped(item, current)
        text = "\n".join(x for x in text.split("\n") if not x.startswith(PROVENANCE)).strip("\n")
        wanted = "\n".join(self._imports(text, module, min(_positions(item))))
        source = self.plan.notebook.cells[self.index].source.split("\n")
        first = min(f.line - _height(f.leading) for f in own)
        last = max(f.end_line for f in own)
        others = [f for f in facts.values() if f.cell == self.index and f not in own]
        if any(f.line <= last and f.end_line >= first for f in others):
            raise _refused(self.made, "other statements stand between its own, or on the same line")
        head = [*source[: first - 1], *([wanted] if wanted else [])]
        return "\n".join([*head, text, *source[last:]])

    def _item(self) -> Step | Definition:
        items: list[Step | Definition] = [*self.plan.steps, *self.plan.definitions]
        named = (item for item in items if f"{item.module}.{item.name}" == self.made.generated)
        found = next(named, None)
        if found is None:
            raise _refused(self.made, "the notebook does not give it any more")
        return found

    def _facts(self) -> dict[int, Facts]:
        return dict(enumerate(f for cell in self.plan.facts for f in cell.statements))

    def _unwrapped(self, step: Step, current: str) -> str:
        """The body of a function as statements with the names of the notebook."""
        node = _definition(current)
        if not isinstance(node, _Function):
            raise _refused(self.made, "it is no function any more")
        names = self._names(step, node)
        return renamed(self._without_return(step, node, current), names)

    def _names(self, step: Step, node: _Function) -> dict[str, str]:
        """Parameters to what the notebook calls them."""
        given = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
        defaults = dict(zip((arg.arg for arg in node.args.kwonlyargs), node.args.kw_defaults))
        constants = {n: d.id for n, d in defaults.items() if isinstance(d, ast.Name)}
        parameters = {keyword.parameter for keyword in step.keywords}
        is_plain = not (node.args.vararg or node.args.kwarg or node.args.defaults)
        if not is_plain or len(given) != len(step.params) or {*constants.values()} != parameters:
            raise _refused(self.made, "it takes other arguments than its cell gives")
        if len(constants) != len(defaults):
            raise _refused(self.made, "it has an argument that the notebook does not know")
        return {**dict(zip(given, step.params)), **constants}

    def _without_return(self, step: Step, node: _Function, current: str) -> str:
        """The lines of the body; what was returned is bound to the names of the notebook."""
        lines = current.rstrip("\n").split("\n")
        body = _statements(node)
        first = body[0].lineno if body else len(lines) + 1
        while first > 1 and lines[first - 2].lstrip().startswith("#"):
            first -= 1
        last = body[-1] if body else None
        early = body[:-1] if isinstance(last, ast.Return) else body
        if step.shown or any(map(_returns, early)):
            raise _refused(self.made, "it returns from the midst of it, or what is shown as well")
        if isinstance(last, ast.Return):
            start, end = last.lineno - 1, last.end_lineno or last.lineno
            lines[start:end] = self._in_place_of(step, last, lines[start:end])
        elif step.returns:
            raise _refused(self.made, f"it does not return {', '.join(step.returns)}")
        width = body[0].col_offset if body else 4
        return dedented("\n".join(lines[first - 1 :]), width).rstrip("\n")

    def _in_place_of(self, step: Step, node: ast.Return, lines: list[str]) -> list[str]:
        """The lines that bind to the notebook's names what the function returns."""
        parts = _parts(node.value)
        names = [part.id for part in parts if isinstance(part, ast.Name)]
        comment = "".join(lines[-1].encode()[node.end_col_offset :].decode().partition("#")[1:])
        if not step.returns_shown and names == [*step.returns] and len(parts) == len(names):
            return [lines[0][: node.col_offset] + comment] if comment else []
        if not step.returns_shown and (
            not step.returns or len(parts) not in (1, len(step.returns))
        ):
            raise _refused(self.made, "it returns something else than its cell gives")
        bound = "" if step.returns_shown else f"{', '.join(step.returns)} = "
        return [lines[0].replace("return ", bound, 1), *lines[1:]]

    def _imports(self, text: str, module: str, position: int) -> Iterator[str]:
        """Imports for names that the new code has and the notebook does not, up to there."""
        above = [f for p, f in self._facts().items() if p < position]
        known = {name for facts in above for name in facts.bound} | {*dir(builtins)}
        known |= {item.name for item in self.plan.definitions}
        tree = ast.parse(text)
        nodes = list(ast.walk(tree))
        known |= {name for node in nodes for name in bound_by(node)}
        used = {n.id for n in nodes if isinstance(n, ast.Name)} - known
        parsed = split(module)
        entries = imports.of(n for i in (parsed.items if parsed else ()) for n in i.nodes)
        for entry in entries:
            if entry.bound in used and not entry.module.startswith((".", self.plan.package)):
                used.discard(entry.bound)
                yield entry.statement
        if used:
            raise _refused(self.made, f"it uses {', '.join(sorted(used))}, which it does not have")


def _positions(item: Step | Definition) -> tuple[int, ...]:
    return item.positions if isinstance(item, Step) else (item.position,)


def _height(text: str) -> int:
    return text.count("\n") + 1 if text else 0


def _parts(value: ast.expr | None) -> list[ast.expr]:
    if value is None:
        return []
    return value.elts if isinstance(value, ast.Tuple) else [value]


def _returns(node: ast.AST) -> bool:
    """Does a statement return from the function that it stands in?"""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return False
    if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom):
        return True
    return any(map(_returns, ast.iter_child_nodes(node)))
