"""Settle by running: the candidates first, then orders near the best of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from nb2pkg.execution import replay, session
from nb2pkg.execution.model import Conditions
from nb2pkg.model import Notebook
from nb2pkg.order import trial
from nb2pkg.order.choose import orders_to_try
from nb2pkg.order.model import (
    Candidate,
    Certainty,
    Kind,
    Mismatch,
    Order,
    OrderFinding,
    Summary,
    Trial,
)
from nb2pkg.order.reads import candidate
from nb2pkg.order.variations import variations

_MOST_RUNS = 12
_EXCUSED = "differs from run to run"


@dataclass(slots=True)
class _Runs:
    """What was run so far, and what is stored to compare it with."""

    opened: session.Session
    found: Sequence[Summary]
    kept: replay.Stored
    outcomes: list[replay.Outcome] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    causes: dict[int, str] = field(default_factory=dict)
    count: int = 0

    def run(self, option: Candidate) -> Trial:
        """Run a candidate, or take what is known of one that begins like it."""
        done = trial.repeated(self.outcomes, option.cells)
        if done is None:
            self.count += 1
            done = replay.run(self.opened, option.cells, f"order {self.count}")
        self.outcomes.append(done)
        self.trials.append(trial.judged(option, done, self.kept, self.opened.notebook))
        return self.trials[-1]

    @property
    def best(self) -> Trial:
        """The first of those with the highest score; of cells left out none has run."""
        return max(self.trials, key=lambda t: t.score)


def settle(
    path: Path,
    finding: OrderFinding,
    found: Sequence[Summary],
    conditions: Conditions,
    say: session.Say,
) -> OrderFinding:
    """The finding after running: the order that runs furthest, and shows most of what is stored."""
    with trial.session(path, conditions, say) as opened:
        runs = _Runs(opened, found, replay.stored(opened.notebook))
        _run_candidates(runs, finding)
        shaky = _shaky(runs)
        if not _is_full(runs.best, shaky):
            _run_variations(runs, shaky)
        return _settled(finding, runs, shaky, opened.notebook)


def _run_candidates(runs: _Runs, finding: OrderFinding) -> None:
    """Run them until one does all that can be asked."""
    known = {option.cells: option for option in finding.candidates}
    for order in orders_to_try(finding):
        option = known.get(order) or candidate(finding.chosen.kind, order, runs.found)
        if _is_full(runs.run(option)):
            return


def _is_full(done: Trial, shaky: frozenset[int] = frozenset()) -> bool:
    return done.ran_through and not _unexcused(done, shaky)


def _unexcused(done: Trial, shaky: frozenset[int]) -> list[int]:
    return [wrong.cell for wrong in done.mismatches if wrong.cell not in shaky]


def _shaky(runs: _Runs) -> frozenset[int]:
    """Cells of the best order that show something else when it is run again."""
    best = runs.best
    if not any(wrong.cell != best.stopped_at for wrong in best.mismatches):
        return frozenset()
    done = next(o for o in runs.outcomes if o.order == best.candidate.cells)
    seed = runs.opened.conditions.seed + 1
    other = replace(runs.opened, conditions=replace(runs.opened.conditions, seed=seed))
    second = replay.run(other, best.candidate.cells, session.AGAIN)
    shaky = replay.unstable(done, second)
    runs.causes |= asyncio.run(replay.causes(runs.opened, done, shaky))
    return shaky


def _run_variations(runs: _Runs, shaky: frozenset[int]) -> None:
    """Climb: from the best order to a better one beside it, as long as runs are left."""
    tried = {done.candidate.cells for done in runs.trials}
    limit = runs.count + _MOST_RUNS
    best = runs.best
    waiting = _near(best, runs, shaky)
    while runs.count < limit:
        order = next((order for order in waiting if order not in tried), None)
        if order is None:
            return
        tried.add(order)
        option = candidate(Kind.TRIED, order, runs.found)
        if not option.may_work:
            continue
        if runs.run(option).score > best.score:
            best = runs.trials[-1]
            waiting = _near(best, runs, shaky)
        if _is_full(best, shaky):
            return


def _near(best: Trial, runs: _Runs, shaky: frozenset[int]) -> Iterator[Order]:
    return variations(best.candidate.cells, _unexcused(best, shaky), runs.found)


def _settled(
    finding: OrderFinding, runs: _Runs, shaky: frozenset[int], notebook: Notebook
) -> OrderFinding:
    best = runs.best
    done = next(o for o in runs.outcomes if o.order == best.candidate.cells)
    best = trial.judged(best.candidate, done, runs.kept, notebook, runs.outcomes)
    wrong = tuple(_excused(item, shaky, runs.causes) for item in best.mismatches)
    best = replace(best, mismatches=wrong)
    trials = (best, *(t for t in runs.trials if t.candidate.cells != best.candidate.cells))
    full = _is_full(best, shaky)
    same = best.candidate.cells == finding.chosen.cells
    return replace(
        finding,
        chosen=best.candidate,
        certainty=Certainty.RUN if full else (finding.certainty if same else Certainty.GUESSED),
        why=finding.why if same else _why(full),
        trials=trials,
    )


def _excused(item: Mismatch, shaky: frozenset[int], causes: replay.Causes) -> Mismatch:
    if item.cell not in shaky:
        return item
    why = f"{_EXCUSED}: {causes[item.cell]}" if item.cell in causes else _EXCUSED
    return replace(item, why=why)


def _why(full: bool) -> str:
    if full:
        return "it runs, and shows again what is stored"
    return "of the orders that were run, this one gets furthest and shows most of what is stored"
