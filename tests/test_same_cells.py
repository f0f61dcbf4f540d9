"""The status of a notebook without ids of cells is that of the same notebook with them, whatever was done to it.

NB2PKG_SEQUENCES=1000 python -m pytest tests/test_same_cells.py  runs so many sequences of edits.
"""

from __future__ import annotations

import copy
import json
import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from click.testing import CliRunner

from nb2pkg.cli.main import cli
from nb2pkg.errors import NotebookError
from nb2pkg.project import cell_match, locate
from nb2pkg.project.cell_match import Traits
from nb2pkg.review import changes
from nb2pkg.status.look import look

Cell = dict[str, Any]

SEQUENCES = int(os.environ.get("NB2PKG_SEQUENCES", "8"))

COPIED = "print(len(ships))"  # nobody changes it: nothing tells a cell from its copy, if only one changes

# Some texts stand there twice: only their neighbours tell them apart.
TEXTS = (
    ("markdown", "# Harbours"),
    ("", "import json\nimport math"),
    ("nb2pkg:load.read_ships", 'ships = json.loads(open("ships.json").read())'),
    ("", COPIED),
    ("nb2pkg:clean", "def tonnes(pounds):\n    return pounds / 2204.62"),
    ("nb2pkg:clean.weigh", "weights = [tonnes(ship) for ship in ships]\nheaviest = max(weights)"),
    ("", COPIED),
    ("markdown", "## Tides\n\nHow long each of them waits."),
    ("", "limit = 12"),
    ("nb2pkg:wait.hours", "waits = [math.sqrt(w) * limit for w in weights]\nlongest = max(waits)"),
    ("markdown", "Shown:"),
    ("", "print(longest)"),
    ("nb2pkg:wait.delays", "delays = sorted(wait for wait in waits if wait > heaviest)"),
    ("markdown", "Shown:"),
    ("", "delays[:3]"),
)


def code(text: str, tag: str = "", name: str = "") -> Cell:
    kind = "markdown" if tag == "markdown" else "code"
    tags = {"tags": [tag]} if tag and kind == "code" else {}
    rest = {"outputs": [], "execution_count": None} if kind == "code" else {}
    source = text.splitlines(keepends=True)
    return {"cell_type": kind, "id": name, "metadata": tags, "source": source, **rest}


def text_of(cell: Cell) -> str:
    return "".join(cell["source"])


def breadth(text: str) -> int:
    """How many words are in it."""
    return len(set(re.findall(r"\w+", text)))


