"""What of a promotion is run outside of Jupyter, to find out what its tests can expect."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from nb2pkg.errors import PromotionError, did_you_mean
from nb2pkg.observed import Observed
from nb2pkg.plan import called, provenance, trials
from nb2pkg.plan.model import Pipeline, Plan, Step, in_order
from nb2pkg.plan.provenance import Link
from nb2pkg.promote.build import Request
from nb2pkg.render import files_used, pipeline
from nb2pkg.verify.rehearsing import Rehearsed, Wanted

RUN = "run"
"""What tests call the results of run() that no step gives."""


def of(plan: Plan, observed: Observed, words: frozenset[str], wanted: Request) -> Rehearsed:
    """The pipeline with what is to be written down of its steps, calls, and trials on made-up inputs."""
    chosen = stored(plan, wanted.values_of)
    whole = _with_looks(plan.pipeline)
    names = {step.name: call for call, step in plan.pipeline.calls.items()}
    return Rehearsed(
        words=tuple(sorted(words)),
        steps=_steps(plan, observed, chosen),
        whole=pipeline.pipeline(replace(plan, pipeline=whole)) if whole != plan.pipeline else "",
        labels={call: names.get(step.name, "") for call, step in whole.calls.items()},
        files=files_used.known(plan, observed),
        calls=tuple(
            (f"{plan.package}.{item.module}", text) for item, text in called.with_literals(plan)
        ),
        rows=wanted.rows,
        trials=trials.of(plan),
        notebook=trials.namespace(plan),
        imports=trials.imports(plan),
        passed=trials.passed(plan),
        set_ups=trials.set_ups(plan),
    )


def links(plan: Plan) -> dict[str, Link]:
    """The steps that run() calls, by the names of the calls, and what it gives besides."""
    steps = {link.name: link for link in provenance.of_steps(plan)}
    found = {call: steps[step.name] for call, step in plan.pipeline.calls.items()}
    given = {name for link in found.values() for name in link.returns}
    results = tuple(name for name in plan.pipeline.results if name not in given)
    end = plan.pipeline.ends_before
    cells = [cell.id for cell in plan.notebook.code if end is None or cell.index < end]
    return {**found, RUN: Link(RUN, tuple(cells[-1:]), returns=results)} if found else {}


def _steps(
    plan: Plan, observed: Observed, chosen: Mapping[str, tuple[str, ...]]
) -> dict[str, Wanted]:
    found = {
        call: Wanted(
            returns=step.returned,
            changes=tuple(sorted(observed.changes(link.cells) - {*step.returns})),
            stored=chosen.get(step.name, ()),
        )
        for (call, step), link in zip(plan.pipeline.calls.items(), links(plan).values())
    }
    return {**found, RUN: Wanted((), changes=links(plan)[RUN].returns)} if found else {}


def _with_looks(piped: Pipeline) -> Pipeline:
    """The pipeline with the steps that only look: what these are given is to be known too."""
    return replace(piped, lines=tuple(replace(line, is_look=False) for line in piped.lines))


def stored(plan: Plan, chosen: Collection[str]) -> dict[str, tuple[str, ...]]:
    """For each step the values that are stored: its own, or those that a chosen step is given.

    Raises PromotionError for a step that is not there.
    """
    steps = [item for item in in_order(plan.steps) if isinstance(item, Step)]
    unknown = set(chosen) - {"*"} - {step.name for step in steps}
    if unknown:
        raise PromotionError(
            f"{plan.notebook.path}: there is no step {', '.join(sorted(unknown))} to record",
            did_you_mean(
                min(unknown),
                [step.name for step in steps],
                "nb2pkg promote --dry-run lists the steps.",
            ),
        )
    found: dict[str, tuple[str, ...]] = {}
    given: set[str] = set()
    for step in reversed(steps):
        made = (*step.returns, *step.mutates)
        is_chosen = "*" in chosen or step.name in chosen
        names = tuple(name for name in made if is_chosen or name in given)
        given -= set(step.returns)
        if is_chosen:
            given |= set(step.params)
        if names:
            found[step.name] = names
    return found
