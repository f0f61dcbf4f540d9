"""From a plan, and from what a run showed, to the content of the manifest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

from nb2pkg import escape
from nb2pkg.flow.model import Engine
from nb2pkg.graph import fingerprint
from nb2pkg.model import Problem
from nb2pkg.notebook import repair, tags
from nb2pkg.observed import Observed
from nb2pkg.paths import OWN, PackagePaths, variable_of
from nb2pkg.plan import provenance
from nb2pkg.plan.model import Plan
from nb2pkg.plan.provenance import Link
from nb2pkg.plan.request import Given, Part
from nb2pkg.project import cell_match
from nb2pkg.project.manifest.model import VERSION, Made, Manifest, parse_made
from nb2pkg.requirements.model import Need

NO_ENGINE = Engine()
NONE_GIVEN: Mapping[Part, Given] = MappingProxyType({})


def content(
    plan: Plan,
    notebook: str,
    everything: bool,
    paths: PackagePaths = OWN,
    python: str = "",
    refused: Mapping[str, list[str]] | None = None,
    names: Mapping[Part, Given] = NONE_GIVEN,
    looking: frozenset[str] = frozenset(),
    apart: frozenset[str] = frozenset(),
    engine: Engine = NO_ENGINE,
) -> dict[str, Any]:
    """The manifest of a plan, without what a run showed but for the statements that it refused.

    names: what a person gave, to be remembered. looking: cells that the run saw change nothing. apart:
    those that it showed to share no function with others. engine: what runs the steps as tasks, and which cells
    the run showed to belong together there.
    """
    made = _made(plan)
    own = repair.own_ids(plan.notebook.document["cells"])
    return {
        "version": VERSION,
        "notebook": notebook,
        "story": f"notebooks/{PurePosixPath(notebook).name}",
        "package": plan.package,
        "variable": variable_of(plan.package),
        "everything": everything,
        **({"python": python} if python else {}),
        **({"refused": refused} if refused else {}),
        "pipeline": _pipeline(plan),
        **({} if paths.is_own else {"home": _folders(paths)}),
        **({"names": _given(names)} if names else {}),
        **({"engine": _engine(engine)} if engine.name else {}),
        "cells": {
            cell.id: {
                "digest": fingerprint.of_cell(cell),
                "words": cell_match.words(cell.source),
                **_own_id(cell.id, own[cell.index]),
                "tag": tags.format_tag(cell),
                **({"looks": True} if cell.id in looking else {}),
                **({"apart": True} if cell.id in apart else {}),
                "made": made.get(cell.id, {}),
            }
            for cell in plan.notebook.code
        },
    }


def _own_id(cell: str, own: str) -> dict[str, str]:
    """The id in the notebook, where nobody would think that it is this one."""
    usual = "" if repair.is_made_up(cell) else cell
    return {} if own == usual else {"own": own}


def _pipeline(plan: Plan) -> dict[str, Any]:
    """What has to be passed in, and the cell before which it ends."""
    end = plan.pipeline.ends_before
    cell = plan.notebook.cells[end].id if end is not None else ""
    return {"inputs": list(plan.pipeline.inputs), "ends_before": cell}


def _given(names: Mapping[Part, Given]) -> list[list[Any]]:
    """Cell, part, name and docstring of each."""
    return [[cell, part, given.name, given.doc] for (cell, part), given in sorted(names.items())]


def _engine(engine: Engine) -> dict[str, Any]:
    together = {"together": [list(cells) for cells in engine.together]} if engine.together else {}
    stuck = {"stuck": list(engine.stuck)} if engine.stuck else {}
    left_out = {"left_out": engine.left_out} if engine.left_out else {}
    return {"name": engine.name, **together, **stuck, **left_out}


def _folders(paths: PackagePaths) -> dict[str, str]:
    return {"source": paths.source, "tests": paths.tests, "stories": paths.stories}


def problems_text(plan: Plan, problems: Iterable[Problem]) -> str:
    """The text of the file that tells what stayed and why, and what else is worth a look."""
    lines = (_problem_entry(plan, problem) for problem in problems)
    return "".join(f"{escape.surrogates(json.dumps(line, ensure_ascii=False))}\n" for line in lines)


def _problem_entry(plan: Plan, problem: Problem) -> list[Any]:
    place = problem.place
    if place is None:
        return ["", problem.code, None, problem.message]
    return [plan.notebook.cells[place.cell].id, problem.code, place.line, problem.message]


def _made(plan: Plan) -> dict[str, dict[str, dict[str, Any]]]:
    steps = {(link.cells[-1], link.symbol): asdict(link) for link in provenance.of_steps(plan)}
    rewritten = provenance.rewritten(plan)
    shared = {f"{item.module}.{item.name}": item.shared_from for item in plan.definitions}
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for cell, symbols in provenance.by_cell(plan).items():
        for symbol in symbols:
            step = _written(steps.get((cell, symbol), {}))
            name = symbol.rpartition(".")[2]
            is_rewritten = {"rewritten": True} if name in rewritten else {}
            record: dict[str, Any] = {"step": step} if step else is_rewritten
            shared_from = shared.get(symbol)
            if shared_from is not None:
                record["lent"] = {
                    "symbol": f"{shared_from.module}.{name}",
                    "code": shared_from.code,
                }
            found.setdefault(cell, {})[symbol] = record
    return found


def _written(link: Mapping[str, Any]) -> dict[str, Any]:
    """A link without its symbol, which is the key, and without what it has none of."""
    return {key: value for key, value in link.items() if value and key != "symbol"}


def with_base(content: Mapping[str, Any], digests: Mapping[str, str]) -> dict[str, Any]:
    """The content with the digests of symbols as they are generated: "module.name" to digest."""
    return _with_symbols(
        content,
        lambda _, symbol, made: (
            {**made, "base": digests[symbol]} if symbol in digests else dict(made)
        ),
    )


def _with_symbols(
    content: Mapping[str, Any],
    changed: Callable[[str, str, Mapping[str, Any]], dict[str, Any]],
) -> dict[str, Any]:
    """The content with other facts of symbols; changed: from cell, symbol and facts to facts."""
    cells = {
        cell: {
            **record,
            "made": {
                symbol: changed(cell, symbol, made) for symbol, made in record["made"].items()
            },
        }
        for cell, record in content["cells"].items()
    }
    return {**content, "cells": cells}


def with_run(
    content: Mapping[str, Any],
    observed: Observed,
    code: Mapping[str, str],
    upstream: Mapping[str, str],
    needs: Iterable[Need] | None = None,
) -> dict[str, Any]:
    """The content with what a run showed: kept, since that day is the last on which it sure works.

    code: symbol to the digest of its code and all that it uses; upstream: cell id to that of the cell
    and all that feeds it. needs: modules that the run showed to be needed; None where nobody looked.
    """
    found = _with_symbols(
        content,
        lambda cell, symbol, made: {
            **made,
            **_shown(parse_made(cell, symbol, made), observed, code, upstream),
        },
    )
    return {**found, "run": _run(observed, needs, content.get("run", {}))}


def with_digests(content: Mapping[str, Any], of: Mapping[str, str]) -> dict[str, Any]:
    """The content with digests of what was run, of all files and cells."""
    return {**content, "run": {**content["run"], "of": dict(of)}}


def _run(
    observed: Observed, needs: Iterable[Need] | None, before: Mapping[str, Any]
) -> dict[str, Any]:
    verified = observed.verified
    verdict = {"verdict": verified.verdict, "stopped": verified.stopped} if verified else {}
    if needs is None:
        loaded = before.get("loaded", {})
    else:
        loaded = {need.module: [need.use.value, *need.places] for need in needs}
    data = {
        file.version.path: [file.version.md5, file.version.size, *file.cells]
        for file in observed.data
    }
    return {
        **verdict,
        "environment": observed.environment,
        **({"loaded": loaded} if loaded else {}),
        **({"data": data} if data else {}),
    }


def _shown(
    made: Made, observed: Observed, code: Mapping[str, str], upstream: Mapping[str, str]
) -> dict[str, Any]:
    """What a run showed of one symbol. A definition has the verdict of the package as a whole."""
    found: dict[str, Any] = {"observed": _seen(made.step, observed)} if made.step else {}
    verified = observed.verified
    if verified is None:
        return found
    verdict, notes = verified.steps.get(made.symbol, (verified.verdict, ()))
    found["verified"] = {
        "verdict": verdict,
        "notes": list(notes),
        "code": code.get(made.symbol, ""),
        "fed": upstream.get(made.cells[-1], ""),
        "on": verified.date,
        "python": verified.python,
    }
    return found


def _seen(step: Link, observed: Observed) -> dict[str, Any]:
    """Types and shapes of what a step took and made; which files its cells used."""
    moments = [observed.cells[cell] for cell in step.cells if cell in observed.cells]
    if not moments:
        return {}
    after = moments[-1].after
    return {
        "takes": observed.taken(step.cells, (*step.params, *step.keywords), step.returns),
        "returns": {name: after[name] for name in step.returns if name in after},
        "changes": sorted(observed.changes(step.cells) & set(step.params) - set(step.returns)),
        "reads": sorted({path for moment in moments for path in moment.read}),
        "writes": sorted({path for moment in moments for path in moment.written}),
    }


def following(
    content: Mapping[str, Any],
    renamed: Mapping[str, str],
    before: Manifest | None,
    attempt: str = "",
) -> dict[str, Any]:
    """The content with the engineer's names, and with the older date where nothing else is new.

    attempt: the id of the attempt at the notebook that is promoted. A symbol whose text is as it was came
    from an earlier one.
    """
    old = {(made.cell, made.generated): made for made in (before.made if before else ())}
    return _with_symbols(
        content,
        lambda cell, symbol, made: _from_attempt(
            _followed(symbol, made, renamed, old.get((cell, symbol))),
            old.get((cell, symbol)),
            attempt,
        ),
    )


def _followed(
    generated: str, made: Mapping[str, Any], renamed: Mapping[str, str], old: Made | None
) -> dict[str, Any]:
    rest = {key: value for key, value in made.items() if key != "now"}
    now = renamed.get(generated, generated)
    found = rest if now == generated else {"now": now, **rest}
    verified = found.get("verified")
    if verified and old and {**verified, "on": ""} == {**old.verified, "on": ""}:
        found["verified"] = dict(old.verified)
    return found


def _from_attempt(made: dict[str, Any], old: Made | None, attempt: str) -> dict[str, Any]:
    """The facts of a symbol with the attempt that its text came from."""
    is_as_before = old is not None and old.base == made.get("base", "")
    origin = old.attempt if old is not None and is_as_before else attempt
    rest = {key: value for key, value in made.items() if key != "attempt"}
    return {**rest, "attempt": origin} if origin else rest


def as_text(content: Mapping[str, Any]) -> str:
    """The text of the file: a fact on a line, and all of a cell on a line between its brackets.

    Git takes changes of neighbouring lines for a conflict, and a new cell beside a changed one as well:
    the brackets stay as they are.
    """
    facts = {**content, "version": VERSION}
    entries = [_entry(key, value) for key, value in facts.items() if key != "cells"]
    cells = [
        f"{_json(cell)}: {{\n   {_json(record)[1:-1]}\n  }}"
        for cell, record in facts["cells"].items()
    ]
    return "{\n" + ",\n".join([*entries, _spread("cells", "{}", cells)]) + "\n}\n"


_GROWING = ("refused", "run")  # they have many facts, and each gets a line


def _entry(key: str, value: Any) -> str:
    if key in _GROWING:
        return _spread(key, "{}", [f"{_json(name)}: {_json(fact)}" for name, fact in value.items()])
    if key == "names":
        return _spread(key, "[]", map(_json, value))
    return f" {_json(key)}: {_json(value)}"


def _spread(key: str, brackets: str, lines: Iterable[str]) -> str:
    """One line, or some that belong together, for each entry."""
    inner = ",\n  ".join(lines)
    return f" {_json(key)}: {brackets[0]}\n  {inner}\n {brackets[1]}"


def _json(value: Any) -> str:
    return escape.surrogates(json.dumps(value, ensure_ascii=False))
