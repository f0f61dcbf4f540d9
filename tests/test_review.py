"""The page by which two people review a package: what it shows, and that nothing in it can act."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from nb2pkg.cli.review import command
from nb2pkg.errors import Nb2pkgError
from nb2pkg.graph.network import Edge
from nb2pkg.review import colours, decide, markdown, markup, outputs, page, pairs
from nb2pkg.review.gather import gather
from nb2pkg.review.picture import HEIGHT, WIDTH, Node, draw
from tests import build

pytestmark = pytest.mark.xdist_group("review")  # its fixtures are made once

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "sample_project"
SVG = "{http://www.w3.org/2000/svg}"
VOID = {"meta", "br", "hr", "img", "link", "input"}
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


# ------------------------------------------------------------------------------------- helpers


class Page(HTMLParser):
    """Reads a page, complains of tags that are not balanced, and keeps what the tests ask for."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.is_coloured = False  # what comes next goes on with the same line of code
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute twice in {tag}"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        self.is_coloured |= tag == "i"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag
        self.is_coloured = tag == "i"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(self.words.pop() + data if self.is_coloured else data)
            self.is_coloured = False

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def every(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.tags if name in attrs]

    def named(self, *tags: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.tags if tag in tags]


def promoted(path: Path, everything: bool = False) -> Path:
    """The project of a notebook, as the command makes it, without running anything."""
    from nb2pkg.cli.promote import command as promote

    options = ["--all"] if everything else []
    CliRunner().invoke(promote, [str(path), *options], catch_exceptions=False)
    project = path.with_name(f"{path.stem}-package")
    assert project.is_dir()
    return project


def said(project: Path, **changes: Any) -> None:
    """Put something into the manifest, as somebody might."""
    path = project / ".nb2pkg" / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps(content), encoding="utf-8")


def ran(project: Path, symbols: dict[str, dict[str, Any]]) -> None:
    """Put into the manifest what a run of the verification would."""
    path = project / ".nb2pkg" / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    environment = {"python": "3.11.7"}
    content["run"] = {"verdict": "unstable", "stopped": "", "environment": environment}
    seal = {"code": "", "fed": "", "on": "2026-01-31", "python": "3.11.7"}
    for record in content["cells"].values():
        for symbol, facts in record["made"].items():
            told = symbols.get(symbol)
            if told:
                facts["verified"] = {**seal, "verdict": told["verdict"], "notes": told["notes"]}
                facts["observed"] = told.get("observed", {})
    path.write_text(json.dumps(content), encoding="utf-8")


