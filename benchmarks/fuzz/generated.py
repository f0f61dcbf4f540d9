"""Promote notebooks that a grammar makes, and compare: the narrative cell by cell, the pipeline value by value.

    python -m benchmarks.fuzz.generated [--count 5000] [--seed 0] [--control] [--copies]

--control breaks the package first, in one place that matters, and says how often that is seen: what a
comparison does not see proves nothing. --copies makes notebooks whose cells repeat each other.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from benchmarks.fuzz import copied, grammar, play
from nb2pkg.errors import Nb2pkgError
from nb2pkg.promote.build import Promotion, Request, promote
from nb2pkg.render.narrative import OWN_CELL

NAME = "analysis.ipynb"
_FEWEST = 3  # cells of a notebook that is worth a look


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one notebook. word: equal, silent, crash, refused, or no notebook at all."""

    word: str
    why: str = ""


def judge(seed: int, breaks: bool = False, copies: bool = False) -> Outcome:
    """Generate, promote, run, compare."""
    document = copied.notebook(seed) if copies else grammar.notebook(seed)
    with tempfile.TemporaryDirectory(prefix="nb2pkg-fuzz-") as scratch:
        folder = Path(scratch)
        original = play.apart(lambda: play.cells(document, folder))
        if isinstance(original, str):
            return Outcome("does not run")
        original = [cell for cell in original if not cell["error"]]
        document["cells"] = document["cells"][: len(original)]  # what a person would have deleted
        if len(original) < _FEWEST:
            return Outcome("does not run")
        path = folder / NAME
        path.write_text(json.dumps(document), encoding="utf-8")
        try:
            made = promote(path, Request(everything=copies or seed % 3 != 0))
        except Nb2pkgError as error:
            return Outcome("refused", error.message)
        except Exception as error:  # whatever it is, it is what is looked for
            return Outcome("crash", f"{type(error).__name__}: {error}")
        files = dict(made.files)
        if breaks and not _broken(files, made, original, random.Random(seed)):
            return Outcome("nothing to break")
        for where, text in files.items():
            (made.project / where).parent.mkdir(parents=True, exist_ok=True)
            (made.project / where).write_text(text, encoding="utf-8")
        return _compared(made, original)


def _compared(made: Promotion, original: play.Cells) -> Outcome:
    story = json.loads((made.project / "notebooks" / NAME).read_text(encoding="utf-8"))
    narrative = play.apart(lambda: play.cells(story, made.project / "notebooks"))
    if not isinstance(narrative, str):
        own = [cell["id"] == OWN_CELL for cell in story["cells"] if cell["cell_type"] == "code"]
        narrative = [cell for cell, is_own in zip(narrative, own) if not is_own]
    for difference in _differences(original, narrative):
        return Outcome("silent", f"narrative: {difference}")
    if made.plan.pipeline.inputs:
        return Outcome("equal")
    source = made.project / "src"
    given = play.apart(lambda: play.pipeline(made.plan.package, source, made.project))
    if isinstance(given, str):
        return Outcome("crash", f"pipeline: {given}")
    for difference in _pipeline_differences(made, original, given):
        return Outcome("silent", f"pipeline: {difference}")
    return Outcome("equal")


def _differences(original: play.Cells, narrative: Any) -> Iterator[str]:
    if isinstance(narrative, str):
        yield narrative
        return
    for number, (one, two) in enumerate(zip(original, narrative), 1):
        for what in ("error", "printed", "shown"):
            if one[what] != two[what]:
                yield f"cell {number} {what}: {two[what][-80:]!r}, was {one[what][-80:]!r}"
    last, now = original[-1]["values"], narrative[-1]["values"]
    for name in last.keys() & now.keys():
        if last[name] != now[name]:
            yield f"ends with {name} = {now[name][:80]}, was {last[name][:80]}"


def _pipeline_differences(
    made: Promotion, original: play.Cells, given: dict[str, str]
) -> Iterator[str]:
    """It gives what the notebook has where it ends; in a cell of which it runs a part, what it made."""
    end = made.plan.pipeline.ends_before
    index = len(original) if end is None else end
    before = original[index - 1]["values"] if index else {}
    after = original[min(index, len(original) - 1)]["values"]
    here = [f for cell in made.plan.facts for f in cell.statements if f.cell == index]
    inside = {name for facts in here for name in (*facts.uses, *facts.bound)}
    own = {step.shown for step in made.plan.steps}  # names of ours, not of the notebook
    for name, value in given.items():
        if end is not None and value == after.get(name):
            continue  # another name of what that part changes
        if name not in inside | own and before.get(name, after.get(name)) != value:
            yield f"gives {name} = {value[:80]}, the notebook {before.get(name, 'nothing')[:80]}"


_ODD = """

def _odd(given, index):
    parts = list(given) if isinstance(given, tuple) else [given]
    kinds = {int: lambda v: v + 1, str: lambda v: v + "x", list: lambda v: [*v, 1], dict: lambda v: {**v, "odd": 1}}
    parts[index] = kinds.get(type(parts[index]), lambda v: None)(parts[index])
    return tuple(parts) if isinstance(given, tuple) else parts[0]
"""


def _broken(
    files: dict[str, str], made: Promotion, original: play.Cells, rng: random.Random
) -> bool:
    """Let a step return another value of a name that nothing below binds again; False if none does."""
    seen = original[-1]["values"]
    places = []
    statements = [facts for cell in made.plan.facts for facts in cell.statements]
    for step in made.plan.steps:
        below = statements[step.positions[-1] + 1 :]
        bound = {name for facts in below for name in facts.bound}
        if not any(facts.reads_everything or facts.opaque for facts in below):
            names = [n for n in step.returns if n in seen and n not in bound]
            places += [(step, step.returns.index(name)) for name in names]
    if not places:
        return False
    step, index = rng.choice(places)
    where = f"src/{made.plan.package}/{step.module}.py"
    head = files[where].index(f"def {step.function}(")
    end = files[where].find("\n\n\n", head)
    body = files[where][head : end if end > 0 else None]
    at = body.rindex("    return ")
    given = body[at:].removeprefix("    return ").rstrip()
    new = f"{body[:at]}    return _odd(({given}), {index})\n"
    files[where] = files[where].replace(body, new) + _ODD
    return True


@click.command(help="Promote notebooks that a grammar makes, run them, and compare.")
@click.option("--count", default=5000, show_default=True, help="Notebooks.")
@click.option("--seed", default=0, show_default=True, help="The first seed.")
@click.option("--control", is_flag=True, help="Break each package, to see what is seen.")
@click.option("--copies", is_flag=True, help="Notebooks whose cells repeat each other.")
def main(count: int, seed: int, control: bool, copies: bool) -> None:
    """Count what came out."""
    import IPython.core.interactiveshell  # noqa: F401 - before the first fork

    counts: Counter[str] = Counter()
    for each in range(seed, seed + count):
        outcome = judge(each, control, copies)
        counts[outcome.word] += 1
        if outcome.word in ("silent", "crash") and not control:
            click.echo(f"seed {each}: {outcome.word}: {outcome.why[:200]}")
        if outcome.word == "equal" and control:
            click.echo(f"seed {each}: not seen")
    click.echo(", ".join(f"{word} {number}" for word, number in counts.most_common()))
    sys.exit(bool(not control and counts["silent"] + counts["crash"]))


if __name__ == "__main__":
    main()
