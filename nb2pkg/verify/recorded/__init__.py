"""What a value is and holds, exactly enough to say whether two are the same.

The pipeline of a package is rehearsed with this, in the Python of the notebook, to find out what its
tests may rely on: digested.py has the rules, described.py and drawn.py say what is told of tables and
figures. Nothing of it goes into a package: tests compare summaries (templates/package/recorded.py).
"""

from __future__ import annotations

from .described import describe

__all__ = ["describe"]
