"""The one cell of imports of the narrative: where it stands, what is in it, what must not be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nb2pkg.execution.model import Conditions
from nb2pkg.promote.build import Promotion, Request, promote
from nb2pkg.promote.verified import promote_verified
from tests import build

FINDING = 'import sys\n\nsys.path.append("../src")  # where the package is, unless it is installed'
LOAD = '# %% tags=["nb2pkg:clean.load"]\nrows = sorted(json.loads("[3, 1]"))\n'
KEEP = '# %% tags=["nb2pkg:clean.keep"]\nkept = [row for row in rows if row > 1]\n'


def of(tmp_path: Path, cells: str) -> Promotion:
    return promote(build.write(tmp_path, cells), Request())


def cells_of(made: Promotion) -> dict[str, str]:
    """The code cells of the narrative by their ids; those of the notebook are c0, c1, ...

    Without the lines that find the package, which are the same everywhere.
    """
    document = json.loads(made.files["notebooks/analysis.ipynb"])
    code = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
    found = {cell["id"]: "".join(cell["source"]) for cell in code}
    assert sum(FINDING in text for text in found.values()) == 1
    return {name: _without_finding(text) for name, text in found.items()}


def _without_finding(text: str) -> str:
    rest = text.replace(f"\n{FINDING}\n", "\n\n").replace(FINDING, "")
    return rest.replace("\n\n\n", "\n\n").strip("\n")


NEW = "nb2pkg-setup"
CALLS = "rows = clean.load()", "kept = clean.keep(rows)"

# what stands above, below and between the two tagged cells; and cells of the narrative
WHERE: dict[str, tuple[str, dict[str, str]]] = {
    "behind the imports of the notebook": (
        f"import json\nimport math\n{LOAD}{KEEP}# %%\nmath.sqrt(kept[0])\n",
        {"c0": "import math\n\nfrom analysis import clean", "c1": CALLS[0], "c2": CALLS[1]},
    ),
    "in place of imports that only the package needs": (
        f"import json\n{LOAD}{KEEP}",
        {"c0": "from analysis import clean", "c1": CALLS[0], "c2": CALLS[1]},
    ),
    "imports further down that only the package needs": (
        f"import math\nmath.pi\n# %%\nimport json\n{LOAD}{KEEP}",
        {
            "c0": "import math\n\nfrom analysis import clean\n\nmath.pi",
            "c1": "# moved to analysis: import json",
            "c2": CALLS[0],
        },
    ),
    "between imports and what is no import": (
        f"import json  # for the rows\nlimit = 2\n{LOAD}{KEEP}",
        {"c0": "import json  # for the rows\n\nfrom analysis import clean\n\nlimit = 2"},
    ),
    "a cell of its own below the title": (
        "# %% [markdown]\n# # Title\n# %% [markdown]\n# What it is about.\n# %% [markdown]\n"
        "# ## Data\n# %%\nx = 1\n" + LOAD.replace('json.loads("[3, 1]")', "[3, 1]") + KEEP,
        {NEW: "from analysis import clean", "c3": "x = 1", "c4": CALLS[0]},
    ),
    "not in a cell of parameters": (
        f'# %% tags=["parameters"]\nimport json\nseed = 1\n{LOAD}{KEEP}',
        {NEW: "from analysis import clean", "c0": "seed = 1"},
    ),
    "below imports from the future and a directive": (
        f"#| label: setup\nfrom __future__ import annotations\nimport json\n{LOAD}{KEEP}",
        {
            "c0": "#| label: setup\nfrom __future__ import annotations\n\n"
            "from analysis import clean"
        },
    ),
    "not below what needs it": (
        f"import math\nkept = []\nmath.pi\n{KEEP.replace('rows', 'kept')}# %%\nimport json\njson\n",
        {
            "c0": "import math\n\nfrom analysis import clean\n\nkept = []\nmath.pi",
            "c2": "import json\njson",
        },
    ),
}


@pytest.mark.parametrize("name", WHERE)
def test_where_it_stands(tmp_path: Path, name: str) -> None:
    cells, wanted = WHERE[name]
    found = cells_of(of(tmp_path, cells))
    assert {cell: found.get(cell) for cell in wanted} == wanted
    assert (NEW in found) is (NEW in wanted)


# what stands above and below; the imports, and the call of load
NAMES: dict[str, tuple[str, str, str, str]] = {
    "a variable has the module's name": (
        "import json",
        "clean = 1",
        "from analysis.clean import keep, load",
        "rows = load()",
    ),
    "it is only read": (
        "import json",
        "try:\n    clean\nexcept NameError:\n    pass",
        "from analysis.clean import keep, load",
        "rows = load()",
    ),
    "it is imported": (
        "import json",
        "import string as clean\nclean.digits",
        "from analysis.clean import keep, load",
        "rows = load()",
    ),
    "a magic may mention it": (
        "import json",
        "%timeit clean(rows)",
        "from analysis.clean import keep, load",
        "rows = load()",
    ),
    "a star import brings it": (
        "import json\nfrom os.path import *",
        "basename('a')",
        "from analysis import clean",
        "rows = clean.load()",
    ),
    "another variable": (
        "import json",
        "cleaned = 1",
        "from analysis import clean",
        "rows = clean.load()",
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_what_modules_are_called(tmp_path: Path, name: str) -> None:
    above, below, imports, call = NAMES[name]
    found = cells_of(of(tmp_path, f"{above}\n{LOAD}{KEEP}# %%\n{below}\n"))
    assert imports in found["c0"].split("\n")
    assert found["c1"] == call


def test_a_module_that_no_name_is_left_for(tmp_path: Path) -> None:
    cells = f"import json\n{LOAD}# %%\nclean, load_clean = 1, 2\n"
    made = of(tmp_path, cells.replace("clean.load", "clean.load_clean"))
    found = cells_of(made)
    assert "from analysis import clean as clean_module" in found["c0"]
    assert found["c1"] == "rows = clean_module.load_clean()"


# a cell with a definition, one below; what is imported of it, and what is left of its cell
USED = "def twice(x):\n    return 2 * x\n"
DEFINITIONS: dict[str, tuple[str, str, str]] = {
    "what stays uses it": ("twice(2)", "from analysis.m import twice", "# twice: see analysis.m"),
    "a magic uses it": (
        "%timeit twice(2)",
        "from analysis.m import twice",
        "# twice: see analysis.m",
    ),
    "only the package uses it": ("pass", "", "# twice: see analysis.m"),
    "what stays looks it up": (
        "from string import Template\nquestion = str(2)\neval(question)",
        "from analysis.m import twice",
        "# twice: see analysis.m",
    ),
}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_definitions(tmp_path: Path, name: str) -> None:
    below, imports, rest = DEFINITIONS[name]
    cells = f'import math\nmath.pi\n# %% tags=["nb2pkg:m"]\n{USED}# %% tags=["nb2pkg:m.four"]\n'
    found = cells_of(of(tmp_path, f"{cells}n = sorted([twice(2), 1])\n# %%\n{below}\n"))
    head = f"from analysis import m\n{imports}".strip("\n")
    assert found["c0"] == f"import math\n\n{head}\n\nmath.pi"
    assert found["c1"] == rest
    assert found["c2"] == "n = m.four()"


@pytest.mark.parametrize(
    ("first", "called"),
    [
        ("sys = [n for n in (3, 1)]\nimport math", "_sys"),
        ("from math import pi as sys\nimport math", "_sys"),
        ("import sys\nimport math", "sys"),
        ("import math\nsys = [n for n in (3, 1)]", "sys"),  # bound anew behind it
    ],
)
def test_a_variable_called_sys_stays_what_it_is(tmp_path: Path, first: str, called: str) -> None:
    made = of(tmp_path, f"{first}\nprint(sys, math)\n# %%\nimport json\n{LOAD}")
    scope: dict[str, object] = {}
    document = json.loads(made.files["notebooks/analysis.ipynb"])
    source = "".join(document["cells"][0]["source"])
    assert f"{called}.path.append(" in source
    exec("\n".join(x for x in source.split("\n") if "analysis" not in x), scope)
    original: dict[str, object] = {}
    exec(first, original)
    assert scope["sys"] == original["sys"]


def test_a_builtin_that_is_defined_anew(tmp_path: Path) -> None:
    """Up to its definition the name means the builtin."""
    cells = 'print(sum([1]))\n# %% tags=["nb2pkg:m"]\ndef sum(xs):\n    return len(xs)\n# %%\nsum([5])\n'
    found = cells_of(of(tmp_path, cells))
    assert found == {
        NEW: "",
        "c0": "print(sum([1]))",
        "c1": "from analysis.m import sum",
        "c2": "sum([5])",
    }


# what runs before json is imported; is the module that needs it imported at the top?
FIRST: dict[str, tuple[str, bool]] = {
    "a variable of the environment": ("os.environ['A'] = '1'", False),
    "a function that sets one": ("def setup():\n    os.environ['A'] = '1'\nsetup()", False),
    "the path": ("import sys\nsys.path.append('lib')", False),
    "an installation": ("%pip install json", False),
    "a shell": ("!pip install json", False),
    "a variable by a magic": ("%env A=1", False),
    "the folder": ("os.chdir('.')", False),
    "a filter of warnings": ("import warnings\nwarnings.filterwarnings('ignore')", False),
    "a seed": ("import random\nrandom.seed(1)", False),
    "a file of variables": ("from dotenv import load_dotenv\nload_dotenv()", False),
    "a setting of a library": ("limit = max(1, 2)", True),
    "a table of what is there": ("%who_ls", False),
    "a look": ("print(1)", True),
}


@pytest.mark.parametrize("name", FIRST)
def test_what_has_to_run_before_an_import(tmp_path: Path, name: str) -> None:
    first, is_top = FIRST[name]
    made = of(tmp_path, f"import os\nos.name\n# %%\n{first}\n# %%\nimport json\n{LOAD}{KEEP}")
    found = cells_of(made)
    assert ("from analysis import clean" in found["c0"]) is is_top
    if not is_top and name != "a table of what is there":
        assert "import clean" in found["c3"]
        assert found["c3"].endswith("\nrows = clean.load()")
        assert found["c4"] == CALLS[1]  # once is enough
        assert "NB515" in {problem.code for problem in made.problems}


def test_code_that_may_bind_any_name(tmp_path: Path) -> None:
    """What is imported at the top may mean something else behind it."""
    found = cells_of(of(tmp_path, f"import json\n{LOAD}# %%\nexec(input())\n{KEEP}"))
    assert found["c0"] == "import json\n\nfrom analysis import clean"
    assert found["c1"] == CALLS[0]
    assert found["c3"] == "from analysis.clean import keep\n\nkept = keep(rows)"


# what reads files, and where; what the narrative does first, and what stands in the first cell
FOLDERS: dict[str, tuple[str, str, str]] = {
    "behind the imports": ("import json", "", "\n\nconfig.enter_data_dir()"),
    "before a file is read": ("text = open('a.txt').read()\nimport json", "apart", ""),
    "before a command": ("!cat a.txt\nimport json", "apart", ""),
    "before a module of one's own": ("import json\nimport own\nown.x", "apart", ""),
    "config is a variable": ("import json\nconfig = 1", "", "\n\nenter_data_dir()"),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_the_folder_of_the_files(tmp_path: Path, name: str) -> None:
    first, apart, behind = FOLDERS[name]
    (tmp_path / "own.py").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "a.txt").write_text("1\n", encoding="utf-8")
    read = 'text = open("a.txt").read()\n'
    found = cells_of(of(tmp_path, f"{first}\n{LOAD}{KEEP}# %%\n{read}"))
    assert (NEW in found) is bool(apart)
    if apart:
        assert found[NEW] == "from analysis.config import enter_data_dir\n\nenter_data_dir()"
    assert ("enter_data_dir()" in found["c0"]) is not apart
    assert behind in found["c0"]


def test_no_name_is_left_where_all_are_listed(tmp_path: Path) -> None:
    cells = f"import json\nnames = dir()\nopen('a.txt')\n{LOAD}"
    found = cells_of(of(tmp_path, cells))
    assert found[NEW].endswith("enter_data_dir()\ndel sys, enter_data_dir")
    assert found["c1"] == "from analysis.clean import load\n\nrows = load()"


def test_a_library_that_says_something_when_it_is_imported(tmp_path: Path) -> None:
    said = '[{"output_type": "stream", "name": "stderr", "text": "no GPU"}]'
    cells = f"import math\nmath.pi\n# %% outputs={said}\nimport json\nlimit = 1\n{LOAD}"
    found = cells_of(of(tmp_path, cells))
    assert "analysis" not in found["c0"] + found["c1"]
    assert found["c2"].startswith("from analysis import clean\n\n")


def test_running_shows_that_an_import_speaks(tmp_path: Path) -> None:
    """At the top it would say so below another cell: it is imported where it is used first."""
    letters = "import this\nletters = sorted(this.d)\n"
    cells = f"import math\nmath.pi\n# %% tags=['nb2pkg:m.letters']\n{letters}"
    path = build.write(tmp_path, cells.replace("'nb2pkg:m.letters'", '"nb2pkg:m.list_letters"'))
    at_once = cells_of(promote(path, Request()))
    assert "from analysis import m" in at_once["c0"]
    done = promote_verified(path, Request(), Conditions(), lambda *_: None)
    found = cells_of(done.promotion)
    assert "analysis" not in found["c0"]
    assert found["c1"] == "from analysis import m\n\nletters = m.list_letters()"
    assert [step.name for step in done.promotion.plan.steps] == ["list_letters"]
    assert not done.finding.comparison.differences
    assert "NB515" in {problem.code for problem in done.promotion.problems}


SORTED = {
    "other libraries": (
        "import nbformat",
        "import sys\n\nimport nbformat\n\nsys.path.append",
    ),
    "both kinds": (
        "import json\nfrom typing import Any\n\nimport nbformat\n",
        "import json\nimport sys\nfrom typing import Any\n\nimport nbformat\n\nsys.path.append",
    ),
    "in another order": (
        "import nbformat\nimport black",
        "import nbformat\nimport black\nimport sys\n\nsys.path.append",
    ),
    "a comment": (
        "# what reads notebooks\nimport nbformat",
        "# what reads notebooks\nimport nbformat\nimport sys\n\nsys.path.append",
    ),
}


@pytest.mark.parametrize("name", SORTED)
def test_our_import_stands_among_those_of_the_notebook(tmp_path: Path, name: str) -> None:
    imports, found = SORTED[name]
    uses = "# %%\nprint(nbformat, [a for a in (json, Any, black) if a])\n"
    made = of(tmp_path, f"{imports}\n{LOAD}{KEEP}{uses}")
    document = json.loads(made.files["notebooks/analysis.ipynb"])
    assert "".join(document["cells"][0]["source"]).startswith(found)
