"""What sees the notebook itself, and what has to stay for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nb2pkg.errors import PromotionError
from nb2pkg.promote.build import Promotion, Request, promote
from tests import build

ABOVE, BELOW = "above = sorted([3, 1])", "below = sorted([4, 2])"


def of(folder: Path, cell: str, *, shown: str = "") -> Promotion:
    cells = [ABOVE, cell, BELOW] + ([shown] if shown else [])
    return promote(build.write(folder, [*cells]), Request(everything=True))


def moved(made: Promotion) -> set[str]:
    return {name for step in made.plan.steps for name in step.returns}


# what a cell does, what moves around it, the code that says why not all does
ROWS: list[tuple[str, set[str], str]] = [
    ("names = dir()", {"below"}, "NB206"),
    ("names = [n for n in globals() if n[0] != '_']", {"below"}, "NB206"),
    ("g = globals()\nn = len(g)", {"below"}, "NB206"),
    ("%whos", {"below"}, "NB206"),
    ("import __main__\nfound = __main__.above", {"below"}, "NB206"),
    ("import sys\nmine = sys.modules['__main__']", {"below"}, "NB206"),
    ("import timeit\nt = timeit.timeit('f()', 'from __main__ import above')", {"below"}, "NB206"),
    ("def f():\n    return list(globals())\nnames = f()", {"below"}, "NB206"),
    ("x = globals()['above']", {"above", "below"}, "NB302"),
    ("there = 'above' in globals()", {"above", "below"}, "NB302"),
    ("text = '{above}'.format(**globals())", {"above", "below"}, "NB302"),
    ("def f():\n    return locals()\nx = f()", {"above", "below"}, "NB408"),
    ("d = dir(above)", {"above", "below"}, ""),
    ("import inspect\nline = inspect.currentframe().f_lineno", {"above", "below"}, "NB204"),
    (
        "import sys\ndef here():\n    return sys._getframe(1).f_lineno\nline = here()",
        {"above", "below"},
        "NB204",
    ),
    ("ok = __name__ == '__main__'", {"above", "below"}, "NB310"),
]


@pytest.mark.parametrize(("cell", "moves", "code"), ROWS, ids=[row[0][:40] for row in ROWS])
def test_what_moves_around_it(tmp_path: Path, cell: str, moves: set[str], code: str) -> None:
    made = of(tmp_path, cell)
    assert moved(made) & {"above", "below"} == moves
    assert code in {"", *(problem.code for problem in made.problems)}


def test_the_set_up_leaves_no_names_where_they_are_listed(tmp_path: Path) -> None:
    made = of(tmp_path, "names = dir()\nopen('a.txt', 'w')")
    first = build.cells_of(made.files["notebooks/analysis.ipynb"])[0]
    assert first.endswith("del sys, enter_data_dir")
    made = of(tmp_path, "open('a.txt', 'w')")
    assert "del" not in build.cells_of(made.files["notebooks/analysis.ipynb"])[0]


SETS = "from IPython.core.interactiveshell import InteractiveShell\nInteractiveShell.ast_node_interactivity = '{}'"


def test_all_that_is_shown_stays(tmp_path: Path) -> None:
    cell = SETS.format("all")
    made = of(tmp_path, cell, shown="len(above)\ntop = max(above)\nabove.count(top)")
    last = build.cells_of(made.files["notebooks/analysis.ipynb"])[-1].splitlines()
    assert "len(above)" in last
    assert last[-1] == "above.count(top)"
    assert {"above", "below", "top"} <= moved(made)


def test_other_ways_to_show_values_are_left_alone(tmp_path: Path) -> None:
    with pytest.raises(PromotionError, match="nothing to promote"):
        of(tmp_path, SETS.format("last_expr_or_assign"))
    assert moved(of(tmp_path, SETS.format("last_expr"))) >= {"above", "below"}


def test_what_another_order_does_not_touch_moves(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "code", "source": source, "metadata": {}, "execution_count": count}
        for source, count in [
            ("rate = 0.19", 1),
            ("price = 100 * (1 + rate)", 4),
            ("rate = 0.07", 3),
            ("names = sorted(['b', 'a'])", 5),
            ("due = [price]", 6),
        ]
    ]
    made = promote(build.write(tmp_path, cells), Request(everything=True))
    assert moved(made) == {"names"}
    assert [p.code for p in made.problems if p.code == "NB205"] == ["NB205"]
