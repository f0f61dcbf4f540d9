"""Facts: what each top-level statement of a notebook reads, binds, changes and shows."""

from nb2pkg.facts.analyze import aliases_of, analyze, restate
from nb2pkg.facts.words import words

__all__ = ["aliases_of", "analyze", "restate", "words"]
