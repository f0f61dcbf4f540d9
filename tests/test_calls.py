"""What a magic runs, reads and binds. Where IPython has the magic, it confirms each row."""

from __future__ import annotations

import os

import IPython
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import MAGIC_NO_VAR_EXPAND_ATTR

from nb2pkg.model import Magic, MagicKind
from nb2pkg.notebook import magic_syntax, magics

# What IPython itself warns of.
pytestmark = pytest.mark.filterwarnings("ignore")


def _only(source: str) -> Magic:
    return magics.mask(source).magics[0]


FIELDS = [
    ("%time f(x)", (MagicKind.LINE, "time", 1, "f(x)")),
    ("\n%matplotlib  inline", (MagicKind.LINE, "matplotlib", 2, "inline")),
    ("x = 1\ny = !ls  -l", (MagicKind.SHELL, "!", 2, "ls  -l")),
    ("(a,\n b) = !ls", (MagicKind.SHELL, "!", 2, "ls")),
    ("x = \\\n !ls \\\n  -l", (MagicKind.SHELL, "!", 2, "ls    -l")),
    ("!!ls", (MagicKind.SHELL, "!!", 1, "ls")),
    ("x??", (MagicKind.HELP, "pinfo2", 1, "x")),
    ("\n\n%%bash -s a\nls", (MagicKind.CELL, "bash", 3, "-s a")),
    ("cd -q ..", (MagicKind.LINE, "cd", 1, "-q ..")),
    ("\n\ncd ..", (MagicKind.LINE, "cd", 3, "..")),
]


@pytest.mark.parametrize(("source", "expected"), FIELDS, ids=[row[0] for row in FIELDS])
def test_fields(source: str, expected: tuple[object, ...]) -> None:
    magic = _only(source)
    assert (magic.kind, magic.name, magic.line, magic.argument) == expected


def test_lines_of_magics_are_those_of_the_cell() -> None:
    source = "\n%%time\n%%capture c\n!a\nx = 1\ny = !b \\\n c\n%d"
    assert [magic.line for magic in magics.mask(source).magics] == [2, 3, 4, 6, 8]


# ------------------------------------------------------------------------------------------ names

FILLED = [
    ("{a}", ("a",)),
    ("$a", ("a",)),
    ("${a}", ("a",)),
    ("$a.title {c[d]} {a}", ("a", "c", "d")),
    ("{ a }", ("a",)),
    ("{[x for x in c if x > b]}", ("c", "b")),
    ("{[x for x in c if x != b]}", ("c", "b")),
    ("{b != d}", ()),
    ("{a = 1} {b}", ()),
    ("{a[0:b]}", ("a", "b")),
    ("{a!r}", ("a",)),
    ("$$a", ()),
    ("$$a {b}", ("b",)),
    ("'$a'", ()),
    ("'$a' $b", ("b",)),
    ("{{a}}", ()),
    ("{a", ()),
    ("'{print $1}' {a}", ()),
    ("{} {a}", ()),
    ("$1 {a}", ("a",)),
    ("no names", ()),
]
VALUES = {"a": "text", "b": 2, "c": {3: 4}, "d": 3}


