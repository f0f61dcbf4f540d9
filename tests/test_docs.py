"""The documentation says what is so: problems, commands, sessions and links."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
from click.testing import CliRunner

from nb2pkg.check.catalogue import CATALOGUE as CHECKS
from nb2pkg.cli.main import cli
from nb2pkg.cli.report import detailed
from nb2pkg.errors import PromotionError
from nb2pkg.execution.model import Conditions
from nb2pkg.flow.model import Engine
from nb2pkg.model import Problem
from nb2pkg.notebook import reader
from nb2pkg.paths import OWN, PackagePaths
from nb2pkg.problems import CATALOGUE
from nb2pkg.promote.build import Request, promote
from nb2pkg.promote.embed import settle
from nb2pkg.promote.verified import promote_verified
from tests import build, venvs

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
ROOT_PAGES = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
PAGES = [*ROOT_PAGES, *sorted(DOCS.rglob("*.md"))]
PROBLEMS = (DOCS / "problems.md").read_text(encoding="utf-8")
TWO = {"NB507"}  # whose section shows the notebook, too, that was promoted before
BESIDE = {  # the files that an example has beside its notebook
    "NB502": {"cleaning.py": ""},
    "NB509": {
        "pyproject.toml": '[tool.nb2pkg.dependencies]\nconstraints = "client.txt"\n',
        "client.txt": "numpy<2\n",
    },
}
METADATA: dict[str, Any] = {
    "NB105": {"kernelspec": None},
    "NB512": {"kernelspec": {"name": "far", "display_name": "far", "language": "python"}},
}
VERSIONS = re.compile(r"(?<=with numpy )[\d.]+")  # whichever is installed here

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
_PATH = re.compile(r"`((?:nb2pkg|templates|tests|docs|sample_project|benchmarks)/[\w./-]*)`")


def _sections(text: str) -> dict[str, str]:
    """Heading of the second level to the text below it."""
    parts = re.split(r"^## (.+)$", _FENCE.sub(_hidden, text), flags=re.MULTILINE)
    shown = [part.replace("\0", "#") for part in parts[1:]]
    return dict(zip(shown[::2], shown[1::2], strict=True))


def _hidden(fence: re.Match[str]) -> str:
    """A fence in which nothing looks like a heading."""
    return fence.group().replace("#", "\0")


def _blocks(text: str, language: str) -> list[str]:
    return [match[2] for match in _FENCE.finditer(text) if match[1] == language]


def _page(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# ---------------------------------------------------------------------------------- problems


SECTIONS = {heading.partition(":")[0]: body for heading, body in _sections(PROBLEMS).items()}


def test_every_problem_has_a_section() -> None:
    headings = list(_sections(PROBLEMS))
    assert headings == [f"{code}: {entry.title}" for code, entry in CATALOGUE.items()]


@pytest.mark.parametrize("code", SECTIONS)
def test_the_example_of_a_problem_gives_it(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    *before, example = _blocks(SECTIONS[code], "python")
    (said,) = _blocks(SECTIONS[code], "text")
    for name, text in BESIDE.get(code, {}).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    path = build.write(tmp_path, example, **METADATA.get(code, {}))
    assert len(before) == (code in TWO)
    paths = _promoted_before(tmp_path, before[0]) if before else OWN
    python = _kernels(code, tmp_path, monkeypatch)
    found = _problems(path, example, code, paths, python)
    own = [problem for problem in found if problem.code == code]
    shown = "\n".join(detailed(reader.read(path), own)) + "\n"
    assert VERSIONS.sub("", shown) == VERSIONS.sub("", said)


def _promoted_before(folder: Path, example: str) -> PackagePaths:
    """Another notebook in a package of a codebase; where the one that follows has its place there."""
    (folder / "lab" / "lab").mkdir(parents=True)
    (folder / "lab" / "lab" / "__init__.py").touch()
    path = build.write(folder, example, "birds.ipynb")
    result = CliRunner().invoke(cli, ["promote", str(path), "--into", str(folder / "lab")])
    assert result.exit_code == 0, result.exception
    return settle(folder / "analysis.ipynb", folder / "lab", "")


def _kernels(code: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the page says of the kernel; the interpreter whose environment is asked, if it says one."""
    if code == "NB512":
        spec = folder / "kernels" / "far" / "kernel.json"
        spec.parent.mkdir(parents=True)
        argv = ["kernel-on-the-cluster"]
        spec.write_text(json.dumps({"argv": argv, "display_name": "far", "language": "python"}))
        monkeypatch.setenv("JUPYTER_PATH", str(folder))
    if code == "NB510":
        made = venvs.create(folder / "birds")
        venvs.add(made, "birdlab", "1.0", origin={"url": "file:///birdlab", "dir_info": {}})
        return str(made.python)
    if code == "NB320":
        made = venvs.create(folder / "older")
        venvs.add(made, "ipython", "8.31.0")
        return str(made.python)
    return ""


