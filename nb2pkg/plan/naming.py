"""Names for packages, modules and functions (DESIGN, rule 9).

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
from nb2pkg.facts.dotted import dotted, root
from nb2pkg.knowledge import Aliases, known
from nb2pkg.model import Facts
from nb2pkg.plan.world import BUILTINS

_STOP_WORDS = {"the", "a", "an", "of", "and", "to", "in", "on", "for", "with", "by", "our", "is", "it", "its", "we", "let", "lets"}
_LONGEST = 4  # words of a heading that make a name


def slug(text: str, words: int = _LONGEST) -> str:
    """A text as an identifier: ``Clean the features!`` is ``clean_the_features``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    parts = re.findall(r"[a-z0-9]+", plain.replace("'", ""))
    while len(parts) > words and any(part in _STOP_WORDS for part in parts):
        parts.remove(next(part for part in parts if part in _STOP_WORDS))
    name = "_".join(parts[:words])
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


def package(stem: str, taken: Iterable[str]) -> str:
    """The name of the package: the notebook's, unless that is taken."""
    return free(slug(stem, words=8) or "notebook", [*always_taken(), *installed(), *taken], ("analysis", "package"))


def module(title: str, taken: Iterable[str]) -> str:
    """The name of a module from its heading."""
    return free(slug(title) or "steps", [*always_taken(), *installed(), *taken], ("steps", "code"))


def step(
    facts: tuple[Facts, ...],
    returns: tuple[str, ...],
    rebinds: frozenset[str],
    title: str,
    aliases: Aliases,
) -> str:
    """What a step is called for what it does: ``load_wine``, ``plot_prices``, ``fit_model``."""
    fresh = tuple(name for name in returns if name not in rebinds)
    verb, thing = _verb_and_thing(facts, fresh or returns, aliases)
    if verb == "make" and not fresh:
        verb = "update"
    return slug(f"{verb} {thing or title}", words=5) or "run_step"


def _verb_and_thing(facts: tuple[Facts, ...], returns: tuple[str, ...], aliases: Aliases) -> tuple[str, str]:
    called = [aliases.dotted(dotted(part.func)) for f in facts for part in ast.walk(f.node) if isinstance(part, ast.Call)]
    methods = {name.rpartition(".")[2] for name in called}
    made = _spoken(returns)
    changed = _spoken(tuple(name for f in facts for name, _ in f.mutates))
    if any(name.startswith("matplotlib.") or name.startswith("seaborn.") for name in called) or methods & {"plot", "hist", "scatter", "imshow"}:
        return "plot", _plotted(facts) or made
    if "train_test_split" in methods:
        return "split", made
    if any(method.startswith("read_") or method.startswith("load") for method in methods) and made:
        return "load", made
    if methods & {"fit", "fit_transform", "partial_fit"}:
        return "fit", made or changed
    if methods & {"predict", "predict_proba", "forecast"}:
        return "predict", made
    if any(method.startswith("to_") or method in ("save", "savefig", "dump") for method in methods) and not made:
        return "save", changed or _first_read(facts)
    if made:
        return "make", made
    if changed:
        return "update", changed
    return "show", _first_read(facts)


def _spoken(names: tuple[str, ...]) -> str:
    """The first names that say something: no single letters when there is better."""
    telling = [name for name in names if len(name.strip("_")) > 1] or list(names)
    return " ".join(dict.fromkeys(telling[:2] if len(telling) < 4 else telling[:1]))


def _plotted(facts: tuple[Facts, ...]) -> str:
    """What is plotted: a title or label in the code, else the data's name."""
    for f in facts:
        for part in ast.walk(f.node):
            if isinstance(part, ast.Call) and dotted(part.func).rpartition(".")[2] in ("title", "set_title", "suptitle"):
                for argument in part.args[:1]:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        return argument.value
    return _first_read(facts)


def _first_read(facts: tuple[Facts, ...]) -> str:
    for f in facts:
        for part in ast.walk(f.node):
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
                name = root(part.func)
                if name in f.reads and len(name) > 2:
                    return name
    reads = [name for f in facts for name in f.reads if name not in BUILTINS]
    return reads[-1] if reads else ""


def is_vague(name: str) -> bool:
    """A name of a verb and a letter or two tells nothing."""
    return max(len(word) for word in name.split("_")[1:] or [""]) < 3