class Twins:
    """One notebook in two folders: in one its cells have ids, in the other they have none."""

    def __init__(self, folder: Path, seed: int, minor: int, is_careful: bool) -> None:
        self.random = random.Random(seed)
        self.folders = (folder / "with", folder / "without")
        self.minors = (5, minor)
        self.is_careful = is_careful
        self.touched: set[str] = set()
        self.count = 0
        self.cells = [code(text, tag, f"first-{at}") for at, (tag, text) in enumerate(TEXTS)]

    def name(self) -> str:
        self.count += 1
        return f"{self.random.getrandbits(32):08x}"

    def write(self) -> None:
        for place, minor in zip(self.folders, self.minors):
            cells = copy.deepcopy(self.cells)
            if minor < 5:
                cells = [{k: v for k, v in cell.items() if k != "id"} for cell in cells]
            document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": minor}
            text = json.dumps(document, indent=1) + "\n"
            (place / "ships.ipynb").write_text(text, encoding="utf-8")

    def call(self, *words: str) -> set[int]:
        codes = set()
        for place in self.folders:
            notebook, project = str(place / "ships.ipynb"), str(place / "ships-package")
            known = {"NOTEBOOK": notebook, "PROJECT": project}
            result = CliRunner().invoke(cli, [known.get(word, word) for word in words])
            assert result.exception is None or result.exit_code < 3, result.exception
            codes.add(result.exit_code)
        return codes

    def statuses(self) -> list[list[tuple[str, ...]]]:
        """The rows, by the text of their cell: of two cells beside each other with one text, none is the new one."""
        found = []
        texts = ["", *map(text_of, self.cells)]
        for place in self.folders:
            rows = look(locate.only(place / "ships-package")).rows
            found.append(
                sorted(
                    (texts[r.number], r.symbol, r.state.value, r.validated.mark.value) for r in rows
                )
            )
        return found

    # ---- what people do in a notebook

    def inserts(self) -> None:
        n = self.count
        kinds = (("", f"fresh_{n} = {n}"), ("markdown", f"Remark {n}"), ("", COPIED))
        tag, text = self.random.choice(kinds)
        self.cells.insert(self.random.randint(0, len(self.cells)), code(text, tag, self.name()))

    def deletes(self) -> None:
        cells = [cell for cell in self.cells if self.is_free(cell)]
        if cells:
            self.cells.remove(self.random.choice(cells))

    def moves(self) -> None:
        cell = self.cells.pop(self.random.randrange(len(self.cells)))
        self.cells.insert(self.random.randint(0, len(self.cells)), cell)

    def changes(self) -> None:
        cells = [cell for cell in self.cells if text_of(cell) != COPIED and self.is_free(cell)]
        if cells:
            cell = self.random.choice(cells)
            self.count += 1
            source = f"{text_of(cell)}\nmore_{self.count} = 1".splitlines(keepends=True)
            self.replace([cell], [{**cell, "source": source}])

    def splits(self) -> None:
        """The part with more words keeps the id, and what else is known of the cell."""
        longer = [c for c in self.cells if c["cell_type"] == "code" and len(c["source"]) > 1]
        longer = [c for c in longer if not text_of(c).startswith("def") and self.is_free(c)]
        if longer:
            cell = self.random.choice(longer)
            parts = ["".join(cell["source"][:1]).rstrip("\n"), "".join(cell["source"][1:])]
            stays = breadth(parts[1]) > breadth(parts[0])
            if self.is_clear(*parts):
                new = [code(text, "", self.name()) for text in parts]
                new[stays] = {**cell, "source": parts[stays].splitlines(keepends=True)}
                self.replace([cell], new)

    def joins(self) -> None:
        """The part with more words keeps its id, and what else is known of it."""
        pairs = [
            [one, other]
            for one, other in zip(self.cells, self.cells[1:])
            if one["cell_type"] == other["cell_type"] == "code"
            and COPIED not in (text_of(one), text_of(other))
            and self.is_clear(text_of(one), text_of(other))
            and self.is_free(one, other)
        ]
        if pairs:
            both = self.random.choice(pairs)
            stays = max(both, key=lambda cell: breadth(text_of(cell)))
            text = "\n".join(map(text_of, both))
            self.replace(both, [{**stays, "source": text.splitlines(keepends=True)}])

    def replace(self, old: list[Cell], new: list[Cell]) -> None:
        at = self.cells.index(old[0])
        self.cells[at : at + len(old)] = new
        self.touched |= {cell["id"] for cell in new}

    def is_free(self, *cells: Cell) -> bool:
        """Has its text not been worked on since the last promotion? It does not matter if anything goes."""
        return not self.is_careful or self.touched.isdisjoint(cell["id"] for cell in cells)

    def is_clear(self, one: str, other: str) -> bool:
        """Is it beyond doubt which part is the cell?"""
        few, many = sorted((breadth(one), breadth(other)))
        return not self.is_careful or many >= 2 * few

    @property
    def edits(self) -> list[Callable[[], None]]:
        return [self.inserts, self.deletes, self.moves, self.changes, self.splits, self.joins]


