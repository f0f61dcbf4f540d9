"""The texts that were generated last time: as lines on disk, after merges of git, and of earlier versions."""

from __future__ import annotations

import base64
import json
import shutil
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nb2pkg.cli.main import cli
from nb2pkg.errors import ConflictError, Nb2pkgError
from nb2pkg.project import base, locate, manifest
from nb2pkg.status.look import look
from tests import build
from tests.test_branches import git

MODULE = "src/analysis/work.py"
NOTEBOOK = "notebooks/analysis.ipynb"


def cells(**bodies: str) -> str:
    """Three functions in neighbouring cells, and something that is shown."""
    found = {"one": "1", "two": "2", "three": "3"} | bodies
    functions = (
        f'# %% id="{name}" tags=["nb2pkg:work"]\ndef {name}(x):\n    y = x + {body}\n    return y'
        for name, body in found.items()
    )
    return "\n".join((*functions, '# %% id="shown"\nprint(one(1), two(2), three(3))\n'))


def promote(folder: Path, *words: str, **bodies: str) -> Result:
    path = build.write(folder, cells(**bodies))
    return CliRunner().invoke(cli, ["promote", str(path), *words])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    assert promote(tmp_path).exit_code == 0
    return tmp_path / "analysis-package"


def edit(project: Path, old: str, new: str, path: str = MODULE) -> None:
    text = (project / path).read_text(encoding="utf-8")
    assert old in text
    (project / path).write_text(text.replace(old, new), encoding="utf-8")


def module(project: Path) -> str:
    return (project / MODULE).read_text(encoding="utf-8")


def states(project: Path) -> dict[str, str]:
    return {row.symbol: row.state.value for row in look(project).rows if row.symbol}


# ------------------------------------------------------------------------------------------- lines

TEXTS = {
    "src/p/a.py": '"""A."""\n\nimport os\n\nX = 1\n\n\ndef f():\n    return 1\n\n\n# Later.\n\nif X:\n    f()\n',
    "src/p/b.py": "def f():\n    return 1\n",
    "src/p/odd.py": "A, B = 1, 2\nif A:\n\tB = 3\nB = 4\n",
    "src/p/text.py": "this is no Python\r\n",
    "src/p/empty.py": "",
    "src/p/py.typed": "",
    "tests/test_a.py": "def test():\n    assert 1\n",
    "README.md": "# Ä\u2028 title\n",
}


def test_the_parts_add_up(tmp_path: Path) -> None:
    (tmp_path / ".nb2pkg").mkdir()
    (tmp_path / base.PATH).write_text(base.as_text(TEXTS, "p"), encoding="utf-8")
    found = base.read(tmp_path, "p")
    assert base.texts(found, {}) == TEXTS
    names = [part.name for part in found if part.path == "src/p/a.py"]
    assert names == ["", "X", "f", "#2"]
    assert "def f" not in (tmp_path / base.PATH).read_text(encoding="utf-8")


def test_a_narrative_is_kept_without_what_its_cells_gave(project: Path) -> None:
    edit(
        project,
        '"outputs": []',
        '"outputs": [{"output_type": "stream", "name": "stdout", "text": "secret"}]',
        NOTEBOOK,
    )
    before = locate.generated(project)[NOTEBOOK]
    assert "secret" not in before
    sources = [cell["source"] for cell in json.loads(before)["cells"]]
    now = json.loads((project / NOTEBOOK).read_text(encoding="utf-8"))
    assert sources == [cell["source"] for cell in now["cells"]]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_narrative_that_nobody_changed_is_known_word_for_word(project: Path, end: str) -> None:
    path = project / NOTEBOOK
    text = path.read_text(encoding="utf-8")
    path.write_bytes(text.replace("\n", end).encode())
    assert locate.generated(project)[NOTEBOOK] == text


