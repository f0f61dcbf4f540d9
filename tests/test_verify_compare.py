"""What a comparison of runs says, run by run: without kernels, from what a run leaves behind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nb2pkg.execution.model import Boundary, Run, Shown, Stop, Value
from nb2pkg.plan.provenance import Link
from nb2pkg.verify.compare import Expected, compare
from nb2pkg.verify.model import Comparison, PipelineVerdict, What
from nb2pkg.verify.verdicts import Verdict, judge

X = Value("int", "one")
UNKNOWN = PipelineVerdict(not_run="nobody ran it")


def boundary(index: int, names: dict[str, Value], **more: Any) -> Boundary:
    given: dict[str, Any] = {
        "outputs": (),
        "shared": frozenset(),
        "state": {},
        "changed": frozenset(names),
    }
    return Boundary(cell=f"c{index}", index=index, names=names, **(given | more))


def run(*boundaries: Boundary, **more: Any) -> Run:
    return Run(boundaries, **more)


def text(said: str) -> tuple[Shown, ...]:
    return ({"kind": "stdout", "data": {"text": said}},)


NOTHING = Expected()


def found(original: Run, narrative: Run, expected: Expected = NOTHING) -> list[tuple[str, str]]:
    comparison = compare(original, original, narrative, expected)
    return [(d.what.value, d.name) for d in comparison.differences]


PLAIN = run(boundary(0, {"x": X}), boundary(1, {"x": X, "y": X}, changed=frozenset({"y"})))


def test_equal_runs_have_no_difference() -> None:
    comparison = compare(PLAIN, PLAIN, PLAIN, Expected())
    assert comparison == Comparison(reached=("c0", "c1"))


def changed(index: int, **more: Any) -> Run:
    """PLAIN with one boundary that is not as it was."""
    boundaries = list(PLAIN.boundaries)
    boundaries[index] = replace(boundaries[index], **more)
    return Run(tuple(boundaries))


@pytest.mark.parametrize(
    ("narrative", "what", "name"),
    [
        (changed(1, names={"x": X, "y": Value("int", "two")}), What.VALUE, "y"),
        (changed(1, names={"x": X, "y": Value("float", "one")}), What.VALUE, "y"),
        (changed(1, names={"x": X}), What.MISSING, "y"),
        (changed(0, names={"x": X, "z": X}), What.ADDED, "z"),
        (changed(1, outputs=text("5")), What.OUTPUT, ""),
        (changed(1, shared=frozenset({("x", "y")})), What.SHARING, "x~y"),
        (changed(1, written=("a.csv",)), What.FILE, "a.csv"),
        (changed(1, figures=("f",)), What.FIGURE, ""),
        (replace(PLAIN, stop=Stop("c1", 1, "KeyError: 1")), What.STOP, ""),
        (replace(PLAIN, files={"a.csv": "digest"}), What.FILE, "a.csv"),
    ],
)
def test_a_difference_is_seen(narrative: Run, what: What, name: str) -> None:
    assert found(PLAIN, narrative) == [(what.value, name)]


def test_a_cell_that_the_narrative_lacks_is_a_difference() -> None:
    narrative = run(PLAIN.boundaries[1])
    assert found(PLAIN, narrative) == [("missing", "cell")]


def test_the_first_difference_is_told_once() -> None:
    other = Value("int", "two")
    narrative = run(
        boundary(0, {"x": other}), boundary(1, {"x": other, "y": X}, changed=frozenset({"y"}))
    )
    comparison = compare(PLAIN, PLAIN, narrative, Expected())
    assert [(d.cell, d.name) for d in comparison.differences] == [("c0", "x")]


def test_a_value_that_differs_anew_is_told_anew() -> None:
    """The first may be within the tolerance, and be no difference in the end; the second need not."""
    names = [{"x": Value("float", digest)} for digest in ("one", "two", "near", "far")]
    original = run(boundary(0, names[0]), boundary(1, names[1]))
    narrative = run(boundary(0, names[2]), boundary(1, names[3]))
    comparison = compare(original, original, narrative, NOTHING)
    assert [(d.cell, d.name) for d in comparison.differences] == [("c0", "x"), ("c1", "x")]


def test_the_place_of_a_stop_is_that_in_the_original() -> None:
    """The narrative may have a cell above the others that finds the package."""
    moved = [replace(b, index=b.index + 1) for b in PLAIN.boundaries]
    narrative = Run(tuple(moved), stop=Stop("c1", 2, "NameError: y"))
    (difference,) = compare(PLAIN, PLAIN, narrative, NOTHING).differences
    assert (difference.cell, difference.index) == ("c1", 1)


def test_state_that_an_import_changes_may_come_later() -> None:
    """The module that promotion moved is loaded in another cell: then its options are, too."""
    early, late = {"rc": {"a": "1"}}, {"rc": {"a": "2"}}
    one = run(
        boundary(0, {}, state=late, modules=frozenset({"seaborn"})), boundary(1, {}, state=late)
    )
    two = run(
        boundary(0, {}, state=early), boundary(1, {}, state=late, modules=frozenset({"seaborn"}))
    )
    assert found(one, two) == []
    stays = run(
        boundary(0, {}, state=early), boundary(1, {}, state=early, modules=frozenset({"seaborn"}))
    )
    assert found(one, stays) == [("state", "rc a")]


def test_random_state_is_compared_at_every_boundary() -> None:
    one = run(boundary(0, {}, state={"random": {"python": "a"}}))
    two = run(boundary(0, {}, state={"random": {"python": "b"}}, modules=frozenset({"q"})))
    assert found(one, two) == [("state", "random python")]


def test_what_is_unstable_is_compared_by_its_kind() -> None:
    again = run(boundary(0, {"x": Value("int", "two")}, outputs=text("2")))
    first = run(boundary(0, {"x": X}, outputs=text("1")))
    narrative = run(boundary(0, {"x": Value("int", "three")}, outputs=text("3")))
    comparison = compare(first, again, narrative, Expected())
    assert comparison.differences == ()
    assert [item.name for item in comparison.unstable] == ["", "x"]
    other = run(boundary(0, {"x": Value("str", "three")}, outputs=()))
    kinds = compare(first, again, other, Expected()).differences
    assert [d.what for d in kinds] == [What.OUTPUT, What.VALUE]


def test_what_cannot_be_compared_is_never_called_equal() -> None:
    uncomparable = Value("generator", "g", opaque="generator")
    same = run(boundary(0, {"x": uncomparable}))
    comparison = compare(same, same, same, Expected())
    assert [item.name for item in comparison.unstable] == ["x"]
    (step,) = judge([Link("m.f", ("c0",), returns=("x",))], comparison, {}, UNKNOWN).steps
    assert step.verdict is Verdict.UNSTABLE


def test_names_that_a_step_keeps_inside_may_be_missing_from_then_on() -> None:
    expected = Expected(inside={"c0": frozenset({"x"})})
    narrative = run(boundary(0, {}), boundary(1, {"y": X}))
    assert found(PLAIN, narrative, expected) == []
    elsewhere = Expected(inside={"c1": frozenset({"x"})})
    assert found(PLAIN, narrative, elsewhere) == [("missing", "x")]


def test_a_cell_that_is_called_below_is_not_compared_by_names() -> None:
    narrative = run(boundary(0, {}), boundary(1, {"x": X, "y": X}))
    assert found(PLAIN, narrative, Expected(later=frozenset({"c0"}))) == []


def test_functions_that_take_data_now_are_other_code() -> None:
    one = run(boundary(0, {"f": Value("callable", "a")}))
    two = run(boundary(0, {"f": Value("callable", "b")}))
    assert found(one, two) == [("value", "f")]
    assert found(one, two, Expected(rewritten=frozenset({"f"}))) == []


def test_both_may_stop_at_the_same_place() -> None:
    stop = Stop("c1", 1, "KeyError: 1")
    both = replace(PLAIN, stop=stop)
    comparison = compare(both, both, both, Expected())
    assert comparison.differences == ()
    assert comparison.reached == ("c0",)
    assert comparison.stop == stop
    steps = judge([Link("m.f", ("c0",)), Link("m.g", ("c1",))], comparison, {}, UNKNOWN).steps
    assert [step.verdict for step in steps] == [Verdict.EXACT, Verdict.STATIC]


def test_the_verdict_of_steps_around_a_difference() -> None:
    narrative = changed(1, names={"x": X, "y": Value("int", "two")})
    comparison = compare(PLAIN, PLAIN, narrative, Expected())
    links = [Link("m.f", ("c0",), returns=("x",)), Link("m.g", ("c1",), returns=("y",))]
    verification = judge([*links, Link("m.h", ("c2",))], comparison, {}, UNKNOWN)
    assert [step.verdict for step in verification.steps] == [
        Verdict.EXACT,
        Verdict.DIFFERENT,
        Verdict.STATIC,
    ]
    assert verification.verdict is Verdict.DIFFERENT


def test_a_value_within_the_tolerance_is_close() -> None:
    comparison = compare(PLAIN, PLAIN, PLAIN, Expected())
    (step,) = judge([Link("m.f", ("c1",), returns=("y",))], comparison, {"y": 1e-12}, UNKNOWN).steps
    assert (step.verdict, step.notes) == (Verdict.CLOSE, ("y",))


def test_a_setting_is_told_where_it_was_changed() -> None:
    """It is compared once both have imported the same, which is at the end here."""

    def run(*levels: str, loads: tuple[int, ...]) -> Run:
        return Run(
            tuple(
                Boundary(
                    *(f"c{n}", n, (), {}, frozenset(), frozenset()),
                    {"logging": {"level": level}},
                    modules=frozenset({f"m{n}"} if n in loads else ()),
                )
                for n, level in enumerate(levels)
            )
        )

    original = run("30", "30", "10", "10", loads=(0,))
    found = compare(original, original, run("30", "30", "30", "30", loads=(3,)), Expected())
    assert [(d.index, d.name) for d in found.differences] == [(2, "logging level")]


OLD, NEW = Value("Axes", "old"), Value("Axes", "new")
OLDER = Expected(inside={"c1": frozenset({"ax"})})


def _bound_twice(**last: Any) -> Run:
    """A canvas is made, and another one under its name in the next cell."""
    more = {"names": {"ax": NEW, "n": X}, "changed": frozenset({"n"})} | last
    return run(
        boundary(0, {"ax": OLD}),
        boundary(1, {"ax": NEW}, changed=frozenset({"ax"})),
        boundary(2, **more),
    )


KEPT_INSIDE = run(
    boundary(0, {"ax": OLD}),
    boundary(1, {"ax": OLD}, changed=frozenset()),
    boundary(2, {"ax": OLD, "n": X}, changed=frozenset({"n"})),
)


def test_a_name_that_a_step_keeps_to_itself_has_its_older_value() -> None:
    assert found(_bound_twice(), KEPT_INSIDE, OLDER) == []
    assert found(_bound_twice(), KEPT_INSIDE) == [("value", "ax")]


def test_no_longer_once_either_notebook_gives_it_another() -> None:
    """Whoever binds it later has to bind it in both."""
    third = _bound_twice(
        names={"ax": Value("Axes", "third"), "n": X}, changed=frozenset({"ax", "n"})
    )
    assert found(third, KEPT_INSIDE, OLDER) == [("value", "ax")]
    wrong = list(KEPT_INSIDE.boundaries)
    wrong[1] = replace(wrong[1], names={"ax": Value("Axes", "wrong")}, changed=frozenset({"ax"}))
    assert found(_bound_twice(), Run(tuple(wrong)), OLDER)[0] == ("value", "ax")
