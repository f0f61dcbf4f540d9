"""Where notebook and package stand: in step, validated, approved, verified; and whether that holds."""

from __future__ import annotations

import difflib
import json
import os
import subprocess
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from nb2pkg.cli.main import cli
from nb2pkg.errors import ConflictError, Nb2pkgError
from nb2pkg.facts import analyze
from nb2pkg.graph import fingerprint
from nb2pkg.project import approvals, code_digest
from nb2pkg.status import bookkeeping
from nb2pkg.status.look import look
from nb2pkg.status.model import Mark, State
from tests import build

STORY = """
# %% id="load" tags=["nb2pkg:clean.load"]
weights = [50.5, 61.5, 72.0]
heaviest = max(weights)
# %% id="scale" tags=["nb2pkg:clean.scale"]
shares = [w / heaviest for w in weights]
# %% id="round" tags=["nb2pkg:show.rounded"]
def rounded(share):
    return round(share, 2)
# %% id="look"
[rounded(s) for s in shares]
"""


@pytest.fixture(autouse=True)
def ada(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who commits here, and a day that does not go on."""
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.name")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "Ada")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A notebook and its package; the tests are called from there."""
    build.write(tmp_path, STORY)
    monkeypatch.chdir(tmp_path)
    assert invoke("promote", "analysis.ipynb").exit_code == 0
    return tmp_path


def invoke(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def states(folder: Path) -> dict[str, str]:
    """Symbol, or id of a cell from which nothing was moved, to the word of its state."""
    rows = look(folder / "analysis-package").rows
    return {row.symbol or row.cell: row.state.value for row in rows}


def changed(folder: Path, old: str, new: str) -> None:
    """The notebook with another text."""
    assert old in STORY
    build.write(folder, STORY.replace(old, new))


def edited(folder: Path, path: str, old: str, new: str) -> None:
    """A file of the package with another text."""
    file = folder / "analysis-package" / path
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


CLEAN, SHOW = "src/analysis/clean.py", "src/analysis/show.py"
IN_STEP = {
    "clean.load": "in step",
    "clean.scale": "in step",
    "show.rounded": "in step",
    "look": "in step",
}


def test_just_promoted(folder: Path) -> None:
    assert states(folder) == IN_STEP
    result = invoke("status")
    assert result.exit_code == 0
    assert result.stderr == "all in step\n"
    assert "2     clean.scale   in step  1970-01-01  no        no\n" in result.stdout
    assert "and 1 cell from which nothing was moved\nvalidated by Ada (3)\n" in result.stdout


CHANGES: dict[str, tuple[tuple[str, str] | None, tuple[str, str, str] | None, dict[str, str]]] = {
    "a cell": (("max(w", "min(w"), None, {"clean.load": "notebook changed"}),
    "blanks at the end of a line": (("max(weights)", "max(weights)  "), None, {}),
    "a tag": (("clean.scale", "clean.share"), None, {"clean.scale": "notebook changed"}),
    "a cell that is not tagged": (
        ("[rounded(s) for", "[rounded(s + 1) for"),
        None,
        {"look": "notebook changed"},
    ),
    "a new cell": (
        ('# %% id="look"', '# %% id="new"\nx = 1\n# %% id="look"'),
        None,
        {"new": "notebook changed"},
    ),
    "a new tag": (
        ('# %% id="look"', '# %% id="new" tags=["nb2pkg:show.one"]\nx = 1\n# %% id="look"'),
        None,
        {"new": "not promoted yet"},
    ),
    "code": (None, (SHOW, "share, 2", "share, 3"), {"show.rounded": "package changed"}),
    "a comment": (
        None,
        (SHOW, "return", "# short\n    return"),
        {"show.rounded": "package changed"},
    ),
    "layout": (None, (SHOW, "round(share, 2)", "round( share,2 )"), {}),
    "both": (
        ("max(w", "min(w"),
        (CLEAN, "heaviest = ", "heaviest = 1 * "),
        {"clean.load": "both changed"},
    ),
    "a function that is gone": (
        None,
        (SHOW, "def rounded(share):\n    return round(share, 2)\n", ""),
        {"show.rounded": "deleted in the package"},
    ),
    "a cell that is gone": (
        (
            '# %% id="scale" tags=["nb2pkg:clean.scale"]\nshares = [w / heaviest for w in weights]\n',
            "",
        ),
        None,
        {"clean.scale": "cell is gone"},
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_changed(folder: Path, name: str) -> None:
    notebook, package, expected = CHANGES[name]
    if notebook:
        changed(folder, *notebook)
    if package:
        edited(folder, *package)
    assert states(folder) == IN_STEP | expected
    assert invoke("status").exit_code == (1 if expected else 0)


def test_a_renamed_function_is_in_step_and_followed(folder: Path) -> None:
    for path in (SHOW, "notebooks/analysis.ipynb"):
        edited(folder, path, "rounded", "shortened")
    expected = {("show.shortened" if k == "show.rounded" else k): v for k, v in IN_STEP.items()}
    assert states(folder) == expected
    assert invoke("promote", "analysis.ipynb").exit_code == 0
    # Now that the name is known, the link holds when the code becomes another one, too.
    edited(folder, SHOW, "# nb2pkg: analysis.ipynb#round\n", "")
    edited(folder, SHOW, "return round(share, 2)", "return int(share * 100) / 100")
    assert states(folder) == expected | {"show.shortened": "package changed"}
    changed(folder, "w / heaviest", "2 * w / heaviest")
    assert invoke("promote", "analysis.ipynb").exit_code == 0
    text = (folder / "analysis-package" / SHOW).read_text(encoding="utf-8")
    assert "def shortened(share):\n    return int(share * 100) / 100" in text
    assert "def rounded" not in text


def test_nothing_is_stale_where_functions_are_passed_data(tmp_path: Path) -> None:
    """A promotion restates such functions and their calls; what feeds a cell is what the notebook says."""
    text = """
        # %% id="imports"
        import statistics
        # %% id="load" tags=["nb2pkg:a.load"]
        rows = statistics.multimode([4, 2, 9])
        # %% id="extra"
        extra = statistics.multimode([1, 4])
        # %% id="cut" tags=["nb2pkg:a"]
        def cut(values):
            kept = [v for v in values if v in extra]
            return statistics.covariance(kept, values)
        # %% id="use" tags=["nb2pkg:a.use"]
        few = statistics.mean(rows) + len(rows)
        # %% id="both" tags=["nb2pkg:a.both"]
        both = [cut(rows), cut(extra)]
        """
    assert invoke("promote", build.write(tmp_path, text)).exit_code == 0
    rows = look(tmp_path / "analysis-package").rows
    assert {row.symbol for row in rows if row.validated.mark is not Mark.NONE} >= {
        "a.load",
        "a.use",
    }
    assert not [row.symbol for row in rows if row.validated.mark is Mark.STALE]


def test_promoting_brings_it_into_step(folder: Path) -> None:
    changed(folder, "max(w", "min(w")
    assert states(folder)["clean.load"] == "notebook changed"
    assert invoke("promote", "analysis.ipynb").exit_code == 0
    assert states(folder) == IN_STEP


def test_reasons_are_sentences(folder: Path) -> None:
    assert invoke("review", "approve", "show.rounded").exit_code == 0
    assert invoke("review", "reject", "clean.scale", "-m", "why so?").exit_code == 0
    story = STORY.replace("max(w", "min(w").replace("clean.load", "clean.read")
    build.write(folder, story.replace("[rounded(s) for", "[rounded(s + 1) for"))
    edited(folder, SHOW, "share, 2", "share, 3")
    lines = invoke("status").stdout.splitlines()
    assert lines[5:] == [
        "clean.load: the text and the tag of the cell changed since the promotion.",
        "clean.load: the cell changed since Ada validated it on 1970-01-01.",
        "clean.scale: what feeds it changed since Ada validated it on 1970-01-01.",
        "clean.scale: Ada rejected the code on 1970-01-01 (why so?).",
        "show.rounded: somebody has edited the code since the promotion, and it was not verified.",
        "show.rounded: the code changed since Ada approved it on 1970-01-01.",
        "cell 4: changed since the promotion, and no code was made from it.",
        "validated by Ada (1)",
    ]


def test_the_table_fits_where_names_are_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "a_module_with_quite_a_long_name.and_a_function_that_says_everything_that_it_does"
    text = f"""
        # %% id="one" tags=["nb2pkg:{name}"]
        weights = [len("a"), 2]
        # %% id="two" tags=["nb2pkg:a.total"]
        total = sum(weights) / len(weights)
        """
    monkeypatch.chdir(tmp_path)
    assert invoke("promote", build.write(tmp_path, text)).exit_code == 0
    changed = textwrap.dedent(text).replace("2]", "3]")
    build.write(tmp_path, changed)
    lines = invoke("status").stdout.splitlines()
    assert max(map(len, lines)) <= 100
    assert f"1     {name}" in lines, "never cut: every command takes it"
    assert invoke("diff", name).exit_code == 0


def test_a_badge(folder: Path) -> None:
    assert invoke("status", "--badge").stdout == (
        "**nb2pkg** in step · 3/3 validated · 0/3 approved · 0/3 verified\n"
    )
    assert invoke("review", "approve", "show.rounded").exit_code == 0
    changed(folder, "max(w", "min(w")
    result = invoke("status", "--badge")
    assert result.exit_code == 1
    assert result.stdout == (
        "**nb2pkg** 1 out of step · 1/3 validated · 1/3 approved · 0/3 verified\n"
    )
    assert invoke("status", "--badge", "--json").exit_code == 2


def test_as_json(folder: Path) -> None:
    changed(folder, "max(w", "min(w")
    result = invoke("status", "analysis-package", "--json", "--require", "approved")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert (found["in_step"], found["package"]) == (False, "analysis")
    row = found["rows"][0]
    assert (row["cell"], row["symbol"], row["state"]) == (1, "clean.load", "notebook changed")
    assert row["reasons"] == [
        "the text of the cell changed since the promotion",
        "the cell changed since Ada validated it on 1970-01-01",
    ]
    assert row["validated"] == {
        "mark": "stale",
        "told": "stale (Ada, 1970-01-01): the cell changed",
        "why": "tagged",
    }
    assert {"symbol": "clean.scale", "what": "approved"} in found["lacking"]


# ------------------------------------------------------------------------------------ validation


def opinion(folder: Path, symbol: str, name: str) -> Any:
    rows = look(folder / "analysis-package").rows
    return getattr(next(row for row in rows if row.symbol == symbol), name)


def test_a_tag_validates_once(folder: Path) -> None:
    changed(folder, "max(w", "min(w")
    assert "the cell changed" in opinion(folder, "clean.load", "validated").text
    assert "what feeds it changed" in opinion(folder, "clean.scale", "validated").text
    assert opinion(folder, "show.rounded", "validated").holds
    assert invoke("promote", "analysis.ipynb").exit_code == 0
    assert "the cell changed" in opinion(folder, "clean.load", "validated").text
    assert invoke("status", "--require", "validated").exit_code == 1
    result = invoke("validate", "1-2", "-m", "the lab agrees", "--by", "Grace")
    assert result.stderr == "cell 1 is validated by Grace\ncell 2 is validated by Grace\n"
    assert opinion(folder, "clean.load", "validated").why == "the lab agrees"
    assert invoke("status", "--require", "validated").exit_code == 0


def test_a_cell_that_is_changed_in_place_feeds() -> None:
    cells = (
        '# %% id="a"\nx = [3, 1]\n# %% id="b"\nx.sort()\n# %% id="c"\ny = x[0]\n'
        '# %% id="d"\nz = 1\n# %% id="e"\nprint(y)\n'
    )
    found = fingerprint.upstream_cells(analyze(build.notebook(cells)))
    assert found == {"a": (), "b": ("a",), "c": ("a", "b"), "d": (), "e": ("a", "b", "c")}


@pytest.mark.usefixtures("folder")
def test_nobody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "0")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    result = invoke("validate", "1")
    assert isinstance(result.exception, Nb2pkgError)
    assert "nobody knows who decides this" in result.exception.message
    assert "user.name" in result.exception.hint


def test_no_such_cell(folder: Path) -> None:
    before = (folder / "analysis-package" / approvals.PATH).read_text(encoding="utf-8")
    result = invoke("validate", "1", "9")
    assert isinstance(result.exception, Nb2pkgError)
    assert (folder / "analysis-package" / approvals.PATH).read_text(encoding="utf-8") == before


def test_a_line_that_is_no_decision(folder: Path) -> None:
    path = folder / "analysis-package" / approvals.PATH
    path.write_text(path.read_text(encoding="utf-8") + '{"what": "eaten"}\n', encoding="utf-8")
    result = invoke("status")
    assert isinstance(result.exception, Nb2pkgError)
    assert "line 4: is not a decision" in result.exception.message


# ---------------------------------------------------------------------------------------- review


def test_approval_goes_stale_with_the_code(folder: Path) -> None:
    assert invoke("review", "approve", "all", "-m", "read").exit_code == 0
    assert invoke("status", "--require", "approved,validated").exit_code == 0
    edited(folder, SHOW, "round(share, 2)", "round( share,2 )")
    assert opinion(folder, "show.rounded", "approved").holds
    edited(folder, SHOW, "round( share,2 )", "round(share, 3)")
    assert "the code changed" in opinion(folder, "show.rounded", "approved").text
    assert opinion(folder, "clean.load", "approved").holds


def test_rejection(folder: Path) -> None:
    assert invoke("review", "approve", "rounded").exit_code == 0
    assert invoke("review", "reject", "show.rounded", "-m", "three digits").exit_code == 0
    (row,) = (r for r in look(folder / "analysis-package").rows if r.symbol == "show.rounded")
    assert row.is_rejected
    assert not row.approved.holds
    assert row.approved.why == "three digits"
    result = invoke("status", "--require", "approved")
    assert "show.rounded: not approved (rejected (Ada, 1970-01-01))" in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("review", "approve", "nothing"), "there is no symbol nothing"),
        (("review", "approve"), "Name the symbols to approve"),
        (("review", "analysis-package", "more"), "Name one project"),
        (("status", "--require", "loved"), "'loved' is not one of"),
        (("diff", "nothing"), "there is no symbol nothing"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_wrong_calls(words: tuple[str, ...], message: str) -> None:
    result = invoke(*words)
    told = getattr(result.exception, "message", "") or result.output
    assert message in told
    assert result.exit_code != 0


def test_several_packages_are_here(folder: Path) -> None:
    build.write(folder, STORY, "other.ipynb")
    invoke("promote", "other.ipynb")
    result = invoke("status")
    assert isinstance(result.exception, Nb2pkgError)
    assert "analysis-package, other-package" in result.exception.message
    assert invoke("status", "other-package").exit_code == 0


def test_inside_the_project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder / "analysis-package" / "src" / "analysis")
    assert invoke("status").exit_code == 0


# ------------------------------------------------------------------------------------------ diff


def test_diff_of_an_edit(folder: Path) -> None:
    edited(folder, SHOW, "share, 2", "share, 3")
    lines = invoke("diff", "rounded").stdout.splitlines()
    assert lines[:2] == ["--- analysis.ipynb, cell round", "+++ analysis.show.rounded"]
    assert [line for line in lines[2:] if line[0] in "+-"] == [
        "-    return round(share, 2)",
        "+    return round(share, 3)",
    ]


def test_diff_of_a_changed_cell(folder: Path) -> None:
    changed(folder, "share, 2", "share, 4")
    lines = invoke("diff", "show.rounded").stdout.splitlines()
    assert [line for line in lines[2:] if line[0] in "+-"] == [
        "-    return round(share, 4)",
        "+    return round(share, 2)",
    ]


@pytest.mark.usefixtures("folder")
def test_diff_of_nothing() -> None:
    result = invoke("diff", "clean.load")
    assert result.stdout == ""
    assert result.stderr == "clean.load: the notebook and the package are the same\n"


# --------------------------------------------------------------------------------------- options


def test_what_was_promoted_with_all_stays_so(tmp_path: Path) -> None:
    path = build.write(tmp_path, STORY.replace(' tags=["nb2pkg:clean.scale"]', ""))
    assert invoke("promote", path, "--all", "--name", "bears").exit_code == 0
    assert invoke("promote", path).exit_code == 0
    project = tmp_path / "analysis-package"
    assert "shares" in (project / "src/bears/pipeline.py").read_text(encoding="utf-8")
    result = invoke("promote", path, "--name", "wolves")
    assert isinstance(result.exception, ConflictError)


# --------------------------------------------------------------------------------------- digests


SAME = [
    ("def f(x):\n    return x + 1", "def f( x ):\n    # why\n    return (x+1)"),
    ("def f():\n    '''Do it.\n\n    So.'''", 'def f():\n  """Do it.\n\n  So.\n  """'),
    ("x = 'a'", 'x = "a"'),
]
OTHER = [
    ("x = 1", "x = 1.0"),
    ("x = 'a'", "x = b'a'"),
    ("def f(x):\n    return x", "def f(y):\n    return y"),
    ("def f(): 'a'", "def f(): 'b'"),
    ("def f(x=None): ...", "def f(x): ..."),
    ("async def f(): ...", "def f(): ..."),
    ("x = y", "x = [y]"),
    ("x = f'{a}'", "x = f'{a!r}'"),
]


def of(text: str) -> Mapping[str, str]:
    return code_digest.of_symbols({"src/p/m.py": text}, "p")


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_code(one: str, other: str) -> None:
    assert of(one) == of(other) != {}


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_other_code(one: str, other: str) -> None:
    assert of(one) != of(other)


def test_a_digest_is_that_of_all_versions_of_python() -> None:
    """Written down with Python 3.11: an approval has to hold in an environment with another one."""
    source = (
        "@d(1)\nasync def f(a, /, b: int = 2, *c, d, e=None, **g) -> list[str]:\n"
        "    'Doc.'\n    async with h as i, j: pass\n    return [k async for k in f'{a!r:>{b}}']\n"
        "class C(B, m=1):\n    x: int\n    def y(self): return lambda: (yield)\n"
    )
    assert of(source) == {"m.f": "153945e6ccd0b783", "m.C": "36aaf68a2ce1bf49"}


def test_what_a_symbol_uses_counts_in_its_closure() -> None:
    texts = {
        "src/p/a.py": "from .b import LIMIT as most\n\ndef f(x):\n    return g(x)\n\n"
        "def g(x):\n    return x < most\n\ndef h():\n    return 1\n",
        "src/p/b.py": "LIMIT = 3\n",
    }
    before = code_digest.of_closures(texts, "p")
    after = code_digest.of_closures({**texts, "src/p/b.py": "LIMIT = 4\n"}, "p")
    assert {name for name in before if before[name] != after[name]} == {"a.f", "a.g", "b.LIMIT"}


def test_git_keeps_decisions_of_both_sides(folder: Path) -> None:
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "promoted")
    git(folder, "checkout", "-qb", "ada")
    assert invoke("validate", "1", "-m", "by Ada").exit_code == 0
    git(folder, "commit", "-qam", "validated")
    git(folder, "checkout", "-q", "main")
    assert invoke("review", "approve", "all", "--by", "Grace").exit_code == 0
    git(folder, "commit", "-qam", "approved")
    git(folder, "merge", "-q", "ada", "-m", "both")
    found = approvals.read(folder / "analysis-package")
    assert {(d.what, d.who) for d in found} == {("validated", "Ada"), ("approved", "Grace")}
    assert opinion(folder, "clean.load", "validated").why == "by Ada"
    assert invoke("status", "--require", "approved").exit_code == 0


def git(folder: Path, *words: str) -> str:
    """A real git; who commits is in the environment."""
    names = {"GIT_COMMITTER_EMAIL": "a@example.org", "GIT_AUTHOR_EMAIL": "a@example.org"}
    done = subprocess.run(
        ["git", *words],
        cwd=folder,
        env={**os.environ, **names},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout


def test_every_word_of_a_state_is_in_the_docs() -> None:
    page = Path(__file__).resolve().parent.parent / "docs" / "status.md"
    text = page.read_text(encoding="utf-8")
    assert [state.value for state in State if f"| {state.value} |" not in text] == []


# ------------------------------------------------------------------------------------------ names


def test_names_are_those_that_status_lists(folder: Path) -> None:
    """Also of what was renamed since; by its old name it is still found."""
    edited(folder, SHOW, "def rounded", "def shortened")
    edited(folder, "src/analysis/clean.py", "def scale(", "def relative_weights(")
    edited(folder, "src/analysis/clean.py", "w / heaviest", "w / heaviest + 0")
    assert "clean.relative_weights" in states(folder)
    for name in ("clean.relative_weights", "relative_weights", "analysis.clean.scale", "scale"):
        assert "+    return [w / heaviest + 0 for" in invoke("diff", name).stdout
    result = invoke("review", "approve", "show.shortened", "rounded", "--by", "Grace")
    assert result.stderr.splitlines() == ["show.shortened is approved by Grace"] * 2
    assert invoke("review", "approve", "all", "--by", "Grace").exit_code == 0
    rows = {row.symbol: row.approved.holds for row in look(folder / "analysis-package").rows}
    assert rows["show.shortened"]
    assert rows["clean.relative_weights"]
    assert invoke("validate", "clean.relative_weights", "(look)", "--by", "Ada").stderr == (
        "cell 2 is validated by Ada\ncell 4 is validated by Ada\n"
    )
    for name in ("relative_weights", "analysis.clean.relative_weights", "clean.scale"):
        result = invoke("validate", name, "--by", "Ada")
        assert result.stderr == "cell 2 is validated by Ada\n"
    assert invoke("inline", "clean.relative_weights").exit_code == 0
    assert "w / heaviest + 0" in (folder / "analysis.ipynb").read_text(encoding="utf-8")
    assert states(folder)["clean.relative_weights"] == "in step"


def test_a_function_of_several_cells_is_validated_in_all_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """
        # %% tags=["nb2pkg:a.load"]
        north = sorted([8, 2, 1, 3])
        south = [n + 3 for n in north]
        # %% tags=["nb2pkg:a"]
        spread_north = max(north) - min(north) + sum(north) / len(north)
        # %% tags=["nb2pkg:a"]
        spread_south = max(south) - min(south) + sum(south) / len(south)
        # %%
        spread_north, spread_south
        """
    monkeypatch.chdir(tmp_path)
    assert invoke("promote", build.write(tmp_path, text)).exit_code == 0
    symbols = {row.symbol: row.number for row in look(tmp_path / "analysis-package").rows}
    (copied,) = (symbol for symbol, number in symbols.items() if number == 3)
    result = invoke("validate", copied, "--by", "Ada")
    assert result.stderr == "cell 2 is validated by Ada\ncell 3 is validated by Ada\n"


@pytest.mark.parametrize(
    "words", [("diff",), ("inline",), ("validate", "--by", "Ada"), ("review", "approve")]
)
@pytest.mark.usefixtures("folder")
def test_an_unknown_name_gets_suggestions(words: tuple[str, ...]) -> None:
    error = invoke(*words, "clean.scal").exception
    assert isinstance(error, Nb2pkgError)
    assert error.hint.startswith("Did you mean 'clean.scale'")
    assert error.hint.count("'") <= 6


def test_diff_of_a_whole_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert invoke("diff", "analysis-package").stderr == (
        "the notebook and the package are the same\n"
    )
    edited(folder, SHOW, "share, 2", "share, 3")
    changed(folder, "max(weights)", "min(weights)")
    (folder / "analysis-package" / SHOW).touch()
    for words in (("diff", "analysis-package"), ("diff",)):
        lines = invoke(*words).stdout.splitlines()
        assert [line for line in lines if line.startswith("+++")] == [
            "+++ analysis.clean.load",
            "+++ analysis.show.rounded",
        ]
        assert "-    heaviest = min(weights)" in lines
    monkeypatch.chdir(folder / "analysis-package")
    assert invoke("diff").stdout.splitlines() == lines


MADE = '''\
# nb2pkg: a.ipynb#f
@cached
def f(x: list[int], *, n: int = 1) -> int:
    """Sum."""

    # As agreed.
    return sum(x) + n
'''
BARE = "@cached\ndef f(x, *, n=1):\n    # As agreed.\n    return sum(x) + n\n"


@pytest.mark.parametrize(
    ("current", "left"),
    [
        (BARE, []),
        (MADE, []),
        (BARE.replace("sum", "len"), ["-    return sum(x) + n", "+    return len(x) + n"]),
        (MADE.replace("Sum.", "Add."), ['-    """Sum."""', '+    """Add."""']),
        (
            MADE.replace("x: list[int]", "x: set[int]"),
            [
                "-def f(x: list[int], *, n: int = 1) -> int:",
                "+def f(x: set[int], *, n: int = 1) -> int:",
            ],
        ),
        (
            BARE.replace("n=1", "n=2"),
            ["-def f(x: list[int], *, n: int = 1) -> int:", "+def f(x, *, n=2):"],
        ),
        (
            BARE.replace("@cached\n", ""),
            ["-@cached", "-def f(x: list[int], *, n: int = 1) -> int:", "+def f(x, *, n=1):"],
        ),
    ],
)
def test_what_is_no_change_of_the_analysis(current: str, left: list[str]) -> None:
    before, now = bookkeeping.without(MADE, current)
    lines = list(difflib.unified_diff(before.splitlines(), now.splitlines(), n=0, lineterm=""))
    assert [line for line in lines[2:] if not line.startswith("@@")] == left


def test_bookkeeping_is_shown_on_demand(folder: Path) -> None:
    edited(folder, SHOW, "# nb2pkg: analysis.ipynb#round\n", "")
    result = invoke("diff", "rounded")
    assert result.stdout == ""
    assert "only markers, annotations or docstrings differ (--bookkeeping)" in result.stderr
    assert "-# nb2pkg: analysis.ipynb#round" in invoke("diff", "rounded", "--bookkeeping").stdout


def test_what_is_validated_is_what_the_narrative_has_now(folder: Path) -> None:
    """Where a package goes on from its narrative, as status looks at it."""
    story = folder / "analysis-package/notebooks/analysis.ipynb"
    story.write_text(
        story.read_text("utf-8").replace("for s in shares]", "for s in shares[1:]]"), "utf-8"
    )
    assert invoke("promote", story).exit_code == 0
    story.write_text(story.read_text("utf-8").replace("shares[1:]", "shares[:1]"), "utf-8")
    assert invoke("validate", "look", "--by", "Ada").exit_code == 0
    (row,) = (row for row in look(folder / "analysis-package").rows if row.cell == "look")
    assert row.validated.holds
