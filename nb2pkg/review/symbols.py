"""Steps and definitions: their code as it is on disk now, their verdicts, tests and cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nb2pkg.attempts.model import SHORT
from nb2pkg.observed import Verdict
from nb2pkg.paths import path_of
from nb2pkg.plan.provenance import Link
from nb2pkg.project import locate
from nb2pkg.project.manifest import Made
from nb2pkg.review import changes, checks
from nb2pkg.review import modules as modules_of
from nb2pkg.review.model import Symbol, Value
from nb2pkg.review.modules import Module
from nb2pkg.review.stories import Sources, Stories


def collect(sources: Sources, stories: Stories) -> tuple[tuple[Symbol, ...], int]:
    """Steps and definitions in the order of the notebook, and the number of tests."""
    known = sources.known
    tests, count = checks.collect(
        sources.project, tuple(dict.fromkeys(made.symbol for made in known.made))
    )
    read = _modules(
        sources, {_module(name) for m in known.made for name in (m.symbol, m.generated)}
    )
    of_cells: dict[str, list[Symbol]] = {}
    for made in known.made:
        symbol = replace(_symbol(sources, made, read, stories), tests=tests[made.symbol])
        of_cells.setdefault(made.symbol, []).append(symbol)
    symbols = [_of_all(alike) for alike in of_cells.values()]
    last = len(sources.cells)
    symbols.sort(key=lambda s: (s.cells[-1].number if s.cells else last + 1, s.code.line, s.symbol))
    return tuple(_said_once(symbols)), count


def _said_once(symbols: Sequence[Symbol]) -> Iterator[Symbol]:
    """What the code says itself is not repeated; of a value that was described before, only where."""
    described: dict[Value, str] = {}
    for symbol in symbols:
        types, doc = modules_of.documented(symbol.code.text)
        own = []
        for value in dict.fromkeys(symbol.values):
            first = described.setdefault(replace(value, role=""), symbol.symbol)
            if first != symbol.symbol and (value.columns or value.detail):
                own.append(Value(value.name, role=value.role, as_in=first))
                continue
            name = "return" if value.role == "returns" else value.name
            is_said = all(label in doc for label, _ in value.columns)
            own.append(
                replace(
                    value,
                    type="" if name in types else value.type,
                    columns=() if is_said else value.columns,
                )
            )
        yield replace(symbol, values=tuple(own))


def _of_all(alike: Sequence[Symbol]) -> Symbol:
    """One function that several cells call, with what is known of each call."""
    first = next((s for s in alike if s.verdict != Verdict.EXACT.value), alike[0])
    return replace(
        first,
        cells=tuple(cell for symbol in alike for cell in symbol.cells),
        missing=tuple(cell for symbol in alike for cell in symbol.missing),
        values=tuple(value for symbol in alike for value in symbol.values),
        files=tuple(dict.fromkeys(file for symbol in alike for file in symbol.files)),
        issues=tuple(issue for symbol in alike for issue in symbol.issues),
    )


def _module(symbol: str) -> str:
    return symbol.rpartition(".")[0]


def _modules(sources: Sources, names: set[str]) -> Mapping[str, tuple[Module, Module]]:
    """Each module as it is on disk, and as it was generated."""
    found = {}
    generated = locate.generated(sources.project)
    for name in sorted(names):
        path = path_of(sources.known.package, name)
        texts = changes.text_of(sources.project, path), generated.get(path)
        found[name] = modules_of.parsed(path, texts[0]), modules_of.parsed(path, texts[1])
    return found


def _symbol(
    sources: Sources, made: Made, read: Mapping[str, tuple[Module, Module]], stories: Stories
) -> Symbol:
    now = modules_of.code(read[_module(made.symbol)][0], made.symbol.rpartition(".")[2])
    before = modules_of.code(read[_module(made.generated)][1], made.generated.rpartition(".")[2])
    cells = [sources.cells[cell] for cell in made.cells if cell in sources.cells]
    verdict, notes = _judged(made) if made.step else ("", ())
    return Symbol(
        made.symbol,
        "step" if made.step else "definition",
        verdict,
        notes,
        cells=tuple(map(stories.of, cells)),
        missing=tuple(c for c in made.cells if c not in sources.cells) if cells else (),
        code=now,
        is_edited=bool(before.text) and now.text != before.text,
        is_rewritten=made.is_rewritten,
        values=tuple(_values(made.step, made.observed)) if made.step else (),
        files=tuple(_files(made.observed)),
        issues=stories.issues(made.cells),
        attempt=made.attempt[:SHORT],
    )


def _mapping(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = content.get(key)
    return value if isinstance(value, dict) else {}


def _judged(made: Made) -> tuple[str, tuple[str, ...]]:
    """The verdict of a step; one that was not run is known by analysis only."""
    if not made.verified:
        return Verdict.STATIC.value, ("not run",)
    return made.verified["verdict"], tuple(made.verified["notes"])


def _values(step: Link, seen: Mapping[str, Any]) -> Iterator[Value]:
    """What a step takes, gives and changes, with what a run showed of it."""
    takes, returns = _mapping(seen, "takes"), _mapping(seen, "returns")
    for name in step.params:
        yield _value(name, _mapping(takes, name), "changes" if name in step.changes else "takes")
    for name in step.returns:
        yield _value(name, _mapping(returns, name), "returns")


def _value(name: str, schema: Mapping[str, Any], role: str) -> Value:
    shape = schema.get("shape")
    size = " × ".join(map(str, shape)) if isinstance(shape, list) else ""
    if not size and "items" in schema:
        size = f"{schema['items']} items"
    columns = _mapping(schema, "columns")
    parts = [f"of {schema['dtype']}"] if schema.get("dtype") else []
    if schema.get("missing"):
        parts.append(f"{schema['missing']} missing")
    kind = str(schema.get("public") or schema.get("type") or "")
    labels = tuple((str(label), str(dtype)) for label, dtype in columns.items())
    return Value(name, kind, size, labels, ", ".join(parts), role)


def _files(seen: Mapping[str, Any]) -> Iterator[str]:
    for key in ("reads", "writes"):
        paths = seen.get(key)
        for path in paths if isinstance(paths, list) else ():
            yield f"{key} {path}"
