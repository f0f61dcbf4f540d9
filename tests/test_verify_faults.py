"""What a package does beside its values is compared, too: faults that are put into one, and found."""

from __future__ import annotations

import json
import re
from pathlib import Path

from click.testing import CliRunner

from nb2pkg.cli.main import cli
from tests import build

NOTEBOOK = """
# %%
import logging, sys, threading, time
class Words:
    kept = 1
class Table:
    def __init__(self, text): self.text = text
    def _repr_html_(self): return f"<p>{self.text}</p>"
numbers = iter([1, 2, 3, 4])
drawn = (n for n in [1, 2, 3])
words = Words()
# %% tags=["nb2pkg:one.take"]
first = next(numbers)
# %% tags=["nb2pkg:one.draw"]
second = next(drawn)
# %% tags=["nb2pkg:one.listen"]
listened = len([1])
# %% tags=["nb2pkg:one.limit"]
limited = len([1, 2])
# %% tags=["nb2pkg:one.begin"]
begun = len([1, 2, 3])
# %% tags=["nb2pkg:one.keep"]
size = words.kept + len([1])
# %% tags=["nb2pkg:one.label"]
label = "".join(["two words"])
# %%
Table(label.upper())
# %%
print("the end")
"""
# Text of the package, and what it becomes; None: nothing is added. Then what has to be told.
FAULTS = {
    "first = next(numbers)": ("first = next(numbers)\n    next(numbers)", "numbers"),
    "listened = len([1])": (
        "listened = len([1])\n    __import__('logging').getLogger('a').propagate = False",
        "logging",
    ),
    "limited = len([1, 2])": (
        "limited = len([1, 2])\n    __import__('sys').setrecursionlimit(4321)",
        "recursion limit",
    ),
    "begun = len([1, 2, 3])": (
        "begun = len([1, 2, 3])\n    import threading, time\n"
        "    threading.Thread(target=time.sleep, args=(30,), daemon=True).start()",
        "threads",
    ),
    "size = words.kept + len([1])": (
        "size = words.kept + len([1])\n    type(words).kept = 2",
        "Words",
    ),
    "two words": ("two\u00a0words", "label"),
}


def test_what_a_step_does_beside_its_values_is_seen(tmp_path: Path) -> None:
    path = build.write(tmp_path, NOTEBOOK)
    done = CliRunner().invoke(cli, ["promote", str(path), "--verify"])
    assert done.exit_code == 0, done.output
    table = {m[1]: m[2] for m in re.finditer(r"^  one\.(\w+) +(\w+)", done.output, re.MULTILINE)}
    assert table["draw"] == "unstable"  # of a generator nobody sees how far it is
    assert table["take"] == "unstable"
    assert table["listen"] == table["limit"] == table["begin"] == "exact"
    module = tmp_path / "analysis-package" / "src" / "analysis" / "one.py"
    text = module.read_text("utf-8")
    for old, (new, _) in FAULTS.items():
        if old not in text:  # a step that returns at once
            expression = old.partition(" = ")[2]
            returned = f"return {expression}"
            assert returned in text, text
            name = old.partition(" = ")[0]
            text = text.replace(returned, f"{new}\n    return {name}")
        else:
            text = text.replace(old, new)
    module.write_text(text, "utf-8")
    done = CliRunner().invoke(cli, ["verify", str(tmp_path / "analysis-package"), "--json"])
    assert done.exit_code == 1
    found = json.loads(done.stdout)["differences"]
    told = " ".join(f"{d['what']} {d['name']}" for d in found)
    assert [what for _, what in FAULTS.values() if what not in told] == []
