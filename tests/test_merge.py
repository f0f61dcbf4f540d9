"""What a person wrote and what is generated anew, in one text: every rule, and what always holds."""

from __future__ import annotations

import ast
import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path

import black
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nb2pkg.merge import Choices, Merged, Resolve, follow, merge
from nb2pkg.merge import symbols as symbols_of
from nb2pkg.merge.renames import Renames, SymbolPlace
from nb2pkg.project import locate

SAMPLE = Path(__file__).resolve().parent.parent / "sample_project" / "penguins-package"
MODULE = "src/p/m.py"


def sample() -> dict[str, str]:
    """The package of the sample as it is generated."""
    return locate.generated(SAMPLE)


def one(
    base: str | None,
    theirs: str | None,
    ours: str | None,
    path: str = MODULE,
    resolve: Resolve = Resolve.STOP,
) -> Merged:
    """A project of one file."""
    sides = [{} if text is None else {path: text} for text in (base, theirs, ours)]
    return merge(*sides, "p", Choices(resolve))


def edited(files: Mapping[str, str], path: str, *changes: tuple[str, str]) -> dict[str, str]:
    text = files[path]
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return {**files, path: text}


# ------------------------------------------------------------------------------------- symbols

BASE = '''"""A module."""

import os

LIMIT = 3


# nb2pkg: a.ipynb#f
def f(x):
    """Do f."""
    y = x + 1
    z = y * 2
    return z


# nb2pkg: a.ipynb#g
def g(x):
    return os.path.join(x)


# Continue here.
'''

F = BASE[BASE.index("# nb2pkg: a.ipynb#f") : BASE.index("# nb2pkg: a.ipynb#g")]
G = BASE[BASE.index("# nb2pkg: a.ipynb#g") : BASE.index("# Continue")]
H = "# nb2pkg: a.ipynb#h\ndef h():\n    return 1\n\n\n"
ADDED = "def mine():\n    return 'mine'\n\n\n"


