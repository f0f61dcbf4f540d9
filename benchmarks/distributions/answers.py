"""Questions, answers, and what an answer is worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from benchmarks.distributions.pairs import Pair, normal

# Module to the names that were answered, in normal spelling.
Answers = Mapping[str, frozenset[str]]

RIGHT, AMONG, WRONG, NONE = "right", "among others", "wrong", "no answer"
VERDICTS = (RIGHT, AMONG, WRONG, NONE)


@dataclass(frozen=True, slots=True)
class Question:
    """acceptable names are in normal spelling."""

    module: str
    acceptable: frozenset[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool said to one question."""

    tool: str
    part: str
    question: Question
    names: frozenset[str]

    @property
    def verdict(self) -> str:
        if not self.names:
            return NONE
        if self.names <= self.question.acceptable:
            return RIGHT
        return AMONG if self.names & self.question.acceptable else WRONG


def of_pair(pair: Pair) -> Question:
    """Where nothing is installed, each of its distributions is a right answer."""
    return Question(pair.module, frozenset(map(normal, pair.distributions)))


def judged(tool: str, part: str, questions: Iterable[Question], given: Answers) -> list[Answer]:
    """The answers to the questions; what a tool does not name has no answer."""
    nothing: frozenset[str] = frozenset()
    return [Answer(tool, part, asked, given.get(asked.module, nothing)) for asked in questions]
