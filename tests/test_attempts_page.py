"""The page of attempts: it shows what there is, nothing in it can act, and a thousand open at once."""

from __future__ import annotations

import json
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from nb2pkg.attempts import difference, history, store
from nb2pkg.attempts.compared import between
from nb2pkg.attempts.model import AttemptComment, Metric
from nb2pkg.attempts.record import AttemptRequest, record
from nb2pkg.review import attempts as pages
from tests import build
from tests.attempts import make_many

PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
EVIL = "</code></pre></style><script>alert(1)</script><img src=x onerror=alert(2)>\u202e{{ 7 * 7 }}"


class _Tags(HTMLParser):
    """Counts the elements of a page, and keeps what they name."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: dict[str, int] = {}
        self.sources: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.sources += [value or "" for name, value in attrs if name in ("src", "href")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def _tags(page: str) -> _Tags:
    parser = _Tags()
    parser.feed(page)
    return parser


def _output(source: str, **data: str) -> dict[str, Any]:
    shown = {name.replace("_", "/", 1).replace("_", "+"): text for name, text in data.items()}
    output = {"output_type": "display_data", "metadata": {}, "data": shown}
    cell = {"cell_type": "code", "metadata": {}, "execution_count": 1}
    return {**cell, "source": source, "outputs": [output]}


def test_nothing_that_anybody_wrote_is_markup(tmp_path: Path) -> None:
    name = "<b onclick=alert(3)>&'\".ipynb"
    for number in range(2):
        hostile = {
            "image_svg_xml": f"<svg onload=alert(4)>{number}</svg>",
            "text_html": f"<script>{number}</script>",
            "text_plain": EVIL + str(number),
            "application_javascript": "alert(5)",
        }
        cells = [
            f"x = {number}  # {EVIL}",
            _output(f"a{number}", **hostile),
            _output(f"b{number}", image_png="javascript:alert(6)"),
            _output(f"c{number}", image_png=PICTURE),
        ]
        path = build.write(tmp_path, cells, name)
        metrics = (Metric(EVIL, number),)
        record(path, AttemptRequest(EVIL, metrics, branch=f"<i>{number}"))
    place = store.required(path)
    last = history.read(place).attempts[-1]
    store.comment(place.repository, last.id, AttemptComment("now" + EVIL, EVIL, EVIL))
    page = pages.render(place)
    found = _tags(page)
    assert "script" not in found.tags
    assert not found.handlers
    assert found.tags["style"] == 1
    pictures = [source for source in found.sources if not source.startswith("#")]
    assert pictures == [f"data:image/png;base64,{PICTURE}"] * 2
    assert "\u202e" not in page
    assert "{{ 7 * 7 }}" in page
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in page


def test_what_the_page_shows(tmp_path: Path) -> None:
    path = build.write(tmp_path, ["x = 1", "y = 2"])
    record(path, AttemptRequest("plain", (Metric("score", 0.5),)))
    build.write(tmp_path, ["x = 1", "y = 3", "z = 4"])
    record(path, AttemptRequest("trees", (Metric("score", 0.75),), branch="forest"))
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", pages.render(store.required(path))))
    for stretch in (
        "2 attempts 2 branches: forest , main",
        "score: 0.75 now, from 0.5 to 0.75",
        "cell 2: changed",
        "#1, cell 2 y = 2",
        "#2, cell 2 y = 3",
        "cell 3 added",
        "#1 does not have it.",
        "2 cells differ from the one before",
        "- y = 2 + y = 3",
    ):
        assert stretch in text


def test_a_thousand_attempts_open_at_once(tmp_path: Path, browser: Any) -> None:
    cells = [
        "x = 1",
        *(f"print({number})\n" * 5 for number in range(30)),
        _output("p", image_png=PICTURE),
    ]
    path = build.write(tmp_path, cells)
    make_many(path, 1000)
    start = time.perf_counter()
    page = pages.render(store.required(path))
    made = time.perf_counter() - start
    file = tmp_path / "page.html"
    file.write_text(page, encoding="utf-8")
    opened = browser.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    start = time.perf_counter()
    opened.goto(file.as_uri())
    assert opened.locator(".attempts > li").count() == 1000
    seconds = time.perf_counter() - start
    print(f"made in {made:.2f} s, {len(page) / 1e6:.2f} MB, opened in {seconds:.2f} s")
    assert seconds < 2
    assert not complaints
    opened.locator("summary").first.click()
    assert opened.locator("del").first.is_visible()
    opened.close()


# ------------------------------------------------------------------------------------- difference


CASES = {
    "changed": ("a = 1\nb = 2", "a = 1\nb = 3", ["changed"], ["-b = 2", "+b = 3"]),
    "a blank at the end": ("a", "a ", ["changed"], ["-a", "+a "]),
    "a line more": ("a", "a\n", ["changed"], ["+"]),
}


@pytest.mark.parametrize(("old", "new", "kinds", "lines"), CASES.values(), ids=CASES)
def test_lines_of_a_changed_cell(
    tmp_path: Path, old: str, new: str, kinds: list[str], lines: list[str]
) -> None:
    found = _between(tmp_path, ["start", old], ["start", new])
    assert [cell.kind for cell in found.cells] == kinds
    shown = [sign + text for sign, text in found.cells[0].lines if sign in "+-"]
    assert shown == lines


def test_cells_that_moved_came_and_went(tmp_path: Path) -> None:
    old = [f"step_{name} = {name}" for name in "abcde"]
    new = [old[0], old[3], old[1], "entirely_new = 0", old[4]]
    found = [cell.words for cell in _between(tmp_path, old, new).cells]
    assert sorted(found) == ["cell 2 (was cell 4): moved", "cell 3 removed", "cell 4 added"]


def test_outputs_are_told_from_code(tmp_path: Path) -> None:
    found = _between(tmp_path, [_output("x", text_plain="1")], [_output("x", text_plain="2")])
    (cell,) = found.cells
    assert (cell.words, cell.lines) == ("cell 1: other outputs", ())
    assert cell.output_lines == (("-", "1"), ("+", "2"))


METRICS = {
    "brief": (0.82, 0.1 + 0.7, ("0.82", "0.8")),
    "the last digit": (0.1234567891, 0.1234567892, ("0.1234567891", "0.1234567892")),
    "no number": (float("nan"), 1, ("nan", "1")),
}


@pytest.mark.parametrize(("old", "new", "shown"), METRICS.values(), ids=METRICS)
def test_metrics_that_differ(
    tmp_path: Path, old: float, new: float, shown: tuple[str, str]
) -> None:
    path = build.write(tmp_path, "x = 1")
    for value in (old, old, new):
        record(path, AttemptRequest(metrics=(Metric("score", value),)))
    place = store.required(path)
    first, second, third = history.read(place).attempts
    assert between(place, first, second).is_empty
    (found,) = between(place, second, third).metrics
    assert (found.old, found.new) == shown


def _between(folder: Path, old: list[Any], new: list[Any]) -> difference.AttemptDifference:
    path = build.write(folder, old)
    record(path)
    build.write(folder, new)
    document = json.loads(path.read_text(encoding="utf-8"))
    for cell in document["cells"]:
        cell.pop("id", None)
    document["nbformat_minor"] = 4
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    place = store.required(path)
    return between(place, history.read(place).attempts[0], None)
