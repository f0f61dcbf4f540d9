"""Promote public notebooks and judge what their narratives do.

    python -m benchmarks.corpus.run --make-env DIR
    python -m benchmarks.corpus.run --python DIR/bin/python [--limit 40] [--ids A4209318d,...] [--originals]

The tool runs with the interpreter of this command; originals and narratives run with `--python`.
Outcomes are kept in the cache with a hash of the tool's code, so an interrupted run goes on
where it was.
"""

from __future__ import annotations

import hashlib
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import click

from benchmarks import report
from benchmarks.corpus import sources
from benchmarks.judge import compare
from benchmarks.kernel_run import Run
from benchmarks.trial import CRASHED, ROOT, SILENT, Case, Original, Settings, Trial

CACHE = Path(click.get_app_dir("nb2pkg-benchmarks")) / "corpus"
CELL_SECONDS, NOTEBOOK_SECONDS = 90, 180


@click.command(
    help="Promote notebooks of public packages and compare each narrative with its original."
)
@click.option(
    "--make-env",
    "environment",
    type=click.Path(path_type=Path),
    help="Make the environment here, and stop.",
)
@click.option(
    "--python",
    type=click.Path(exists=True, path_type=Path),
    help="Interpreter with the corpus packages.",
)
@click.option(
    "--limit", default=40, show_default=True, help="How many notebooks, spread over the packages."
)
@click.option(
    "--max-cpu",
    default=8.0,
    show_default=True,
    help="Leave out notebooks that take more CPU seconds.",
)
@click.option(
    "--ids", default="", help="Only these notebooks: ids of corpus.csv with commas between."
)
@click.option(
    "--originals", "warm", is_flag=True, help="Only run the originals, and say what is unstable."
)
@click.option("--strict", is_flag=True, help="A variable that the narrative lacks is a difference.")
@click.option(
    "--verify/--static",
    "verify",
    default=True,
    show_default=True,
    help="Promote with --verify, or without running anything.",
)
@click.option("--fresh", is_flag=True, help="Forget the outcomes of earlier runs.")
@click.option("--jobs", default=2, show_default=True, help="Notebooks at a time.")
@click.option(
    "--json", "target", type=click.Path(path_type=Path), help="Write the outcomes to this file."
)
@click.option(
    "--cache", type=click.Path(path_type=Path), default=CACHE, help="Archives, runs and outcomes."
)
@click.option(
    "--keep", type=click.Path(path_type=Path), help="Leave the promoted projects in this folder."
)
def main(
    environment: Path | None,
    python: Path | None,
    limit: int,
    max_cpu: float,
    ids: str,
    warm: bool,
    strict: bool,
    verify: bool,
    fresh: bool,
    jobs: int,
    target: Path | None,
    cache: Path,
    keep: Path | None,
) -> None:
    """Run the chosen notebooks; exit 1 when one is silently wrong or crashed."""
    if environment:
        print(sources.make_environment(environment))
        return
    if python is None:
        raise click.UsageError("--python is needed: make an environment with --make-env DIR")
    chosen = _chosen(ids, limit, max_cpu)
    titles = {entry.id: entry.title for entry in chosen}
    cases = sources.cases(chosen, cache, python)
    settings = Settings(
        cache,
        str(python.absolute()),
        strict=strict,
        cell_timeout=CELL_SECONDS,
        total_timeout=NOTEBOOK_SECONDS,
        seeded=True,
        must_run=True,
        keep=keep,
        verify=verify,
        package=True,
    )
    if warm:
        _show_originals(cases, settings, jobs, titles)
        return
    trials = _try(cases, settings, jobs, titles, fresh)
    print(f"\n{report.first_figures(trials)}\n\n{report.totals(trials, titles)}")
    if target:
        report.save(target, trials)
    sys.exit(any(trial.verdict in (SILENT, CRASHED) for trial in trials))


def _chosen(ids: str, limit: int, max_cpu: float) -> list[sources.Entry]:
    if not ids:
        return sources.choose(limit, max_cpu)
    wanted = set(ids.split(","))
    return [entry for entry in sources.entries() if entry.id in wanted]


def _try(
    cases: list[Case], settings: Settings, jobs: int, titles: dict[str, str], fresh: bool
) -> list[Trial]:
    """Try the cases that have no outcome yet for this very code."""
    outcomes = settings.cache / f"outcomes-{_code_hash(settings)}.jsonl"
    if fresh:
        outcomes.unlink(missing_ok=True)
    lines = outcomes.read_text(encoding="utf-8").splitlines() if outcomes.exists() else []
    known = {trial.name: trial for trial in (Trial(**json.loads(line)) for line in lines)}

    def keep(trial: Trial) -> None:
        known[trial.name] = trial
        with outcomes.open("a", encoding="utf-8") as file:
            file.write(json.dumps(trial.as_json()) + "\n")
        print(report.row(trial, titles[trial.name]), flush=True)

    for case in cases:
        if case.name in known:
            print(report.row(known[case.name], titles[case.name]))
    report.run_all([case for case in cases if case.name not in known], settings, jobs, keep)
    return [known[case.name] for case in cases]


def _code_hash(settings: Settings) -> str:
    """Hash of the tool and of these benchmarks: outcomes of other code say nothing."""
    digest = hashlib.blake2b(
        f"{settings.strict} {settings.verify} {settings.python}".encode(), digest_size=8
    )
    for folder in ("nb2pkg", "templates", "benchmarks"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".md":
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _both(case: Case, settings: Settings) -> tuple[Run, Run]:
    original = Original(case, settings)
    return original.first, original.again


def _show_originals(
    cases: list[Case], settings: Settings, jobs: int, titles: dict[str, str]
) -> None:
    with ProcessPoolExecutor(jobs) as pool:
        for case, (first, again) in zip(cases, pool.map(_both, cases, [settings] * len(cases))):
            unstable = [
                name for name in compare(first, again, first).unstable if name != "random python"
            ]
            ended = first.stopped or "ran"
            print(
                f"{titles[case.name]:60} {case.name} {first.seconds:6.1f}s {ended}; unstable: {unstable}",
                flush=True,
            )


if __name__ == "__main__":
    main()
