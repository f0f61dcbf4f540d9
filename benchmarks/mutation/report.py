"""The table of the scores, and the survivors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.mutation.model import MODULE_LEVEL, Count, Outcome, Score, by_kind

HEAD = (
    f"{'package':12} {'run':>4} {'of':>5}  {'suite':>12}  {'unit':>12}  {'smoke':>12}  "
    "survive  timeout  unreached  aside  seconds"
)


def row(score: Score, survivors: bool = False) -> str:
    """One line for a package, and what is remarkable below it."""
    if score.why_not:
        lines = [f"{score.name:12} {'SUITE FAILS' if score.fails else 'not taken'}  {score.title}"]
        return "\n".join([*lines, *(f"    {line}" for line in score.why_not.splitlines())])
    count = Count.of(score.outcomes)
    note = "" if score.preloaded else "  (libraries imported anew for each run)"
    lines = [
        f"{score.name:12} {count.mutants:4} {score.mutants:5}  {_share(count.suite, count.mutants)}"
        f"  {_share(count.unit, count.mutants)}"
        f"  {_share(count.smoke, count.mutants)}  {_survivors(score.outcomes):7}  {count.timeouts:7}"
        f"  {count.unreached:9}  {count.aside:5}  {sum(score.seconds.values()):7.0f}  {score.title}{note}"
    ]
    lines += [f"    listed as equivalent, and killed: {name}" for name in score.suspicious]
    if survivors:
        lines += [f"    {line}" for o in score.outcomes if o.survives for line in _shown(o)]
    return "\n".join(lines)


def _survivors(outcomes: Iterable[Outcome]) -> int:
    return sum(outcome.survives for outcome in outcomes)


def _share(part: int, whole: int) -> str:
    return f"{part:4} ({part / whole if whole else 0:6.1%})"


def _shown(outcome: Outcome) -> list[str]:
    """A survivor: where, what kind, and its diff."""
    notes = [outcome.kind]
    if not outcome.reached:
        notes.append("no test runs it")
    if outcome.smoke != outcome.suite:
        notes.append(f"smoke test: {outcome.smoke}")
    head = f"{outcome.file}:{outcome.line}: {outcome.name} ({'; '.join(notes)})"
    return [head, *(f"    {line}" for line in outcome.diff)]


def totals(scores: Sequence[Score]) -> str:
    """Sums by kind and in all, raw and without what was set aside."""
    scored = [score for score in scores if not score.why_not]
    outcomes = [outcome for score in scored for outcome in score.outcomes]
    if not outcomes:
        return "no mutant was run"
    lines = ["", f"{'kind':20} {'run':>4}  {'suite':>12}  {'unit':>12}  {'smoke':>12}  aside"]
    lines += [_sums(kind, count) for kind, count in by_kind(outcomes)]
    constants = [outcome for outcome in outcomes if outcome.function == MODULE_LEVEL]
    functions = [outcome for outcome in outcomes if outcome.function != MODULE_LEVEL]
    lines += ["", _sums("in functions", Count.of(functions))]
    lines.append(_sums("constants, attributes", Count.of(constants)))
    lines += ["", *_scores(Count.of(outcomes))]
    failing = [score.name for score in scores if score.fails]
    others = sum(bool(score.why_not) for score in scores) - len(failing)
    lines.append(
        f"{len(scored)} packages with {sum(score.mutants for score in scored)} mutants;"
        f" not taken: {others}; suite fails: {', '.join(failing) or 0}"
    )
    return "\n".join(lines)


def _sums(title: str, count: Count) -> str:
    killed = (count.suite, count.unit, count.smoke)
    shares = "  ".join(_share(each, count.mutants) for each in killed)
    return f"{title:21}{count.mutants:4}  {shares}  {count.aside:5}"


def _scores(count: Count) -> list[str]:
    rest = count.mutants - count.aside
    raw = _in_words(count, count.mutants)
    lines = [f"mutation score, raw: {raw} of {count.mutants}; {count.timeouts} by timeout"]
    if count.aside and rest:
        lines.append(f"without equivalent ones: {_in_words(count, rest)} of {rest}")
    lines.append(
        f"survivors: {rest - count.suite}, of which no test reaches the code: {count.unreached}"
    )
    return lines


def _in_words(count: Count, whole: int) -> str:
    parts = {"suite": count.suite, "unit tests alone": count.unit, "smoke": count.smoke}
    return ", ".join(f"{name} {part / whole:.1%}" for name, part in parts.items())