def after(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


Y7 = ("y = x + 1", "y = x + 7")
Y8 = ("y = x + 1", "y = x + 8")
RETURN = ("return z", "return z - 1")

CLEAN = {
    "only the package changed": ([Y7], [], [Y7]),
    "only the notebook changed": ([], [Y7], [Y7]),
    "both made the same change": ([Y7], [Y7], [Y7]),
    "two functions": ([Y7], [("join(x)", "join(x, x)")], [Y7, ("join(x)", "join(x, x)")]),
    "two places of one function": (
        [("Do f.", "Does f.")],
        [RETURN],
        [("Do f.", "Does f."), RETURN],
    ),
    "another cell is no edit": (
        [("def f(x):", "def f(x: int):")],
        [("a.ipynb#f", "a.ipynb#other")],
        [("def f(x):", "def f(x: int):"), ("a.ipynb#f", "a.ipynb#other")],
    ),
    "new in the notebook": ([Y7], [(F, F + H)], [(F, F + H), Y7]),
    "new in the package": ([(F, F + ADDED)], [Y7], [(F, F + ADDED), Y7]),
    "new on both sides": ([(G, G + ADDED)], [(G, G + H)], [(G, G + H + ADDED)]),
    "deleted stays deleted": ([(G, "")], [Y7], [(G, ""), Y7]),
    "gone from the notebook": ([Y7], [(G, "")], [Y7, (G, "")]),
    "gone with its import": (
        [Y7],
        [(G, ""), ("import os\n\n", "")],
        [Y7, (G, ""), ("import os\n\n", "")],
    ),
    "order of the package": ([(F, ""), (G, G + F)], [Y7], [(F, ""), (G, G + F), Y7]),
    "order of the notebook": ([Y7], [(F, ""), (G, G + F)], [(F, ""), (G, G + F), Y7]),
    "a constant": ([("LIMIT = 3", "LIMIT = 4")], [Y7], [("LIMIT = 3", "LIMIT = 4"), Y7]),
    "a docstring": ([("A module.", "The module.")], [Y7], [("A module.", "The module."), Y7]),
    "a comment above": ([(F, "# why\n" + F)], [Y7], [(F, "# why\n" + F), Y7]),
    "a comment between": ([("Continue here", "Go on")], [Y7], [("Continue here", "Go on"), Y7]),
    "a comment inside": ([("    y = x", "    # why\n    y = x")], [RETURN], None),
    "layout is no edit": ([("x + 1", "(x+1)")], [Y7], [Y7]),
    "layout stays": ([("y * 2", "(y*2)")], [("LIMIT = 3", "LIMIT = 4")], None),
}


@pytest.mark.parametrize("name", CLEAN)
def test_symbols_without_conflict(name: str) -> None:
    theirs, ours, wanted = CLEAN[name]
    expected = [*theirs, *ours] if wanted is None else wanted
    merged = one(BASE, after(BASE, *theirs), after(BASE, *ours))
    assert not merged.conflicts
    assert merged.files[MODULE] == after(BASE, *expected)


CONFLICTS = {
    "same line": ([Y7], [Y8], "f", "changed in the notebook and in the package"),
    "touching lines": ([Y7], [("y * 2", "y * 3")], "f", "changed in the notebook and"),
    "deleted here": ([(F, "")], [Y7], "f", "deleted in the package, changed in the notebook"),
    "gone there": ([Y7], [(F, "")], "f", "changed in the package, its cells are gone"),
    "made twice": ([(F, F + H)], [(F, F + after(H, ("1", "2")))], "h", "made in the notebook and"),
    "a constant": ([("= 3", "= 4")], [("= 3", "= 5")], "LIMIT", "changed in the notebook and"),
    "a docstring": (
        [("A mod", "My mod")],
        [("A mod", "The mod")],
        "",
        "changed in the notebook and",
    ),
    "no Python when put together": (
        [("    y = x + 1\n", "    if x:\n        y = x + 1\n    else:\n        y = 0\n")],
        [("    z = y * 2\n    return z", "    z = (y\n    )\n    return z")],
        "f",
        "changed in the notebook and",
    ),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_symbols_with_conflict(name: str) -> None:
    theirs, ours, symbol, reason = CONFLICTS[name]
    texts = BASE, after(BASE, *theirs), after(BASE, *ours)
    merged = one(*texts)
    (conflict,) = merged.conflicts
    assert (conflict.path, conflict.symbol) == (MODULE, symbol)
    assert conflict.reason.startswith(reason)
    assert merged.files[MODULE] == texts[1]
    assert one(*texts, resolve=Resolve.THEIRS).files[MODULE] == texts[1]
    assert one(*texts, resolve=Resolve.OURS).files[MODULE] == texts[2]
    marked = one(*texts, resolve=Resolve.MARKERS).files[MODULE]
    assert marked.count("<<<<<<< package\n") == marked.count(">>>>>>> notebook\n") == 1
    assert "||||||| generated before\n" in marked
    for text in texts[1:]:
        assert set(text.split("\n")) <= set(marked.split("\n"))


def test_edits_that_were_kept_are_told() -> None:
    theirs = after(BASE, Y7, (G, G + ADDED))
    assert one(BASE, theirs, BASE).kept == (f"{MODULE}: f", f"{MODULE}: mine")
    assert one(BASE, theirs, after(BASE, ("= 3", "= 4"))).kept == (
        f"{MODULE}: f",
        f"{MODULE}: mine",
    )
    assert not one(BASE, BASE, after(BASE, Y7)).kept


def test_a_formatter_makes_no_conflicts() -> None:
    long = after(BASE, ("return z", 'return {"first": z, "second": y, "third": x, "again": 1}'))
    theirs = black.format_str(long, mode=black.Mode(line_length=40))
    assert theirs != long
    merged = one(long, theirs, after(long, ("join(x)", "join(x, x)")))
    assert not merged.conflicts
    assert merged.files[MODULE] == after(theirs, ("join(x)", "join(x, x)"))


def test_names_that_are_bound_twice() -> None:
    base = "def f():\n    return 1\n\n\ndef f():\n    return 2\n"
    merged = one(base, after(base, ("1", "10")), after(base, ("2", "20")))
    assert merged.files[MODULE] == after(base, ("1", "10"), ("2", "20"))


def test_broken_python_is_merged_by_lines() -> None:
    base = "a = 1\nb = 2\nc = 3\nd = 4\n"
    theirs, ours = "a = (\nb = 2\nc = 3\nd = 4\n", "a = 1\nb = 2\nc = 3\nd = 5\n"
    assert one(base, theirs, ours).files[MODULE] == "a = (\nb = 2\nc = 3\nd = 5\n"


def test_docstrings_and_blank_lines_are_layout() -> None:
    base = 'def f():\n    """One.\n\n    Two.\n    """\n    return 1\n\n\n\nA = 1\n\nB = 1\n'
    theirs = base.replace("\n    ", "\n  ").replace("\n\n\n\n", "\n\n\n")
    ours = base.replace("return 1", "return 2").replace("B = 1", "B = 2")
    merged = one(base, theirs, ours)
    assert not merged.conflicts
    assert merged.files[MODULE] == ours.replace("\n\n\n\n", "\n\n\n")


def test_what_does_not_compile_when_put_together_is_a_conflict() -> None:
    theirs = "A = 1\nimport os\n"
    merged = one("", theirs, "from __future__ import annotations\n")
    assert [conflict.symbol for conflict in merged.conflicts] == [""]
    assert merged.files[MODULE] == theirs


def test_line_ends_of_windows_are_no_edit() -> None:
    theirs = BASE.replace("\n", "\r\n")
    merged = one(BASE, theirs, after(BASE, Y7))
    assert not merged.conflicts
    assert merged.files[MODULE] == after(BASE, Y7).replace("\n", "\r\n")


@pytest.mark.parametrize("path", [path for path in sample() if path.endswith(".py")])
def test_items_add_up_to_the_text(path: str) -> None:
    text = sample()[path]
    module = symbols_of.split(text)
    assert module is not None
    assert "".join(item.gap + item.text for item in module.items) + module.tail == text


# ------------------------------------------------------------------------------------- imports

USES = "\n\ndef f():\n    return np.sum(pd.Series(os.getcwd()))\n"
BLOCK = "import os\n\nimport numpy as np\nimport pandas as pd\n\nfrom .a import b\n"
IMPORTS = {
    "added to a statement": (
        ("", ""),
        ("import b", "import C, b, d"),
        "import os\n\nimport numpy as np\nimport pandas as pd\n\nfrom .a import C, b, d\n",
    ),
    "layout of the package": (
        ("from .a import b\n", "from .a import (\n    b,  # why\n)\n"),
        ("import b", "import a, b, c"),
        BLOCK.replace("from .a import b\n", "from .a import (\n    a,\n    b,  # why\n    c,\n)\n"),
    ),
    "a line of its own": (
        ("import os", "import json\nimport os"),
        ("import pandas as pd", "import pandas as pd\nfrom scipy import stats"),
        "import json\nimport os\n\nimport numpy as np\nimport pandas as pd\nfrom scipy import stats\n\n"
        "from .a import b\n",
    ),
    "a section of its own": (
        ("from .a import b\n", "from .a import b, c\n"),
        ("import os\n", "from __future__ import annotations\n\nimport os\n"),
        "from __future__ import annotations\n\n" + BLOCK.replace("import b", "import b, c"),
    ),
    "dropped, and nothing uses it": (
        ("import os", "import json\nimport os"),
        ("\nfrom .a import b\n", ""),
        "import json\nimport os\n\nimport numpy as np\nimport pandas as pd\n",
    ),
    "taken away by the package": (
        ("\nfrom .a import b\n", ""),
        ("import os", "import json\nimport os"),
        "import json\nimport os\n\nimport numpy as np\nimport pandas as pd\n",
    ),
}


@pytest.mark.parametrize("name", IMPORTS)
def test_imports(name: str) -> None:
    theirs, ours, wanted = IMPORTS[name]
    if not theirs[0]:
        theirs = ("return np", "return 1 + np")
    base = BLOCK + USES
    merged = one(base, base.replace(*theirs), base.replace(*ours))
    assert not merged.conflicts
    assert merged.files[MODULE].partition("\n\n\ndef")[0].strip() == wanted.strip()


def test_an_import_that_the_package_still_uses_is_not_dropped() -> None:
    base = "import os\n\n\ndef f():\n    return os\n"
    theirs = base + "\n\ndef mine():\n    return os\n"
    merged = one(base, theirs, "def f():\n    return 1\n")
    assert merged.files[MODULE] == theirs.replace("return os", "return 1", 1)


def test_an_import_comes_back_if_new_code_needs_it() -> None:
    base = "import os\n\n\ndef f():\n    return os\n\n\ndef g():\n    return 1\n"
    theirs = base.replace("import os\n\n\n", "").replace("return os", "return 2")
    merged = one(base, theirs, base.replace("return 1", "return os.sep"))
    assert "import os" in merged.files[MODULE]
    ast.parse(merged.files[MODULE])


GUARDED = """from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def f(x: pd.Series) -> None:
    pass
"""


def test_imports_for_annotations_are_merged_by_name() -> None:
    theirs = after(GUARDED, ("pandas as pd\n", "pandas as pd\n    from a import B\n"))
    ours = after(
        GUARDED, ("import pandas", "import numpy as np\n    import pandas"), ("pd.S", "np.S")
    )
    merged = one(GUARDED, theirs, ours)
    assert not merged.conflicts
    assert merged.files[MODULE] == after(
        ours, ("pandas as pd\n", "pandas as pd\n    from a import B\n")
    )


LOST = {
    "gone from the notebook, used by the package": (
        [(G, G + "def mine():\n    return f(1)\n\n\n")],
        [(F, "")],
        "uses m.f, which is gone from the notebook",
    ),
    "deleted in the package, used by the notebook": (
        [(F, "")],
        [(G, G + after(H, ("return 1", "return f(1)")))],
        "uses m.f, which was deleted in the package",
    ),
    "not used": ([(G, G + "def mine(f):\n    return f(1)\n\n\n")], [(F, "")], ""),
}


@pytest.mark.parametrize("name", LOST)
def test_what_is_still_used_is_not_lost_without_a_word(name: str) -> None:
    theirs, ours, reason = LOST[name]
    merged = one(BASE, after(BASE, *theirs), after(BASE, *ours))
    assert [c.reason for c in merged.conflicts] == [reason] * bool(reason)


def test_what_another_module_imports_is_not_lost_without_a_word() -> None:
    base = {MODULE: BASE}
    theirs = {MODULE: BASE, "src/p/own.py": "from .m import f\n"}
    (conflict,) = merge(base, theirs, {MODULE: after(BASE, (F, ""))}, "p").conflicts
    assert (conflict.path, conflict.symbol) == ("src/p/own.py", "f")


def test_two_imports_of_one_name_are_a_conflict() -> None:
    base = "from .a import b\n\nX = b\n"
    theirs, ours = (
        base.replace("import b", "import b, c"),
        "from .a import b\nfrom .z import c\n\nX = c\n",
    )
    (conflict,) = one(base, theirs, ours).conflicts
    assert conflict.symbol == "c"


# ------------------------------------------------------------------------------------- renames


def test_a_renamed_function_takes_what_is_new_in_the_notebook() -> None:
    base = sample()
    theirs = edited(base, "src/penguins/load.py", ("read_notes", "load_notes"))
    theirs = edited(theirs, "src/penguins/pipeline.py", ("read_notes", "load_notes"))
    ours = edited(base, "src/penguins/load.py", ("read_csv(data)", "read_csv(data, sep=',')"))
    ours = edited(
        ours,
        "src/penguins/pipeline.py",
        (
            "notes = read_notes(data=data)",
            "notes = read_notes(data=data)\n    again = read_notes()",
        ),
    )
    merged = merge(base, theirs, ours, "penguins")
    assert not merged.conflicts
    assert merged.renamed == {"load.read_notes": "load.load_notes"}
    load, pipeline = (merged.files[f"src/penguins/{name}.py"] for name in ("load", "pipeline"))
    assert "def load_notes(" in load
    assert "sep=','" in load
    assert "read_notes" not in load + pipeline
    assert "again = load_notes()" in pipeline
    assert "from .load import load_notes" in pipeline


def test_a_rename_is_followed_where_nothing_else_changed() -> None:
    base = sample()
    theirs = edited(base, "src/penguins/load.py", ("def read_notes(", "def load_notes("))
    merged = merge(base, theirs, base, "penguins")
    assert "from .load import load_notes" in merged.files["src/penguins/pipeline.py"]
    assert "notes = load_notes(" in merged.files["src/penguins/pipeline.py"]


def test_a_renamed_function_whose_body_changed_is_known_by_its_cell() -> None:
    theirs = after(BASE, ("def f(", "def better("), Y7)
    merged = one(BASE, theirs, after(BASE, RETURN))
    assert not merged.conflicts
    assert merged.renamed == {"m.f": "m.better"}
    assert merged.files[MODULE] == after(theirs, RETURN)


def test_functions_of_one_cell_are_told_apart_by_their_names() -> None:
    two = (
        F.rstrip() + "\n\n\n" + F.replace("def f(", "def k(").replace("* 2", "* 5").rstrip() + "\n"
    )
    theirs = {MODULE: "", "src/p/n.py": two.replace("x + 1", "x + 7")}
    merged = merge({MODULE: two}, theirs, {MODULE: two}, "p")
    assert merged.renamed == {"m.f": "n.f", "m.k": "n.k"}


def test_a_moved_function_is_found_in_its_new_module() -> None:
    base = {MODULE: BASE, "src/p/pipeline.py": "from .m import f, g\n\n\ndef run():\n    f(g(1))\n"}
    theirs = {
        MODULE: after(BASE, (F, "")),
        "src/p/n.py": f"{F.rstrip()}\n\n\ndef own():\n    return 1\n",
        "src/p/pipeline.py": base["src/p/pipeline.py"].replace(
            "from .m import f, g", "from .m import g\nfrom .n import f"
        ),
    }
    ours = {
        MODULE: after(
            BASE, ("y = x + 1", "y = np.add(x, 1)"), ("import os", "import numpy as np\nimport os")
        ),
        "src/p/pipeline.py": base["src/p/pipeline.py"].replace("f(g(1))", "f(g(1))\n    f(2)"),
    }
    merged = merge(base, theirs, ours, "p")
    assert not merged.conflicts
    assert merged.renamed == {"m.f": "n.f"}
    assert merged.files[MODULE] == theirs[MODULE]
    wanted = "import numpy as np\n\n\n" + theirs["src/p/n.py"].replace(
        "y = x + 1", "y = np.add(x, 1)"
    )
    assert merged.files["src/p/n.py"].lstrip() == wanted
    assert merged.files["src/p/pipeline.py"] == theirs["src/p/pipeline.py"].replace(
        "f(g(1))", "f(g(1))\n    f(2)"
    )


def test_a_renamed_module_takes_new_functions() -> None:
    base = sample()
    theirs = {path: text for path, text in base.items() if path != "src/penguins/load.py"}
    theirs["src/penguins/files.py"] = base["src/penguins/load.py"]
    for path in ("src/penguins/pipeline.py", "tests/test_load.py"):
        theirs[path] = theirs[path].replace(".load import", ".files import")
    ours = edited(
        base,
        "src/penguins/load.py",
        (
            "    return pd.read_csv(data)\n",
            "    return pd.read_csv(data)\n\n\ndef more():\n    return 1\n",
        ),
    )
    ours = edited(
        ours,
        "src/penguins/pipeline.py",
        ("from .load import read_notes", "from .load import more, read_notes"),
        ("    notes = ", "    more()\n    notes = "),
    )
    merged = merge(base, theirs, ours, "penguins")
    assert not merged.conflicts
    assert "src/penguins/load.py" not in merged.files
    assert "def more()" in merged.files["src/penguins/files.py"]
    assert "from .files import more, read_notes" in merged.files["src/penguins/pipeline.py"]


def test_a_new_name_that_means_something_else_is_imported_under_the_old_one() -> None:
    run = "from .m import f\n\n\ndef run():\n    total = f(1)\n    return total\n"
    base = {MODULE: BASE, "src/p/pipeline.py": run}
    theirs = {**base, MODULE: after(BASE, ("def f(", "def total("))}
    ours = {**base, "src/p/pipeline.py": run.replace("return total", "return total + f(2)")}
    text = merge(base, theirs, ours, "p").files["src/p/pipeline.py"]
    assert "from .m import total as f" in text
    assert "total = f(1)" in text
    assert "total + f(2)" in text


def test_only_names_that_mean_the_symbol_are_renamed() -> None:
    user = (
        "from p.m import f\n\n\ndef a(f):\n    return f\n\n\n"
        "def b(f=f):\n    return {'f': f, 'g': other.f}\n\n\ndef c():\n    return f(f=1)\n"
    )
    base = {MODULE: BASE, "tests/test_m.py": user}
    theirs = {**base, MODULE: after(BASE, ("def f(", "def best("))}
    ours = {**base, "tests/test_m.py": user + "\n\ndef d():\n    return f\n"}
    assert merge(base, theirs, ours, "p").files["tests/test_m.py"] == (
        "from p.m import best\n\n\ndef a(f):\n    return f\n\n\n"
        "def b(f=best):\n    return {'f': f, 'g': other.f}\n\n\ndef c():\n    return best(f=1)\n"
        "\n\ndef d():\n    return best\n"
    )


def cells(merged: Merged) -> dict[str, str]:
    """The cells of the sample's narrative."""
    document = json.loads(merged.files["notebooks/penguins.ipynb"])
    return {cell["id"]: "".join(cell["source"]) for cell in document["cells"]}


def test_the_narrative_follows_a_rename() -> None:
    base = sample()
    theirs = edited(base, "src/penguins/load.py", ("read_notes", "load_notes"))
    ours = edited(base, "notebooks/penguins.ipynb", ("notes.head()", "notes.tail()"))
    found = cells(merge(base, theirs, ours, "penguins"))
    assert found["load"] == "notes = load.load_notes(data=DATA)\nnotes.tail()"
    assert found["raw"] == "!head -n 3 penguins.csv"


def test_a_call_by_its_module_follows_a_rename_in_the_pipeline_and_the_tests() -> None:
    """A variable has the name of the function, and keeps it."""
    path = "src/p/work.py"
    renames = Renames({SymbolPlace(path, "total"): SymbolPlace(path, "sum_up")}, {})
    called = "def run():\n    total = work.total(1)\n    return total\n"
    texts = {
        path: "def total(x):\n    return x\n",
        "src/p/pipeline.py": f"from . import work\n\n\n{called}",
        "tests/test_p.py": f"from p import work\n\n\n{called}",
    }
    found = follow.apply(texts, renames, "p")
    assert found[path] == "def sum_up(x):\n    return x\n"
    for where in ("src/p/pipeline.py", "tests/test_p.py"):
        assert found[where] == texts[where].replace("work.total", "work.sum_up")


def test_the_narrative_follows_a_renamed_module_and_a_moved_function() -> None:
    base = sample()
    moved = {"src/penguins/load.py": "src/penguins/files.py"}
    theirs = {moved.get(path, path): text for path, text in base.items()}
    module = theirs["src/penguins/clean_the_measurements.py"]
    start = module.index("\n\n# nb2pkg: penguins.ipynb#clean-complete")
    theirs["src/penguins/clean_the_measurements.py"] = module[:start].replace(
        "to_grams", "in_grams"
    )
    theirs["src/penguins/look.py"] += module[start:]
    ours = edited(base, "notebooks/penguins.ipynb", ("notes.head()", "notes.tail()"))
    found = cells(merge(base, theirs, ours, "penguins"))
    assert found["load"] == "notes = files.read_notes(data=DATA)\nnotes.tail()"
    assert "from penguins import clean_the_measurements, config, evaluate, files, look, train" in (
        found["imports"]
    )
    assert found["clean-complete"].startswith("complete = look.drop_incomplete(birds)\n")
    assert found["clean-units"] == "# lightest, in_grams: see penguins.clean_the_measurements"


# --------------------------------------------------------------------------------------- files

FILES = {
    "only the package has it": (None, "x\n", None, "x\n", 0),
    "new in the notebook": (None, None, "x\n", "x\n", 0),
    "made twice, equal": (None, "x\n", "x\n", "x\n", 0),
    "made twice, not equal": (None, "x\n", "y\n", "x\n", 1),
    "deleted by both": ("x\n", None, None, None, 0),
    "deleted in the package": ("x\n", None, "x\n", None, 0),
    "deleted in the package, changed": ("x\n", None, "y\n", None, 1),
    "gone from the notebook": ("x\n", "x\n", None, None, 0),
    "gone from the notebook, changed": ("x\n", "y\n", None, "y\n", 1),
    "untouched": ("x\n", "x\n", "y\n", "y\n", 0),
    "only the package changed": ("x\n", "y\n", "x\n", "y\n", 0),
}


@pytest.mark.parametrize("path", ["README.md", "tests/recorded/steps.json", MODULE, "a.ipynb"])
@pytest.mark.parametrize("name", FILES)
def test_whole_files(name: str, path: str) -> None:
    base, theirs, ours, wanted, conflicts = FILES[name]
    merged = one(base, theirs, ours, path)
    assert merged.files.get(path) == wanted
    assert len(merged.conflicts) == conflicts
    assert merged.removed == ((path,) if theirs is not None and wanted is None else ())
    solved = one(base, theirs, ours, path, Resolve.OURS)
    assert solved.files.get(path) == (ours if conflicts else wanted)


def test_a_module_that_was_only_laid_out_anew_goes_with_its_cells() -> None:
    assert one(BASE, after(BASE, ("x + 1", "(x+1)")), None).removed == (MODULE,)


def test_recorded_data_is_not_merged_by_lines() -> None:
    path = "tests/recorded/steps.json"
    merged = one("a\nb\nc\n", "x\nb\nc\n", "a\nb\ny\n", path)
    assert [c.path for c in merged.conflicts] == [path]
    assert merged.files[path] == "x\nb\nc\n"


def test_other_texts_are_merged_by_lines() -> None:
    base = "one\ntwo\nthree\nfour\nfive\nsix\n"
    theirs, ours = base.replace("one", "ONE"), base.replace("six", "SIX")
    assert (
        one(base, theirs, ours, "README.md").files["README.md"]
        == "ONE\ntwo\nthree\nfour\nfive\nSIX\n"
    )
    theirs, ours = base.replace("three", "3").replace("one", "1"), base.replace("three", "III")
    merged = one(base, theirs, ours, "README.md")
    (conflict,) = merged.conflicts
    assert (conflict.base, conflict.theirs, conflict.ours) == ("three\n", "3\n", "III\n")
    assert merged.files["README.md"] == theirs
    marked = one(base, theirs, ours, "README.md", Resolve.MARKERS).files["README.md"]
    assert marked.startswith(
        "1\ntwo\n<<<<<<< package\n3\n||||||| generated before\nthree\n=======\nIII\n>>>>>>> notebook\n"
    )


# -------------------------------------------------------------------------------- requirements

TOML = """[project]
name = "p"
version = "0.1.0"
dependencies = [
    "numpy==2.0",
    "pandas==3.0",
]

[tool.ruff]
line-length = 88
"""
PYPROJECT = {
    "both add": (
        [('    "pandas==3.0",\n', '    "pandas==3.0",\n    "zarr>=2",  # for the archive\n')],
        [('    "pandas==3.0",\n', '    "pandas==3.0",\n    "scipy==1.0",\n')],
        [('==3.0",\n', '==3.0",\n    "scipy==1.0",\n    "zarr>=2",  # for the archive\n')],
        [],
    ),
    "a pin of the package": (
        [("pandas==3.0", "pandas>=3,<4")],
        [("numpy==2.0", "numpy==2.1")],
        [("pandas==3.0", "pandas>=3,<4"), ("numpy==2.0", "numpy==2.1")],
        [],
    ),
    "a key of each": (
        [('version = "0.1.0"', 'version = "0.2.0" # released')],
        [("line-length = 88", "line-length = 100")],
        [('version = "0.1.0"', 'version = "0.2.0" # released'), ("= 88", "= 100")],
        [],
    ),
    "a table of each": (
        [("[tool.ruff]", "[tool.mine]\na = 1\n\n[tool.ruff]")],
        [("line-length = 88\n", "line-length = 88\n\n[tool.mypy]\nstrict = true\n")],
        None,
        [],
    ),
    "the same pin": (
        [("pandas==3.0", "pandas==3.1")],
        [("pandas==3.0", "pandas==3.2")],
        [("pandas==3.0", "pandas==3.1")],
        ["project.dependencies.pandas"],
    ),
    "the same key": (
        [("= 88", "= 99")],
        [("= 88", "= 100")],
        [("= 88", "= 99")],
        ["tool.ruff.line-length"],
    ),
    "dropped by the notebook, pinned by the package": (
        [("pandas==3.0", "pandas>=3")],
        [('    "pandas==3.0",\n', "")],
        [("pandas==3.0", "pandas>=3")],
        [],
    ),
}


@pytest.mark.parametrize("name", PYPROJECT)
def test_pyproject(name: str) -> None:
    theirs, ours, wanted, conflicts = PYPROJECT[name]
    texts = TOML, after(TOML, *theirs), after(TOML, *ours)
    merged = one(*texts, "pyproject.toml")
    assert [c.symbol for c in merged.conflicts] == conflicts
    expected = [*theirs, *ours] if wanted is None else wanted
    assert merged.files["pyproject.toml"] == after(TOML, *expected)
    if conflicts:
        marked = one(*texts, "pyproject.toml", Resolve.MARKERS).files["pyproject.toml"]
        for text in texts[1:]:
            assert set(text.split("\n")) <= set(marked.split("\n"))
        assert one(*texts, "pyproject.toml", Resolve.OURS).files["pyproject.toml"] == texts[2]


PINS = "numpy==2.0\npandas==3.0\nscipy==1.0\n"
TEXTS = {
    "both add": (
        [("scipy==1.0\n", "scipy==1.0\n# for the archive\nzarr>=2\n")],
        [("pandas==3.0\n", "pandas==3.0\npolars==1\n")],
        [
            ("pandas==3.0\n", "pandas==3.0\npolars==1\n"),
            ("scipy==1.0\n", "scipy==1.0\n# for the archive\nzarr>=2\n"),
        ],
        [],
    ),
    "a pin of the package": (
        [("pandas==3.0", "pandas>=3  # no 2")],
        [("numpy==2.0", "numpy==2.1")],
        [("pandas==3.0", "pandas>=3  # no 2"), ("numpy==2.0", "numpy==2.1")],
        [],
    ),
    "a comment stays": (
        [("pandas==3.0", "pandas==3.0  # why")],
        [("pandas==3.0", "pandas==3.1")],
        [("pandas==3.0", "pandas==3.1  # why")],
        [],
    ),
    "the same pin": (
        [("pandas==3.0", "pandas==3.1")],
        [("pandas==3.0", "pandas==3.2")],
        [("pandas==3.0", "pandas==3.1")],
        ["pandas"],
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_requirements(name: str) -> None:
    theirs, ours, wanted, conflicts = TEXTS[name]
    texts = PINS, after(PINS, *theirs), after(PINS, *ours)
    merged = one(*texts, "requirements.txt")
    assert [c.symbol for c in merged.conflicts] == conflicts
    assert merged.files["requirements.txt"] == after(PINS, *wanted)


@pytest.mark.parametrize(("path", "text"), [("requirements.txt", PINS), ("pyproject.toml", TOML)])
@pytest.mark.parametrize("is_edited", [True, False])
def test_requirements_that_are_dropped_are_told(path: str, text: str, is_edited: bool) -> None:
    ours = "".join(line for line in text.splitlines(keepends=True) if "pandas" not in line)
    theirs = after(text, ("numpy==2.0", "numpy>=2")) if is_edited else text
    merged = one(text, theirs, ours, path)
    assert "pandas" not in merged.files[path]
    names = {"requirements.txt": "pandas", "pyproject.toml": "project.dependencies.pandas"}
    assert merged.dropped == (f"{path}: {names[path]}",)
    assert ("numpy>=2" in merged.files[path]) is is_edited


# ----------------------------------------------------------------------------------- narrative


def notebook(*cells: tuple[str, str], output: str = "") -> str:
    outputs = [{"output_type": "stream", "name": "stdout", "text": [output]}] if output else []
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "execution_count": None,
                    "id": name,
                    "metadata": {},
                    "outputs": outputs,
                    "source": source.splitlines(keepends=True),
                }
                for name, source in cells
            ],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 5,
        },
        indent=1,
    )