def test_another_zlib_is_no_change(project: Path) -> None:
    """What one version makes of a text is not what another makes of it."""
    path = project / base.PATH
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        text = zlib.decompress(base64.b64decode(line[2]))
        line[2] = base64.b64encode(zlib.compress(text, 0)).decode()
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    before = path.read_bytes()
    assert promote(project.parent).exit_code == 0
    assert path.read_bytes() == before
    assert promote(project.parent, two="7").exit_code == 0
    after = path.read_bytes().splitlines()
    assert [json.loads(line)[1] for line in after if line not in before.splitlines()] == ["two"]


def packed(data: bytes) -> str:
    return json.dumps(["a.py", "", base64.b64encode(data).decode()])


BOMB = packed(zlib.compress(bytes((1 << 27) + 1), 9))
CUT = packed(zlib.compress(b"def f(): pass")[:-2])


UNREADABLE = {
    "no list": "{}",
    "numbers": "[1, 2]",
    "bomb": BOMB,
    "cut": CUT,
    "no base64": '["a", "b", "no base64"]',
    "not compressed": '["a", "b", "YQ=="]',
    "no JSON": "x",
}


@pytest.mark.parametrize("line", UNREADABLE.values(), ids=UNREADABLE)
def test_a_line_that_cannot_be_read(project: Path, line: str) -> None:
    with (project / base.PATH).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    with pytest.raises(Nb2pkgError, match=r"base\.jsonl: a line of it cannot be read"):
        locate.generated(project)


def test_one_changed_cell_is_a_line_of_each_file(project: Path) -> None:
    folder = project.parent
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "start")
    assert promote(folder, two="20").exit_code == 0
    counted = git(folder, "diff", "--numstat", "--", project.name).stdout.splitlines()
    assert counted == [
        f"-\t-\t{project.name}/{base.PATH}",  # nobody reads it, so git shows no lines of it
        f"1\t1\t{project.name}/{manifest.PATH}",
        f"1\t1\t{project.name}/{MODULE}",
    ]
    patch = git(folder, "diff", "--text", "-U0", "--", f"{project.name}/{base.PATH}").stdout
    assert [line[0] for line in patch.splitlines() if '", "' in line] == ["-", "+"]


# ---------------------------------------------------------------------------------------- branches


def branched(project: Path) -> Path:
    """A repository with the package in it."""
    folder = project.parent
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "start")
    return folder


def on_branch(folder: Path, name: str, **bodies: str) -> None:
    """What main has, promoted with other cells, on a branch of its own; not committed yet."""
    git(folder, "checkout", "-q", "-b", name, "main")
    assert promote(folder, **bodies).exit_code == 0


def merged(folder: Path, other: str) -> list[str]:
    """Paths in which the branch conflicts with the one that is checked out."""
    git(folder, "commit", "-qam", "what is here")
    git(folder, "merge", "-q", other, "-m", "both", check=False)
    return git(folder, "diff", "--name-only", "--diff-filter=U").stdout.split()


def test_neighbours_that_two_branches_changed(project: Path) -> None:
    """Git keeps an old and a new line of each of them, and none is taken for the other."""
    edit(project, "y = x + 3", "y = 3 + x  # better")
    folder = branched(project)
    on_branch(folder, "first", one="10")
    git(folder, "commit", "-qam", "first")
    on_branch(folder, "second", two="20")
    assert merged(folder, "first") == []
    parts = [part.name for part in base.read(project, "analysis") if part.path == MODULE]
    assert sorted(parts) == ["one", "one", "three", "two", "two"]
    assert states(project) == {
        "work.one": "in step",
        "work.two": "in step",
        "work.three": "package changed",
    }
    assert promote(folder, one="10", two="20").exit_code == 0
    assert all(line in module(project) for line in ("x + 10", "x + 20", "y = 3 + x  # better"))
    parts = [part.name for part in base.read(project, "analysis") if part.path == MODULE]
    assert parts == ["one", "two", "three"]