def _problems(
    path: Path, example: str, code: str, paths: PackagePaths, python: str
) -> tuple[Problem, ...]:
    """As the page says: by tags or with --all, and those of NB6.. with --verify."""
    wanted = Request(everything='tags=["nb2pkg' not in example, python=python)
    if not paths.is_own:
        wanted = replace(wanted, output=path.parent / "lab", name=paths.package, paths=paths)
    try:
        if code.startswith("NB6"):
            return promote_verified(path, wanted, Conditions(), _silent).promotion.problems
        engine = Engine("dask") if code == "NB517" else None
        return promote(path, replace(wanted, engine=engine)).problems
    except PromotionError as error:
        return error.problems


def _silent(_name: str, _done: int, _total: int) -> None:
    """Nobody watches the runs."""


def test_every_code_that_a_page_mentions_exists() -> None:
    for page in PAGES:
        mentioned = set(re.findall(r"NB\d{3}", page.read_text(encoding="utf-8")))
        assert mentioned <= set(CATALOGUE) | set(CHECKS), _page(page)


# ------------------------------------------------------------------------------ command line


def _commands(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """All commands by their words; of a group, those in it."""
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


COMMANDS = dict(_commands(cli))


class _Call(NamedTuple):
    """A call of nb2pkg that some page shows."""

    page: str
    text: str


def _calls() -> Iterator[_Call]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        shell = re.findall(r"^(?:    |\$ )(nb2pkg .+)$", text, re.MULTILINE)
        inline = re.findall(r"`(nb2pkg [^`]+)`", _FENCE.sub("", text))
        for found in [*shell, *inline]:
            yield _Call(_page(page), found.partition("  #")[0])


def _options(name: str) -> set[str]:
    options = (p for p in COMMANDS[name].params if isinstance(p, click.Option))
    return {text for option in options for text in (*option.opts, *option.secondary_opts)}


def test_every_command_has_a_section() -> None:
    sections = _sections((DOCS / "cli.md").read_text(encoding="utf-8"))
    assert [name for name in sections if name.startswith("nb2pkg")] == [
        f"nb2pkg {c}" for c in COMMANDS
    ]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_in_its_section(name: str) -> None:
    section = _sections((DOCS / "cli.md").read_text(encoding="utf-8"))[f"nb2pkg {name}"]
    listed = re.findall(r"^- (`-.*?)(?::|$)", section, re.MULTILINE)
    assert {
        text for entry in listed for text in re.findall(r"(?<![\w-])--?[a-z][\w-]*", entry)
    } == _options(name)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_usage_line_names_the_arguments(name: str) -> None:
    section = _sections((DOCS / "cli.md").read_text(encoding="utf-8"))[f"nb2pkg {name}"]
    arguments = [p for p in COMMANDS[name].params if isinstance(p, click.Argument)]
    words = [f"{(p.name or '').upper()}{'...' if p.nargs == -1 else ''}" for p in arguments]
    assert "    " + " ".join([f"nb2pkg {name} [OPTIONS]", *words]) + "\n" in section


@pytest.mark.parametrize(
    "call", sorted(set(_calls())), ids=lambda call: f"{call.page}: {call.text}"
)
def test_calls_on_the_pages_exist(call: _Call) -> None:
    words = shlex.split(call.text)[1:]
    given = {word.partition("=")[0] for word in words if word.startswith("-")}
    named = [word for word in words if not word.startswith("-")]
    name = next((n for n in (" ".join(named[:2]), *named[:1]) if n in COMMANDS), "")
    alone = cli.get_command(click.Context(cli), named[0]) if named else None
    assert name or not named or (isinstance(alone, click.Group) and alone.invoke_without_command)
    known = _options(name) if name else {"--help", "-h", "--version"}
    assert given <= known | {"--help", "-h"}


# --------------------------------------------------------------------------- links and paths


@pytest.mark.parametrize("page", PAGES, ids=_page)
def test_links_lead_somewhere(page: Path) -> None:
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in _anchors(target), link


def _anchors(page: Path) -> set[str]:
    headings = re.findall(
        r"^#+ (.+)$", _FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=_page)
def test_paths_of_the_project_exist(page: Path) -> None:
    for path in _PATH.findall(page.read_text(encoding="utf-8")):
        made = ROOT / "sample_project/penguins-package" / path
        assert (ROOT / path).exists() or made.exists() or "NNNN" in path, path


def test_modules_that_the_architecture_names_exist() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(nb2pkg(?:\.\w+)+)`", text))
    assert named
    for module in named:
        assert importlib.util.find_spec(module), module


# -------------------------------------------------------------------------------------- README


README_PATH = ROOT / "README.md"
README = README_PATH.read_text(encoding="utf-8")
SAMPLE = ROOT / "sample_project"


def test_the_readme_is_short() -> None:
    assert README.count("\n") < 150


def test_code_on_the_pages_is_that_of_the_sample() -> None:
    found = list(_texts_of_the_sample())
    pages = (README_PATH, DOCS / "tags.md", DOCS / "generated.md")
    blocks = {page: _blocks(page.read_text(encoding="utf-8"), "python") for page in pages}
    assert all(blocks.values())
    for block in (block for page in pages for block in blocks[page]):
        assert any(block.strip() in text for text in found), block


def _texts_of_the_sample() -> Iterator[str]:
    project = SAMPLE / "penguins-package"
    for path in (SAMPLE / "penguins.ipynb", project / "notebooks" / "penguins.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            yield "".join(cell["source"])
    for path in project.glob("src/**/*.py"):
        yield path.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [README_PATH, DOCS / "into.md"], ids=_page)
def test_the_sessions_on_the_pages_are_real(page: Path, tmp_path: Path) -> None:
    """Every stretch between the dots stands in what the command says, in this order."""
    for name in ("penguins.ipynb", "penguins.csv"):
        shutil.copy(SAMPLE / name, tmp_path)
    _codebase(tmp_path / "lab")
    for session in _blocks(page.read_text(encoding="utf-8"), "console"):
        command, _, shown = session.removeprefix("$ ").partition("\n")
        words = [sys.executable, "-m", *shlex.split(command)]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True)
        said = done.stderr + done.stdout
        for stretch in filter(None, shown.split("...\n")):
            assert stretch in said
            said = said.partition(stretch)[2]


def _codebase(folder: Path) -> None:
    """The project that the page is about."""
    (folder / "src" / "lab").mkdir(parents=True)
    (folder / "src" / "lab" / "__init__.py").touch()
    text = '[project]\nname = "lab"\nversion = "1.0"\ndependencies = []\n'
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("page", ROOT_PAGES, ids=_page)
def test_make_targets_on_the_pages_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    code = re.findall(r"`[^`]+`|^ {4}.+$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"\bmake ([a-z-]+)\b", "\n".join(code))) <= targets
