"""Steps and definitions: their code as it is on disk now, their verdicts, tests and cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from nb2pkg.errors import Nb2pkgError
from nb2pkg.links import Link
from nb2pkg.manifest import Manifest
from nb2pkg.review import changes, checks
from nb2pkg.review import modules as modules_of
from nb2pkg.review.model import Symbol, Value
from nb2pkg.review.modules import Module
from nb2pkg.review.stories import Sources, Stories
from nb2pkg.verify.verdicts import Verdict


def found(sources: Sources, stories: Stories) -> tuple[tuple[Symbol, ...], int]:
    """Steps and definitions in the order of the notebook, and the number of tests."""
    known = sources.known
    steps = {step.symbol: step for step in known.steps}
    cells_of: dict[str, list[str]] = {}
    for cell, made in known.content.get("links", {}).items():
        for symbol in made if isinstance(made, list) else ():
            if _is_dotted(symbol):
                cells_of.setdefault(symbol, []).append(cell)
    for symbol, step in steps.items():
        if _is_dotted(symbol):
            cells_of[symbol] = list(step.cells)
    tests, count = checks.found(sources.project, tuple(cells_of))
    read = _modules(sources, {symbol.rpartition(".")[0] for symbol in cells_of})
    made = [
        _symbol(sources, symbol, steps.get(symbol), cells, read, stories)
        for symbol, cells in cells_of.items()
    ]
    made = [replace(symbol, tests=tests[symbol.symbol]) for symbol in made]
    last = len(sources.cells)
    made.sort(key=lambda s: (s.cells[-1].number if s.cells else last + 1, s.code.line, s.symbol))
    return tuple(made), count


def _is_dotted(symbol: object) -> bool:
    """A name of the package: a manifest may have been written by anybody, and names become paths."""
    return (
        isinstance(symbol, str)
        and "." in symbol
        and all(part.isidentifier() for part in symbol.split("."))
    )


def _modules(sources: Sources, names: set[str]) -> Mapping[str, tuple[Module, Module]]:
    """Each module as it is on disk, and as it was generated."""
    package = sources.known.package
    if not package.isidentifier():
        raise Nb2pkgError(f"{sources.project}: the manifest names no package")
    found = {}
    for name in sorted(names):
        path = f"src/{package}/{name.replace('.', '/')}.py"
        texts = changes.text_of(sources.project, path), changes.base_of(sources.project, path)
        found[name] = modules_of.parsed(path, texts[0]), modules_of.parsed(path, texts[1])
    return found


def _symbol(
    sources: Sources,
    symbol: str,
    step: Link | None,
    ids: list[str],
    read: Mapping[str, tuple[Module, Module]],
    stories: Stories,
) -> Symbol:
    module, _, name = symbol.rpartition(".")
    now, before = (modules_of.code(text, name) for text in read[module])
    cells = [sources.cells[cell] for cell in ids if cell in sources.cells]
    seen = _mapping(_mapping(_mapping(sources.known.content, "observed"), "steps"), symbol)
    verdict, notes = _judged(sources.known, symbol) if step else ("", ())
    return Symbol(
        symbol,
        "step" if step else "definition",
        verdict,
        notes,
        cells=tuple(map(stories.of, cells)),
        missing=tuple(cell for cell in ids if cell not in sources.cells) if cells else (),
        code=now,
        is_edited=bool(before.text) and now.text != before.text,
        is_rewritten=name in sources.known.rewritten,
        values=tuple(_values(step, seen)) if step else (),
        files=tuple(_files(seen)),
        issues=stories.issues(tuple(ids)),
    )


def _mapping(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = content.get(key)
    return value if isinstance(value, dict) else {}


def _judged(known: Manifest, symbol: str) -> tuple[str, tuple[str, ...]]:
    """The verdict of a step; one that was not run is known by analysis only."""
    entry = _mapping(_mapping(known.content, "verified"), "steps").get(symbol)
    if not isinstance(entry, list | tuple) or len(entry) != 2 or not isinstance(entry[1], list):
        return Verdict.STATIC.value, ("not run",)
    return str(entry[0]), tuple(map(str, entry[1]))


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
    parts = [f"{label}: {dtype}" for label, dtype in list(columns.items())[:30]]
    parts += [f"and {len(columns) - 30} more"] if len(columns) > 30 else []
    if schema.get("dtype"):
        parts.append(f"of {schema['dtype']}")
    if schema.get("missing"):
        parts.append(f"{schema['missing']} missing")
    kind = str(schema.get("public") or schema.get("type") or "")
    return Value(name, kind, size, ", ".join(parts), role)


def _files(seen: Mapping[str, Any]) -> Iterator[str]:
    for key in ("reads", "writes"):
        paths = seen.get(key)
        for path in paths if isinstance(paths, list) else ():
            yield f"{key} {path}"
