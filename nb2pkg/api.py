"""What ``import nb2pkg`` offers, in three rings: text in memory, files, running.

``read``, ``analyze``, ``plan`` and ``show`` look at a notebook and touch nothing. ``check``, ``status``
and ``promote`` work with files and run nothing, unless asked. ``verify`` runs both sides.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nb2pkg.check.model import Report
    from nb2pkg.model import CellFacts, Notebook
    from nb2pkg.plan.graph_view import View
    from nb2pkg.plan.model import Plan
    from nb2pkg.promote.build import Promotion
    from nb2pkg.promote.source import Origin
    from nb2pkg.status.model import Status
    from nb2pkg.verify.verdicts import Verification

__all__ = ["analyze", "check", "plan", "promote", "read", "show", "status", "verify"]


def read(source: str | Path, text: str | None = None) -> Notebook:
    """Read a notebook of any nbformat, repaired where its meaning is clear.

    Args:
        source: The file; with text, the name that messages give it.
        text: The JSON of the notebook, if it is not to be read from the file.

    Returns:
        The cells in the order of the document, with their tags, counts and outputs.

    Raises:
        NotebookError: It cannot be read, is not a notebook, or is not written in Python.

    Example:
        >>> import nb2pkg
        >>> notebook = nb2pkg.read("flights.ipynb")
        >>> len(notebook.code)
        2
    """
    from nb2pkg.notebook import reader

    path = Path(source)
    if text is None:
        return reader.read(path)
    return reader.parse(text.encode("utf-8"), str(path))


def analyze(notebook: Notebook) -> tuple[CellFacts, ...]:
    """Find out what each statement binds, reads, changes and shows.

    Args:
        notebook: As ``read`` gives it.

    Returns:
        One value for each code cell, with the facts of its statements.

    Raises:
        NotebookError: A cell is not valid Python.

    Example:
        >>> import nb2pkg
        >>> facts = nb2pkg.analyze(nb2pkg.read("flights.ipynb"))
        >>> facts[1].statements[0].reads
        ('sorted', 'delays')
    """
    from nb2pkg import facts

    return facts.analyze(notebook)


def plan(notebook: Notebook, *, everything: bool = False, name: str = "") -> Plan:
    """Decide what moves into which module and what stays, without files or runs.

    Args:
        notebook: As ``read`` gives it.
        everything: Promote everything that can be promoted, tagged or not.
        name: The package; by default named after the notebook.

    Returns:
        Modules, steps, definitions, the pipeline, and in ``problems`` why something stays.

    Raises:
        PromotionError: A tag asks for something that cannot be.

    Example:
        >>> import nb2pkg
        >>> made = nb2pkg.plan(nb2pkg.read("flights.ipynb"), everything=True)
        >>> [(step.params, step.returns) for step in made.steps]
        [((), ('mean',))]
    """
    from nb2pkg.plan.make import make
    from nb2pkg.plan.request import Options

    return make(notebook, analyze(notebook), Options(everything=everything, package=name))


def show(notebook: Notebook) -> View:
    """Look at a notebook as ``nb2pkg show`` does: facts, dataflow graph, and what would stay.

    Args:
        notebook: As ``read`` gives it.

    Returns:
        The facts of each cell, a networkx graph of the cells, and a plan for all of them.

    Raises:
        NotebookError: A cell is not valid Python.

    Example:
        >>> import nb2pkg
        >>> sorted(nb2pkg.show(nb2pkg.read("flights.ipynb")).graph.edges)
        [(0, 1)]
    """
    from nb2pkg.plan import graph_view
    from nb2pkg.plan.request import Options

    return graph_view.look(notebook, Options(everything=True))


def promote(
    notebook: str | Path,
    *,
    output: str | Path | None = None,
    everything: bool = False,
    name: str = "",
    python: str = "",
    verified: bool = False,
    dry_run: bool = False,
) -> Promotion:
    """Make a package of the validated cells, or bring the one that is there up to date.

    Args:
        notebook: The original, or the narrative of a package.
        output: The project folder; by default ``NOTEBOOK-package`` beside the notebook.
        everything: Promote everything that can be promoted, tagged or not.
        name: The package; by default named after the notebook.
        python: The interpreter of the kernel; by default the one that the notebook names.
        verified: Run the notebook and the narrative, and leave behind what differs.
        dry_run: Write nothing.

    Returns:
        The files by their paths in the project, the plan, and the problems.

    Raises:
        NotebookError: The notebook cannot be read.
        PromotionError: Nothing can be promoted.
        ConflictError: The notebook and people have changed the same lines.
        VerificationError: The notebook cannot be run.

    Example:
        >>> import nb2pkg
        >>> made = nb2pkg.promote("flights.ipynb", everything=True, dry_run=True)
        >>> "src/flights/pipeline.py" in made.files
        True
    """
    from nb2pkg.merge import STOP
    from nb2pkg.promote import source, update
    from nb2pkg.promote.build import Request

    request = Request(Path(output) if output else None, everything, name, python=python)
    origin = source.requested(Path(notebook), request)
    made = _made(origin, verified)
    if not dry_run:
        update.check_place(origin)
        update.written(made, STOP, origin)
    return made


def _made(origin: Origin, verified: bool) -> Promotion:
    """The promotion in memory, run or not."""
    from nb2pkg.execution.model import Conditions
    from nb2pkg.merge import STOP
    from nb2pkg.promote import build, foreseen
    from nb2pkg.promote import verified as verifying

    if not verified:
        return build.promote(origin.path, origin.wanted, source=origin.source)
    foreseen.check(origin, STOP)
    conditions = Conditions(python=origin.wanted.python)
    outcome = verifying.promote_verified(
        origin.path, origin.wanted, conditions, _quiet, origin.source
    )
    return outcome.promotion


def verify(project: str | Path, *, python: str = "", keep_verdict: bool = True) -> Verification:
    """Run a notebook and the package that was made from it, and compare them value by value.

    Args:
        project: The folder that ``promote`` wrote.
        python: The interpreter of the kernel; by default the one that the notebook names.
        keep_verdict: Write the verdict into the manifest and the README.

    Returns:
        What was compared, a verdict for each step, and one for the pipeline.

    Raises:
        VerificationError: A kernel cannot be started, or took too long.
        Nb2pkgError: There is no promoted package, or more than one.

    Example:
        >>> import nb2pkg
        >>> nb2pkg.promote("flights.ipynb", everything=True).project.name
        'flights-package'
        >>> nb2pkg.verify("flights-package").comparison.differences
        ()
    """
    from nb2pkg.execution.model import Conditions
    from nb2pkg.project import locate
    from nb2pkg.promote.reverify import recheck

    place = locate.only(Path(project), "")
    return recheck(place, Conditions(python=python), _quiet, keep_verdict)[0]


def status(project: str | Path) -> Status:
    """Say where a notebook and its package stand; nothing is run.

    Args:
        project: The folder that ``promote`` wrote.

    Returns:
        A row for each cell and symbol: in step or not, validated, approved, verified.

    Raises:
        Nb2pkgError: There is no promoted package, or more than one.

    Example:
        >>> import nb2pkg
        >>> nb2pkg.promote("flights.ipynb", everything=True).project.name
        'flights-package'
        >>> nb2pkg.status("flights-package").out_of_step
        ()
    """
    from nb2pkg.project import locate
    from nb2pkg.status.look import look

    return look(locate.only(Path(project), ""))


def check(*places: str | Path, select: Iterable[str] | None = None) -> tuple[Report, ...]:
    """Look for what is likely to go wrong with notebooks, without running them.

    Args:
        places: Notebooks and folders.
        select: Codes, or the beginnings of codes, to look for; by default the project's settings.

    Returns:
        A report for each notebook: what was found, or why it cannot be read.

    Raises:
        Nb2pkgError: There is no such place, or the settings of the project are wrong.

    Example:
        >>> import nb2pkg
        >>> [report.found for report in nb2pkg.check("flights.ipynb", select=["NB2"])]
        [()]
    """
    from nb2pkg.check import walk
    from nb2pkg.check.run import Selected, check_all

    chosen = None if select is None else tuple(select)
    return tuple(check_all(walk.notebooks(map(Path, places)), Selected(select=chosen)))


def _quiet(_run: str, _done: int, _all: int) -> None:
    """Tell nobody how far a run is."""