@pytest.mark.parametrize(("text", "names"), FILLED, ids=[row[0] for row in FILLED])
def test_names_that_ipython_fills_in(
    text: str, names: tuple[str, ...], shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert magic_syntax.filled_names(text) == names

    def filled(without: str) -> str:
        known = {name: value for name, value in VALUES.items() if name != without}
        monkeypatch.setattr(shell, "user_ns", known)
        return str(shell.var_expand(text))

    assert {name for name in VALUES if filled(without=name) != filled(without="")} == set(names)


@pytest.mark.parametrize("kind", ["line", "cell"])
def test_magics_whose_argument_is_left_alone(kind: str, shell: InteractiveShell) -> None:
    table = shell.magics_manager.magics[kind]
    found = {name: shell.find_magic(name, kind) for name in table}
    alone = {
        name for name, magic in found.items() if getattr(magic, MAGIC_NO_VAR_EXPAND_ATTR, False)
    }
    assert alone <= magic_syntax._VERBATIM
    assert magic_syntax._VERBATIM & set(table) <= alone


NAMED = [
    ("!echo {a}", ("a",)),
    ("x = !echo {a}", ("a",)),
    ("!!echo {a}", ("a",)),
    ("%cd {a}/$b", ("a", "b")),
    ("cd {a}", ("a",)),
    ("%time {a}", ()),
    ("%timeit {a: 1}", ()),
    ("%time !echo {a}", ("a",)),
    ('%%bash -s "$a" {b}\necho {c} $d', ("a", "b")),
    ("%%writefile {a}.py\nx = {b}", ("a",)),
    ("%%html\n<b>{a}</b>", ()),
    ("%%sx $b\necho {a}", ("b", "a")),
    ("%%capture $a\nb", ("a",)),
    ("%%time\n{a}", ()),
    ("a.b?", ("a",)),
    ("?a.b", ("a",)),
    ("a[0].b??", ("a",)),
    ("%time?", ()),
    ("a*?", ()),
    ("%lprun -f g -f h.i g({a})", ("a", "g")),
    ("%R -i a,b -o c f(a)", ("a", "b")),
    ("%%R -i a\nb", ("a",)),
]


@pytest.mark.parametrize(("source", "names"), NAMED, ids=[row[0] for row in NAMED])
def test_names(source: str, names: tuple[str, ...]) -> None:
    assert _only(source).names == names


@pytest.mark.skipif(os.name != "posix", reason="runs a shell")
@pytest.mark.parametrize("name", ["!", "sx", "system", "bash", "sh", "html", "markdown"])
def test_bodies_that_ipython_fills_in(
    name: str, shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.user_ns["secret"] = "known"
    result = shell.run_cell(f"%%{name}\necho {{secret}}")
    shown = capsys.readouterr().out + str(result.result)
    assert ("known" in shown) == (_only(f"%%{name}\necho {{secret}}").names == ("secret",))


# -------------------------------------------------------------------------------- code that it runs

RUNS = [
    ("%time seen.append(1)", "seen.append(1)"),
    ("%time --no-raise-error seen.append(1)", "seen.append(1)"),
    ("%time seen.append(1);", "seen.append(1);"),
    ("%time seen.append(1) # why", "seen.append(1) # why"),
    ("x = %time seen.append(1)", "seen.append(1)"),
    ("%timeit -n1 -r1 -q seen.append(1)", "seen.append(1)"),
    ("%timeit -q -n 1 -r 1 seen.append(1)", "seen.append(1)"),
    ("%timeit -n1 -r1 -q -o seen.append(-1)", "seen.append(-1)"),
    ("%timeit   -q  -r1 -n1   seen.append(1)", "seen.append(1)"),
    ("%prun -q -s time seen.append(1)", "seen.append(1)"),
    ("%prun -qs time -l 5 seen.append(1)", "seen.append(1)"),
    ("%%timeit -n1 -r1 -q seen.append(1)\npass", "seen.append(1)"),
    ("time seen.append(1)", "seen.append(1)"),
    (",seen.append a", "seen.append('a')"),
    (";seen.append a b", "seen.append('a b')"),
    ("/seen.append 1", "seen.append(1)"),
]


@pytest.mark.parametrize(("source", "python"), RUNS, ids=[row[0] for row in RUNS])
def test_python_that_ipython_runs(source: str, python: str, shell: InteractiveShell) -> None:
    assert _only(source).python == python
    if "--no-raise-error" in source and IPython.version_info < (9,):
        pytest.skip("IPython 8 does not have the option")
    by_us: list[object] = []
    exec(python, {"seen": by_us})
    by_ipython: list[object] = []
    shell.user_ns["seen"] = by_ipython
    assert shell.run_cell(source).success
    assert by_ipython == by_us != []


NOT_RUN = [
    ("%matplotlib inline", ""),
    ("%time", ""),
    ("%timeit -n1", ""),
    ("%time x = = 1", ""),
    ("%time !ls", "None"),
    ("%time x = !ls", "x = None"),
    ("%time -x", "-x"),
    ("%timeit -x + 1", "-x + 1"),
    ("%%capture cap\nx", ""),
    ("%%bash\nx", ""),
    # Not in IPython itself: as memory_profiler and line_profiler document them.
    ("%memit -r 3 -c f(x)", "f(x)"),
    ("%mprun -f f f(x)", "f(x)"),
    ("%lprun -f f -m a.b f(x)", "f(x)"),
]


@pytest.mark.parametrize(("source", "python"), NOT_RUN, ids=[row[0] for row in NOT_RUN])
def test_python_of_other_magics(source: str, python: str) -> None:
    assert _only(source).python == python


# ---------------------------------------------------------------------------------- names it binds

BINDS = [
    ("%%capture cap\n1", ("cap",)),
    ("%%capture --no-stderr cap\n1", ("cap",)),
    ("%%capture cap --no-stderr\n1", ("cap",)),
    ("%%capture\n1", ()),
    ("%%bash --out o --err e\necho 1; echo 2 >&2", ("o", "e")),
    ("%%bash --out=o\necho 1", ("o",)),
    ("%%bash\no=1", ()),
    ("%%script --out o sh\necho 1", ("o",)),
    ("%%script --bg --out o --proc p sh\necho 1", ("o", "p")),
    ("%%sx --out o\necho 1", ("o",)),
    ("%timeit -n1 -r1 -q -v res 1", ("res",)),
    ("%timeit -n1 -r1 -q -o 1", ()),
    ("%time --no-raise-error 1", ()),
    ("%cd .", ()),
    ("!true", ()),
]


@pytest.mark.skipif(os.name != "posix", reason="runs a shell")
@pytest.mark.parametrize(("source", "names"), BINDS, ids=[row[0] for row in BINDS])
def test_names_that_ipython_binds(
    source: str, names: tuple[str, ...], shell: InteractiveShell
) -> None:
    assert magics.bound_names(_only(source)) == names
    if " -v " in source and IPython.version_info < (9,):
        pytest.skip("IPython 8 does not have the option")
    for name in ("cap", "o", "e", "p", "res"):
        shell.user_ns.pop(name, None)
    before = dict.fromkeys(shell.user_ns)
    shell.run_cell(source)
    assert {name for name in shell.user_ns if name not in before and name[0] != "_"} == set(names)


# Not in IPython itself, or in need of a profile or a history: as their documentation has it.
BINDS_ELSEWHERE = [
    ("%macro -q m 1-3", ("m",)),
    ("%store -r a b", ("a", "b")),
    ("%store a", ()),
    ("%%bigquery df --project p\nselect 1", ("df",)),
    ("%%bigquery --project p\nselect 1", ()),
    ("%%sql res <<\nselect 1", ("res",)),
    ("%%sql\nselect 1", ()),
    ("%%R -i a -o b,c\nb <- a", ("b", "c")),
    ("%R -o b b <- 1", ("b",)),
    ("%%spark -o df\nval df = 1", ("df",)),
]


@pytest.mark.parametrize(
    ("source", "names"), BINDS_ELSEWHERE, ids=[row[0] for row in BINDS_ELSEWHERE]
)
def test_names_that_other_magics_bind(source: str, names: tuple[str, ...]) -> None:
    assert magics.bound_names(_only(source)) == names


# --------------------------------------------------------------------------------------- automagic

AUTOMAGIC = [
    ("pwd", "pwd"),
    ("ls -l", "ls"),
    ("cd ..", "cd"),
    ("  cd ..", "cd"),
    ("pip install x", "pip"),
    ("ls|wc", "ls"),
    ("run = 3", None),
    ("ls, x = 1, 2", None),
    ("ls == 3", None),
    ("run.it", None),
    ("ls*.py", None),
    ("lsx", None),
    ("print 1", None),
    ("", None),
]


@pytest.mark.parametrize(("source", "name"), AUTOMAGIC, ids=[row[0] for row in AUTOMAGIC])
def test_automagic(source: str, name: str | None, shell: InteractiveShell) -> None:
    magic = magics.automagic(source)
    assert (magic.name if magic else None) == name
    assert ("run_line_magic" in shell.transform_cell(source)) == (name is not None)


@pytest.mark.skipif(os.name != "posix", reason="IPython has other aliases there")
def test_every_line_magic_of_ipython_is_known(shell: InteractiveShell) -> None:
    aliases = {name for name, _ in shell.alias_manager.aliases}
    assert aliases | set(shell.magics_manager.magics["line"]) <= magic_syntax.AUTOMAGICS