def test_a_new_cell_below_one_that_the_other_branch_changed(project: Path) -> None:
    folder = branched(project)
    on_branch(folder, "first", three="30")
    git(folder, "commit", "-qam", "first")
    on_branch(folder, "second", four="4")
    assert merged(folder, "first") == []
    assert set(states(project).values()) == {"in step"}
    assert len(states(project)) == 4
    assert promote(folder, three="30", four="4").stderr.count("kept") == 0
    parts = [part.name for part in base.read(project, "analysis") if part.path == MODULE]
    assert parts == ["one", "two", "three", "four"]


def test_an_edit_back_to_what_was_generated_once_is_an_edit(project: Path) -> None:
    folder = branched(project)
    on_branch(folder, "first", one="10")
    edit(project, "x + 10", "x + 1")
    git(folder, "commit", "-qam", "first")
    on_branch(folder, "second", two="20")
    assert merged(folder, "first") == []
    assert states(project)["work.one"] == "package changed"
    assert promote(folder, one="10", two="20").exit_code == 0
    assert "x + 10" not in module(project)


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_the_same_cell_on_two_branches(project: Path, side: str) -> None:
    """Whichever side of the manifest is kept: the text of a person is not replaced unasked."""
    folder = branched(project)
    on_branch(folder, "first", one="10")
    git(folder, "commit", "-qam", "first")
    on_branch(folder, "second", one="100")
    conflicts = {path.removeprefix(f"{project.name}/") for path in merged(folder, "first")}
    assert conflicts == {"analysis.ipynb", MODULE, manifest.PATH}
    with pytest.raises(Nb2pkgError, match="markers of a merge") as error:
        look(project)
    assert error.value.hint == "Keep one side of each conflict, whichever it is, and promote again."
    git(folder, "checkout", f"--{side}", "--", f"{project.name}/{manifest.PATH}")
    git(folder, "checkout", "--ours", "--", f"{project.name}/{MODULE}")
    edit(project, "y = x + 100", "y = x + 110")
    with pytest.raises(ConflictError):
        raise promote(folder, one="11").exception or AssertionError
    assert "x + 110" in module(project)
    assert promote(folder, "--conflicts", "theirs", one="11").exit_code == 0
    assert "x + 110" in module(project)
    assert states(project)["work.one"] == "package changed"


def test_markers_of_a_git_that_was_not_told_of_the_lines(project: Path) -> None:
    folder = branched(project)
    (project / manifest.ATTRIBUTES).unlink()
    git(folder, "commit", "-qam", "no attributes")
    for name, bodies in (("first", {"one": "10"}), ("second", {"two": "20"})):
        on_branch(folder, name, **bodies)
        (project / manifest.ATTRIBUTES).unlink()
        git(folder, "commit", "-qam", name)
    git(folder, "merge", "-q", "first", check=False)
    assert "<<<<<<<" in (project / base.PATH).read_text(encoding="utf-8")
    assert set(states(project).values()) == {"in step"}
    assert promote(folder, one="10", two="20").exit_code == 0
    assert "<<<<<<<" not in (project / base.PATH).read_text(encoding="utf-8")


ONE = '"""A."""\n\n\ndef run():\n    return 1\n\n\ndef main():\n    run()\n'
OTHER = ONE.replace("return 1", "return 2") + "\n\ndef more():\n    pass\n"


@pytest.mark.parametrize(
    ("path", "one", "other", "expected"),
    [
        ("tests/a.py", ONE, OTHER, OTHER.replace("\n\ndef run():\n    return 2\n", "", 1)),
        ("README.md", "a\nb\n", "a\nc\n", "a\nb\n"),
        ("tests/a.py", ONE, ONE, ONE),
    ],
)
def test_what_no_manifest_decides(
    tmp_path: Path, path: str, one: str, other: str, expected: str
) -> None:
    """Of code what both say, of other texts the first."""
    (tmp_path / ".nb2pkg").mkdir()
    lines = base.as_text({path: one}, "p") + base.as_text({path: other}, "p")
    (tmp_path / base.PATH).write_text(lines, encoding="utf-8")
    assert base.texts(base.read(tmp_path, "p"), {}) == {path: expected}