def made(project: Path) -> str:
    return page.render(gather(project))


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, promoted: not to be changed."""
    folder = tmp_path_factory.mktemp("sample")
    for name in ("penguins.ipynb", "penguins.csv"):
        shutil.copy(SAMPLE / name, folder)
    return promoted(folder / "penguins.ipynb")


@pytest.fixture
def project(untouched: Path, tmp_path: Path) -> Path:
    """The sample, promoted: a copy."""
    shutil.copytree(untouched.parent, tmp_path / "sample")
    return tmp_path / "sample" / untouched.name


# ------------------------------------------------------------------------------------- the sample


def test_structure(untouched: Path) -> None:
    text = made(untouched)
    read = Page(text)
    assert [tag for tag, _ in read.tags].count("h1") == 1
    levels = [int(tag[1]) for tag, _ in read.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:]))
    for landmark in ("header", "nav", "main", "footer"):
        assert len(read.named(landmark)) == 1
    assert read.named("html") == [{"lang": "en"}]
    ids = read.every("id")
    assert len(ids) == len(set(ids))
    links = [attrs["href"] or "" for attrs in read.named("a")]
    assert links
    assert links[0] == "#content", "the first link skips what comes before the content"
    assert {link[0] for link in links} == {"#"}
    assert {link[1:] for link in links} <= set(ids)


def test_nothing_can_load_or_run(untouched: Path) -> None:
    read = Page(made(untouched))
    assert not read.named("script", "link", "object", "embed", "form", "base")
    assert not [name for _, attrs in read.tags for name in attrs if name.startswith("on")]
    policy = next(a for a in read.named("meta") if a.get("http-equiv"))["content"] or ""
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert all(source.startswith("data:image/") for source in read.every("src"))


def test_the_sections_stand_in_order(untouched: Path) -> None:
    text = made(untouched)
    sections = ("decide", "promoted", "flow", "stayed", "changed")
    places = [text.index(f'<h2 id="{name}"') for name in sections]
    assert places == sorted(places)
    assert places[0] < text.index('<h3 id="questions"') < places[1]


def test_content_of_the_sample(untouched: Path) -> None:
    text = made(untouched)
    words = Page(text).text
    assert "Not verified" in words
    assert "10 steps 5 definitions 8 cells that stayed 1 problem" in words
    assert (
        words.index("load.read_notes")
        < words.index("train.split")
        < words.index("evaluate.predict")
    )
    assert "static only" in words
    assert "def split(complete, *, test_size=TEST_SIZE, seed=SEED):" in words
    assert "takes data as arguments now" in words  # relative_mass
    assert re.search(
        r"test_drop_incomplete_as_asserted The notebook asserts it\. "
        r"tests/test_clean_the_measurements.py:\d+",
        words,
    )
    assert "NB202 cells were run in a different order , cell 25 Cell 25, line 1" in words
    assert "Run Restart & Run All" in words
    assert "Imports: each module has those that it needs." in words
    assert "Nothing: every file is as it was generated." in words
    assert "24 in look.plot_relative_masses" in words


def test_a_test_that_is_skipped_says_why_and_does_not_count(project: Path) -> None:
    before = re.findall(r"\d+ tests", Page(made(project)).text)
    test = project / "tests" / "test_train.py"
    test.write_text(
        "import pytest\n\n"
        '@pytest.mark.skip(reason="nothing could be made up for it")\n'
        "def test_split(): ...\n"
    )
    words = Page(made(project)).text
    assert "test_split Skipped: nothing could be made up for it." in words
    assert re.findall(r"\d+ tests", words)[0] == before[0]


def test_verdicts_and_what_a_run_showed(project: Path) -> None:
    frame = {"type": "pandas.DataFrame", "shape": [315, 7], "columns": {"a|b": "str"}, "missing": 3}
    observed = {"takes": {"complete": frame}, "reads": ["p.csv"]}
    steps = {
        "train.split": {"verdict": "exact", "notes": [], "observed": observed},
        "train.fit_model": {"verdict": "unstable", "notes": ["model (random)"]},
    }
    ran(project, steps)
    words = Page(made(project)).text
    assert (
        "Verified on 2026-01-31 against penguins.ipynb, Python 3.11.7: 1 step exact, 1 un" in words
    )
    assert "split cell 27 exact" in words
    assert "unstable: model (random)" in words
    assert "takes complete pandas.DataFrame 315 × 7 a|b: str, 3 missing" in words
    assert "Files: reads p.csv" in words
    assert "train.fit_model is not the same in each run: model (random). Is that meant?" in words


BROKEN = {
    "a run that is a list": {"run": []},
    "a run without an environment": {"run": {}},
    "cells that are a list": {"cells": []},
    "a cell without facts": {"cells": {"split": {}}},
    "a package with a path": {"package": "../x"},
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_manifest_that_is_odd(project: Path, name: str) -> None:
    said(project, **BROKEN[name])
    with pytest.raises(Nb2pkgError, match=r"manifest\.json: the manifest cannot be read"):
        gather(project)


def test_problems_that_are_odd(project: Path) -> None:
    (project / ".nb2pkg" / "problems.jsonl").write_text('["a", "NB101", 1]\n', encoding="utf-8")
    with pytest.raises(Nb2pkgError, match="cannot be read"):
        gather(project)


def test_an_edited_file(project: Path) -> None:
    module = project / "src/penguins/train.py"
    text = module.read_text(encoding="utf-8")
    assert "make_pipeline(StandardScaler()" in text
    module.write_text(
        text.replace(
            "make_pipeline(StandardScaler()", "make_pipeline(  # <b>&\n        StandardScaler()"
        ),
        encoding="utf-8",
    )
    (project / "src/penguins/extra.py").write_text("EXTRA = 1\n", encoding="utf-8")
    (project / "tests/conftest.py").unlink()
    review = gather(project)
    assert [s.symbol for s in review.symbols if s.is_edited] == ["train.fit_model"]
    assert [(c.path, c.how) for c in review.changes] == [
        ("src/penguins/extra.py", "added"),
        ("src/penguins/train.py", "edited"),
        ("tests/conftest.py", "deleted"),
    ]
    words = Page(page.render(review)).text
    assert "train.fit_model : package changed" in words
    assert "Edited since it was generated." in words
    assert "+ model = make_pipeline( # <b>&" in words
    assert "src/penguins/train.py edited, +2 −1" in words
    assert "1 of 15 symbols were edited" in words


def test_a_module_that_is_no_python_any_more(project: Path) -> None:
    (project / "src/penguins/train.py").write_text("def split(:\n", encoding="utf-8")
    (project / "src/penguins/load.py").unlink()
    words = Page(made(project)).text
    assert "src/penguins/train.py cannot be read as Python (line 1)" in words
    assert "src/penguins/load.py no longer exists" in words


def test_a_symbol_that_is_gone(project: Path) -> None:
    module = project / "src/penguins/evaluate.py"
    module.write_text('"""Nothing."""\n', encoding="utf-8")
    assert "count_mistakes is no longer in src/penguins/evaluate.py" in Page(made(project)).text


def test_a_notebook_that_is_gone(project: Path) -> None:
    (project.parent / "penguins.ipynb").unlink()
    words = Page(made(project)).text
    assert "The notebook is missing, so no cell is shown." in words
    assert "def split(" in words


def test_a_cell_that_is_gone(project: Path) -> None:
    path = project.parent / "penguins.ipynb"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["cells"] = [cell for cell in content["cells"] if cell.get("id") != "split"]
    path.write_text(json.dumps(content), encoding="utf-8")
    assert "train.split" in Page(made(project)).text


def test_the_same_again_on_any_hash_seed(untouched: Path) -> None:
    pages = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-m", "nb2pkg", "review", str(untouched), "-o", "-"],
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            check=True,
        )
        pages.add(done.stdout)
    assert len(pages) == 1
    assert pages.pop().decode() == made(untouched)


# ------------------------------------------------------------------------------------- the command


def test_the_page_goes_beside_the_project(project: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in project.rglob("*")}
    done = CliRunner().invoke(command, [str(project)], catch_exceptions=False)
    written = project.with_name("penguins-package-review.html")
    assert done.stdout == f"{written}\n"
    assert written.read_text(encoding="utf-8") == made(project)
    assert {path: path.stat().st_mtime_ns for path in project.rglob("*")} == before


def test_inside_the_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    CliRunner().invoke(command, ["."], catch_exceptions=False)
    assert project.with_name("penguins-package-review.html").is_file()


def test_no_project(tmp_path: Path) -> None:
    with pytest.raises(Nb2pkgError, match="is not a package made by nb2pkg") as error:
        gather(tmp_path)
    assert error.value.hint


def test_a_file_that_cannot_be_written(project: Path) -> None:
    with pytest.raises(Nb2pkgError, match="cannot be written"):
        CliRunner().invoke(
            command, [str(project), "-o", str(project / "no" / "x.html")], catch_exceptions=False
        )


def test_a_manifest_cannot_name_files_elsewhere(project: Path) -> None:
    secret = project.parent / "secret.py"
    secret.write_text("PASSWORD = 'swordfish'\n", encoding="utf-8")
    (project / "tests" / "test_link.py").symlink_to(secret)
    (project / "src/penguins/train.py").unlink()
    (project / "src/penguins/train.py").symlink_to(secret)
    (project / ".nb2pkg/base/src/penguins").mkdir(parents=True)  # as an earlier version wrote it
    (project / ".nb2pkg/base/src/penguins/load.py").symlink_to(secret)
    assert "swordfish" not in made(project)


@pytest.mark.parametrize("name", ["../../../secret.PASSWORD", "PASSWORD", "a.b-c", ""])
def test_a_manifest_cannot_name_odd_symbols(project: Path, name: str) -> None:
    path = project / ".nb2pkg" / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["cells"]["split"]["made"] = {name: {"rewritten": False}}
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(Nb2pkgError, match="cannot be read"):
        gather(project)


# ------------------------------------------------------------------------------------- hostile


HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "]]><svg onload=alert(1)>",
    "[x](javascript:alert(1))",
    "{{ 7 * 7 }}{% raw %}",
    "\"'><iframe srcdoc='<script>alert(1)</script>'>",
    "a\0b\x1b[31mred\x1b[0m\ud800 \u202eevil",
]


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose notebook says all of it, in sources, ids, tags and outputs."""
    html = f"<b>bold</b><script>alert(1)</script><a href='javascript:alert(1)'>link</a>{HOSTILE[1]}"
    data = {
        "text/html": [html, "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>"],
        "application/javascript": "alert(1)",
    }
    bad = [
        {"output_type": "stream", "name": "stdout", "text": HOSTILE},
        {"output_type": "display_data", "metadata": {}, "data": data},
        {"output_type": "display_data", "metadata": {}, "data": {"image/png": "PHNjcmlwdD4="}},
        {"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": HOSTILE[2]}},
        {"output_type": "error", "ename": HOSTILE[0], "evalue": HOSTILE[1], "traceback": HOSTILE},
        {"output_type": "stream", "name": "stderr", "text": "x" * 1_000_000},
        {"output_type": "stream"},
        {"output_type": 3, "data": []},
        "nothing",
    ]
    sources = [
        f"text_{i} = {text!r}  # {text.replace(chr(0), '')}" for i, text in enumerate(HOSTILE[:-1])
    ]
    cells: list[Any] = [
        {
            "cell_type": "code",
            "id": f"id-{i}",
            "metadata": {"tags": [] if i == 1 else ["nb2pkg"]},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for i, source in enumerate(sources)
    ]
    cells.append({**cells[0], "id": "use", "source": "joined = text_0.upper() + text_1"})
    cells.append({**cells[0], "id": "none", "metadata": {}, "source": "!echo '<script>' | `ls`"})
    folder = tmp_path_factory.mktemp("hostile")
    path = build.write(folder, cells, "bad.ipynb")
    project = promoted(path)
    # What no notebook may say that is promoted, somebody may write into it later.
    for cell in cells[1:3]:
        cell["outputs"] = bad
        cell["metadata"]["tags"].append(HOSTILE[1])
    text = json.dumps(json.loads(build.text(cells)))  # ASCII: half a surrogate has no other form
    path.write_text(text.replace('"id-', '"</title><script>'), encoding="utf-8")
    known = project / ".nb2pkg" / "manifest.json"
    text = known.read_text(encoding="utf-8").replace('"id-', '"</title><script>')
    known.write_text(text, encoding="utf-8")
    lines = [json.dumps(["</title><script>1", "<b>", None, text[:99]]) for text in HOSTILE]
    (project / ".nb2pkg" / "problems.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return project


def test_hostile_cells(hostile: Path) -> None:
    text = made(hostile)
    read = Page(text)
    assert not read.named("script")
    assert not [name for _, attrs in read.tags for name in attrs if name.startswith("on")]
    assert "javascript:" not in " ".join(read.every("href"))
    assert "\0" not in text
    assert "⟨U+202E⟩" in text
    assert escape("</script><script>alert(1)</script>") in text.replace("&#39;", "'")
    assert len(text) < 200_000
    frames = read.named("iframe")
    assert frames
    for frame in frames:
        assert frame["sandbox"] is None or frame["sandbox"] == ""
        assert "script" not in (frame["srcdoc"] or "").lower()
        assert "http" not in (frame["srcdoc"] or "")
        assert "<b>bold</b>" in (frame["srcdoc"] or "")


def test_hostile_markdown(hostile: Path) -> None:
    text = markdown.render(gather(hostile))
    text.encode("utf-8")
    without_code = re.sub(r"(`+)(?!`).*?[^`]\1(?!`)", "", text.replace("\\`", ""))
    tags = set(re.findall(r"<\w+|</\w+", without_code))
    assert tags <= {"<details", "<summary", "</details", "</summary"}


@pytest.mark.parametrize(
    ("raw", "kind", "body"),
    [
        ({"output_type": "stream", "text": "a\r\nb"}, "text", "a\nb"),
        ({"output_type": "stream", "text": "10%\r50%\r100%\n"}, "text", "100%"),
        ({"output_type": "stream", "text": ["\x1b[1;31m", "x", "\x1b[0m"]}, "text", "x"),
        ({"output_type": "error", "ename": "E", "evalue": "v"}, "text", "E: v"),
        (
            {"output_type": "display_data", "data": {"text/html": "<b>t</b>", "text/plain": "t"}},
            "text",
            "t",
        ),
        (
            {
                "output_type": "display_data",
                "data": {"text/html": "<b>t</b>", "text/plain": "<X at 0>"},
            },
            "frame",
            "<b>t</b>",
        ),
        (
            {"output_type": "display_data", "data": {"text/html": "<script>t</script>"}},
            "note",
            "HTML with nothing to show but scripts or styles is left out",
        ),
        (
            {"output_type": "display_data", "data": {"text/latex": "$x$"}},
            "note",
            "text/latex is not shown",
        ),
        (
            {"output_type": "display_data", "data": {"image/png": "R0lGODlh"}},
            "note",
            "an output that says it is image/png, and is not, is left out",
        ),
        (
            {"output_type": "display_data", "data": {"image/jpeg": "not base64!"}},
            "note",
            "an output that says it is image/jpeg, and is not, is left out",
        ),
        (
            {"output_type": "display_data", "data": {"image/png": base64.b64encode(PNG).decode()}},
            "picture",
            base64.b64encode(PNG).decode(),
        ),
    ],
)
def test_outputs(raw: dict[str, Any], kind: str, body: str) -> None:
    (shown,) = outputs.shown([raw])
    assert (shown.kind, shown.body) == (kind, body)


def test_long_outputs_are_cut() -> None:
    (shown,) = outputs.shown([{"output_type": "stream", "text": "x" * 1_000_000}])
    assert len(shown.body) < 5_100
    assert shown.body.endswith("[cut at 5,000 characters]")
    many = [{"output_type": "display_data", "data": {"text/plain": str(i)}} for i in range(100)]
    assert outputs.shown(many)[-1].body == "further outputs of the cell are left out"
    assert len(outputs.shown(many)) == 21


def test_a_page_has_so_many_frames_and_no_more(tmp_path: Path) -> None:
    data = {"text/html": "<b>x</b>"}
    output = {"output_type": "display_data", "metadata": {}, "data": data}
    cell = {"cell_type": "code", "metadata": {}, "execution_count": 1, "outputs": [output] * 20}
    cells: list[Any] = [{**cell, "id": f"c{i}", "source": f"value_{i} = {i}"} for i in range(5)]
    read = Page(made(promoted(build.write(tmp_path, cells), everything=True)))
    assert len(read.named("iframe")) == 60
    assert read.text.count("HTML is left out") == 40


def test_large_pictures_are_left_out() -> None:
    large = base64.b64encode(PNG + bytes(300_000)).decode()
    raw = [{"output_type": "display_data", "data": {"image/png": large}}]
    assert outputs.shown(raw)[0].body == "picture of 300 kB left out; --pictures shows it"
    assert outputs.shown(raw, pictures=True)[0].kind == "picture"


def test_pictures_that_unfold_are_left_out() -> None:
    huge = PNG[:16] + (60_000).to_bytes(4, "big") * 2 + PNG[24:]
    raw = [{"output_type": "display_data", "data": {"image/png": base64.b64encode(huge).decode()}}]
    assert outputs.shown(raw)[0].kind == "note"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("<p>a<br>b</p>", "<p>a<br>b</p>"),
        ("<P ONCLICK=x>a", "<p>a</p>"),
        ("<td colspan=2 style='x:url(//h)' bgcolor=red>1</td>", '<td colspan="2">1</td>'),
        ("<td colspan=999999>1</td>", "<td>1</td>"),
        ("<a href=//host>x</a><link rel=preconnect href=//host>", "x"),
        ("<script/>alert(1)</script>b", "b"),
        ("<style>p{}</style><svg><p>x</p></svg>b", "b"),
        ("<i><b>x</i>y</b>", "<i><b>x</b></i>y"),
        ("&lt;script&gt;", "&lt;script&gt;"),
        ("<!--x--><!DOCTYPE y><?z>a", "a"),
        ("<img src=//host><base href=//host><form><input>", ""),
        ("<<b>script>", "&lt;<b>script&gt;</b>"),
    ],
)
def test_markup(text: str, kept: str) -> None:
    assert markup.cleaned(text, 1_000) == (kept, True)


