"""nbformat is imported without what notebooks do not need."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOADED = """
import sys
from nb2pkg.notebook import standard
found = standard.nbformat()
assert found.validator.isvalid(found.v4.new_notebook())
print(*sorted({name.partition(".")[0] for name in sys.modules}))
import rfc3987_syntax
"""


def test_no_grammar_is_built_and_it_can_be_imported_later() -> None:
    pytest.importorskip("rfc3987_syntax", reason="jsonschema imports it where it is installed")
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    assert "jsonschema" in loaded
    assert not {"lark", "rfc3987_syntax"} & {*loaded}