@pytest.fixture(scope="module")
def promoted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the twins have been promoted once."""
    folder = tmp_path_factory.mktemp("promoted")
    twins = Twins(folder, 0, 4, is_careful=True)
    for place in twins.folders:
        place.mkdir()
    twins.write()
    assert twins.call("promote", "NOTEBOOK") == {0}
    return folder


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_a_notebook_without_ids_has_the_same_status(
    promoted: Path, tmp_path: Path, seed: int
) -> None:
    """If anything goes, cells are taken to pieces and put together so that nobody knows which is which: then
    what is in step with ids is in step without them.
    """
    shutil.copytree(promoted, tmp_path, dirs_exist_ok=True)
    twins = Twins(tmp_path, seed, seed % 5, is_careful=seed % 3 > 0)
    done: list[str] = []
    for is_promoted in (False, True, False):
        if is_promoted:
            assert len(twins.call("promote", "NOTEBOOK")) == 1, done
            twins.touched.clear()
        else:
            for edit in twins.random.choices(twins.edits, k=twins.random.randint(1, 4)):
                edit()
                done.append(edit.__name__)
            twins.write()
        one, other = twins.statuses()
        if twins.is_careful:
            assert one == other, done
        else:
            assert in_step(one) <= in_step(other), done
            break  # what is made from one cell with ids is made from another one without
    shutil.rmtree(tmp_path)


def in_step(rows: list[tuple[str, ...]]) -> set[tuple[str, ...]]:
    return {row for row in rows if row[2] == "in step"}


# ------------------------------------------------------------------------------------- the matcher


def named(*texts: str, own: bool = False) -> list[Traits]:
    """Cells of code with these texts; what stands before a colon is the id."""
    pairs = [text.partition(": ")[::2] for text in texts]
    return [cell_match.traits(name, name if own else "", "code", text) for name, text in pairs]


READ, DROP, FIT = 'ships = read("ships.csv")', "ships = ships.dropna()", "model = fit(ships, limit)"
SHOWN = "plt.show()"

# What the notebook was, what it is, and which cells these are; a hyphen for a new one.
MATCHES: dict[str, tuple[list[str], list[str], str]] = {
    "inserted above": ([READ, DROP, FIT], ["import os", READ, DROP, FIT], "-abc"),
    "deleted": ([READ, DROP, FIT], [READ, FIT], "ac"),
    "moved": ([READ, DROP, FIT], [FIT, READ, DROP], "cab"),
    "changed": ([READ, DROP, FIT], [READ, "ships = ships.dropna(axis=1)", FIT], "abc"),
    "changed below a new one": ([READ, FIT], ["limit = 3", READ.replace("csv", "tsv"), FIT], "-ab"),
    "moved and changed": ([READ, DROP, FIT], [FIT + "\nn = 1", READ, DROP], "cab"),
    "another in its place": ([READ, DROP, FIT], [READ, "import matplotlib", FIT], "a-c"),
    "split": ([READ + "\n" + DROP, FIT], [READ, DROP, FIT], "a-b"),
    "joined": ([READ, DROP, FIT], [READ, DROP + "\n" + FIT], "ac"),
    "first of two copies deleted": (
        [SHOWN, READ, DROP, SHOWN, FIT],
        [READ, DROP, SHOWN, FIT],
        "bcde",
    ),
    "last of two copies deleted": (
        [READ, SHOWN, DROP, FIT, SHOWN],
        [READ, SHOWN, DROP, FIT],
        "abcd",
    ),
    "a copy more": ([READ, SHOWN, FIT], [SHOWN, READ, SHOWN, FIT], "-abc"),
    "copies whose sections swapped": (
        [READ, SHOWN, DROP, FIT, SHOWN],
        [DROP, FIT, SHOWN, READ, SHOWN],
        "cdeab",
    ),
    "nothing in common": ([READ, DROP], ["import os", "x, y = 1, 2"], "--"),
    "only blanks": ([READ, DROP], [READ + "  \n\n", DROP], "ab"),
}


@pytest.mark.parametrize(("then", "now", "wanted"), MATCHES.values(), ids=MATCHES)
def test_cells_are_found_by_content_and_neighbours(
    then: list[str], now: list[str], wanted: str
) -> None:
    before = named(*(f"{name}: {text}" for name, text in zip("abcde", then)))
    found = cell_match.settled_ids(before, named(*(f": {text}" for text in now)))
    assert "".join(id_ if len(id_) == 1 else "-" for id_ in found) == wanted
    assert len({*found}) == len(found)


def test_ids_decide_where_both_sides_have_them() -> None:
    before = named(f"a: {READ}", f"b: {DROP}", own=True)
    now = named(f"b: {READ}", f"c: {DROP}x", f"a: {DROP}", own=True)
    assert cell_match.settled_ids(before, now) == ("b", "c", "a")


def test_ids_that_are_all_other_ones_say_nothing() -> None:
    before = named(f"a: {READ}", f"b: {DROP}", f"c: {FIT}", own=True)
    now = named(f"x: {READ}", f"y: {DROP}.copy()", f"z: {FIT}", own=True)
    assert cell_match.settled_ids(before, now) == ("a", "b", "c")


def test_a_large_cell_is_known_by_a_sample_of_its_words() -> None:
    large = "\n".join(f"column_{n} = table[{n}]" for n in range(400))
    before = named("a: x = 1", f"b: {large}")
    now = named(": limit = 3", f": {large}\nmore = 1", ": x = 1")
    assert cell_match.settled_ids(before, now)[1:] == ("b", "a")
    assert len(cell_match.words(large)) == 96


# ------------------------------------------------------------------------------------ all commands


def without_ids(cells: list[Cell]) -> list[Cell]:
    return [{key: value for key, value in cell.items() if key != "id"} for cell in cells]


def format_4(cells: list[Cell]) -> dict[str, Any]:
    rest = {"metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    return {"cells": without_ids(cells), **rest}


def format_3(cells: list[Cell]) -> dict[str, Any]:
    """As IPython 2 wrote it."""
    old = [
        (
            {
                "cell_type": "code",
                "input": cell["source"],
                "language": "python",
                "metadata": cell["metadata"],
                "outputs": [],
            }
            if cell["cell_type"] == "code"
            else {k: cell[k] for k in ("cell_type", "metadata", "source")}
        )
        for cell in cells
    ]
    sheet = {"cells": old, "metadata": {}}
    return {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [sheet]}


class Ships:
    """The notebook in one folder, in a format without ids."""

    def __init__(self, folder: Path, form: Callable[[list[Cell]], dict[str, Any]]) -> None:
        self.path = folder / "ships.ipynb"
        self.project = folder / "ships-package"
        self.form = form
        self.cells = [code(text, tag) for tag, text in TEXTS]
        self.write()

    def write(self) -> None:
        text = json.dumps(self.form(self.cells), indent=1) + "\n"
        self.path.write_text(text, encoding="utf-8")

    def insert(self, at: int, text: str, tag: str = "") -> None:
        self.cells.insert(at, code(text, tag))
        self.write()

    def call(self, *words: str, fails: bool = False) -> str:
        known = {"NOTEBOOK": str(self.path), "PROJECT": str(self.project)}
        result = CliRunner().invoke(cli, [known.get(word, word) for word in words])
        assert result.exit_code == fails, result.output
        return result.output

    def module(self, name: str) -> Path:
        (found,) = self.project.glob(f"src/*/{name}.py")
        return found

    def out_of_step(self) -> list[tuple[int, str]]:
        found = look(locate.only(self.project)).out_of_step
        return [(row.number, row.state.value) for row in found]


@pytest.fixture(params=[format_3, format_4])
def ships(request: pytest.FixtureRequest, tmp_path: Path) -> Ships:
    found = Ships(tmp_path, request.param)
    found.call("promote", "NOTEBOOK")
    return found


def test_only_what_was_inserted_is_out_of_step(ships: Ships) -> None:
    ships.insert(0, "import os")
    ships.insert(1, "Why ships?", "markdown")
    assert ships.out_of_step() == [(1, "notebook changed")]
    ships.call("promote", "NOTEBOOK")
    assert ships.out_of_step() == []


def test_what_people_decided_stays_with_its_cell(ships: Ships) -> None:
    ships.call("validate", "wait.delays", "--by", "Ada", "--project", "PROJECT")
    ships.call("review", "approve", "wait.delays", "--by", "Grace", "--project", "PROJECT")
    ships.insert(0, "import os")
    ships.call("promote", "NOTEBOOK")
    ships.insert(4, "import sys")
    ships.call("promote", "NOTEBOOK")
    (row,) = (r for r in look(locate.only(ships.project)).rows if r.symbol == "wait.delays")
    assert row.validated.text.startswith("Ada")
    assert row.validated.holds
    assert row.approved.holds


def test_an_insertion_changes_nothing_else_in_the_package(ships: Ships) -> None:
    def source() -> dict[Path, str]:
        return {p: p.read_text(encoding="utf-8") for p in (ships.project / "src").rglob("*.py")}

    before = source()
    ships.insert(0, "import os")
    ships.call("promote", "NOTEBOOK")
    assert source() == before


def test_edits_in_package_and_narrative_survive_an_insertion(ships: Ships) -> None:
    module, story = ships.module("wait"), ships.project / "notebooks/ships.ipynb"
    text = module.read_text(encoding="utf-8").replace("sorted(", "sorted(  # by length\n        ")
    module.write_text(text, encoding="utf-8")
    told = story.read_text(encoding="utf-8").replace("How long each", "How many hours each")
    story.write_text(told, encoding="utf-8")
    ships.insert(0, "import os")
    ships.call("promote", "NOTEBOOK")
    assert "# by length" in module.read_text(encoding="utf-8")
    assert "How many hours each" in story.read_text(encoding="utf-8")
    assert "import os" in story.read_text(encoding="utf-8")


def test_code_goes_back_into_the_cell_that_it_came_from(ships: Ships) -> None:
    module = ships.module("clean")
    text = module.read_text(encoding="utf-8").replace("2204.62", "2204.6226")
    module.write_text(text, encoding="utf-8")
    ships.insert(0, "import os")
    assert "2204.6226" in ships.call("diff", "clean.tonnes", "--project", "PROJECT")
    ships.call("inline", "clean.tonnes", "--project", "PROJECT")
    cells = json.loads(ships.path.read_text(encoding="utf-8"))
    cells = cells["cells"] if "cells" in cells else cells["worksheets"][0]["cells"]
    assert "2204.6226" in json.dumps(cells[5])
    assert ships.out_of_step() == [(1, "notebook changed")]


def test_a_narrative_that_lost_its_ids_is_still_promoted(ships: Ships) -> None:
    story = ships.project / "notebooks/ships.ipynb"
    document = json.loads(story.read_text(encoding="utf-8"))
    cells = without_ids(document["cells"])
    at = next(n for n, cell in enumerate(cells) if text_of(cell) == "limit = 12")
    cells[at]["source"] = ["limit = 15"]
    cells.insert(0, without_ids([code("Told anew.", "markdown")])[0])
    document |= {"cells": cells, "nbformat_minor": 4}
    story.write_text(json.dumps(document), encoding="utf-8")
    ships.call("promote", str(story))
    kept = (ships.project / ".nb2pkg/notebook.ipynb").read_text(encoding="utf-8")
    assert "limit = 15" in kept
    assert "Told anew." in kept
    assert "nb2pkg-setup" not in kept
    assert ships.out_of_step() == []


def test_review_shows_what_changed_in_a_narrative_that_lost_its_ids(ships: Ships) -> None:
    story = ships.project / "notebooks/ships.ipynb"
    document = json.loads(story.read_text(encoding="utf-8"))
    cells = without_ids(document["cells"])
    cells.insert(0, without_ids([code("Told anew.", "markdown")])[0])
    story.write_text(json.dumps({**document, "cells": cells}), encoding="utf-8")
    (found,) = changes.collect(locate.only(ships.project))
    assert (found.added, found.removed) == (3, 0), found.lines
    assert "+Told anew." in found.lines


def test_a_narrative_that_is_broken_is_refused(ships: Ships) -> None:
    story = ships.project / "notebooks/ships.ipynb"
    text = story.read_text(encoding="utf-8")
    story.write_text(text[: len(text) // 2], encoding="utf-8")
    result = CliRunner().invoke(cli, ["promote", str(story)])
    assert isinstance(result.exception, NotebookError)
    assert "cut off" in str(result.exception)


def test_a_manifest_that_knows_no_words_is_read(ships: Ships) -> None:
    path = ships.project / ".nb2pkg/manifest.json"
    text = re.sub(r' "words": "\w*",', "", path.read_text(encoding="utf-8"))
    assert "words" not in text
    path.write_text(text, encoding="utf-8")
    ships.insert(0, "import os")
    ships.cells[6]["source"] = ["weights = []\n", "heaviest = 0"]
    ships.write()
    assert ships.out_of_step() == [(1, "notebook changed"), (7, "notebook changed")]


def test_tag_gives_ids_by_which_the_package_knows_the_cells(ships: Ships) -> None:
    ships.insert(0, "import os")
    assert f"gave ids to {len(ships.cells)} cells" in ships.call("tag", "NOTEBOOK", "--ids")
    document = json.loads(ships.path.read_text(encoding="utf-8"))
    nbformat.validate(document)
    assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
    assert ships.out_of_step() == [(1, "notebook changed")]
    assert "every cell has an id" in ships.call("tag", "NOTEBOOK", "--ids")
    ships.call("promote", "NOTEBOOK")
    document["cells"][6]["source"] = ["heaviest = 7\n", "weights = ()"]
    document["cells"].append(document["cells"].pop(6))
    ships.path.write_text(json.dumps(document), encoding="utf-8")
    assert [row.symbol for row in look(locate.only(ships.project)).out_of_step] == ["clean.weigh"]


def test_an_id_that_status_shows_is_that_of_the_cell_for_tag_too(ships: Ships) -> None:
    ships.insert(0, "import os")
    (name,) = {r.cell for r in look(locate.only(ships.project)).rows if r.symbol == "wait.delays"}
    assert "cells 14" in ships.call("tag", "NOTEBOOK", name, "--as", "wait.delays")
    assert f"14  {name}" in ships.call("show", "NOTEBOOK")


def test_ids_that_jupyter_gives_later_change_nothing(ships: Ships) -> None:
    """Jupyter Notebook 7 gives random ids, if a person has it convert the notebook to format 4.5."""
    with_ids = [{**cell, "id": f"{at:08x}"} for at, cell in enumerate(ships.cells)]
    rest = {"metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    ships.path.write_text(json.dumps({"cells": with_ids, **rest}), encoding="utf-8")
    assert ships.out_of_step() == []
    ships.call("promote", "NOTEBOOK")
    assert ships.out_of_step() == []
    assert '"own": "00000005"' in (ships.project / ".nb2pkg/manifest.json").read_text("utf-8")
