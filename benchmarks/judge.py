"""Compare the runs of an original notebook and of its narrative.

Compared are the outputs, the final values of the variables, and the state of the process.

    python -m benchmarks.judge ORIGINAL.ipynb NARRATIVE.ipynb [--strict] [--python PATH]

The original runs twice, the second time with another hash seed: what differs between the two is
unstable, and only its kind is compared. Each notebook runs in its own folder.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click

from benchmarks.kernel_run import Conditions, Run, run
from nb2pkg.execution import outputs

IMPORTED = {"module", "class", "callable"}
_GENERATORS = ("random ", "numpy random ")
_SEEDING = ("seed", "state", "session_id")  # seed_everything, random_state=0, set_state


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same; `cell` is the place of the original's cell, if there is one."""

    what: str
    detail: str
    cell: int | None = None

    def __str__(self) -> str:
        place = self.what if self.cell is None else f"cell {self.cell}"
        return f"{place}: {self.detail}"


@dataclass(frozen=True)
class Judgement:
    """The outcome of a comparison."""

    differences: list[Difference] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)  # variables that the narrative lacks
    unstable: list[str] = field(default_factory=list)  # what differs between runs of the original

    @property
    def equal(self) -> bool:
        """Whether the two notebooks behave the same."""
        return not self.differences


def compare(original: Run, again: Run, narrative: Run, strict: bool = False) -> Judgement:
    """Judge the narrative; with `strict`, a missing variable is a difference."""
    lost = original.values.keys() - narrative.values.keys()
    missing = sorted(name for name in lost if original.values[name]["kind"] not in IMPORTED)
    differences = _stops(original, narrative)
    differences += _outputs(original, again, narrative)
    differences += _values(original, again, narrative)
    differences += _state(original, again, narrative)
    if strict:
        differences += [Difference(f"variable {name}", "missing") for name in missing]
    return Judgement(differences, missing, _unstable(original, again))


def but_for_chance(judgement: Judgement, code: str) -> Judgement:
    """Without the states of generators, if nothing in the code can have seeded one: each run has others then."""
    if not code or any(word in code.lower() for word in _SEEDING):
        return judgement
    differences = [d for d in judgement.differences if not d.what.startswith(_GENERATORS)]
    return replace(judgement, differences=differences)


def _stops(original: Run, narrative: Run) -> list[Difference]:
    if original.stopped == narrative.stopped:
        return []
    return [
        Difference(
            "run",
            f"stopped with {narrative.stopped or 'no error'}, not {original.stopped or 'no error'}",
        )
    ]


def _outputs(original: Run, again: Run, narrative: Run) -> list[Difference]:
    """Cell by cell when both have the ids; otherwise in order."""
    by_id = {cell["id"]: cell["outputs"] for cell in narrative.cells if cell["id"] is not None}
    ids = [cell["id"] for cell in original.cells]
    if None in ids or len(set(ids)) < len(ids) or not set(ids) & set(by_id):
        both = _outputs_in_order(original, again, narrative, False), _outputs_in_order(
            original, again, narrative, True
        )
        return min(both, key=len)
    found = []
    for cell, second in zip(original.cells, again.cells, strict=True):
        detail = _cell_difference(cell["outputs"], second["outputs"], by_id.pop(cell["id"], []))
        found += [Difference("output", detail, cell["place"])] if detail else []
    added = [name for name, shown in by_id.items() if shown]
    return found + [Difference(f"added cell {name}", "shows something") for name in added]


def _outputs_in_order(original: Run, again: Run, narrative: Run, showing: bool) -> list[Difference]:
    """Pair the code cells, or only those that show something: the narrative may add one."""
    pairs = zip(original.cells, again.cells, strict=True)
    cells = [
        (one["place"], one["outputs"], two["outputs"])
        for one, two in pairs
        if one["outputs"] or not showing
    ]
    others = [cell["outputs"] for cell in narrative.cells if cell["outputs"] or not showing]
    found = []
    for index, (place, first, second) in enumerate(cells):
        detail = _cell_difference(first, second, others[index] if index < len(others) else [])
        found += [Difference("output", detail, place)] if detail else []
    return found + [Difference("added cell", "shows something")] * any(others[len(cells) :])


def _cell_difference(first: list[Any], second: list[Any], other: list[Any]) -> str:
    if _differ(first, second):  # unstable: only the kinds can be compared
        same = outputs.shape(other) in (outputs.shape(first), outputs.shape(second))
        return "" if same else f"{outputs.shape(first)} became {outputs.shape(other)}"
    return _differ(first, other)


def _differ(one: list[Any], two: list[Any]) -> str:
    return outputs.difference(one, two, exact_pictures=False)


def _values(original: Run, again: Run, narrative: Run) -> list[Difference]:
    found = []
    for name, value in original.values.items():
        other = narrative.values.get(name)
        if other is None:
            continue
        parts = ["kind"] if again.values.get(name) != value else ["kind", "digest"]
        if any(value[part] != other[part] for part in parts):
            shown = [f"{v['kind']} {v['preview']}".strip() for v in (value, other)]
            found.append(Difference(f"variable {name}", f"{shown[0]} became {shown[1]}"))
    return found


def _state(original: Run, again: Run, narrative: Run) -> list[Difference]:
    """Groups of state that both runs have: a library that one did not load has no state there."""
    found = []
    for group, state in original.state.items():
        other = narrative.state.get(group)
        if other is None:
            continue
        stable = again.state.get(group, {})
        same = [name for name in {**state, **other} if state.get(name) == stable.get(name)]
        names = [name for name in same if state.get(name) != other.get(name)]
        if group == "environ":  # the narrative says by a variable of its own where the data are
            names = [name for name in names if name in state or not name.endswith("_DATA_DIR")]
        if group == "aliases":
            known = set(original.values) & set(narrative.values)
            names = [pair for pair in names if set(pair.split("~")) <= known]
        for name in names:
            detail = f"{state.get(name)} became {other.get(name)}"
            found.append(Difference(f"{group} {name}", detail[:120]))
    return found


def _unstable(original: Run, again: Run) -> list[str]:
    cells = [
        f"cell {one['place']}"
        for one, two in zip(original.cells, again.cells, strict=True)
        if _differ(one["outputs"], two["outputs"])
    ]
    values = [name for name, value in original.values.items() if again.values.get(name) != value]
    state = [
        f"{group} {name}"
        for group, state in original.state.items()
        for name in state
        if again.state.get(group, {}).get(name) != state[name]
    ]
    return cells + values + state


@click.command(help="Compare the runs of two notebooks, each in its own folder.")
@click.argument("original", type=click.Path(exists=True, path_type=Path))
@click.argument("narrative", type=click.Path(exists=True, path_type=Path))
@click.option("--python", default=sys.executable, help="Interpreter of the kernels.")
@click.option("--strict", is_flag=True, help="A variable that the narrative lacks is a difference.")
def main(original: Path, narrative: Path, python: str, strict: bool) -> None:
    """Run original, original again, narrative; print what differs."""
    home, other = original.resolve().parent, narrative.resolve().parent
    first, second = (run(original, Conditions(home, python, hash_seed=seed)) for seed in (0, 1))
    third = run(narrative, Conditions(other, python, aliases=(str(home),)))
    judgement = compare(first, second, third, strict)
    for difference in judgement.differences:
        print(difference)
    for word, names in (("missing", judgement.missing), ("unstable", judgement.unstable)):
        print(f"{word}: {', '.join(names) or 'none'}")
    sys.exit(not judgement.equal)


if __name__ == "__main__":
    main()
