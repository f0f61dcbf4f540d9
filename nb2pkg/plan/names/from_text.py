"""What the author says that a step does: in comments, in sentences and headings above it.

A text counts only if it says that something is done, and if the code does it: ``# save the fit`` above a
cell that only fits is a plan, a leftover or a remark about another cell.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from nb2pkg.notebook.headings import plain
from nb2pkg.plan.names import phrases, verbs
from nb2pkg.plan.names.phrases import Phrase
from nb2pkg.plan.names.words import words
from nb2pkg.plan.names.work import Work
from nb2pkg.plan.story import Above

_DIRECTIVE = re.compile(
    r"(\||%%|!|noqa|type:|pragma|fmt:|isort:|pylint|nb2pkg|-\*-|In ?\[|todo|fixme|xxx|hack)", re.I
)
_RULE = re.compile(r"^[\W_]+|[\s#=*~_-]+$")
_WEAK = {"create", "compute", "run", "configure", "add"}  # true of almost any code
_LONG = 60  # letters of a text that is no noun
_PLOTS = {"create", "print", "add", "compute", "run", "configure", "describe", "compare", "check"}
_OF_PLOTS = {
    "plot",
    "plots",
    "chart",
    "figure",
    "graph",
    "diagram",
    "histogram",
    "heatmap",
    "scatter",
}


@dataclass(frozen=True, slots=True)
class Said:
    """Phrases that are true of the whole step, the most telling first; those that are of a part of it;
    the words of a noun above it; and the text above it, if that begins with an order that is true.
    """

    phrases: tuple[Phrase, ...] = ()
    parts: tuple[Phrase, ...] = ()
    noun: tuple[str, ...] = ()
    text: tuple[str, ...] = ()


def of_step(work: Work, above: Above) -> Said:
    """above: what stands right above its cell; empty if another step comes before it there."""
    opening, *later = [_comment(f.leading) for f in work.facts]
    commented = _true(work, phrases.sentences(opening))
    written = _true(work, _leading_over(work, above.sentences))
    titled = _true(work, above.headings[-1:])
    inside = _true(work, (s for text in reversed(later) for s in phrases.sentences(text)[:1]))
    noun = _noun(work, above, "" if any(later) else opening)
    text = above.sentences[:2] if _is_order(work, above.sentences[:1]) else ()
    if any(later):
        return Said((*written, *titled), (*inside, *commented), noun, text)
    return Said((*commented, *written, *titled), (), noun, text)


def _is_order(work: Work, sentences: tuple[str, ...]) -> bool:
    """Is it an order, such as ``Leave out the birds that ...``, that the code may well follow?"""
    first = next(iter(sentences), "")
    verb = first.split()[0].lower() if first[:1].isupper() and "?" not in first else ""
    return verb in words("orders") or (verbs.base(verb) == verb != "" and is_true(work, verb))


def _leading_over(work: Work, sentences: tuple[str, ...]) -> Iterator[str]:
    """The last, which leads over to the code, before the others, which must have a word of it.

    So must the last, where its verb says little and no colon leads over.
    """
    written = [text for text in sentences if not text[:1].islower()]  # else it begins with code
    for text in [*written[-1:], *written[:-1]]:
        for said in phrases.of_sentence(text):
            leads = text == written[-1] and (text.endswith(":") or row(said.verb) not in _WEAK)
            if leads or _is_about(work, said.object):
                yield text


def _true(work: Work, texts: Iterable[str]) -> list[Phrase]:
    return [
        phrase
        for text in texts
        for said in phrases.of_sentence(text)
        if (phrase := _of_plot(work, said)) and is_true(work, phrase.verb)
    ]


def _of_plot(work: Work, phrase: Phrase) -> Phrase:
    """Who shows something by drawing, or creates a chart, plots."""
    about = _OF_PLOTS & set(phrase.object)
    if work.only_draws and row(phrase.verb) in _PLOTS and (about or row(phrase.verb) == "print"):
        kept = [w for w in phrase.object if w not in _OF_PLOTS - {"histogram", "heatmap"}]
        noun = phrases.fitted("plot", kept or [*phrase.object])
        return replace(phrase, verb="plot", object=noun) if noun else phrase
    return phrase


def row(verb: str) -> str:
    """The verb of the table under which a word stands."""
    return next(
        (v.name for v in verbs.table().values() if verb in {v.name, *v.says, *v.means}), verb
    )


def is_true(work: Work, verb: str) -> bool:
    """Does the step do that? One that draws and gives values does more than plot."""
    if row(verb) == "plot" and work.results:
        last = work.facts[-1].node
        calls = [part for part in ast.walk(last) if isinstance(part, ast.Call)]
        if not any(work.draws(call) for call in calls) or set(work.facts[-1].bound) & set(
            work.results
        ):
            return False
    if row(verb) in ("create", "compute") and work.only_draws:
        return False
    return verbs.is_true(verb, work.calls, work.syntax)


def _comment(leading: str) -> str:
    """The prose of comment lines: without directives, rules, and code that is commented out."""
    kept: list[str] = []
    for line in leading.split("\n"):
        text = line.strip().lstrip("#").strip()
        if _DIRECTIVE.match(text) or _is_code(text):
            kept = [] if _is_code(text) else kept
            continue
        text = _RULE.sub("", text) if not text[:1].isalnum() else re.sub(r"[\s#=*~_-]+$", "", text)
        if text:
            kept.append(text)
    return plain(" ".join(kept))


def _is_code(text: str) -> bool:
    if not re.search(r"[=(\[]", text):
        return False
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return not all(
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Name) for node in tree.body
    )


def _noun(work: Work, above: Above, opening: str) -> tuple[str, ...]:
    """The words of the heading right above, or of a comment that is a noun: what it is about.

    A heading may be about much more: where the step gives values, it counts if they have a word in common.
    """
    for text in (opening, *above.headings[-1:]):
        noun = _of_noun(text) if len(text) < _LONG else ()
        if noun and (text == opening or work.only_draws or _is_about(work, noun)):
            return noun
    return ()


def _of_noun(text: str) -> tuple[str, ...]:
    """The words of a noun; of an order what it is about, unless that is made on the way only."""
    found = next(phrases.of_sentence(text), None)
    if found is None:
        return phrases.of_title(text)
    return () if row(found.verb) in _WEAK else found.object


def _is_about(work: Work, noun: tuple[str, ...]) -> bool:
    code = " ".join(f.source for f in work.facts).lower()
    return any(len(word) > 3 and word[:5].rstrip("s") in code for word in noun)