def sources(text: str) -> list[tuple[str, str]]:
    return [(cell["id"], "".join(cell["source"])) for cell in json.loads(text)["cells"]]


A, B, C = ("a", "x = 1\ny = 2\nz = 3"), ("b", "q = 4"), ("c", "r = 5")
NEW, NEWER = ("n", "new = 1"), ("m", "newer = 2")
STORIES = {
    "a cell of each": ((A, B, C, NEW), (A, NEWER, B, C), (A, NEWER, B, C, NEW), 0),
    "at one place": ((A, B, C, NEW), (A, B, C, NEWER), (A, B, C, NEW, NEWER), 0),
    "two cells": ((("a", "x = 0"), B, C), (A, B, ("c", "r")), (("a", "x = 0"), B, ("c", "r")), 0),
    "two lines": (
        (("a", "x = 0\ny = 2\nz = 3"), B, C),
        (("a", "x = 1\ny = 2\nz = 9"), B, C),
        (("a", "x = 0\ny = 2\nz = 9"), B, C),
        0,
    ),
    "one line": ((A, ("b", "q = 41"), C), (A, ("b", "q = 14"), C), (A, ("b", "q = 41"), C), 1),
    "deleted here": ((A, C), (A, ("b", "q"), C), (A, C), 1),
    "gone there": ((A, ("b", "q"), C), (A, C), (A, ("b", "q"), C), 1),
    "deleted": ((A, C), (("a", "x"), B, C), (("a", "x"), C), 0),
}


