"""The file of names: each function that a promotion makes, for a person to name and to describe.

It is TOML: `cell` and `part` say which function is meant, `name` and `docstring` what a person makes of
it. All else is comments.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nb2pkg import escape, facts
from nb2pkg.errors import Nb2pkgError
from nb2pkg.model import Notebook
from nb2pkg.notebook import reader
from nb2pkg.notebook.tags import tag_of
from nb2pkg.plan.make import make
from nb2pkg.plan.model import Plan, Step
from nb2pkg.plan.request import Given, Part
from nb2pkg.promote.build import Request, resolve_request

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_KEYS = {"cell": str, "part": int, "name": str, "docstring": str}
_MOST_LINES = 40  # of a function that are shown


def text(plan: Plan, name: str) -> str:
    """The file for all functions of a plan."""
    head = (
        f"# The functions that nb2pkg makes of {escape.line(name)}. Change names and docstrings, then:\n"
        f"#     nb2pkg promote {escape.line(escape.shell(name))} --names FILE\n"
        "# cell and part say which function is meant: leave them. What you leave out is named as before,\n"
        '# and docstring = "" means that there is none. Nothing but what stands in here is taken from here.\n'
    )
    return head + "".join(f"\n{_entry(plan, part, step)}" for part, step in _parts(plan))


def _parts(plan: Plan) -> Iterator[tuple[Part, Step]]:
    """Each function, and how a file says which it is."""
    steps = sorted(plan.steps, key=lambda step: (step.cell, step.line))
    cells = [step.cell for step in steps]
    for at, step in enumerate(steps):
        several = cells.count(step.cell) > 1
        yield (plan.notebook.cells[step.cell].id, several * cells[: at + 1].count(step.cell)), step


def _entry(plan: Plan, part: Part, step: Step) -> str:
    lines = step.body.split("\n")
    more = [f"... ({len(lines) - _MOST_LINES} more lines)"] if len(lines) > _MOST_LINES else []
    takes = ", ".join([*step.params, *(keyword.name for keyword in step.keywords)])
    gives = ", ".join(step.returns) or "nothing"
    notes = [
        f"Cell {step.cell + 1}, module {step.module}: takes {takes or 'nothing'}, returns {gives}",
        *_above(plan, step.cell),
        "",
        *(f"    {line}" for line in [*lines[:_MOST_LINES], *more]),
        "",
    ]
    keys = [f"cell = {escape.toml(part[0])}", *([f"part = {part[1]}"] if part[1] else [])]
    keys += [f"name = {escape.toml(step.name)}", f"docstring = {escape.toml(step.doc)}"]
    comments = "".join(f"# {escape.line(note)}".rstrip() + "\n" for note in notes)
    return comments + "[[function]]\n" + "\n".join(keys) + "\n"


def _above(plan: Plan, cell: int) -> list[str]:
    """The text right above the cell, as it stands."""
    above = plan.notebook.cells[cell - 1] if cell else None
    if above is None or above.kind != "markdown":
        return []
    return ["", *(line for line in above.source.split("\n") if line.strip())]


# ---------------------------------------------------------------------------------------- reading


def read(path: Path) -> dict[Part, Given]:
    """What stands in a file. Nb2pkgError for what is none."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Nb2pkgError(
            f"{path}: cannot be read as a file of names: {error}", "nb2pkg names writes one."
        ) from error
    unknown = sorted(content.keys() - {"function"})
    entries = content.get("function", [])
    if unknown or not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        what = f"{unknown[0]} is not known" if unknown else "function is not a list of tables"
        raise _refused(path, what)
    found: dict[Part, Given] = {}
    for entry in entries:
        part = _checked(path, entry)
        if part in found:
            raise _refused(path, f"{_label(part)} stands there twice")
        found[part] = Given(entry.get("name", ""), entry.get("docstring"))
    return found


def _checked(path: Path, entry: Mapping[str, Any]) -> Part:
    """Which function an entry is of."""
    for key, value in entry.items():
        if key not in _KEYS or not isinstance(value, _KEYS[key]) or isinstance(value, bool):
            raise _refused(path, f"{key} = {value!r} is not known")
    if not entry.get("cell"):
        raise _refused(path, f"the function {entry.get('name', '')} has no cell")
    return entry["cell"], entry.get("part", 0)


def _refused(path: Path, what: str) -> Nb2pkgError:
    hint = "Each [[function]] has cell, name and docstring, and part where nb2pkg names wrote one."
    return Nb2pkgError(f"{path}: {what}", hint)


def _label(part: Part) -> str:
    return f"function {part[1]} of cell {part[0]}" if part[1] else f"the function of cell {part[0]}"


def plan_of(path: Path, wanted: Request, source: Notebook | None = None) -> Plan:
    """What a promotion would make, with the names that are known."""
    source = source or reader.read(path)
    return make(source, facts.analyze(source), resolve_request(path, wanted, source)[1])


def check(path: Path, given: Mapping[Part, Given], plan: Plan) -> None:
    """Raise Nb2pkgError for a name that no function can have, and for functions that are not there.

    plan: with these names, as far as they can be had.
    """
    steps = dict(_parts(plan))
    for part, one in given.items():
        if part not in steps:
            raise Nb2pkgError(
                f"{path}: there is no {_label(part).removeprefix('the ')}", _hint(plan)
            )
        if one.name and (why := _why_not(plan, steps[part], one.name)):
            raise Nb2pkgError(
                f"{path}: {one.name} cannot be the name of {_label(part)}: {why}", _OTHER
            )


_OTHER = "Give one of them another name."


def _hint(plan: Plan) -> str:
    cells = dict.fromkeys(part[0] for part, _ in _parts(plan))
    return f"The cells with functions are {', '.join(cells)}; nb2pkg names writes the file again."


def _is_tagged(plan: Plan, cell: int) -> bool:
    tag = tag_of(plan.notebook.cells[cell])[0]
    return tag is not None and bool(tag.function)


def _why_not(plan: Plan, step: Step, name: str) -> str:
    """Why the function cannot be called so; empty if it can."""
    if not name.isidentifier() or not name.isascii():
        return "it is not a Python identifier"
    if name.lower().startswith("test"):
        return "pytest would take it for a test"
    others = [other for other in plan.steps if other is not step]
    if any(name in (other.name, other.unheeded) for other in others):
        return "another function has it"
    if name == step.name:
        return ""
    if _is_tagged(plan, step.cell):
        return "its cell has a name in its tag, which counts: change the tag"
    if name in _names(plan):
        return "the notebook has something else of that name"
    return "it means something to Python"


def _names(plan: Plan) -> frozenset[str]:
    """Every name of the notebook, and the modules of the package."""
    facts = (f for cell in plan.facts for f in cell.statements)
    names = {name for f in facts for name in (*f.bound, *f.own, *f.uses)}
    return frozenset(names | {module.name for module in plan.modules})