def test_markup_is_cut_and_closed() -> None:
    kept, is_whole = markup.cleaned("<table>" + "<tr><td>1</td></tr>" * 1_000, 100)
    assert not is_whole
    assert len(kept) <= 100
    assert kept.endswith("</table>")
    assert markup.cleaned("<p>" + "&" * 1_000, 61) == ("<p>" + "&amp;" * 9 + "</p>", False)


# ------------------------------------------------------------------------------------- the picture


def _svgs(text: str) -> list[ET.Element]:
    return [ET.fromstring(found) for found in re.findall(r"<svg xmlns.*?</svg>", text, re.DOTALL)]


def test_the_picture_is_xml_and_its_arrows_join_cells(untouched: Path) -> None:
    pictures = _svgs(made(untouched))
    svg = next(s for s in pictures if any("id" in link.attrib for link in s.iter(f"{SVG}a")))
    nodes = {link.attrib["id"] for link in svg.iter(f"{SVG}a")}
    arrows = [p for p in svg.iter(f"{SVG}path") if "arrow" in p.attrib["class"]]
    assert {"node-7", "node-27"} <= nodes
    assert arrows
    for arrow in arrows:
        assert {f"node-{arrow.attrib['data-from']}", f"node-{arrow.attrib['data-to']}"} <= nodes
    titles = [title.text for arrow in arrows for title in arrow.iter(f"{SVG}title")]
    assert "3 to 27: SEED, TEST_SIZE" in titles