@pytest.mark.parametrize("name", STORIES)
def test_narrative(name: str) -> None:
    theirs, ours, wanted, conflicts = STORIES[name]
    texts = notebook(A, B, C), notebook(*theirs), notebook(*ours)
    merged = one(*texts, "notebooks/a.ipynb")
    assert sources(merged.files["notebooks/a.ipynb"]) == list(wanted)
    assert [c.symbol for c in merged.conflicts] == ["b"] * conflicts
    if conflicts:
        marked = one(*texts, "notebooks/a.ipynb", Resolve.MARKERS).files["notebooks/a.ipynb"]
        lines = {line for _, source in sources(marked) for line in source.split("\n")}
        for side in (theirs, ours):
            assert {line for _, source in side for line in source.split("\n")} <= lines
        solved = one(*texts, "notebooks/a.ipynb", Resolve.OURS).files["notebooks/a.ipynb"]
        assert sources(solved) == list(ours)


def test_outputs_are_those_of_the_package_where_the_source_is() -> None:
    theirs = notebook(A, ("b", "q"), C, output="theirs")
    ours = notebook(("a", "x"), B, C, output="ours")
    merged = one(notebook(A, B, C), theirs, ours, "notebooks/a.ipynb")
    cells = json.loads(merged.files["notebooks/a.ipynb"])["cells"]
    assert [c["outputs"][0]["text"] for c in cells] == [["ours"], ["theirs"], ["theirs"]]
    rerun = one(notebook(A, B, C), notebook(A, B, C, output="theirs"), None, "notebooks/a.ipynb")
    assert rerun.removed == ("notebooks/a.ipynb",)


