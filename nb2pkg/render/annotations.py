"""Annotations and descriptions of steps, from the types and shapes that running them showed."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nb2pkg.observed import Observed, Schema
from nb2pkg.plan.model import Module, Plan, Step

# Libraries that everybody knows under a short name.
_SHORT = {"pandas": "pd", "numpy": "np", "polars": "pl", "xarray": "xr", "networkx": "nx"}
_PLAIN = {"bool", "int", "float", "complex", "str", "bytes", "list", "dict", "set", "tuple"}
# Its own type is a subclass of Python's, which says more to a reader.
_SAME_AS = {"numpy.float64": "float", "numpy.str_": "str", "numpy.bytes_": "bytes"}
_FAMILIES = (
    ("float", "float"),
    ("int", "integer"),
    ("uint", "integer"),
    ("bool", "true or false"),
    ("datetime", "date"),
    ("category", "category"),
    ("object", "text or mixed"),
    ("str", "text"),
)
_NAMED = 6  # so many columns are named


@dataclass(frozen=True, slots=True)
class Signature:
    """What is known of one step: types of its parameters and of what it returns, as code.

    changes: parameters that it changes in place, with what it adds to them; returned: what there is to say
    of the values that it returns.
    """

    types: Mapping[str, str] = field(default_factory=dict)
    returns: str = ""
    changes: Mapping[str, str] = field(default_factory=dict)
    returned: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Signatures:
    """Those of a module, with the imports that only annotations need, and the lines above them."""

    steps: Mapping[str, Signature] = field(default_factory=dict)
    imports: tuple[str, ...] = ()

    @property
    def header(self) -> tuple[str, ...]:
        """Imports that the annotations need at run time."""
        typed = any(s.types or s.returns for s in self.steps.values())
        future = ("from __future__ import annotations",) if typed else ()
        return (*future, *(("from typing import TYPE_CHECKING",) if self.imports else ()))


def signatures(plan: Plan, item: Module, observed: Observed) -> Signatures:
    """Signatures of the steps of a module that were run.

    A module whose own code has annotations gets none: they would have to be kept from being
    evaluated, and those of the notebook may be meant to be.
    """
    own = [*(d.source for d in item.definitions), *(step.body for step in item.steps)]
    if any(map(_is_annotated, own)):
        return Signatures({s.name: _described(plan, s, observed) for s in item.functions})
    scope = _Scope(plan, item)
    steps = {step.name: _of_all(plan, step, observed, scope) for step in item.functions}
    said = " ".join(text for s in steps.values() for text in (*s.types.values(), s.returns))
    words = {*re.findall(r"\w+", said)}
    imports = (line for line in scope.imports if line.split()[-1] in words)
    return Signatures(steps, tuple(sorted(imports)))


def _of_all(plan: Plan, step: Step, observed: Observed, scope: _Scope) -> Signature:
    """The signature of a function: what is the same in all its calls."""
    copies = plan.calling(step)
    first, *others = (_signature(plan, copy, observed, scope) for copy in copies)
    if not others:
        return first
    types = {n: text for n, text in first.types.items() if _agree(n, text, others)}
    returns = first.returns if all(other.returns == first.returns for other in others) else ""
    changes = {name: "" for each in (first, *others) for name in each.changes}
    return Signature({**types, **dict(_types_of_settings(copies))}, returns, changes)


def _agree(name: str, text: str, others: Iterable[Signature]) -> bool:
    return all(other.types.get(name) == text for other in others)


def _types_of_settings(copies: Sequence[Step]) -> Iterator[tuple[str, str]]:
    """Of the constants that the calls pass."""
    for settings in zip(*(copy.settings for copy in copies)):
        values = [ast.literal_eval(setting.source) for setting in settings]
        kinds = {type(value).__name__ for value in values}
        if kinds == {"int", "float"}:
            kinds = {"float"}
        if len(kinds) == 1 and kinds <= {"bool", "int", "float", "str"}:
            yield settings[0].name, kinds.pop()


def _is_annotated(source: str) -> bool:
    nodes = list(ast.walk(ast.parse(source)))
    functions = (n for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return (
        any(isinstance(node, ast.AnnAssign) for node in nodes)
        or any(isinstance(node, ast.arg) and node.annotation is not None for node in nodes)
        or any(function.returns is not None for function in functions)
    )


def _described(plan: Plan, step: Step, observed: Observed) -> Signature:
    takes, makes, changed = _seen(plan, step, observed)
    inputs = [found for schema in takes.values() if (found := schema.get("columns"))]
    returned = {
        step.inner.get(name, name): said
        for name in step.returns
        if name in makes and (said := _description(makes[name], inputs))
    }
    return Signature(
        changes={
            (own := step.inner.get(name, name)): _added(own, takes[name], makes.get(name, {}))
            for name in changed
        },
        returned=returned,
    )


def _signature(plan: Plan, step: Step, observed: Observed, scope: _Scope) -> Signature:
    described = _described(plan, step, observed)
    takes, makes, _ = _seen(plan, step, observed)
    given = {step.inner.get(name, name): takes[name] for name in step.params if name in takes}
    given |= {k.name: takes[k.parameter] for k in step.keywords if k.parameter in takes}
    types = {name: text for name, schema in given.items() if (text := scope.text(schema))}
    ran = plan.notebook.cells[step.cell].id in observed.cells
    returns = _returned(step, makes, scope) if ran else ""
    return Signature(types, returns, described.changes, described.returned)


def _returned(step: Step, makes: Mapping[str, Schema], scope: _Scope) -> str:
    """The type of what comes back; none if a part of it is not known."""
    if step.returns_shown or step.shown:
        return ""
    before = set(scope.imports)
    texts = [scope.text(makes[name]) if name in makes else "" for name in step.returns]
    if not all(texts):
        scope.imports = before
        return ""
    if len(texts) > 1:
        return f"tuple[{', '.join(texts)}]"
    return texts[0] if texts else "None"


def _seen(
    plan: Plan, step: Step, observed: Observed
) -> tuple[dict[str, Schema], Mapping[str, Schema], tuple[str, ...]]:
    """What the step took, what it made, and which of the former it changed in place."""
    statements = [facts for cell in plan.facts for facts in cell.statements]
    cells = [plan.notebook.cells[i].id for i in {statements[p].cell for p in step.positions}]
    moments = [observed.cells[cell] for cell in cells if cell in observed.cells]
    if not moments:
        return {}, {}, ()
    names = (*step.params, *(keyword.parameter for keyword in step.keywords))
    takes = observed.taken(cells, names, step.returns)
    alone = {n for s in plan.steps if s is not step and s.cell == step.cell for n in s.params}
    bound = {name for p in step.positions for name in statements[p].bound}
    changed = observed.changes(tuple(cells)) & takes.keys() - bound - alone
    return takes, moments[-1].after, tuple(name for name in step.params if name in changed)


class _Scope:
    """Names of a module, and the imports that its annotations add."""

    def __init__(self, plan: Plan, item: Module) -> None:
        self.definitions = {d.name: d.module for d in plan.definitions}
        self.module = item.name
        self.bound = _bound([*item.imports, *item.guarded])
        names = {*self.definitions, *(step.name for step in plan.steps)}
        self.taken = names | {n for cell in plan.facts for f in cell.statements for n in f.bound}
        self.imports: set[str] = set()

    def text(self, schema: Schema) -> str:
        """The annotation for a value; empty when there is no good one."""
        public = str(schema.get("public", ""))
        if not public:
            return self._own(str(schema.get("type", "")).rpartition(".")[2])
        if public in _PLAIN or public in _SAME_AS:
            return _plain(_SAME_AS.get(public, public), schema)
        module, _, name = public.rpartition(".")
        if not module or module in ("builtins", "types"):
            return ""
        if module in _SHORT:
            line = f"import {module} as {_SHORT[module]}"
            return f"{_SHORT[module]}.{name}" if self._has(_SHORT[module], line) else ""
        return name if self._has(name, f"from {module} import {name}") else ""

    def _own(self, name: str) -> str:
        """A class of the notebook, if it has moved."""
        if name not in self.definitions:
            return ""
        if self.definitions[name] != self.module and name not in self.bound:
            self.imports.add(f"from .{self.definitions[name]} import {name}")
        return name

    def _has(self, name: str, line: str) -> bool:
        """Can the name mean that in this module? If it does not yet, the line is added."""
        if _is_same_import(self.bound.get(name, ""), line):
            return True
        if name in self.bound or (name in self.taken and not self._is_import(line)):
            return False
        self.imports.add(line)
        return True

    @staticmethod
    def _is_import(line: str) -> bool:
        """Short names mean what everybody takes them for."""
        return line.startswith("import ")


def _is_same_import(one: str, two: str) -> bool:
    """Do both bring the same thing? Packages show a class in several of their modules."""
    if one == two:
        return True
    froms = [line.split() for line in (one, two)]
    if not all(words[:1] == ["from"] for words in froms):
        return False
    packages = [words[1].partition(".")[0] for words in froms]
    return packages[0] == packages[1] != "" and froms[0][2:] == froms[1][2:]


def _bound(lines: Sequence[str]) -> dict[str, str]:
    """Name to the import that binds it, in canonical form."""
    found: dict[str, str] = {}
    for line in lines:
        for node in ast.walk(ast.parse(line)):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    found[name] = f"import {alias.name}" + (f" as {name}" if alias.asname else "")
            elif isinstance(node, ast.ImportFrom):
                source = "." * node.level + (node.module or "")
                for alias in node.names:
                    found[alias.asname or alias.name] = f"from {source} import {alias.name}"
    return found


def _plain(name: str, schema: Schema) -> str:
    """Builtin containers with what is in them, if that is of one builtin type."""
    inside = [_one(schema.get(key)) for key in ("keys", "of")]
    if name in ("list", "set") and inside[1]:
        return f"{name}[{inside[1]}]"
    if name == "dict" and all(inside):
        return f"dict[{inside[0]}, {inside[1]}]"
    return name


def _one(names: object) -> str:
    if not isinstance(names, list) or len(names) != 1:
        return ""
    name = _SAME_AS.get(names[0], names[0])
    return name if name in _PLAIN else ""


# ---- descriptions


def _description(schema: Schema, inputs: Iterable[Mapping[str, str]]) -> str:
    """Columns and types, where neither the type alone nor an input tells; not how many this run had."""
    shape = schema.get("shape")
    if "columns" in schema and shape:
        return _of_table(schema["columns"], inputs)
    if not shape or "dtype" not in schema or len(shape) == 1:
        return ""
    return f"{schema['dtype']} values in {len(shape)} dimensions."


def _of_table(columns: Mapping[str, str], inputs: Iterable[Mapping[str, str]]) -> str:
    """What it has beside the input that has most of it; all, if it lacks something of each."""
    added = [_beside(columns, other) for other in inputs if other.items() <= columns.items()]
    if not added:
        return f"Columns: {_columns(columns)}." if _is_named(columns) else ""
    fewest = min(added, key=len)
    return f"Adds {_counted(fewest)}: {_columns(fewest)}." if _is_named(fewest) else ""


def _is_named(columns: Iterable[str]) -> bool:
    """Is there a name that may be told?"""
    return not all(name.startswith("#") for name in columns)


def _counted(columns: Collection[str]) -> str:
    return "a column" if len(columns) == 1 else "columns"


def _beside(columns: Mapping[str, str], others: Mapping[str, str]) -> dict[str, str]:
    return {name: dtype for name, dtype in columns.items() if name not in others}


def _added(name: str, before: Schema, after: Schema) -> str:
    """Which columns a table has got, if nothing else about its columns is new."""
    one, two = before.get("columns", {}), after.get("columns", {})
    new = _beside(two, one) if one.items() <= two.items() else {}
    return f"Adds {_counted(new)} to {name}: {_columns(new)}." if _is_named(new) else ""


def _columns(columns: Mapping[str, str]) -> str:
    """Columns by what they hold: ``alcohol, ash, ... (13, float); vintage (integer)``.

    Those that may have the name of a value are counted alone.
    """
    families: dict[str, list[str]] = {}
    for name, dtype in columns.items():
        word = next((word for start, word in _FAMILIES if dtype.startswith(start)), dtype)
        families.setdefault(word, []).append(name)
    return "; ".join(_family(word, names) for word, names in families.items())


def _family(word: str, names: list[str]) -> str:
    shown = [name for name in names if not name.startswith("#")][:_NAMED]
    if not shown:
        return f"{len(names)} ({word})"
    is_whole = len(names) == len(shown)
    return (
        f"{', '.join(shown)} ({word})"
        if is_whole
        else f"{', '.join(shown)}, ... ({len(names)}, {word})"
    )
