"""The only code that writes what a person sees: all or nothing, one command at a time.

Whatever writes says what it found on disk (`compare`) and what is to be there (`apply`, or `put` for
one file). That happens as one exchange, with a journal: what is cut off is finished or taken back by
the next command that comes by (`settle`).
"""

from nb2pkg.files.change import (
    Change,
    apply,
    check_free,
    check_writable,
    compare,
    located,
    on_disk,
    put,
)
from nb2pkg.files.exchange import alone, is_untouched, settle
from nb2pkg.files.failures import changed, explained
from nb2pkg.files.journal import FOLDER
from nb2pkg.files.scratch import remove_abandoned, scratch

__all__ = [
    "FOLDER",
    "Change",
    "alone",
    "apply",
    "changed",
    "check_free",
    "check_writable",
    "compare",
    "explained",
    "is_untouched",
    "located",
    "on_disk",
    "put",
    "remove_abandoned",
    "scratch",
    "settle",
]