def test_a_narrative_without_nbdime_is_a_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    theirs, ours = notebook(A, ("b", "q"), C), notebook(("a", "x"), B, C)
    (conflict,) = one(notebook(A, B, C), theirs, ours, "notebooks/a.ipynb").conflicts
    assert 'pip install "nb2pkg[merge]"' in conflict.reason
    assert not one(notebook(A, B, C), notebook(A, B, C), ours, "notebooks/a.ipynb").conflicts
    rerun = one(notebook(A, B, C), notebook(A, B, C, output="theirs"), ours, "notebooks/a.ipynb")
    cells = json.loads(rerun.files["notebooks/a.ipynb"])["cells"]
    assert [bool(cell["outputs"]) for cell in cells] == [False, True, True]
    assert sources(rerun.files["notebooks/a.ipynb"]) == [("a", "x"), B, C]
    assert not rerun.conflicts
    assert not one(notebook(A, B, C), theirs, notebook(A, B, C), "notebooks/a.ipynb").conflicts


# ------------------------------------------------------------------------------- what always holds

Place = tuple[str, str, int]

PLACES = tuple(  # lines inside functions of the sample: an edit there is an edit of one symbol
    (path, node.name, node.body[-1].lineno)
    for path, text in sample().items()
    if path.endswith(".py") and "recorded" not in path
    for node in ast.parse(text).body
    if isinstance(node, ast.FunctionDef)
)


