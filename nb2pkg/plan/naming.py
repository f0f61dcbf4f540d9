"""Names for packages, modules and functions.

Names depend on what a step is and where it stands in the story, never on positions: they stay the
same when a cell is inserted above.
"""

from __future__ import annotations

import ast
import keyword
import re
import sys
import unicodedata
from collections.abc import Iterable
from functools import cache

from nb2pkg.environment import installed
from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.libraries import Aliases, known
from nb2pkg.model import Facts
from nb2pkg.plan.world import BUILTINS

_STOP_WORDS = {
    "the",
    "a",
    "an",
    "of",
    "and",
    "to",
    "in",
    "on",
    "for",
    "with",
    "by",
    "our",
    "is",
    "it",
    "its",
    "we",
    "let",
    "lets",
}
_MOST_LETTERS = 60  # names become names of files, too
_LONGEST = 4  # words of a heading that make a name


def slug(text: str, words: int = _LONGEST) -> str:
    """A text as an identifier: ``Clean the features!`` is ``clean_the_features``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    parts = re.findall(r"[a-z0-9]+", plain.replace("'", ""))
    while len(parts) > words and any(part in _STOP_WORDS for part in parts):
        parts.remove(next(part for part in parts if part in _STOP_WORDS))
    parts = parts[:words]
    while len(parts) > 1 and len("_".join(parts)) > _MOST_LETTERS:
        parts.pop()
    name = "_".join(parts)[:_MOST_LETTERS]
    return f"part_{name}" if name[:1].isdigit() else name


@cache
def always_taken() -> frozenset[str]:
    """Names that nothing of ours may ever have."""
    soft = getattr(keyword, "softkwlist", [])
    return frozenset(
        [*BUILTINS, *keyword.kwlist, *soft, *sys.stdlib_module_names, *known("reserved", "names")]
    )


def free(wanted: str, taken: Iterable[str], suffixes: tuple[str, ...]) -> str:
    """wanted, or wanted with the first suffix that makes it free; numbers only in the end."""
    used = {name.lower() for name in taken}
    for candidate in [wanted, *(f"{wanted}_{suffix}" for suffix in suffixes)]:
        if candidate and candidate.lower() not in used and candidate.isidentifier():
            return candidate
    number = 2
    while f"{wanted}_{suffixes[-1]}_{number}".lower() in used:
        number += 1
    return f"{wanted}_{suffixes[-1]}_{number}"


def may_be_function(name: str, taken: Iterable[str]) -> bool:
    """May a person call a step so? Not like anything that its code or its caller may mention."""
    return name not in {*BUILTINS, *keyword.kwlist, *known("reserved", "names"), *taken}


def may_be_module(name: str) -> bool:
    return name not in always_taken()


def package(stem: str, taken: Iterable[str]) -> str:
    """The name of the package: the notebook's, unless that is taken."""
    return free(
        slug(stem, words=8) or "notebook",
        [*always_taken(), *installed(), *taken],
        ("analysis", "package"),
    )


def module(title: str, taken: Iterable[str]) -> str:
    """The name of a module from its heading."""
    return free(slug(title) or "steps", [*always_taken(), *installed(), *taken], ("steps", "code"))


def step(
    facts: tuple[Facts, ...],
    returns: tuple[str, ...],
    rebinds: frozenset[str],
    data: frozenset[str],
    title: str,
    aliases: Aliases,
) -> str:
    """What a step is called for what it does: ``load_wine``, ``plot_prices``, ``fit_model``.

    data are the names that hold values of the notebook; title is that of the section.
    """
    fresh = tuple(name for name in returns if name not in rebinds)
    verb = _verb(facts, returns, fresh, aliases)
    if verb == "plot":
        thing = _title_in_code(facts) or _spoken(_telling(_read(facts, data))) or title
    elif verb in ("save", "show"):
        thing = _spoken(_telling(_read(facts, data)))
    else:
        changed = tuple(name for f in facts for name, _ in f.mutates if name in data)
        thing = _spoken(_telling(fresh or returns or changed))
    return slug(f"{verb} {thing or title}", words=5) or "run_step"


def _verb(
    facts: tuple[Facts, ...], returns: tuple[str, ...], fresh: tuple[str, ...], aliases: Aliases
) -> str:
    calls = [part for f in facts for part in ast.walk(f.node) if isinstance(part, ast.Call)]
    called = [aliases.dotted(dotted(call.func)) for call in calls]
    methods = {name.rpartition(".")[2] for name in called}
    if any(_draws(name) for name in called) or methods & _DRAWS:
        return "plot"
    if "train_test_split" in methods:
        return "split"
    if returns and any(method.startswith(("read_", "load")) for method in methods):
        return "load"
    if methods & {"fit", "fit_transform", "partial_fit"}:
        return "fit"
    if fresh and methods & {"predict", "predict_proba", "forecast"}:
        return "predict"
    if not returns and any(m.startswith("to_") or m in ("save", "dump", "write") for m in methods):
        return "save"
    if fresh:
        return "make"
    changes = returns or any(f.mutates for f in facts)
    return "update" if changes else "show"


def _draws(name: str) -> bool:
    """Is it a function of a library for plots, and one that plots?"""
    return name.startswith(_DRAWING) and name.rpartition(".")[2] not in known("draws_nothing")


_DRAWING = ("matplotlib.", "seaborn.", "plotly.", "altair.")
_DRAWS = {"plot", "hist", "scatter", "imshow", "boxplot", "barplot"}
_SILENT_NAMES = {"fig", "ax", "axs", "axes", "fig1", "ax1", "ax2", "f", "figure"}


def called(facts: tuple[Facts, ...]) -> tuple[str, ...]:
    """The functions that the last statement calls, outermost first: what sets two plots apart."""
    names = []
    for part in ast.walk(facts[-1].node):
        if isinstance(part, ast.Call):
            name = dotted(part.func).rpartition(".")[2]
            if len(name) > 3:
                names.append(name)
    return tuple(dict.fromkeys(names[:2]))


def _spoken(names: tuple[str, ...]) -> str:
    """The first names, as words: all of three, else one."""
    return " ".join(names[:1] if len(names) > 3 else names[:2])


def _telling(names: Iterable[str]) -> tuple[str, ...]:
    """Without figures and single letters, when something better is there."""
    unique = tuple(dict.fromkeys(names))
    telling = tuple(n for n in unique if len(n.strip("_")) > 1 and n not in _SILENT_NAMES)
    return telling or unique


def _read(facts: tuple[Facts, ...], data: frozenset[str]) -> tuple[str, ...]:
    return tuple(
        name for f in facts for name in f.reads if name in data and name not in _SILENT_NAMES
    )


def _title_in_code(facts: tuple[Facts, ...]) -> str:
    """The title that the code gives a plot."""
    titles = ("title", "set_title", "suptitle")
    for f in facts:
        for part in ast.walk(f.node):
            if isinstance(part, ast.Call) and dotted(part.func).rpartition(".")[2] in titles:
                for argument in part.args[:1]:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        return argument.value
    return ""
