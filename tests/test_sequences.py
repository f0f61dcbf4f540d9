"""Both sides edit the sample and its package, and promote, in any order: nothing that a person wrote is lost.

The package is a project of its own, or has its place in a codebase (--into); functions get names (--names); and
at some time the exploring goes on in the narrative. What somebody writes carries a mark of its own. After each promotion every mark is where it was
written or where it belongs now, in a conflict that was shown, or was deleted by a person.

NB2PKG_SEQUENCES=1000 python -m pytest tests/test_sequences.py  runs so many sequences.
"""

from __future__ import annotations

import ast
import copy
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nb2pkg.errors import ConflictError, Nb2pkgError, PromotionError
from nb2pkg.merge import Choices, Resolve
from nb2pkg.plan.request import Given
from nb2pkg.project import locate, manifest
from nb2pkg.promote import embed, names_file, source
from nb2pkg.promote.build import Request, promote
from nb2pkg.promote.update import update, write

SAMPLE = Path(__file__).resolve().parent.parent / "sample_project"
MARK = re.compile(r"mark_\d+_")
LEFT_ALONE = re.compile(r"\.nb2pkg/|tests/.*recorded|.*/(__main__|conftest)\.py\Z")
MEETING = ("/train.py", "/clean_the_measurements.py")
WRITTEN = re.compile(r"<{7} package\n|\|{7} .*\n(?:.*\n)*?={7}\n|>{7} notebook\n?")
PYPROJECT = '[project]\nname = "lab"\nversion = "1.0"\ndependencies = []\n'
CELLS = ("clean-units", "clean-visits", "clean-complete", "features", "split", "fit")
PICK = st.integers(min_value=0, max_value=10_000)


