"""What no test may say: values of environment variables, and the folders and the name of this machine."""

from __future__ import annotations

import os
import platform
import sys
import tempfile

_TELLING = 6  # characters; a shorter text stands in many values


def is_told_by(text: str) -> bool:
    """Does the text tell any of it?"""
    names = (os.path.expanduser("~"), sys.prefix, tempfile.gettempdir(), platform.node())
    known = (*os.environ.values(), *names)
    return any(each in text for each in known if len(each) >= _TELLING)
