"""Names and docstrings that a person gives: the file, its errors, and that they are remembered."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nb2pkg.cli.main import cli, main
from nb2pkg.errors import Nb2pkgError
from tests import build

CELLS = """
# %% [markdown]
# # Sales
# %% id="imports"
import json
import pandas as pd
# %% [markdown]
# ## Orders
# Keep what counts; see "the rules".
# %% tags=["nb2pkg"] id="orders"
orders = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
orders["c"] = orders["a"] * 2
# %% tags=["nb2pkg"] id="parts"
first = orders[orders["a"] > 1].copy()
%store first
second = orders[orders["b"] > 3].copy()
# %% tags=["nb2pkg:sums.add_up"] id="sums"
total = int(second["c"].sum()) + len(first)
# %%
print(total, json.dumps(3))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return build.write(tmp_path, CELLS, "sales.ipynb")


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def given(folder: Path, text: str) -> Path:
    path = folder / "names.toml"
    path.write_text(text, encoding="utf-8")
    return path


def entry(cell: str, name: str, doc: str = "", part: int = 0) -> str:
    parts = f"part = {part}\n" if part else ""
    return f'[[function]]\ncell = "{cell}"\n{parts}name = "{name}"\ndocstring = {json.dumps(doc)}\n'


def modules(path: Path) -> str:
    """The text of all modules, and what calls them."""
    found = sorted((path.parent / "sales-package").glob("**/*.py"))
    assert found
    return "\n".join(p.read_text(encoding="utf-8") for p in found if ".nb2pkg" not in p.parts)


def test_the_file_has_each_function_with_its_code_and_what_stands_above(path: Path) -> None:
    text = run("names", path).stdout
    assert re.findall(r"^(cell|part) = (.*)$", text, re.MULTILINE) == [
        ("cell", '"orders"'),
        ("cell", '"parts"'),
        ("part", "1"),
        ("cell", '"parts"'),
        ("part", "2"),
        ("cell", '"sums"'),
    ]
    assert '#     orders["c"] = orders["a"] * 2' in text
    assert '# Keep what counts; see "the rules".' in text
    assert 'name = "add_up"' in text


def test_what_it_says_is_what_is_promoted_anyway(path: Path, tmp_path: Path) -> None:
    """The file as it is written changes nothing but that names are remembered."""
    assert run("promote", path).exit_code == 0
    before = modules(path)
    assert run("names", path, "-o", tmp_path / "n.toml").exit_code == 0
    assert run("promote", path, "--names", tmp_path / "n.toml").exit_code == 0
    assert modules(path) == before


def test_names_and_docstrings_are_taken_and_remembered(path: Path, tmp_path: Path) -> None:
    text = entry("orders", "build_orders", 'Make the orders:\n\n"a" is a count.') + entry(
        "parts", "save_late_orders", part=2
    )
    assert run("promote", path, "--names", given(tmp_path, text)).exit_code == 0
    made = modules(path)
    assert 'def build_orders():\n    """Make the orders:\n\n    "a" is a count.\n    """' in made
    assert "def save_late_orders(orders):\n    return" in made  # a person says so
    (tmp_path / "names.toml").unlink()
    path.write_text(path.read_text(encoding="utf-8").replace("* 2", "* 3"), encoding="utf-8")
    done = run("promote", path)
    assert done.exit_code == 0, done.output
    assert "def build_orders" in modules(path)
    assert "* 3" in modules(path)
    story = (path.parent / "sales-package/notebooks/sales.ipynb").read_text(encoding="utf-8")
    assert "build_orders()" in story
    assert 'name = "build_orders"' in run("names", path).stdout


def test_a_later_file_adds_to_what_is_remembered(path: Path, tmp_path: Path) -> None:
    run("promote", path, "--names", given(tmp_path, entry("orders", "build_orders")))
    done = run("promote", path, "--names", given(tmp_path, entry("parts", "late_orders", part=1)))
    assert done.exit_code == 0, done.output
    assert "def build_orders" in modules(path)
    assert "def late_orders" in modules(path)


def test_an_edit_of_the_engineer_follows_the_new_name(path: Path, tmp_path: Path) -> None:
    run("promote", path)
    old = re.search(r'name = "(\w+)"', run("names", path).stdout)
    assert old is not None
    (module,) = (
        p
        for p in (path.parent / "sales-package/src/sales").glob("*.py")
        if f"def {old[1]}" in p.read_text(encoding="utf-8")
    )
    text = module.read_text(encoding="utf-8")
    module.write_text(
        text.replace('orders["a"] * 2', 'orders["a"] + orders["a"]'), encoding="utf-8"
    )
    done = run("promote", path, "--names", given(tmp_path, entry("orders", "build_orders")))
    found = modules(path)
    assert done.exit_code == 1 or (
        "def build_orders" in found and '+ orders["a"]' in found
    ), done.output
    assert '+ orders["a"]' in found


