"""What is made of a pipeline for an engine.

Flow = Task*            in an order in which each finds what it takes
Task = Line*            of run(), in their order
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from nb2pkg.plan.model import Line


class Act(Enum):
    """What a line does besides giving values."""

    DRAWS_NUMBERS = "random numbers"  # from a generator that the whole process shares
    MAY_DRAW_NUMBERS = "perhaps random numbers"
    FIGURES = "figures"
    PRINTS = "prints"
    READS_FILES = "files read"
    LOOKS_OUTSIDE = "the clock, the environment, and the like"
    WRITES_FILES = "files written"
    PROCESS = "options of the process"  # or its environment, its folder, and the like
    OWN_STATE = "state of a function or class"


@dataclass(frozen=True, slots=True)
class Version:
    """What a name stands for from a line on; line -1: what somebody hands in."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Effects:
    """What a line does. reads: versions that it needs; changes: those that it may change in place.

    shares: names that have to stay one value with what it changes. held: names that it binds to what cannot
    leave its process.
    """

    reads: tuple[Version, ...] = ()
    changes: frozenset[Version] = frozenset()
    shares: frozenset[Version] = frozenset()
    gives: tuple[str, ...] = ()
    held: frozenset[Version] = frozenset()
    acts: frozenset[Act] = frozenset()


@dataclass(frozen=True, slots=True)
class Task:
    """Lines that run together.

    takes: versions that other tasks give; gives: those that others, or the results, need. copies: names of those of
    takes that it changes, so that it has to change a copy. after: numbers of tasks that come first. is_call: it
    does nothing but call one step. name: of the function that flow.py has for it, or calls. once: it must not be
    begun a second time. final: nor when it is done, since what it reads may be another file by then. fresh: it takes
    values and may do more than compute with them, so that no cache may have what it gives.
    """

    places: tuple[int, ...]
    lines: tuple[Line, ...]
    takes: tuple[Version, ...] = ()
    gives: tuple[Version, ...] = ()
    copies: tuple[str, ...] = ()
    after: tuple[int, ...] = ()
    once: bool = False
    final: bool = False
    fresh: bool = False
    is_call: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """The tasks; variables: what flow.py calls each version; results: versions, as run() gives them.

    settings: lines that each process runs before its first task.
    """

    engine: str
    tasks: tuple[Task, ...]
    variables: dict[Version, str]
    results: tuple[Version, ...]
    settings: tuple[Line, ...] = ()
    needs_folder: bool = False
    writes_files: bool = False


@dataclass(frozen=True, slots=True)
class Engine:
    """The engine that was asked for, and what a run showed: cells whose lines have to stay together.

    stuck: results that cannot leave their process, or not as they are, and are not given. left_out: why the flow cannot be made, if a
    run showed that.
    """

    name: str = ""
    together: tuple[tuple[str, ...], ...] = ()
    stuck: tuple[str, ...] = ()
    left_out: str = ""
