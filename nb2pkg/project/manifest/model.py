"""What stands in a manifest, and where it lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from nb2pkg import paths
from nb2pkg.data.version import FileVersion
from nb2pkg.flow.model import Engine
from nb2pkg.observed import InputFile
from nb2pkg.paths import PackagePaths
from nb2pkg.plan.provenance import Link
from nb2pkg.plan.request import Given, Part
from nb2pkg.requirements.model import Need, Use

FOLDER = paths.FOLDER
PATH = f"{FOLDER}/manifest.json"
PROBLEMS = f"{FOLDER}/problems.jsonl"
KEPT = f"{FOLDER}/notebook.ipynb"
ORIGINAL = f"{FOLDER}/original.ipynb"
VERSION = 4
READABLE = (3, VERSION)  # what was generated is elsewhere since 4: project.base

ATTRIBUTES = f"{FOLDER}/.gitattributes"
ATTRIBUTES_TEXT = """\
# Generated: pull requests fold it. Where two branches added lines, those of both are kept.
* linguist-generated
*.jsonl merge=union
base.jsonl -diff
"""
LINTED = f"{FOLDER}/ruff.toml"
LINTED_TEXT = """\
# What is kept here is nobody's code: it is no use to lint it.
exclude = ["*"]
"""


@dataclass(frozen=True, slots=True)
class Made:
    """A symbol of the package, and the cell that it was made from.

    generated is its name as nb2pkg writes it, symbol as the engineer calls it. shared_from: the symbol of
    another package of the project, by its full name, that it is imported from; shared_code: what that
    meant when it was promoted. base: the digest of its text as it was generated. attempt: the id of the attempt
    at the notebook from which that text came.
    """

    symbol: str
    generated: str
    cell: str
    step: Link | None = None
    is_rewritten: bool = False
    shared_from: str = ""
    shared_code: str = ""
    base: str = ""
    observed: Mapping[str, Any] = field(default_factory=dict)
    verified: Mapping[str, Any] = field(default_factory=dict)
    attempt: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """Ids of all cells that it is made of."""
        return self.step.cells if self.step else (self.cell,)


@dataclass(frozen=True, slots=True)
class StoredProblem:
    """A problem, as it was reported. cell is empty if it is about the notebook as a whole."""

    cell: str
    code: str
    line: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of a package that was generated before. content is all of it, as on disk.

    story is where the narrative stands on disk; narrative is what it is called everywhere else.
    refused: cell id to digests of the statements in it that a run showed to have to stay.
    """

    package: str
    notebook: str = ""
    story: str = ""
    variable: str = ""
    everything: bool = False
    python: str = ""
    refused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    made: tuple[Made, ...] = ()
    problems: tuple[StoredProblem, ...] = ()
    content: Mapping[str, Any] = field(default_factory=dict)

    @property
    def narrative(self) -> str:
        """Path of the linked notebook in a project of its own."""
        return f"notebooks/{PurePosixPath(self.notebook).name}"

    @property
    def paths(self) -> PackagePaths:
        """Where its files stand."""
        listed = self.content.get("home")
        return PackagePaths(self.package, **listed) if listed else PackagePaths()

    @property
    def is_in_place(self) -> bool:
        """Did the narrative take the place of the original?"""
        return self.story != self.narrative

    @property
    def steps(self) -> tuple[Link, ...]:
        return tuple(made.step for made in self.made if made.step)

    @property
    def definitions(self) -> tuple[str, ...]:
        """What moved as it is, by the names of the notebook."""
        return tuple(m.generated.rpartition(".")[2] for m in self.made if not m.step)

    @property
    def rewritten(self) -> tuple[str, ...]:
        """Names of the definitions that take data of the notebook as parameters."""
        return tuple(m.symbol.rpartition(".")[2] for m in self.made if m.is_rewritten)

    @property
    def cells(self) -> Mapping[str, Mapping[str, Any]]:
        found: Mapping[str, Mapping[str, Any]] = self.content.get("cells", {})
        return found

    @property
    def names(self) -> Mapping[Part, Given]:
        """Names and docstrings that a person gave."""
        listed = self.content.get("names", [])
        return {(cell, part): Given(name, doc) for cell, part, name, doc in listed}

    @property
    def engine(self) -> Engine:
        """What runs the steps as tasks."""
        listed = self.content.get("engine", {})
        together = tuple(tuple(cells) for cells in listed.get("together", []))
        stuck = tuple(listed.get("stuck", ()))
        return Engine(listed.get("name", ""), together, stuck, listed.get("left_out", ""))

    @property
    def digests(self) -> Mapping[str, set[str]]:
        """Path of a module to the digests of its symbols as they were generated."""
        found: dict[str, set[str]] = {}
        for made in self.made:
            module = made.generated.rpartition(".")[0]
            found.setdefault(paths.path_of(self.package, module), set()).add(made.base)
        return found

    @property
    def is_run(self) -> bool:
        return "run" in self.content

    @property
    def loaded(self) -> tuple[Need, ...]:
        """What no code names, and the run showed to be needed."""
        found = self.content.get("run", {}).get("loaded", {})
        return tuple(
            Need(Use(use), module, places=tuple(places)) for module, (use, *places) in found.items()
        )

    @property
    def data(self) -> tuple[InputFile, ...]:
        """The versions of files that the last run worked with."""
        listed = self.content.get("run", {}).get("data", {})
        return tuple(
            InputFile(FileVersion(path, md5, size), tuple(cells))
            for path, (md5, size, *cells) in listed.items()
        )

    @property
    def renamed(self) -> Mapping[str, str]:
        """What was generated under another name than the engineer has given it."""
        return {m.generated: m.symbol for m in self.made if m.generated != m.symbol}


def parse_made(cell: str, generated: str, made: Mapping[str, Any]) -> Made:
    """One symbol, from its record."""
    now = made.get("now", generated)
    step = made.get("step")
    link = Link(symbol=now, **_tuples(step)) if step else None
    return Made(
        now,
        generated,
        cell,
        link,
        bool(made.get("rewritten")),
        made.get("lent", {}).get("symbol", ""),
        made.get("lent", {}).get("code", ""),
        made.get("base", ""),
        made.get("observed", {}),
        made.get("verified", {}),
        made.get("attempt", ""),
    )


def _tuples(step: Mapping[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in step.items()}