def test_the_picture_shows_data_only(untouched: Path) -> None:
    review = gather(untouched)
    carried = {name for arrow in review.flow.whole.arrows for name in arrow.edge.names}
    assert {"notes", "measurements"} <= carried
    assert not carried & {"pd", "plt", "to_grams", "features_of", "relative_mass"}
    mentioned = {each.name: [node.key + 1 for node in each.users] for each in review.flow.defined}
    assert mentioned == {"to_grams": [12], "relative_mass": [22], "features_of": [29, 31, 35]}


def test_a_function_has_a_picture_of_its_neighbours(untouched: Path) -> None:
    drawing = gather(untouched).near[("clean-visits",)]
    flows = {
        (drawing.titles[arrow.edge.source], drawing.titles[arrow.edge.target]): arrow.edge.names
        for arrow in drawing.arrows
    }
    own = "cell 12: keep_first_visits"
    assert flows == {
        ("cell 7: read_notes", own): ("notes",),
        ("cell 10: lightest, to_grams", own): ("lightest", "to_grams"),
        (own, "cell 14: drop_incomplete"): ("birds",),
    }


def test_pictures_of_hostile_notebooks_are_xml(hostile: Path) -> None:
    assert _svgs(made(hostile))


def test_cells_do_not_overlap_and_stand_below_what_they_read() -> None:
    nodes = [Node(key, (str(key), ""), "promoted", f"cell-{key}") for key in range(200)]
    edges = [Edge(k // 3, k, ("x",)) for k in range(1, 199)]
    edges += [Edge(k - 7, k, ("y",)) for k in range(50, 199, 5)]
    drawing = draw(nodes, edges)
    assert [node.key for node in drawing.alone] == [199]
    assert len(drawing.arrows) == len(edges)
    at = {box.node.key: box for box in drawing.boxes}
    for edge in edges:
        assert at[edge.source].y < at[edge.target].y
    boxes = sorted(drawing.boxes, key=lambda box: (box.y, box.x))
    for one, other in zip(boxes, boxes[1:]):
        assert one.y + HEIGHT <= other.y or one.x + WIDTH <= other.x
    assert all(box.x >= 0 and box.x + WIDTH <= drawing.width for box in boxes)
    assert all(box.y >= 0 and box.y + HEIGHT <= drawing.height for box in boxes)


def test_no_picture() -> None:
    assert draw([], []).boxes == ()
    assert draw([Node(1, ("", ""), "stayed", "")], [Edge(1, 2, ("x",))]).boxes == ()


def test_a_large_picture_is_drawn_section_by_section(tmp_path: Path) -> None:
    cells = "# %%\nvalues_0 = [len('x'), 2]\n"
    for section in range(3):
        cells += f"# %% [markdown]\n# ## Part <b>{section}</b>\n"
        for number in range(10 * section, 10 * section + 10):
            cells += f"# %%\nvalues_{number + 1} = sorted(values_{number} + values_0)\n"
    flow = gather(promoted(build.write(tmp_path, cells), everything=True)).flow
    assert len(flow.whole.boxes) == 31
    assert [part.title for part in flow.parts] == [
        "Before the first heading",
        "Part 0",
        "Part 1",
        "Part 2",
    ]
    last = flow.parts[-1].drawing
    kinds = [box.node.kind for box in last.boxes]
    assert (kinds.count("outside"), kinds.count("promoted")) == (2, 10)
    sent = [(a.edge.source, a.edge.target, a.edge.names) for a in flow.overview.arrows]
    assert sent == [
        (0, 1, ("values_0",)),
        (0, 2, ("values_0",)),
        (0, 3, ("values_0",)),
        (1, 2, ("values_10",)),
        (2, 3, ("values_20",)),
    ]


# ------------------------------------------------------------------------------------- decisions


def test_what_must_be_decided_comes_first(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    done = CliRunner().invoke(
        command,
        ["approve", "train.split", "load.read_notes", "-p", str(project), "--by", "Grace"],
        catch_exceptions=False,
    )
    assert done.exit_code == 0
    module = project / "src/penguins/train.py"
    text = module.read_text(encoding="utf-8")
    module.write_text(text.replace("random_state=seed", "random_state=seed + 1"), encoding="utf-8")
    review = gather(project)
    found = {m.key: m for m in decide.matters(review.symbols, review.rows)}
    assert [(item.symbol, item.text) for item in found["changed"].items] == [
        (
            "train.split",
            "package changed; the code changed since Grace approved it on 1970-01-01",
        )
    ]
    assert len(found["unverified"].items) == 10
    flags = decide.flags(review.symbols, tuple(found.values()), review.questions)
    assert flags["load.read_notes"] == ("unverified",)
    assert flags["train.split"] == ("unverified", "changed", "unapproved")
    words = Page(page.render(review)).text
    assert words.index("since Grace approved it") < words.index("Functions, by module")
    text = markdown.render(review)
    assert text.index("### Changed since") < text.index("### What was promoted")


def test_both_sides_changed_is_a_conflict(project: Path) -> None:
    path = project.parent / "penguins.ipynb"
    for file in (path, project / "src/penguins/train.py"):
        text = file.read_text(encoding="utf-8")
        assert "LogisticRegression()" in text
        file.write_text(
            text.replace("LogisticRegression()", f"LogisticRegression(C={len(text)})"),
            encoding="utf-8",
        )
    review = gather(project)
    first = decide.matters(review.symbols, review.rows)[0]
    assert (first.key, [(item.symbol, item.text) for item in first.items]) == (
        "conflict",
        [("train.fit_model", "both changed")],
    )


def test_nothing_is_said_twice(project: Path) -> None:
    frame = {"type": "pandas.DataFrame", "shape": [315, 7], "columns": {"kind": "str"}}
    other = {**frame, "shape": [236, 7]}
    steps = {
        "clean_the_measurements.drop_incomplete": {"returns": {"complete": frame}},
        "train.split": {"takes": {"complete": frame}, "returns": {"train_birds": other}},
    }
    ran(
        project,
        {
            name: {"verdict": "exact", "notes": [], "observed": observed}
            for name, observed in steps.items()
        },
    )
    module = project / "src/penguins/train.py"
    text = module.read_text(encoding="utf-8")
    text = text.replace("seed=SEED):", "seed=SEED) -> tuple[pd.DataFrame, pd.DataFrame]:")
    module.write_text(text.replace("Put a quarter", "kind: put a quarter"), encoding="utf-8")
    words = Page(made(project)).text
    assert "returns complete pandas.DataFrame 315 × 7 kind: str" in words
    assert "takes complete as in clean_the_measurements.drop_incomplete" in words
    assert "returns train_birds 236 × 7 returns test_birds" in words


# ------------------------------------------------------------------------------------- code


CODES = [
    *HOSTILE,
    "x = f'''a{b}\n  c'''  # \u00e9\n!ls\n\ufeffclass A: pass\n\ny",
    "%%bash\necho '",
    "\n\n  \r\ndef f(:\n\n",
    "x" * 100_001 + "\ny",
]


@pytest.mark.parametrize("code", CODES, ids=range(len(CODES)))
def test_colours_change_no_character(code: str) -> None:
    assert "\n".join("".join(text for _, text in line) for line in colours.lines(code)) == code


def test_colours() -> None:
    (line,) = colours.lines("def f(x): return len('a') + 1  # why")
    kinds = {text.strip(): kind for kind, text in line if text.strip()}
    coloured = {text: kind for text, kind in kinds.items() if kind}
    assert coloured == dict(zip(("def", "f", "return", "len", "'a'", "1", "# why"), "kfkbsnc"))
    assert set(kinds) - set(coloured) == {"(x):", "(", ") +"}


@pytest.mark.parametrize(
    ("cells", "code", "expected"),
    [
        pytest.param(
            ["# why\na = load(\n  1)\na.b=2\na"],
            "def f():\n    '''Doc.'''\n    a = load(1)\n    a.b = 2\n    return a",
            {3: 1, 4: 2, 5: 3},
            id="layout",
        ),
        pytest.param(
            ["a = load(PATH, 1.5)", "b = a.mean()"],
            "def f(path, factor):\n    a = load(path, factor)\n    return a.mean()",
            {2: 1, 3: 2},
            id="parameters for constants, and two cells",
        ),
        pytest.param(
            ["x = 1\ndef f(a):\n    b = a\n    return b"],
            "@cache\ndef f(a):\n    b = a\n    return b",
            {1: 2, 2: 2, 3: 3, 4: 4},
            id="a definition",
        ),
        pytest.param(
            ["!ls\na = 1\nb = 2"], "def f():\n    a = 1\n    b = 2", {2: 2, 3: 3}, id="a magic"
        ),
        pytest.param(["a = 1"], "def g():\n    return open('nothing like it')", {}, id="nothing"),
    ],
)
def test_lines_that_correspond(cells: list[str], code: str, expected: dict[int, int]) -> None:
    left, (right,) = pairs.matched(cells, [code])
    assert right == expected
    assert {number for cell in left for number in cell.values()} == set(expected.values())


# ------------------------------------------------------------------------------------- questions


def _asked(folder: Path, cells: str) -> list[tuple[str, str, str]]:
    review = gather(promoted(build.write(folder, cells)))
    return [(question.kind, question.text, question.answer) for question in review.questions]


def test_a_number_without_a_name(tmp_path: Path) -> None:
    cells = """
    # %% tags=["parameters"]
    LIMIT = 12.5
    # %% tags=["nb2pkg:weights.pick"]
    import math
    weights = [math.sqrt(w) for w in range(100)]
    heavy = [w for w in weights if 0.31 < w < 12.5 and w > -7 and w != 2][:5]
    more = sum(heavy) * LIMIT * 81 * 99
    """
    ((kind, text, answer),) = _asked(tmp_path, cells)
    assert kind == "number"
    assert text.startswith("0.31 and -7 and 5 in weights.pick: would anybody want another value?")
    assert "in cell 2" in answer


def test_a_cell_that_nobody_tagged(tmp_path: Path) -> None:
    cells = """
    # %%
    import math
    # %%
    weights = [math.sqrt(w) for w in [4, 9]]
    def low(w):
        return w < 2
    # %% tags=["nb2pkg:weights.pick"]
    heavy = [w for w in weights if not low(w)]
    """
    asked = _asked(tmp_path, cells)
    assert [kind for kind, _, _ in asked] == ["tag"]
    assert (
        asked[0][1].startswith("low of cell 2 came along") or "Cell 2 is not tagged" in asked[0][1]
    )
    assert "nb2pkg tag analysis.ipynb 2" in asked[0][2]


def test_a_path_of_one_computer(tmp_path: Path) -> None:
    cells = """
    # %% tags=["nb2pkg:load.read"]
    with open("/home/ada/weights.txt") as file:
        weights = file.read().split("/")
    """
    ((kind, text, _),) = _asked(tmp_path, cells)
    assert kind == "path"
    assert "Cell 1 names /home/ada/weights.txt" in text


def test_a_name_that_was_numbered(project: Path) -> None:
    message = "split got its name for want of a better one"
    told = [["split", "NB501", 1, message], ["fit", "NB603", 1, "model (random)"]]
    lines = "".join(f"{json.dumps(line)}\n" for line in told)
    (project / ".nb2pkg" / "problems.jsonl").write_text(lines, encoding="utf-8")
    questions = gather(project).questions
    assert questions[0].answer == "Name it: nb2pkg tag penguins.ipynb 27 --as train.NAME"
    assert questions[0].symbol == "train.split"
    assert questions[0].anchor == "symbol-train.split"
    assert questions[1].kind == "chance"


# ------------------------------------------------------------------------------------- markdown


def test_markdown_of_the_sample(untouched: Path) -> None:
    done = CliRunner().invoke(command, [str(untouched), "--markdown"], catch_exceptions=False)
    lines = done.stdout.split("\n")
    assert lines[0] == "## Promoted from `penguins.ipynb`: package `penguins`"
    assert "| `train.split` | 27 | static only: not run | 0 |  |" in lines
    rows = [line for line in lines if line.startswith(("| `", "|---"))]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}
    assert any(line.startswith("- [ ] 24 in look.plot") for line in lines)
    assert lines.count("```mermaid") == lines.count("```") == 1


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a|b`c", r"a\|b\`c"),
        ("<img src=x>", r"&lt;img src=x\>"),
        ("1. one", r"1\. one"),
        ("- one", r"\- one"),
        ("# one", r"\# one"),
        ("*a* _b_ [c](d)", r"\*a\* \_b\_ \[c\](d)"),
        ("a &lt; b", "a &amp;lt; b"),
        ("ask @ada of #12", "ask @\u200bada of #\u200b12"),
        ("http://host", "http://\u200bhost"),
        ("a\nb\0", "a b⟨U+0000⟩"),
    ],
)
def test_text_stays_text(text: str, escaped: str) -> None:
    assert markdown.plain(text) == escaped


@pytest.mark.parametrize(
    ("text", "fenced"),
    [("x", "`x`"), ("a`b", "``a`b``"), ("`a``", "``` `a`` ```"), ("", "")],
)
def test_code_stays_code(text: str, fenced: str) -> None:
    assert markdown.code(text) == fenced


def test_code_in_a_table() -> None:
    assert markdown.code("a|b", in_table=True) == "`a\\|b`"


# ------------------------------------------------------------------------------------- a browser


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook of 200 cells, each of which reads some above it; with outputs of all kinds."""
    table = "<table>" + "<tr><td>1</td><td>2</td></tr>" * 20 + "</table>"
    picture = base64.b64encode(PNG).decode()
    cells: list[Any] = ["values_0 = [float(i) for i in range(50)]"]
    for i in range(1, 200):
        data = [
            {"text/plain": "   a  b\n" * 40, "text/html": table},
            {"text/plain": "<Figure size 640x480>", "image/png": picture},
            {
                "text/plain": "<Styler>",
                "text/html": f"{table}<script>document.title='ran'</script>",
            },
        ][i % 3]
        source = (
            f"# step {i}\nvalues_{i} = [a * 1.5 + b for a, b in zip(values_{i - 1}, values_{i // 2})]\n"
            f"values_{i}.append(sum(values_{i}))\nvalues_{i}"
        )
        cells.append(
            {
                "cell_type": "code",
                "id": f"c{i}",
                "metadata": {"tags": ["nb2pkg"] if i % 7 else []},
                "execution_count": i,
                "outputs": [
                    {
                        "output_type": "execute_result",
                        "metadata": {},
                        "execution_count": i,
                        "data": data,
                    }
                ],
                "source": source + ("\n!ls" if i % 20 == 0 else ""),
            }
        )
    return promoted(build.write(tmp_path_factory.mktemp("large"), cells, "large.ipynb"))


@pytest.fixture(scope="session")
def sixty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook of 60 cells of code in ten sections, each a function with questions of its own."""
    cells = (
        '# %% tags=["nb2pkg"]\nimport math\n# %% tags=["nb2pkg:load.rows"]\nkept_0 = [math.pi]\n'
    )
    for i in range(1, 59):
        cells += f"# %% [markdown]\n# ## Part {i // 6}\n" if i % 6 == 0 else ""
        cells += f'# %% tags=["nb2pkg:part_{i // 6}.keep_{i}"]\n' if i % 9 else "# %%\n"
        cells += f"kept_{i} = [v for v in kept_{i - 1} if v < {i}.25]\n"
        cells += f"top_{i} = max(kept_{i}, default=math.tau)\n" * (i % 3)
    return promoted(build.write(tmp_path_factory.mktemp("sixty"), cells))


@pytest.mark.parametrize("which", ["untouched", "large", "hostile"])
def test_in_a_browser(
    which: str, browser: Any, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    project = request.getfixturevalue(which)
    path = tmp_path / "review.html"
    path.write_text(made(project), encoding="utf-8")
    assert path.stat().st_size < 3_000_000
    for width, scheme in ((1280, "light"), (800, "dark")):
        _look(browser, path, width, scheme)


def _look(browser: Any, path: Path, width: int, scheme: str) -> None:
    told: list[str] = []
    asked: list[str] = []
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    shown = context.new_page()
    shown.on("console", lambda message: told.append(message.text))
    shown.on("pageerror", lambda error: told.append(str(error)))
    shown.on("dialog", lambda dialog: told.append(dialog.message))
    shown.on("request", lambda request: asked.append(request.url))
    shown.goto(path.as_uri())
    shown.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    shown.wait_for_timeout(300)
    sizes = shown.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert sizes[0] <= sizes[1], "the page as a whole scrolls sideways"
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.getAttribute('href')") == "#content"
    assert shown.title().startswith("Review of")
    last = shown.evaluate("[...document.querySelectorAll('svg a')].pop().getAttribute('href')")
    shown.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")
    shown.locator(f"svg a[href='{last}']").first.dispatch_event("click")
    shown.wait_for_timeout(300)
    top = shown.evaluate("id => document.getElementById(id).getBoundingClientRect().top", last[1:])
    assert -5 <= top < 900, "a link of the picture leads to its cell"
    assert told == []
    assert {url.split("#")[0] for url in asked if not url.startswith("data:")} == {path.as_uri()}
    background = shown.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(20, 23, 28)")
    context.close()


def test_a_frame_runs_nothing_even_uncleaned(browser: Any, hostile: Path, tmp_path: Path) -> None:
    """The second and third wall alone: what if the cleaning let something pass?"""
    bad = "<script>parent.document.title='ran'</script><img src='http://127.0.0.1:9/x'>"
    text = re.sub(r'srcdoc="[^"]*"', f'srcdoc="{escape(bad)}"', made(hostile))
    path = tmp_path / "review.html"
    path.write_text(text.replace('loading="lazy"', ""), encoding="utf-8")
    shown = browser.new_context().new_page()
    answered: list[str] = []
    shown.on("requestfinished", lambda request: answered.append(request.url))
    blocked: list[str] = []
    shown.on("requestfailed", lambda request: blocked.append(str(request.failure)))
    shown.goto(path.as_uri())
    shown.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    shown.wait_for_timeout(500)
    assert len(shown.frames) > 1
    assert shown.title() == "Review of bad"
    assert [url for url in answered if url.startswith("http")] == []
    assert set(blocked) <= {"csp"}


def _opened(browser: Any, project: Path, folder: Path, **options: Any) -> Any:
    path = folder / "review.html"
    path.write_text(made(project), encoding="utf-8")
    shown = browser.new_context(viewport={"width": 1280, "height": 900}, **options).new_page()
    shown.goto(path.as_uri())
    return shown


def test_sixty_cells_are_a_page_that_is_read(browser: Any, sixty: Path, tmp_path: Path) -> None:
    shown = _opened(browser, sixty, tmp_path)
    assert shown.evaluate("document.documentElement.scrollHeight") < 6_000
    shown.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    is_clipped = "e => e.parentElement.scrollWidth > e.parentElement.clientWidth"
    pictures = shown.locator(".picture svg").all()
    assert len(pictures) > 50, "each function has one of its neighbours"
    assert not any(picture.evaluate(is_clipped) for picture in pictures)
    assert shown.locator("details.part").count() >= 3, "the picture is drawn in parts"


PAIRED = """[...document.querySelectorAll('.function[open] .l')].filter(
    l => getComputedStyle(l).boxShadow != 'none').map(l => l.textContent.trim())"""
LINE = 'birds["body_mass_g"] = to_grams(birds["body_mass_g"])'


def test_what_corresponds_is_highlighted(browser: Any, untouched: Path, tmp_path: Path) -> None:
    shown = _opened(browser, untouched, tmp_path)
    shown.locator("summary:has-text('keep_first_visits')").click()
    assert shown.evaluate(PAIRED) == []
    shown.locator(".function[open] .left .g2").hover()
    assert shown.evaluate(PAIRED) == [LINE, LINE], "the line of the cell, and that of the function"
    shown.mouse.move(0, 0)
    for _ in range(9):
        shown.keyboard.press("Tab")
        if shown.evaluate(PAIRED):
            break
    line = 'birds = notes.drop_duplicates("bird").set_index("bird")'
    assert shown.evaluate(PAIRED) == [line, line], "the keyboard does the same"


def test_a_filter_shows_some_functions(browser: Any, untouched: Path, tmp_path: Path) -> None:
    shown = _opened(browser, untouched, tmp_path)
    visible = "[...document.querySelectorAll('.function')].filter(f => f.offsetHeight).length"
    assert shown.evaluate(visible) == 13  # two cells give two definitions each
    shown.get_by_label("with questions").check()
    assert shown.evaluate(visible) == 1
    headings = "[...document.querySelectorAll('.module h3')].filter(h => h.offsetHeight)"
    assert shown.evaluate(f"{headings}.map(h => h.textContent)") == ["look"]
    shown.get_by_label("all").check()
    assert shown.evaluate(visible) == 13


def test_print_shows_what_is_folded(browser: Any, untouched: Path, tmp_path: Path) -> None:
    shown = _opened(browser, untouched, tmp_path)
    code = shown.locator(".right .l:has-text('def split(')").first
    assert not code.is_visible()
    shown.emulate_media(media="print")
    assert code.is_visible()
    assert not shown.get_by_role("navigation").is_visible()