def test_a_remembered_name_that_is_taken_by_now_is_told(path: Path, tmp_path: Path) -> None:
    run("promote", path, "--names", given(tmp_path, entry("orders", "late_orders")))
    text = path.read_text(encoding="utf-8").replace("import json", "import json as late_orders")
    path.write_text(text.replace("json.dumps", "late_orders.dumps"), encoding="utf-8")
    done = run("promote", path)
    assert "NB104 the name late_orders was requested" in done.output
    assert "def late_orders" not in modules(path)


ERRORS = {
    "no TOML": ("name = ", "cannot be read as a file of names"),
    "another table": ("[functions]\nx = 1\n", "functions is not known"),
    "no table": ("function = 3\n", "function is not a list of tables"),
    "another key": (entry("orders", "a_b") + 'module = "m"\n', "module = 'm' is not known"),
    "another type": ('[[function]]\ncell = "orders"\nname = 3\n', "name = 3 is not known"),
    "no cell": ('[[function]]\nname = "a_b"\n', "the function a_b has no cell"),
    "twice": (
        entry("orders", "a_b") + entry("orders", "a_c"),
        "the function of cell orders stands there twice",
    ),
    "an unknown cell": (entry("far", "a_b"), "there is no function of cell far"),
    "an unknown part": (entry("parts", "a_b", part=3), "there is no function 3 of cell parts"),
    "a cell without functions": (entry("imports", "a_b"), "there is no function of cell imports"),
    "no identifier": (entry("orders", "load orders"), "it is not a Python identifier"),
    "a letter beyond ASCII": (entry("orders", "ordnung_prüfen"), "it is not a Python identifier"),
    "a keyword": (entry("orders", "class"), "it means something to Python"),
    "a builtin": (entry("orders", "sorted"), "it means something to Python"),
    "an import": (entry("orders", "json"), "the notebook has something else of that name"),
    "a module of the package": (
        entry("orders", "sums"),
        "the notebook has something else of that name",
    ),
    "a test": (entry("orders", "test_orders"), "pytest would take it for a test"),
    "that of a tag": (entry("orders", "add_up"), "another function has it"),
    "that of another": (
        entry("parts", "a_b", part=1) + entry("parts", "a_b", part=2),
        "another function has it",
    ),
    "against the tag": (entry("sums", "sum_up"), "its cell has a name in its tag"),
}


@pytest.mark.parametrize(("text", "message"), ERRORS.values(), ids=ERRORS)
def test_what_is_refused(path: Path, tmp_path: Path, text: str, message: str) -> None:
    """One message that names the file, and nothing is written."""
    done = run("promote", path, "--names", given(tmp_path, text))
    assert isinstance(done.exception, Nb2pkgError)
    assert message in done.exception.message
    assert "names.toml" in done.exception.message
    assert done.exception.hint
    assert not (path.parent / "sales-package").exists()


def test_a_file_that_is_not_there(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["nb2pkg", "promote", str(path), "--names", str(tmp_path / "no.toml")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", words)
        with pytest.raises(SystemExit) as stop:
            main()
    assert stop.value.code == 1
    assert "cannot be read as a file of names" in capsys.readouterr().err


def test_a_docstring_alone_and_none(path: Path, tmp_path: Path) -> None:
    """The name stays that of the tag; an empty docstring is none."""
    text = (
        '[[function]]\ncell = "sums"\ndocstring = "Count it."\n'
        + '[[function]]\ncell = "orders"\ndocstring = ""\n'
    )
    assert run("promote", path, "--names", given(tmp_path, text)).exit_code == 0
    assert 'def add_up(second, first):\n    """Count it."""' in modules(path)


def test_a_file_of_names_is_not_overwritten(path: Path, tmp_path: Path) -> None:
    target = given(tmp_path, "# mine\n")
    done = run("names", path, "-o", target)
    assert isinstance(done.exception, Nb2pkgError)
    assert target.read_text(encoding="utf-8") == "# mine\n"


def test_what_stands_in_cells_is_only_a_comment(tmp_path: Path) -> None:
    """Ends of lines and TOML in sources and texts put nothing into the file."""
    cells = '# %% [markdown]\n# x\\n[[function]]\n# %% tags=["nb2pkg"]\na = """\n[[function]]\n\x0c""" * 2\n'
    path = build.write(tmp_path, cells, "sales.ipynb")
    assert run("names", path, "-o", tmp_path / "n.toml").exit_code == 0
    assert (tmp_path / "n.toml").read_text(encoding="utf-8").count("\n[[function]]") == 1
    assert run("promote", path, "--names", tmp_path / "n.toml").exit_code == 0


def test_a_manifest_with_a_name_that_is_none_is_refused(path: Path, tmp_path: Path) -> None:
    run("promote", path, "--names", given(tmp_path, entry("orders", "build_orders")))
    manifest = path.parent / "sales-package/.nb2pkg/manifest.json"
    text = manifest.read_text(encoding="utf-8")
    assert '"build_orders"' in text
    manifest.write_text(text.replace('"build_orders"', '"import os"'), encoding="utf-8")
    assert isinstance(run("promote", path).exception, Nb2pkgError)
