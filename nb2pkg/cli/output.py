"""What nb2pkg promote says of what it did."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nb2pkg import escape
from nb2pkg.cli import fresh_env, verdicts
from nb2pkg.cli.report import as_json, detailed, give, say
from nb2pkg.errors import Nb2pkgError
from nb2pkg.files import on_disk
from nb2pkg.merge import Choices, Conflict, Merged, Resolve
from nb2pkg.observed import Recording
from nb2pkg.paths import source_of
from nb2pkg.plan.model import Definition, Plan, Step
from nb2pkg.problems import QUIET
from nb2pkg.project import manifest
from nb2pkg.promote import conflicts
from nb2pkg.promote.build import Promotion
from nb2pkg.promote.linted import Lint, lint
from nb2pkg.promote.source import Origin
from nb2pkg.promote.update import Update

_MOST_RULES = 8  # of them, each is named with its count; all are among the exceptions
_NOT_REACHED = "the pipeline ends before it, so no test can run it: NB505"

if TYPE_CHECKING:
    from nb2pkg.fresh.trial import Trial
    from nb2pkg.promote.verified import VerifiedPromotion


def print_carried(origin: Origin) -> None:
    """What was changed in the narrative, and what became of it."""
    carried = origin.carried
    if carried is None:
        return
    taken = [f"{how} {cell}" for cell, how in carried.taken.items()]
    if taken:
        say(f"Taken from the narrative: {', '.join(taken)}")
    for cell, why in carried.left.items():
        say(f"Left in the narrative as it is: {cell} ({why})")


def difference(found: Update) -> str:
    change = found.change
    parts: list[str] = []
    for path in sorted((*change.created, *change.updated, *change.removed)):
        if path.startswith(manifest.FOLDER):
            continue
        before = on_disk(found.promotion.place / path) or ""
        here = found.promotion.paths.on_disk(path)
        text = "" if path in change.removed else found.files[path]
        lines = difflib.unified_diff(
            before.splitlines(keepends=True),
            text.splitlines(keepends=True),
            f"a/{here}",
            f"b/{here}",
        )
        parts.extend(line if line.endswith("\n") else line + "\n" for line in lines)
    return "".join(parts)


def print_promotion(
    promotion: Promotion,
    update: Update | None,
    outcome: VerifiedPromotion | None,
    machine: bool,
    values: bool,
    tried: Trial | Nb2pkgError | None = None,
) -> None:
    """Print what was promoted. tried: the result in a fresh environment, if it is printed here."""
    linted = lint(promotion.place, _changed(update)) if update is not None else None
    if machine:
        found = _as_json(promotion, update)
        if linted is not None:
            found["lint"] = {"counts": dict(linted.counts), "exceptions": linted.exceptions}
        if outcome is not None:
            found["verification"] = verdicts.as_json(outcome.verification, outcome.finding, values)
            found["recorded"] = _recorded_as_json(outcome.recording)
            found["left_behind"] = [verdicts.found_as_json(f, values) for f in outcome.tried]
        if tried is not None:
            found["fresh"] = fresh_env.as_json(tried, values)
        give(json.dumps(found, indent=1, ensure_ascii=False))
        return
    for line in [*_rounds(outcome, values), *_summary(promotion, update), *_rules(linted)]:
        say(line)
    if update is not None:
        give(promotion.project)


def _rounds(outcome: VerifiedPromotion | None, values: bool) -> list[str]:
    """What running said: what each round left behind, and the verdicts in the end."""
    if outcome is None:
        return []
    tried = [line for found in outcome.tried for line in verdicts.differences(found, values)]
    left = (
        [*tried, "The code that caused these differences was left in the notebook.", ""]
        if tried
        else []
    )
    tests = _recorded(outcome.recording, outcome.promotion.plan)
    return [*left, *verdicts.table(outcome.verification), *tests, ""]


def _recorded(recording: Recording, plan: Plan) -> list[str]:
    """Which functions have tests on made-up inputs, of how many steps the tests know what they gave,
    and of which values no more than structure; why they know nothing of the others."""
    tested = sum(bool(found.cases) for found in recording.examples.values())
    functions = f"{tested} of {_counted(len(recording.examples), 'function')} on made-up inputs"
    loose = [f"{n}'s {', '.join(s.loose)}" for n, s in recording.steps.items() if s.loose]
    count = len(recording.steps.keys() & plan.pipeline.calls.keys())
    known = f"{count} of {_counted(len(_not_only_looking(plan)), 'step')} recorded"
    calls = f", {_counted(len(recording.calls), 'call')}" if recording.calls else ""
    structure = f"; only the structure: {'; '.join(loose)}" if loose else ""
    return [
        f"tests: {functions}, {known}{calls}{structure}",
        *_not_tested(recording),
        *_not_recorded(recording, plan),
    ]


def _not_tested(recording: Recording) -> Iterator[str]:
    """A line for each reason why functions have no test on made-up inputs, or differ there."""
    reasons: dict[str, list[str]] = {}
    for symbol, found in recording.examples.items():
        name = symbol.partition(".")[2]
        if found.differs:
            yield f"  differs from its cell on made-up inputs: {name} ({found.differs})"
        elif not found.cases:
            reasons.setdefault(found.reason, []).append(name)
    for reason, names in reasons.items():
        yield f"  not tested on made-up inputs: {', '.join(names)} ({reason})"


def _not_recorded(recording: Recording, plan: Plan) -> Iterator[str]:
    """A line for each reason, with the steps of which nothing was recorded."""
    calls = {step.name: call for call, step in plan.pipeline.calls.items()}
    missing: dict[str, list[str]] = {}
    for step in _not_only_looking(plan):
        call = calls.get(step.name, "")
        if call not in recording.steps:
            why = recording.unknown(call) if call else _NOT_REACHED
            missing.setdefault(why, []).append(step.name)
    for why, names in missing.items():
        yield f"  not recorded: {', '.join(names)} ({why})"


def _not_only_looking(plan: Plan) -> list[Step]:
    """The steps but those that run() leaves to the narrative."""
    looks = {line.step.name for line in plan.pipeline.lines if line.step and line.is_look}
    return [step for step in plan.steps if step.name not in looks]


def _recorded_as_json(recording: Recording) -> dict[str, object]:
    return {
        "steps": {name: {"structure_alone": list(s.loose)} for name, s in recording.steps.items()},
        "calls": list(recording.calls),
        "functions": {
            symbol: {"examples": len(found.cases), "reason": found.reason, "differs": found.differs}
            for symbol, found in recording.examples.items()
        },
        "stopped": recording.stopped,
    }


def _summary(promotion: Promotion, update: Update | None) -> list[str]:
    plan = promotion.plan
    lines = [*_moved(plan), *_stayed(promotion)]
    if update is None:
        return [*lines, "", "Nothing was written: this is a dry run."]
    change = update.change
    lines += ["", *update.again] if update.again else []
    if change.is_empty:
        return [*lines, "", f"{promotion.project} is up to date: nothing was written."]
    lines += [*_kept(update.merged, update.choices)]
    if promotion.undeclared:
        needed = ", ".join(promotion.undeclared)
        lines += [
            "",
            f"It needs {needed}: declare that where {promotion.project} declares its dependencies.",
        ]
    return [
        *lines,
        "",
        f"Wrote {_counted(len(_changed(update)), 'file')} to {promotion.project}",
        *_next(promotion, update.story),
    ]


def _changed(update: Update) -> list[str]:
    """The files that were written, bookkeeping aside, as the project sees them."""
    change, paths = update.change, update.promotion.paths
    written = (p for p in (*change.created, *change.updated) if not p.startswith(manifest.FOLDER))
    return [paths.on_disk(path) for path in written]


def _rules(linted: Lint | None) -> list[str]:
    """What the linter of the project says of what was written, and how to allow for that."""
    if linted is None:
        return []
    most = [f"{count} {code}" for code, count in linted.counts.items()]
    counts = ", ".join([*most[:_MOST_RULES], *(["..."] if most[_MOST_RULES:] else [])])
    total = _counted(sum(linted.counts.values()), "finding")
    return [
        "",
        f"ruff has {total} in these files: {counts}.",
        f"Fix them, or allow them in {linted.settings} for now:",
        *[f"  {line}" for line in linted.exceptions],
    ]


def _kept(merged: Merged, choices: Choices) -> list[str]:
    """What people changed in the package, and what became of it."""
    lines = [f"  {old} is now {new}" for old, new in merged.renamed.items()]
    lines += [f"  kept {edit}" for edit in merged.kept]
    lines += [f"  no longer required: {name}" for name in merged.dropped]
    for conflict in merged.conflicts:
        way = choices.of(conflict.path, conflict.symbol)
        if way is not Resolve.MARKERS:
            lines += [f"  {line}" for line in conflicts.settled(conflict, way)]
    return ["", "What people changed in the package:", *lines] if lines else []


def _moved(plan: Plan) -> list[str]:
    steps = _counted(len(plan.functions), "step")
    definitions = _counted(len(plan.definitions), "definition")
    modules = _counted(len(plan.modules), "module")
    lines = [f"{plan.package}: {steps} and {definitions} in {modules}"]
    names = [step.name for step in plan.functions] + [item.name for item in plan.definitions]
    width = max((32, *map(len, names)))
    for module in plan.modules:
        lines.append(f"  {module.name}.py")
        for item in module.items:
            if item in (*module.definitions, *module.functions):
                lines.append(f"    {item.name:<{width}} from {_cells(plan, item)}")
    return lines


def _cells(plan: Plan, item: Definition | Step) -> str:
    """Where it comes from: several cells, if these are copies."""
    items = plan.calling(item) if isinstance(item, Step) else (item,)
    *others, last = dict.fromkeys(str(each.cell + 1) for each in items)
    return f"cells {', '.join(others)} and {last}" if others else f"cell {last}"


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _stayed(promotion: Promotion) -> list[str]:
    loud = [p for p in promotion.problems if p.code not in QUIET]
    quiet = [p for p in promotion.problems if p.code in QUIET]
    lines = ["", f"{_counted(len(loud), 'thing')} to look at:"] if loud else []
    lines += [f"  {line}" for line in detailed(promotion.plan.notebook, loud)]
    if quiet:
        lines += ["", "Good to know:"]
        lines += [
            f"  {line}" for line in detailed(promotion.plan.notebook, quiet) if "hint:" not in line
        ]
    return lines


def _next(promotion: Promotion, story: str) -> list[str]:
    plan = promotion.plan
    return [
        "Next:",
        f"  read   {escape.shell(promotion.place / source_of(plan.package))}",
        f"  test   {_test(promotion)}",
        f"  story  {escape.shell(os.path.normpath(promotion.place / story))}",
    ]


def _test(promotion: Promotion) -> str:
    if promotion.paths.is_own:
        extra = escape.shell(f"{promotion.project}[test]")
        return f"pip install -e {extra} && python -m pytest {escape.shell(promotion.project)}"
    return f"python -m pytest {escape.shell(promotion.place / 'tests')}"


def _conflict(conflict: Conflict, choices: Choices) -> dict[str, object]:
    resolve = choices.of(conflict.path, conflict.symbol)
    return {
        "path": conflict.path,
        "symbol": conflict.symbol,
        "reason": conflict.reason,
        "settled": resolve.value,
        "dropped": list(conflicts.dropped(conflict, resolve)),
    }


def _as_json(promotion: Promotion, update: Update | None) -> dict[str, object]:
    plan = promotion.plan
    return {
        "package": plan.package,
        "project": str(promotion.project),
        "written": update is not None and not update.change.is_empty,
        "kept": list(update.merged.kept) if update else [],
        "renamed": dict(update.merged.renamed) if update else {},
        "conflicts": (
            [_conflict(c, update.choices) for c in update.merged.conflicts] if update else []
        ),
        "promote_again": list(update.again) if update else [],
        "modules": [
            {
                "name": module.name,
                "definitions": [{"name": d.name, "cell": d.cell + 1} for d in module.definitions],
                "steps": [
                    {
                        "name": s.name,
                        "cell": s.cell + 1,
                        "copies": [copy.cell + 1 for copy in plan.calling(s)[1:]],
                        "params": list(s.inside(s.params)),
                        "keywords": [*(e.name for e in s.settings), *(k.name for k in s.keywords)],
                        "returns": list(s.inside(s.returns)),
                    }
                    for s in module.functions
                ],
            }
            for module in plan.modules
        ],
        "problems": [as_json(problem) for problem in promotion.problems],
        "files": sorted(
            promotion.paths.on_disk(path)
            for path in promotion.files
            if not path.startswith(manifest.FOLDER)
        ),
    }
