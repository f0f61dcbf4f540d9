"""Promote, run, leave behind what differs, and again: in the end every step is verified."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from nb2pkg import facts
from nb2pkg.errors import InternalError, VerificationError
from nb2pkg.execution.model import Conditions
from nb2pkg.execution.session import Say, Session, session
from nb2pkg.flow import blame
from nb2pkg.flow import make as flow
from nb2pkg.flow.model import Engine
from nb2pkg.model import Facts, Notebook, Problem
from nb2pkg.observed import Observed, Recording
from nb2pkg.plan import provenance
from nb2pkg.plan.model import Definition, Plan, Step
from nb2pkg.plan.request import RUN_TO_THE_END, Piped
from nb2pkg.problems import at, problem
from nb2pkg.project import locate, manifest
from nb2pkg.promote import looking, rehearse
from nb2pkg.promote.build import Promotion, Request, promote
from nb2pkg.promote.outside import Outside
from nb2pkg.render import pinned
from nb2pkg.render.pipeline import line_at, variable
from nb2pkg.verify import observations
from nb2pkg.verify.expected import expected
from nb2pkg.verify.flow import run as run_flow
from nb2pkg.verify.model import Difference, FlowVerdict, PipelineVerdict, What, Where
from nb2pkg.verify.package import Package, PackageVerdict, compare_package
from nb2pkg.verify.pipeline import ending
from nb2pkg.verify.pipeline import run as run_pipeline
from nb2pkg.verify.verdicts import Verification, format_instability, judge

_RUN_LATER = (
    "README.md",
    "pyproject.toml",
    *pinned.FILES,
)  # they tell of the verdict and the tests


_MISSING = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")


@dataclass(frozen=True, slots=True)
class VerifiedPromotion:
    """A promotion that was run. tried: what earlier rounds found, and left in the notebook."""

    promotion: Promotion
    verification: Verification
    finding: PackageVerdict
    tried: tuple[PackageVerdict, ...]
    recording: Recording


@dataclass(frozen=True, slots=True)
class _Scene:
    """What is promoted, and what running it twice showed. words: those that may be told."""

    opened: Session
    path: Path
    source: Notebook | None
    observed: Observed
    words: frozenset[str]

    def promote(self, wanted: Request) -> Promotion:
        return promote(self.path, wanted, self.observed, self.source)


@dataclass(frozen=True, slots=True)
class _Confirmed:
    """A promotion of which narrative and pipeline were run: wanted says what was left behind for it."""

    wanted: Request
    promotion: Promotion
    finding: PackageVerdict
    tried: tuple[PackageVerdict, ...]
    recording: Recording
    piped: PipelineVerdict

    @property
    def lacking(self) -> tuple[str, tuple[str, ...]]:
        """Why the pipeline ends too early, and what it does not give."""
        return self.wanted.piped.reason, self.wanted.piped.left_out


def promote_verified(
    path: Path, wanted: Request, conditions: Conditions, say: Say, source: Notebook | None = None
) -> VerifiedPromotion:
    """Promote what running the notebook and its narrative shows to be the same.

    The original is run twice, once for all; each round runs the narrative, and leaves in the
    notebook what made the first difference. Raises PromotionError when nothing is left to promote.
    """
    promotion = promote(path, wanted, source=source)  # bad input is told before anything is run
    rehearse.stored(promotion.plan, wanted.values_of)
    with session(path, conditions, say, source) as opened:
        words = observations.known_words(
            opened.first, path.parent, facts.words(promotion.plan.facts)
        )
        observed = observations.observed(opened.first, words)
        scene = _Scene(opened, path, source, observed, words)
        run = _with_looks(scene, wanted)
        run, flowed = _with_flow(scene, run)
    steps = provenance.of_steps(run.promotion.plan)
    verification = judge(steps, run.finding.comparison, run.finding.close, run.piped, flowed)
    verdict = observations.verified(verification, run.finding.linked)
    observed = replace(observed, verified=verdict, recording=run.recording)
    final = promote(path, run.wanted, observed, source)
    settled = _settled(final, run.promotion, observed, verification)
    return VerifiedPromotion(settled, verification, run.finding, run.tried, run.recording)


def _with_flow(scene: _Scene, run: _Confirmed) -> tuple[_Confirmed, FlowVerdict | None]:
    """Keep together what the tasks of the flow cannot have apart; leave the flow out if that is not enough."""
    wanted, promotion = run.wanted, run.promotion
    engine = wanted.engine or Engine()
    while (made := flow.make(promotion.plan, engine)) is not None:
        found = run_flow(scene.opened, package_of(promotion), where(promotion.plan), engine.name)
        if found.is_sound or found.not_run:
            found = replace(found, left_out=engine.stuck)
            return replace(run, wanted=wanted, promotion=promotion), found
        suspects = blame.Suspects(found.task, found.different, found.stuck)
        engine = blame.next_try(promotion.plan, made, engine, suspects, str(found))
        wanted = replace(wanted, engine=engine)
        promotion = scene.promote(wanted)
    return replace(run, wanted=wanted, promotion=promotion), None


def _with_looks(scene: _Scene, wanted: Request) -> _Confirmed:
    """Cells that were seen to change nothing stay, unless the pipeline is better with some of them."""
    cells = facts.analyze(scene.opened.notebook)
    looks = looking.seen(cells, scene.observed)
    bold = _confirmed(scene, replace(wanted, looking=looks))
    blamed = looking.beside(cells, looks, bold.wanted.piped)
    if not blamed:
        return bold
    plain = _confirmed(scene, replace(wanted, looking=looks - blamed))
    return bold if plain.lacking == bold.lacking else plain


def _confirmed(scene: _Scene, wanted: Request) -> _Confirmed:
    """Leave behind what differs, until the narrative and the pipeline do what the notebook does."""
    tried: list[PackageVerdict] = []
    while True:
        promotion = scene.promote(wanted)
        with _outside(scene, promotion, wanted) as outside:
            outside.begin()
            finding = compare_package(scene.opened, outside.package)
            if not finding.comparison.differences:
                return _ran_outside(scene, outside, promotion, wanted, finding, tuple(tried))
        _check_environment(promotion, finding)
        shared = _shared(promotion.plan, finding.comparison.first) - wanted.apart
        if shared:
            wanted = replace(wanted, apart=wanted.apart | shared)
            continue
        tried.append(finding)
        found = culprits(promotion.plan, finding.comparison.first, wanted.refused)
        wanted = replace(wanted, refused={**wanted.refused, **found})


def _outside(scene: _Scene, promotion: Promotion, wanted: Request) -> Outside:
    plan = promotion.plan
    rehearsed = rehearse.of(plan, scene.observed, scene.words, wanted)
    return Outside(scene.opened, package_of(promotion), where(plan), rehearsed)


def _ran_outside(
    scene: _Scene,
    outside: Outside,
    promotion: Promotion,
    wanted: Request,
    finding: PackageVerdict,
    tried: tuple[PackageVerdict, ...],
) -> _Confirmed:
    """What a promotion of which the narrative is right gives outside of Jupyter."""
    recording = outside.record(rehearse.links(promotion.plan))
    end = _as_far_as(promotion.plan, recording)
    if end == wanted.piped:
        found = outside.run_pipeline()
    else:
        outside.end()
        wanted = replace(wanted, piped=end)
        promotion = scene.promote(wanted)
        found = _run_pipeline(scene, promotion)
    while (seen := _shorter(promotion.plan, wanted.piped, found)) is not None:
        wanted = replace(wanted, piped=seen)
        promotion = scene.promote(wanted)
        found = _run_pipeline(scene, promotion)
    return _Confirmed(wanted, promotion, finding, tried, recording, found)


def _run_pipeline(scene: _Scene, promotion: Promotion) -> PipelineVerdict:
    return run_pipeline(scene.opened, package_of(promotion), where(promotion.plan))


def _as_far_as(plan: Plan, recording: Recording) -> Piped:
    """The pipeline ends before a step that could not be run outside of Jupyter: nobody waits twice."""
    if not recording.stopped or not plan.pipeline.lines:
        return RUN_TO_THE_END
    if not recording.last:
        return Piped(0, recording.stopped)  # nothing of the package can be imported there
    step = plan.pipeline.calls.get(recording.last)
    ends = [n for n, line in enumerate(plan.pipeline.lines) if line.step is step is not None]
    return Piped(ends[0], recording.stopped) if ends else RUN_TO_THE_END


def _shorter(plan: Plan, seen: Piped, found: PipelineVerdict) -> Piped | None:
    """Where the pipeline has to end, or what it may not give; None where it runs and is right."""
    if found.error and seen.lines != 0:
        line = line_at(plan, found.line)
        return replace(seen, lines=0 if line is None else line, reason=str(found))
    if found.different:
        return replace(seen, left_out=(*seen.left_out, *found.different))
    return None


def where(plan: Plan) -> Where:
    """Where the pipeline of a plan is, and where it ends."""
    end = plan.pipeline.ends_before
    last = next((cell for cell in plan.facts if cell.cell.index == end), None)
    return ending(plan.package, plan.pipeline.inputs, last)


def _check_environment(promotion: Promotion, finding: PackageVerdict) -> None:
    """Raise VerificationError where a module is missing that the notebook itself did not ask for.

    That is no fault of a step: a project that was there before may need more than the notebook does.
    """
    stop = finding.linked.stop
    found = _MISSING.match(stop.reason) if stop is not None else None
    package = promotion.plan.package.partition(".")[0]
    if found and found[1].partition(".")[0] != package and not finding.comparison.stop:
        raise VerificationError(
            f"{promotion.project}: {package} cannot be imported where the notebook runs: {found[0]}",
            "Install what the project needs beside the notebook's kernel, or name another "
            "interpreter with --python.",
        )


def package_of(promotion: Promotion) -> Package:
    """A promotion that is still in memory, as verification takes it."""
    plan, paths = promotion.plan, promotion.paths
    return Package(
        files=_files(promotion),
        narrative=paths.on_disk(f"notebooks/{plan.notebook.stem}.ipynb"),
        variable=variable(plan),
        expected=expected(
            provenance.of_steps(plan),
            provenance.absent(plan.facts, [item.name for item in plan.definitions]),
            provenance.rewritten(plan),
            variable(plan),
        ),
        source=paths.source,
        tests=paths.tests,
        is_built=paths.is_own,
        name=plan.package,
    )


def _files(promotion: Promotion) -> dict[str, bytes]:
    """What is promoted, and the rest of the package that it is part of."""
    paths = promotion.paths
    texts = {p: t for p, t in promotion.files.items() if paths.is_own or p not in locate.SHARED}
    own = tuple(paths.on_disk(root) + "/" for root in paths.roots)
    rest = {} if paths.is_own else locate.around(promotion.place)
    return {
        **{path: data for path, data in rest.items() if not path.startswith(own)},
        **{paths.on_disk(path): text.encode("utf-8") for path, text in texts.items()},
    }


def _settled(
    promotion: Promotion, run: Promotion, observed: Observed, verification: Verification
) -> Promotion:
    """The promotion with its verdict written down. The code must be that which was run."""
    changed = [p for p, text in run.files.items() if promotion.files.get(p) != text]
    code = (p for p in changed if not p.startswith(("tests/", f"{manifest.FOLDER}/")))
    if any(not p.endswith(_RUN_LATER) for p in code):
        raise InternalError(f"the code that was verified is not what is written: {changed}")
    problems = [*promotion.problems, *_of_run(promotion.plan, verification)]
    if observed.recording and observed.recording.stopped and not verification.comparison.stop:
        problems.append(_of_tests(promotion.plan, observed.recording))
    return replace(promotion, problems=tuple(problems))


def _of_run(plan: Plan, verification: Verification) -> Iterable[Problem]:
    """What a person should know of the run: where it stopped, and what is not repeatable."""
    statements = [facts for cell in plan.facts for facts in cell.statements]
    stop = verification.comparison.stop
    if stop is not None:
        facts = next((f for f in statements if f.cell == stop.index), None)
        yield at(facts, "NB602", stop.reason) if facts else problem("NB602", None, stop.reason)
    for item in verification.comparison.unstable:
        here = [f for f in statements if f.cell == item.index]
        made = [f for f in here if item.name in f.bound]
        if here:
            yield at((made or here)[0], "NB603", format_instability(item))


def _of_tests(plan: Plan, recording: Recording) -> Problem:
    """Why the tests of some steps are skipped, though the notebook runs."""
    statements = [facts for cell in plan.facts for facts in cell.statements]
    step = plan.pipeline.calls.get(recording.last)
    if step is None:
        step = next((step for step in plan.steps if step.name == recording.last), None)
    if step is None:
        return problem("NB604", None, recording.stopped)
    return at(statements[step.positions[0]], "NB604", recording.stopped)


# ---- who made the difference


def _shared(plan: Plan, first: tuple[Difference, ...]) -> frozenset[str]:
    """Ids of the cells whose functions are also those of others, where it first differs."""
    copied = {step.copy_of for step in plan.steps}
    statements = [facts for cell in plan.facts for facts in cell.statements]
    found: set[int] = set()
    for step in _steps_in(plan, first[0].index):
        cells = {statements[position].cell for position in step.positions}
        if step.copy_of or step.name in copied or len(cells) > 1:
            found |= cells
    return frozenset(plan.notebook.cells[index].id for index in found)


def culprits(
    plan: Plan, first: tuple[Difference, ...], refused: Mapping[int, str]
) -> dict[int, str]:
    """Positions of the statements that must stay: what moved out of the first differing cell.

    If no step of that cell is left, it may be that the package is imported at the top; then it is
    the definitions that the cell uses; if there is none either, all that moved from there on; and in
    the end everything.
    """
    index = first[0].index
    what = "; ".join(dict.fromkeys(difference.subject for difference in first[:3]))
    top = plan.header.place
    is_of_step = any(p not in refused for step in _steps_in(plan, index) for p in step.positions)
    if plan.header.imports and top not in refused and not is_of_step:
        return {top: what}
    for group in _suspects(plan, index, first):
        positions = [[p for p in _positions(item) if p not in refused] for item in group]
        if any(positions):
            return {p: what if p == own[0] else "" for own in positions for p in own}
    raise InternalError(f"the narrative differs in cell {index + 1}, and nothing moved: {what}")


def _suspects(
    plan: Plan, index: int, first: tuple[Difference, ...]
) -> Iterable[list[Step] | list[Definition] | list[Step | Definition]]:
    statements = [facts for cell in plan.facts for facts in cell.statements]
    here = _steps_in(plan, index)
    names = {d.name for d in first if d.what in (What.VALUE, What.MISSING)}
    yield [step for step in here if names & {*step.returns, *step.params}]
    yield here
    yield _used(plan, [facts for facts in statements if facts.cell == index])
    everything: list[Step | Definition] = [*plan.steps, *plan.definitions]
    yield [item for item in everything if item.cell >= index]
    yield everything


def _steps_in(plan: Plan, index: int) -> list[Step]:
    statements = [facts for cell in plan.facts for facts in cell.statements]
    return [s for s in plan.steps if any(statements[p].cell == index for p in s.positions)]


def _used(plan: Plan, facts: list[Facts]) -> list[Definition]:
    """The definitions that these statements use, and those that they use in turn."""
    by_name = {item.name: item for item in plan.definitions}
    statements = [facts for cell in plan.facts for facts in cell.statements]
    waiting = [name for f in facts for name in f.uses]
    found: dict[str, Definition] = {}
    while waiting:
        name = waiting.pop()
        if name in by_name and name not in found:
            found[name] = by_name[name]
            waiting.extend(statements[by_name[name].position].uses)
    return list(found.values())


def _positions(item: Step | Definition) -> tuple[int, ...]:
    return item.positions if isinstance(item, Step) else (item.position,)