def texts(folder: Path) -> dict[str, str]:
    """What stands in the project, but for what nb2pkg remembers."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    found = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in files
    }
    return {path: text for path, text in found.items() if not path.startswith(".nb2pkg/")}


def marks(found: Mapping[str, str]) -> set[str]:
    return {mark for text in found.values() for mark in MARK.findall(text)}


class Together(RuleBasedStateMachine):
    """A scientist at the notebook, an engineer at the package."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="together-"))
        self.path = self.folder / "penguins.ipynb"
        self.wanted = Request()
        self.project = self.folder / "penguins-package"
        self.count = 0
        self.of_engineer: set[str] = set()
        self.of_scientist: set[str] = set()
        self.cut: set[str] = (
            set()
        )  # in the code that cells stood for that were deleted in the narrative

    def teardown(self) -> None:
        if self.path.is_file():
            self.promoted(Resolve.STOP)
        shutil.rmtree(self.folder, ignore_errors=True)

    @initialize(is_into=st.booleans())
    def first_promotion(self, is_into: bool) -> None:
        shutil.copy(SAMPLE / "penguins.ipynb", self.folder)
        shutil.copy(SAMPLE / "penguins.csv", self.folder)
        if is_into:
            self.project = self.folder / "lab"
            (self.project / "src/lab").mkdir(parents=True)
            (self.project / "src/lab/__init__.py").touch()
            (self.project / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
            paths = embed.settle(self.path, self.project, "")
            self.wanted = Request(self.project, paths=paths, name=paths.package)
        origin = source.requested(self.path, self.wanted)
        write(update(promote(origin.path, origin.wanted), origin=origin))

    @property
    def story(self) -> Path:
        (found,) = self.project.rglob("penguins.ipynb")
        return found

    def mark(self) -> str:
        self.count += 1
        return f"mark_{self.count}_"

    # ---- the engineer

    def engineered(self, path: str, text: str) -> None:
        """Write a file; what is gone with that was deleted by the engineer."""
        before = marks(texts(self.project))
        (self.project / path).write_text(text, encoding="utf-8")
        after = marks(texts(self.project))
        self.of_engineer |= after - before
        self.deleted(before - after)

    def deleted(self, gone: set[str]) -> None:
        self.of_engineer -= gone
        self.of_scientist -= gone

    def modules(self) -> dict[str, str]:
        """Python files that can be read: markers of conflicts may stand in some."""
        found = {}
        for path, text in texts(self.project).items():
            if path.endswith(".py") and not LEFT_ALONE.match(path):
                try:
                    ast.parse(text)
                except SyntaxError:
                    continue
                found[path] = text
        return found

    def functions(self) -> list[tuple[str, ast.FunctionDef]]:
        """Those of two modules three times: that is where both sides meet."""
        found = [
            (path, node)
            for path, text in self.modules().items()
            for node in ast.parse(text).body
            if isinstance(node, ast.FunctionDef)
        ]
        return [*found, *3 * [(path, node) for path, node in found if path.endswith(MEETING)]]

    @rule(pick=PICK, at=PICK)
    def adds_a_line_to_a_function(self, pick: int, at: int) -> None:
        functions = self.functions()
        if functions:
            path, node = functions[pick % len(functions)]
            lines = self.modules()[path].split("\n")
            starts = [inner.lineno for inner in node.body[1:]] or [node.body[0].lineno]
            mark = self.mark()
            lines.insert(starts[at % len(starts)] - 1, f"    {mark} = {self.count}")
            self.engineered(path, "\n".join(lines))

    @rule(pick=PICK, at=PICK)
    def remarks_on_a_line(self, pick: int, at: int) -> None:
        functions = self.functions()
        if functions:
            path, node = functions[pick % len(functions)]
            lines = self.modules()[path].split("\n")
            simple = [
                n for n in node.body if n.lineno == n.end_lineno and "#" not in lines[n.lineno - 1]
            ]
            simple = [n for n in simple if not isinstance(n, ast.Expr)]
            if simple:
                number = simple[at % len(simple)].lineno - 1
                lines[number] += f"  # {self.mark()}"
                self.engineered(path, "\n".join(lines))

    @rule(pick=PICK)
    def adds_a_function(self, pick: int) -> None:
        modules = self.modules()
        path = sorted(modules)[pick % len(modules)]
        mark = self.mark()
        self.engineered(path, f"{modules[path]}\n\ndef {mark}():\n    return {self.count}\n")

    @rule(pick=PICK)
    def renames_a_function(self, pick: int) -> None:
        functions = [(p, n) for p, n in self.functions() if p.startswith("src/")]
        functions = [(p, n) for p, n in functions if "pipeline" not in p and not MARK.match(n.name)]
        if functions:
            old, new = functions[pick % len(functions)][1].name, f"other_{self.count}"
            self.count += 1
            for path, text in texts(self.project).items():
                if path.endswith((".py", ".ipynb")) and not LEFT_ALONE.match(path):
                    changed = re.sub(rf"\b{old}\b", new, text)
                    if changed != text:
                        self.engineered(path, changed)

    @rule(pick=PICK)
    def deletes_a_function(self, pick: int) -> None:
        functions = [(p, n) for p, n in self.functions() if p.startswith("src/")]
        if functions:
            path, node = functions[pick % len(functions)]
            lines = self.modules()[path].split("\n")
            del lines[node.lineno - 1 : node.end_lineno]
            self.engineered(path, "\n".join(lines))

    @rule(pick=PICK)
    def deletes_a_line_of_the_engineer(self, pick: int) -> None:
        found = texts(self.project)
        own = [
            (path, number)
            for path in self.modules()
            for number, line in enumerate(found[path].split("\n"))
            if re.fullmatch(r"    mark_\d+_ = \d+", line)
        ]
        if own:
            path, number = own[pick % len(own)]
            lines = found[path].split("\n")
            del lines[number]
            self.engineered(path, "\n".join(lines))

    @rule(path=st.sampled_from(["README.md", "pyproject.toml", "requirements.txt"]), at=PICK)
    def adds_a_line_to_a_text(self, path: str, at: int) -> None:
        file = self.project / path
        if file.is_file():
            lines = file.read_text(encoding="utf-8").split("\n")
            # Between entries of pyproject, not inside of them.
            free = [n for n, line in enumerate(lines) if not line.strip()] or [len(lines)]
            lines.insert(free[at % len(free)], f"# {self.mark()}")
            self.engineered(path, "\n".join(lines))

    @rule(pick=PICK)
    def deletes_a_file(self, pick: int) -> None:
        paths = [p for p in texts(self.project) if "test_" in p or p == "README.md"]
        if paths:
            before = marks(texts(self.project))
            (self.project / paths[pick % len(paths)]).unlink()
            self.deleted(before - marks(texts(self.project)))

    @rule()
    def settles_by_hand(self) -> None:
        """Keep both sides of what is marked."""
        for path, text in texts(self.project).items():
            if "<<<<<<< package" in text and path.endswith(".ipynb"):
                document = json.loads(text)
                for cell in document["cells"]:
                    both = WRITTEN.sub("", "".join(cell["source"]))
                    cell["source"] = both.splitlines(keepends=True)
                self.engineered(path, json.dumps(document, indent=1, ensure_ascii=False) + "\n")
            elif "<<<<<<< package" in text:
                self.engineered(path, WRITTEN.sub("", text))

    @rule(pick=PICK, kind=st.sampled_from(["line", "cell", "delete"]))
    def edits_the_narrative(self, pick: int, kind: str) -> None:
        path = self.story.relative_to(self.project).as_posix()
        document = json.loads(self.story.read_text(encoding="utf-8"))
        cells = document["cells"]
        at = pick % len(cells)
        if kind == "delete":
            self.cuts(cells.pop(at)["id"])
        else:
            changed_cells(cells, at, kind, self.mark())
        self.engineered(path, json.dumps(document, indent=1, ensure_ascii=False) + "\n")

    def cuts(self, cell: str) -> None:
        """A cell of the narrative is deleted: so is its code, if the narrative is promoted."""
        place = locate.only(self.project)
        notebook = locate.notebook(place, manifest.required(place))
        self.cut |= marks({one.id: one.source for one in notebook.cells if one.id == cell})

    # ---- the scientist

    @property
    def is_in_narrative(self) -> bool:
        """Does the exploring go on there?"""
        return self.path == self.story

    def explored(self, document: dict[str, Any]) -> None:
        text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        if self.is_in_narrative:
            self.engineered(self.path.relative_to(self.project).as_posix(), text)
            return
        before = set(MARK.findall(self.path.read_text(encoding="utf-8")))
        self.path.write_text(text, encoding="utf-8")
        after = set(MARK.findall(text))
        self.of_scientist |= after - before
        self.of_scientist -= before - after

    def notebook(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return found

    @rule(pick=PICK, kind=st.sampled_from(["line", "cell", "tagged"]))
    def writes_in_the_notebook(self, pick: int, kind: str) -> None:
        document = self.notebook()
        cells = document["cells"]
        meeting = [n for n, cell in enumerate(cells) if cell["id"] in CELLS]
        places = [*range(len(cells)), *6 * meeting]
        changed_cells(cells, places[pick % len(places)], kind, self.mark())
        self.explored(document)

    @rule(pick=PICK)
    def remarks_in_the_notebook(self, pick: int) -> None:
        document = self.notebook()
        lines = [
            (cell, number)
            for cell in document["cells"]
            if cell["cell_type"] == "code"
            for number, line in enumerate(cell["source"])
            if re.match(r"[a-z_]+ = .*[\w)]$", line.rstrip("\n"))
        ]
        if lines:
            cell, number = lines[pick % len(lines)]
            line = cell["source"][number]
            if ends_a_statement(cell["source"], number):
                cell["source"][number] = (
                    line.rstrip("\n") + f"  # {self.mark()}" + "\n" * line.endswith("\n")
                )
                self.explored(document)

    @rule(pick=PICK)
    def deletes_a_cell(self, pick: int) -> None:
        document = self.notebook()
        own = [c for c in document["cells"] if c["id"].startswith("new-")]
        if own:
            document["cells"].remove(own[pick % len(own)])
            if self.is_in_narrative:
                self.cuts(own[pick % len(own)]["id"])
            self.explored(document)

    @rule(pick=PICK)
    def takes_a_tag_off(self, pick: int) -> None:
        document = self.notebook()
        tagged = [c for c in document["cells"] if c["metadata"].get("tags")]
        if tagged:
            tagged[pick % len(tagged)]["metadata"]["tags"] = []
            self.explored(document)

    @rule(pick=PICK)
    def moves_a_cell(self, pick: int) -> None:
        document = self.notebook()
        cells = document["cells"]
        own = [n for n, c in enumerate(cells) if c["id"].startswith("new-")]
        if own:
            cell = cells.pop(own[pick % len(own)])
            cells.insert(pick % (len(cells) + 1), cell)
            self.explored(document)

    @rule(pick=PICK)
    def names_a_function(self, pick: int) -> None:
        """As --names does; what a person gave once is remembered."""
        try:
            origin = source.requested(self.path, self.wanted)
            plan = names_file.plan_of(origin.path, origin.wanted, origin.source)
            steps = [plan.notebook.cells[step.cell].id for step in plan.steps]
            self.count += 1
            given = {(steps[pick % len(steps)], 0): Given(f"named_{self.count}", "By hand.")}
            wanted = replace(self.wanted, names=given)
            origin = source.requested(self.path, wanted)
            plan = names_file.plan_of(origin.path, origin.wanted, origin.source)
            names_file.check(self.path, given, plan)
        except Nb2pkgError as error:
            event(f"{type(error).__name__} of names")
        else:
            self.promoted(Resolve.STOP, wanted)

    @rule()
    def goes_on_in_the_narrative(self) -> None:
        """What is in the original alone stays there."""
        before, self.path = self.path, self.story
        alone = self.of_scientist - marks(texts(self.project))
        self.of_scientist -= alone
        if not self.promoted(Resolve.STOP):
            self.path = before
            self.of_scientist |= alone

    # ---- both

    @precondition(lambda self: self.count)
    @rule()
    def promote_plainly(self) -> None:
        self.promoted(Resolve.STOP)

    @precondition(lambda self: self.count)
    @rule()
    def promote_once_more(self) -> None:
        self.promoted(Resolve.STOP)

    @precondition(lambda self: self.count)
    @rule(resolve=st.sampled_from([*Resolve]))
    def promote_and_settle(self, resolve: Resolve) -> None:
        self.promoted(resolve)

    def promoted(self, resolve: Resolve, wanted: Request | None = None) -> bool:
        before = texts(self.project)
        try:
            origin = source.requested(self.path, wanted or self.wanted)
            promotion = promote(origin.path, origin.wanted, source=origin.source)
            found = update(promotion, Choices(resolve), origin)
        except (ConflictError, PromotionError) as error:
            event(type(error).__name__)
            assert texts(self.project) == before
            return False
        event("promoted" if found.merged.kept else "promoted, nothing kept")
        write(found)
        shown = enumerate(found.merged.conflicts)
        settled = marks({f"{n}": f"{c.base}{c.theirs}{c.ours}" for n, c in shown})
        after = marks(texts(self.project))
        settled |= self.cut if self.is_in_narrative else set()
        lost = (self.of_engineer | self.of_scientist) - after - settled
        assert not lost, {mark: holding(before, mark) for mark in lost}
        # What was shown and settled is decided: nobody looks for it again.
        self.deleted(settled - after)
        return True

    @invariant()
    def the_notebook_is_the_scientists(self) -> None:
        if self.path.is_file() and not self.is_in_narrative:
            assert self.of_scientist <= set(MARK.findall(self.path.read_text(encoding="utf-8")))


def ends_a_statement(lines: list[str], number: int) -> bool:
    try:
        tree = ast.parse("".join(lines))
    except SyntaxError:
        return False
    ends = [node.end_lineno for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    return number + 1 in ends and "#" not in lines[number]


def changed_cells(cells: list[dict[str, Any]], at: int, kind: str, mark: str) -> None:
    """A line more in a cell, or a cell more behind it."""
    if kind == "line" and cells[at]["cell_type"] == "code":
        source = "".join(cells[at]["source"])
        line = f"{mark} = 1"
        joined = f"{line}\n{source}" if len(mark) % 2 else f"{source}\n{line}"
        joined = source if source.startswith("%%") else joined
        cells[at]["source"] = joined.splitlines(keepends=True)
    else:
        tags = {"tags": [f"nb2pkg:train.{mark}step"]} if kind == "tagged" else {}
        fresh = {
            "cell_type": "code",
            "id": f"new-{mark.strip('_').replace('_', '-')}",
            "metadata": tags,
            "source": [f"{mark} = 1"],
            "outputs": [],
            "execution_count": None,
        }
        cells.insert(at + 1, copy.deepcopy(fresh))


def holding(found: Mapping[str, str], mark: str) -> list[str]:
    return [
        f"{path}: {line}" for path, t in found.items() for line in t.split("\n") if mark in line
    ]


Together.TestCase.settings = settings(
    max_examples=int(os.environ.get("NB2PKG_SEQUENCES", "15")),
    stateful_step_count=16,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # making a failure smaller takes hours
    suppress_health_check=list(HealthCheck),
)
TestTogether = Together.TestCase