def test_a_cell_of_the_narrative_that_both_changed(tmp_path: Path) -> None:
    """It is what neither generated, so whoever changed it since is asked."""
    texts = [build.text(f'# %% id="a"\nx = {n}\n# %% id="b"\ny = 1\n') for n in (1, 2)]
    (tmp_path / ".nb2pkg").mkdir()
    lines = "".join(base.as_text({NOTEBOOK: text}, "p") for text in texts)
    (tmp_path / base.PATH).write_text(lines, encoding="utf-8")
    (text,) = base.texts(base.read(tmp_path, "p"), {}).values()
    first, second = ("".join(cell["source"]) for cell in json.loads(text)["cells"])
    assert "x = " not in first
    assert second == "y = 1"


# -------------------------------------------------------------------------------- earlier versions


def as_before(project: Path) -> Path:
    """The package as version 3 had it: each fact on a line, and a copy of every file."""
    content = json.loads((project / manifest.PATH).read_text(encoding="utf-8")) | {"version": 3}
    for record in content["cells"].values():
        for made in record["made"].values():
            del made["base"]
            made.setdefault("rewritten", False)
    generated: Mapping[str, str] = locate.generated(project)
    (project / manifest.PATH).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    (project / base.PATH).unlink()
    for path, text in generated.items():
        (project / base.OLD / path).parent.mkdir(parents=True, exist_ok=True)
        (project / base.OLD / path).write_text(text, encoding="utf-8")
    return project


def test_a_package_of_an_earlier_version_is_brought_over(project: Path, tmp_path: Path) -> None:
    fresh = {path: (project / path).read_bytes() for path in (base.PATH, manifest.PATH)}
    as_before(project)
    edit(project, "y = x + 3", "y = 3 + x")
    assert states(project)["work.three"] == "package changed"
    assert "3 + x" in CliRunner().invoke(cli, ["diff", "three", "--project", str(project)]).stdout
    assert promote(tmp_path).exit_code == 0
    assert {path: (project / path).read_bytes() for path in fresh} == fresh
    assert not (project / base.OLD).exists()
    assert "y = 3 + x" in module(project)
    assert states(project)["work.three"] == "package changed"


def test_inline_brings_an_earlier_version_over(project: Path) -> None:
    edit(as_before(project), "y = x + 3", "y = 3 + x")
    result = CliRunner().invoke(cli, ["inline", "three", "--project", str(project)])
    assert result.exit_code == 0, result.output
    assert not (project / base.OLD).exists()
    assert set(states(project).values()) == {"in step"}


def test_a_branch_of_an_earlier_version_adds_its_folder(project: Path, tmp_path: Path) -> None:
    """Git may bring the folder back: what it says counts beside the lines, and both are told apart."""
    old = as_before(Path(shutil.copytree(project, tmp_path / "old")))
    shutil.copytree(old / base.OLD, project / base.OLD)
    edit(project, "x + 1", "x + 10", f"{base.OLD}/{MODULE}")
    assert set(states(project).values()) == {"in step"}
    assert promote(tmp_path).exit_code == 0
    assert not (project / base.OLD).exists()


@pytest.mark.parametrize(
    ("version", "hint"), [(5, "A newer nb2pkg wrote it"), (2, "Use the nb2pkg that wrote it")]
)
def test_other_versions(project: Path, version: int, hint: str) -> None:
    edit(project, f'"version": {manifest.VERSION}', f'"version": {version}', manifest.PATH)
    with pytest.raises(Nb2pkgError, match=f"has version {version}") as error:
        look(project)
    assert hint in error.value.hint
