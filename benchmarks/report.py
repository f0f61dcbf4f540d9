"""Run trials side by side, and print them as a table with totals."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path
from statistics import median

from benchmarks.trial import (
    CRASHED,
    EQUAL,
    NAMED,
    REFUSED,
    SILENT,
    UNRUNNABLE,
    VERDICTS,
    Case,
    Settings,
    Trial,
    attempt,
)

LITTLE = 0.5
SHOWN = 3


def run_all(
    cases: Sequence[Case], settings: Settings, jobs: int, done: Callable[[Trial], None]
) -> list[Trial]:
    """Try all cases, `jobs` at a time; `done` is called for each as it ends."""
    found: dict[str, Trial] = {}
    with ProcessPoolExecutor(jobs) as pool:
        futures = {pool.submit(attempt, case, settings): case for case in cases}
        for future in as_completed(futures):
            case = futures[future]
            if future.exception():  # such as a kernel that did not come up: that is no verdict
                future = pool.submit(attempt, case, settings)
            trial = _outcome(future, case.name)
            found[trial.name] = trial
            done(trial)
    return [found[case.name] for case in cases]


def _outcome(future: Future[Trial], name: str) -> Trial:
    """A fault of this benchmark in one trial must not lose the others."""
    error = future.exception()
    return Trial(name, CRASHED, message=repr(error)) if error else future.result()


def row(trial: Trial, note: str = "") -> str:
    """One line of the table, and the first differences below it."""
    share = "    -" if trial.share is None else f"{trial.share:5.0%}"
    seconds = f"{trial.seconds.get('promote', 0):5.1f}s {trial.seconds.get('narrative', 0):5.1f}s"
    lines = [
        f"{trial.name:34} {trial.verdict:8} {share} {trial.lines:5} {seconds}  {note}".rstrip()
    ]
    if trial.verdict in (SILENT, NAMED):
        lines += [f"    {text}" for text in trial.differences[:SHOWN]]
        more = len(trial.differences) - SHOWN
        lines += [f"    and {more} more"] if more > 0 else []
    if trial.verdict == CRASHED or (trial.verdict == REFUSED and not note.startswith("refuse")):
        lines += [
            f"    {text}" for text in (trial.differences or trial.message.split("\n")[-SHOWN:])
        ]
    for word, reason in (("install", trial.uninstallable), ("tests", trial.failing)):
        lines += [f"    {word}: {line}" for line in (reason or "").splitlines()]
    if trial.verdicts:
        counts = ", ".join(f"{count} {verdict}" for verdict, count in trial.verdicts.items())
        lines.append(f"    steps: {counts}")
    lines += _pipeline(trial)
    if trial.missing:
        lines.append(f"    missing: {', '.join(trial.missing)}")
    return "\n".join(lines)


def _pipeline(trial: Trial) -> list[str]:
    """What the pipeline gives, and where that is not what the notebook has."""
    found = trial.piped
    if not found:
        return []
    told = found["told"]
    ended = "asks for values" if found["needs"] else found["error"]
    early = ", ends early" if told["ends early"] else ""
    left_out = f", {told['left out']} left out" if told["left out"] else ""
    first = ended or f"{found['same']} values as in the notebook{early}{left_out}"
    different = [f"another value at its end: {text}" for text in found["different"][:SHOWN]]
    return [f"    pipeline: {line}" for line in (*first.splitlines(), *different)]


def is_piped(trial: Trial) -> bool:
    """Whether the pipeline runs, and what it gives is the notebook's.

    One that ends early, with a reason, gives what a later cell may still change: then the word of
    the tool is taken, which compares where the pipeline ends.
    """
    found = trial.piped
    if not found or (found["error"] and not found["needs"]):
        return False
    told = found["told"]
    is_sound = not (told.get("different") or told.get("error"))
    return is_sound and (not found["different"] or told["ends early"])


def first_figures(trials: Sequence[Trial]) -> str:
    """The figures that come first, of all notebooks that ran."""
    ran = [trial for trial in trials if trial.verdict != UNRUNNABLE]
    accepted = [trial for trial in ran if trial.verdict not in (REFUSED, CRASHED)]
    figures = {
        "accepted": len(accepted),
        "package installs and imports": sum(trial.uninstallable == "" for trial in accepted),
        "equal to the notebook's own run": sum(trial.verdict == EQUAL for trial in accepted),
        "generated tests pass": sum(trial.failing == "" for trial in accepted),
        "pipeline runs and gives what the notebook has": sum(map(is_piped, accepted)),
    }
    return "\n".join(
        f"{name}: {count} of {len(ran)} ({count / max(1, len(ran)):.0%})"
        for name, count in figures.items()
    )


def totals(trials: Sequence[Trial], expected_equal: Iterable[str]) -> str:
    """The figures that count."""
    trials = [trial for trial in trials if trial.verdict != UNRUNNABLE]
    wanted = [trial for trial in trials if trial.name in set(expected_equal)]
    counts = Counter(trial.verdict for trial in trials)
    shares = [trial.share for trial in trials if trial.share is not None and trial.verdict == EQUAL]
    little = [trial.name for trial in trials if trial.share is not None and trial.share < LITTLE]
    missing = sum(bool(trial.missing) for trial in trials)
    costs = [trial.cost for trial in trials if trial.cost is not None]
    observing = f"{median(costs):.1%} at the median" if costs else "not measured"
    lines = [
        "  ".join(f"{verdict} {counts[verdict]}" for verdict in VERDICTS),
        f"equal, of those that should be: {sum(t.verdict == EQUAL for t in wanted)} of {len(wanted)}",
        f"silently wrong: {counts[SILENT]} of {len(trials)}",
        (
            f"mean share of logic lines moved, where equal: {sum(shares) / len(shares):.0%}"
            if shares
            else "nothing moved"
        ),
        f"cost of observing, of the cells' own CPU time: {observing}",
        f"narratives that lack variables of the original: {missing}",
        f"moved less than {LITTLE:.0%}: {', '.join(little) or 'none'}",
    ]
    return "\n".join(lines)


def save(path: Path, trials: Sequence[Trial]) -> None:
    """Write the outcomes as JSON."""
    path.write_text(
        json.dumps([trial.as_json() for trial in trials], indent=1, ensure_ascii=False),
        encoding="utf-8",
    )


class Clock:
    """Wall time since it was made."""

    def __init__(self) -> None:
        self.started = time.monotonic()

    def __str__(self) -> str:
        return f"{time.monotonic() - self.started:.0f} s"