def with_lines(files: Mapping[str, str], added: Mapping[Place, str]) -> dict[str, str]:
    """A line more above the last statement of some functions."""
    found = dict(files)
    for path, name, line in sorted(added, key=lambda place: -place[2]):
        lines = found[path].split("\n")
        indent = len(lines[line - 1]) - len(lines[line - 1].lstrip())
        lines.insert(line - 1, " " * indent + f"{added[path, name, line]}_{name} = 1")
        found[path] = "\n".join(lines)
    return found


edits = st.sets(st.sampled_from(PLACES), max_size=6)


@given(edits, edits)
@settings(max_examples=15, deadline=None)
def test_one_side_alone(theirs: set[Place], ours: set[Place]) -> None:
    base = sample()
    mine = with_lines(base, dict.fromkeys(theirs, "mine"))
    new = with_lines(base, dict.fromkeys(ours, "new"))
    assert merge(base, base, new, "penguins").files == new
    assert merge(base, mine, base, "penguins").files == mine
    assert merge(base, new, new, "penguins").files == new
    assert merge({}, {}, new, "penguins").files == new


@given(edits, edits)
@settings(max_examples=20, deadline=None)
def test_both_sides(theirs: set[Place], ours: set[Place]) -> None:
    base = sample()
    mine = dict.fromkeys(theirs, "mine")
    new = dict.fromkeys(ours - theirs, "new")
    merged = merge(base, with_lines(base, mine), with_lines(base, new), "penguins")
    assert not merged.conflicts
    assert merged.files == with_lines(base, {**mine, **new})
    for path, text in merged.files.items():
        if path.endswith(".py"):
            ast.parse(text)


ROWS = [
    "A = 1",
    "B = 2",
    "import os",
    "import re",
    "# remark",
    "def f(): return 1",
    "def f(): return 2",
    "def g(): return f()",
    "",
    "class C: x = 1",
    "print(A)",
]
modules = st.lists(st.sampled_from(ROWS), max_size=8).map(
    lambda rows: "".join(r + "\n" for r in rows)
)


@given(modules, modules, modules, st.sampled_from([MODULE, "README.md"]))
@settings(max_examples=300, deadline=None)
def test_no_line_of_the_package_disappears(base: str, theirs: str, ours: str, path: str) -> None:
    merged = one(base, theirs, ours, path)
    text = merged.files.get(path, "")
    added = set(theirs.split("\n")) - set(base.split("\n"))
    if not merged.conflicts and not merged.renamed:
        assert {line for line in added if line.strip()} <= set(text.split("\n"))
    if path == MODULE:
        ast.parse(text)
