"""What a step is called, and what its docstring says.

In this order: what the author says that it does (from_text.py), what its code does (from_code.py). A name
that is taken gets a word that tells it apart; a number only in the end, and then a person is asked.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from nb2pkg.plan import naming
from nb2pkg.plan.names import docstrings, from_code, from_text, nouns, phrases, results, verbs
from nb2pkg.plan.names.from_text import Said
from nb2pkg.plan.names.work import Work
from nb2pkg.plan.story import Above

_LOOKS = {
    "label",
    "color",
    "fmt",
    "ls",
    "marker",
    "c",
    "linestyle",
    "loc",
    "ax",
    "figsize",
    "name",
    "fig",
    "fontsize",
    "alpha",
    "lw",
    "linewidth",
    "zorder",
    "markersize",
    "edgecolor",
    "title",
}
_GROUPS = (
    "hue",
    "col",
    "row",
    "size",
    "style",
    "color",
)  # columns by which plots tell values apart
_FIRST = 3  # names that are worth a word more
_LONG = 20  # letters of a text that is no option


@dataclass(frozen=True, slots=True)
class Named:
    """is_plain: no name was found that a reader would choose. doc is empty where there is none."""

    name: str
    doc: str = ""
    is_plain: bool = False


def of_step(work: Work, above: Above, title: str, taken: frozenset[str]) -> Named:
    """title: that of the section. taken: names that are no longer free."""
    said = from_text.of_step(work, above)
    used = {name.lower() for name in taken}
    section = phrases.of_title(title)
    good = _good(work, said)
    weak = [name for name in from_code.weak(work, said.noun, section) if _is_fit(name)]
    name = next((name for name in _in_order(work, good, section) if name not in used), "")
    if name:
        return Named(name, docstrings.of_said(said, name))
    name = next((n for n in _in_order(work, weak, section) if n not in used), "")
    plainest = (
        "draw_figure" if work.only_draws else "compute_values" if work.results else "run_cell"
    )
    name = name or naming.free(next(iter([*good, *weak]), plainest), taken, ("more",))
    return Named(name, docstrings.of_said(said, name), is_plain=True)


def _in_order(work: Work, good: list[str], section: tuple[str, ...]) -> Iterator[str]:
    """The first names with the first one's verb, then those told apart, then the others."""
    alike = [name for name in good if name.split("_")[0] == good[0].split("_")[0]]
    yield from alike[:_FIRST]
    yield from _set_apart(work, alike, section)
    yield from good


def named(name: str, work: Work, above: Above) -> Named:
    """The docstring for a name that a person gave."""
    return Named(name, docstrings.of_said(from_text.of_step(work, above), name))


def part_of(tag: str, work: Work, taken: frozenset[str]) -> str:
    """A name for one of several steps that were tagged with one; empty if there is none."""
    found = [*reversed(work.results), *work.changed, *work.read]
    wanted = (results.joined(tag, nouns.of_name(name)) for name in found)
    return next((name for name in wanted if _is_fit(name) and name not in taken), "")


def _good(work: Work, said: Said) -> list[str]:
    """Names, the best first. What is said of a part counts if that is what the step is for."""
    found = [name for name in from_code.good(work, said.noun) if _is_fit(name)]
    main = _kind(found[0].split("_")[0]) if found else "create"
    parts = [phrase for phrase in said.parts if _kind(phrase.verb) == main]
    names = [phrase.name for phrase in (*said.phrases, *parts)]
    return [*filter(_is_fit, names), *found]


def _kind(verb: str) -> str:
    """The row of the table; one for all that only make something."""
    row = from_text.row(verb)
    return "create" if row in ("compute", "create", "build", "run", "define") else row


def _is_fit(name: str) -> bool:
    """Would a person write it? No numbers, no words twice, nothing that pytest or Python takes."""
    words = name.split("_")
    return (
        name.isidentifier()
        and name.isascii()
        and len(words) > 1
        and len(set(words)) == len(words)
        and not words[-1][-1:].isdigit()
        and words[0] not in ("test", "import")
        and name not in naming.always_taken()
    )


def _set_apart(work: Work, wanted: list[str], section: tuple[str, ...]) -> Iterator[str]:
    """The first names with a word that sets this step apart: an option, a result, the section."""
    words = [more for more in _setting_apart(work, section) if len(more) > 1]
    for name in wanted[:_FIRST]:
        for more in words:
            candidate = results.joined(name.split("_")[0], (*name.split("_")[1:], *more))
            if candidate != name and _is_fit(candidate):
                yield candidate


def _setting_apart(work: Work, section: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Words that may set a step apart, the most telling first."""
    calls = [part for part in reversed(work.nodes) if isinstance(part, ast.Call)]
    for call in calls:
        yield from _options(call)
    for name in (*reversed(work.fresh), *work.read) if not work.only_draws else ():
        if nouns.is_telling(name):
            yield ("of", *nouns.of_name(name))
    for call in calls:
        method = "" if results.is_of_arrays(work, call) else results.last(call)
        if nouns.is_telling(method) and verbs.of_call(method) not in ("plot", "configure", "style"):
            yield ("with", *nouns.of_class(method)[:2])
    yield ("of", *section[:2]) if not work.only_draws else ()


def _options(call: ast.Call) -> Iterator[tuple[str, ...]]:
    """``kind="violin"`` is with violin; ``stacked=True`` is with stacked; and so on."""
    keywords = [k for k in call.keywords if k.arg and k.arg not in {*_LOOKS, "data", "x", "y"}]
    for keyword in keywords:
        if keyword.arg in _GROUPS and isinstance(keyword.value, ast.Constant):
            yield ("per", *nouns.of_name(str(keyword.value.value)))
    for keyword in keywords:
        match keyword.value:
            case ast.Constant(value=str(text)) if len(text) < _LONG:
                yield ("with", *nouns.of_name(text))
            case ast.Constant(value=True):
                yield ("with", *nouns.of_name(str(keyword.arg)))
    for value in call.args:
        if (
            isinstance(value, ast.Constant)
            and isinstance(value.value, str)
            and len(value.value) < _LONG
        ):
            yield ("with", *nouns.of_name(value.value))
    for value in call.args:
        match value:
            case ast.Subscript(slice=ast.Constant(value=str(text))):
                yield ("of", *nouns.of_name(text))
    for keyword in keywords:
        yield ("with", *nouns.of_name(str(keyword.arg)))
