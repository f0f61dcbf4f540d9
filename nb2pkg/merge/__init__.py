"""What was generated last time, what an engineer made of it, what would be generated now: one text.

Pure functions from texts to texts. ``project.merge`` is the way in.
"""

from nb2pkg.merge.model import STOP, Choices, Conflict, Merged, Resolve
from nb2pkg.merge.project import merge, settle_written, unmerged

__all__ = [
    "STOP",
    "Choices",
    "Conflict",
    "Merged",
    "Resolve",
    "merge",
    "settle_written",
    "unmerged",
]
