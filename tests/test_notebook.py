"""Reading notebooks of every kind, and writing them back byte by byte."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nb2pkg.errors import NotebookError
from nb2pkg.model import Cell, Layout, Output
from nb2pkg.notebook import reader, v3
from tests import build

HAZARDS = sorted((Path(__file__).parent / "hazards" / "notebooks").glob("*.ipynb"))
CODE = build.cell("code", "x = 1")


def _parsed(document: object) -> tuple[Cell, ...]:
    return reader.parse(json.dumps(document).encode(), "a.ipynb").cells


def _document(*cells: object, **keys: Any) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | keys


# ------------------------------------------------------------------------------------------ cells

SOURCES = [
    ("a text", "x = 1\ny = 2", "x = 1\ny = 2"),
    ("lines", ["x = 1\n", "y = 2"], "x = 1\ny = 2"),
    ("empty", "", ""),
    ("no lines", [], ""),
    ("null", None, ""),
    ("line ends of Windows", "x = 1\r\ny = '''\r\n'''", "x = 1\ny = '''\n'''"),
    ("line ends of old Macs", "x = 1\ry = 2", "x = 1\ny = 2"),
    ("line ends in pieces", ["x = 1\r", "\ny = 2"], "x = 1\ny = 2"),
    ("form feeds and tabs", "\x0cif x:\n\ty = 1\n\x0c", "\x0cif x:\n\ty = 1\n\x0c"),
    ("mark at the start", "\ufeffx = 1", "\ufeffx = 1"),
    ("other line ends in a text", "x = 'a\u2028b\x85'", "x = 'a\u2028b\x85'"),
    ("space at the end", "x = 1  \n\n", "x = 1  \n\n"),
]


@pytest.mark.parametrize(("raw", "source"), [r[1:] for r in SOURCES], ids=[r[0] for r in SOURCES])
def test_sources(raw: object, source: str) -> None:
    cells = _parsed(_document({"cell_type": "code", "source": raw}, CODE))
    assert cells[0].source == source
    if isinstance(raw, str):  # Python itself reads both the same
        assert _tree(raw) == _tree(source)


def _tree(source: str) -> str:
    try:
        return ast.dump(ast.parse(source))
    except SyntaxError as error:
        return error.msg


IDS = [
    ("their own", ["a", "b"], ["a", "b"]),
    ("missing", [None, "b", None], ["cell-0", "b", "cell-2"]),
    ("the same twice", ["a", "a", "b", "a"], ["a", "cell-1", "b", "cell-3"]),
    ("taken above", ["cell-1", "cell-1"], ["cell-1", "cell-1-"]),
    ("taken below", [None, "cell-0"], ["cell-0-", "cell-0"]),
    ("empty", ["", ""], ["cell-0", "cell-1"]),
    ("a number", [7, "7"], ["cell-0", "7"]),
]


@pytest.mark.parametrize(("own", "ids"), [row[1:] for row in IDS], ids=[row[0] for row in IDS])
def test_ids(own: list[object], ids: list[str]) -> None:
    cells = [CODE | ({} if cell_id is None else {"id": cell_id}) for cell_id in own]
    assert [cell.id for cell in _parsed(_document(*cells))] == ids


@given(own=st.lists(st.sampled_from([None, "a", "cell-0", "cell-1", "cell-1-"]), min_size=1))
def test_ids_are_unique(own: list[str | None]) -> None:
    cells = [CODE | ({} if cell_id is None else {"id": cell_id}) for cell_id in own]
    ids = [cell.id for cell in _parsed(_document(*cells))]
    assert len(set(ids)) == len(ids)
    assert set(own) - {None} <= set(ids)


CELLS: list[tuple[str, dict[str, Any], tuple[object, ...]]] = [
    ("code", {"cell_type": "code"}, ("code", (), None)),
    ("markdown", {"cell_type": "markdown"}, ("markdown", (), None)),
    ("raw", {"cell_type": "raw"}, ("raw", (), None)),
    ("an unknown kind", {"cell_type": "new"}, ("raw", (), None)),
    ("tags", {"cell_type": "code", "metadata": {"tags": ["a", "b"]}}, ("code", ("a", "b"), None)),
    (
        "tags that are none",
        {"cell_type": "code", "metadata": {"tags": [1, "b"]}},
        ("code", ("b",), None),
    ),
    ("metadata that is none", {"cell_type": "code", "metadata": None}, ("code", (), None)),
    ("a count", {"cell_type": "code", "execution_count": 3}, ("code", (), 3)),
    ("a count that is none", {"cell_type": "code", "execution_count": True}, ("code", (), None)),
]


@pytest.mark.parametrize(
    ("raw", "expected"), [row[1:] for row in CELLS], ids=[row[0] for row in CELLS]
)
def test_cells(raw: dict[str, Any], expected: tuple[object, ...]) -> None:
    cell = _parsed(_document(raw, CODE))[0]
    assert (cell.kind, cell.tags, cell.execution_count) == expected


REPAIRS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("nothing", CODE, CODE, ""),
    ("no metadata", CODE | {"metadata": None}, CODE | {"metadata": {}}, "metadata that are not"),
    ("a source of null", CODE | {"source": None}, CODE | {"source": ""}, "a source of null"),
    ("outputs of null", CODE | {"outputs": None}, CODE | {"outputs": []}, "outputs that are not"),
    (
        "a count that is text",
        CODE | {"execution_count": "12"},
        CODE | {"execution_count": 12},
        "is taken for a number",
    ),
    (
        "a count that is nothing",
        CODE | {"execution_count": 1.5},
        CODE | {"execution_count": None},
        "a count was left out",
    ),
    (
        "code without a type",
        {"cell_type": None, "source": "y = 1", "outputs": []},
        {"cell_type": "code", "source": "y = 1", "outputs": []},
        "is taken for code",
    ),
    (
        "text without a type",
        {"source": "so it is"},
        {"cell_type": "raw", "source": "so it is"},
        "is taken for raw",
    ),
]


@pytest.mark.parametrize(
    ("raw", "repaired", "said"), [row[1:] for row in REPAIRS], ids=[row[0] for row in REPAIRS]
)
def test_repairs(raw: dict[str, Any], repaired: dict[str, Any], said: str) -> None:
    found = reader.parse(json.dumps(_document(CODE, raw)).encode(), "a.ipynb")
    assert found.document["cells"] == [CODE, repaired]
    assert [said in repair and "(cell 2)" in repair for repair in found.repairs] == [True] * bool(
        said
    )


def test_ids_that_the_format_has_no_place_for() -> None:
    cells = [CODE | {"id": own} for own in ("a b", "a-b", "\u202e", "x" * 80)]
    ids = [cell.id for cell in _parsed(_document(*cells))]
    assert ids == ["a-b", "cell-1", "-", "x" * 64]


LONG = "é" * 5000
OUTPUTS: list[tuple[str, dict[str, Any], Output | None]] = [
    ("stream", {"output_type": "stream", "name": "stderr", "text": ["a\n", "b"]}, Output("stream", "stderr", "a\nb")),
    ("stream in one text", {"output_type": "stream", "name": "stdout", "text": "a"}, Output("stream", "stdout", "a")),
    ("result", {"output_type": "execute_result", "data": {"text/plain": ["1"], "text/html": "<b>"}}, Output("result", "", "1")),
    ("display", {"output_type": "display_data", "data": {"image/png": "AAAA"}}, Output("display", "", "")),
    ("error", {"output_type": "error", "ename": "KeyError", "evalue": "'a'", "traceback": [LONG]}, Output("error", "KeyError", "'a'")),
    ("long text", {"output_type": "stream", "name": "stdout", "text": LONG}, Output("stream", "stdout", LONG[:4096])),
    ("long lines", {"output_type": "stream", "name": "stdout", "text": ["ab"] * 5000}, Output("stream", "stdout", "ab" * 2048)),
    ("no data", {"output_type": "execute_result"}, Output("result", "", "")),
    ("unknown", {"output_type": "new"}, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "output"), [row[1:] for row in OUTPUTS], ids=[row[0] for row in OUTPUTS]
)
def test_outputs(raw: dict[str, Any], output: Output | None) -> None:
    (cell,) = _parsed(_document(CODE | {"outputs": [raw]}))
    assert cell.outputs == ((output,) if output else ())


def test_the_rest_of_a_long_output_is_not_looked_at() -> None:
    class Lines(list[str]):
        seen = 0

        def __iter__(self) -> Any:
            for line in super().__iter__():
                self.seen += 1
                yield line

    lines = Lines(["x" * 100] * 100_000)
    assert len(reader._beginning(lines)) == reader.OUTPUT_LIMIT
    assert lines.seen < 50


# ----------------------------------------------------------------------------------------- errors

NO_CODE = _document(build.cell("markdown", "# A"), build.cell("code", " \n"))
WHOLE = build.text("x = 1").encode()
ERRORS: list[tuple[str, bytes, str]] = [
    ("empty", b"", "is empty"),
    ("only space", b" \n", "is empty"),
    ("a script", b"import os\n", "is not a notebook"),
    ("a web page", b"<html></html>", "is not a notebook"),
    ("Git LFS", b"version https://git-lfs.github.com/spec/v1\noid x", "Git LFS"),
    ("cut off in a text", WHOLE[:30], "is cut off in the middle (line"),
    ("cut off after a comma", WHOLE[: WHOLE.index(b",") + 1], "is cut off"),
    ("cut off before the end", WHOLE.rstrip()[:-1], "is cut off"),
    ("a merge conflict", WHOLE.replace(b"{\n", b"{\n<<<<<<< HEAD\n", 1), "merge conflict"),
    ("no JSON", WHOLE.replace(b":", b"=", 1), "is not JSON: Expecting ':' delimiter (line 2, column"),
    ("two texts", WHOLE + WHOLE, "is not JSON: Extra data"),
    ("Latin-1", WHOLE.replace(b"x = 1", b"x = '\xe9'"), "is not UTF-8"),
    ("UTF-16", WHOLE.decode().encode("utf-16"), "is not UTF-8"),
    ("a list", b"[]", "is JSON, but not a notebook"),
    ("a number", b"3", "is JSON, but not a notebook"),
    ("another object", b'{"a": 1}', "is JSON, but not a notebook"),
    ("no format", b'{"cells": []}', "is JSON, but not a notebook"),
    ("no cells", b'{"nbformat": 4, "metadata": {}}', "is JSON, but not a notebook"),
    ("cells that are none", json.dumps(_document(1)).encode(), "is JSON, but not a notebook"),
    ("no worksheets", b'{"nbformat": 3, "metadata": {}}', "is JSON, but not a notebook"),
    ("a source that is none", json.dumps(_document(CODE | {"source": [1]})).encode(), "source of cell 1 is not text"),
    ("a later format", json.dumps(_document(CODE, nbformat=5)).encode(), "format 5"),
    ("a very early format", json.dumps(_document(CODE, nbformat=2)).encode(), "format 2"),
    ("no code", json.dumps(NO_CODE).encode(), "has no code"),
    ("no cell", json.dumps(_document()).encode(), "has no code"),
    ("a number without end", WHOLE.replace(b"null", b"1" * 5000, 1), "cannot be read as JSON"),
    ("brackets without end", b'{"nbformat": 4, "a": ' + b"[" * 200_000, "cannot be read as JSON"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "message"), [row[1:] for row in ERRORS], ids=[row[0] for row in ERRORS]
)
def test_errors(data: bytes, message: str) -> None:
    with pytest.raises(NotebookError) as caught:
        reader.parse(data, "folder/a.ipynb")
    assert caught.value.message.startswith("folder/a.ipynb: ")
    assert message in caught.value.message
    assert caught.value.hint.endswith((".", "?"))
    assert caught.value.exit_code == 1


def test_errors_of_files(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match="there is no such file"):
        reader.read(tmp_path / "a.ipynb")
    with pytest.raises(NotebookError, match="is a folder"):
        reader.read(tmp_path)
    with pytest.raises(NotebookError, match="cannot be read"):
        reader.read(build.write(tmp_path, "x = 1") / "inside.ipynb")


@given(data=st.binary(max_size=40) | st.integers(0, len(WHOLE)).map(lambda size: WHOLE[:size]))
def test_any_file_is_read_or_refused(data: bytes) -> None:
    try:
        reader.parse(data, "a.ipynb")
    except NotebookError:
        return
    assert data.rstrip() == WHOLE.rstrip()


def _kernel(name: str = "", language: str = "", display: str = "") -> dict[str, Any]:
    given = {"name": name, "language": language, "display_name": display}
    return {"kernelspec": {key: value for key, value in given.items() if value}}


def _info(name: str = "python", version: str = "") -> dict[str, Any]:
    return {"language_info": {"name": name} | ({"version": version} if version else {})}


LANGUAGES: list[tuple[str, dict[str, Any], str]] = [
    ("nothing said", {}, ""),
    ("nothing known", {"kernelspec": None, "language_info": []}, ""),
    ("a Python", _kernel("python3", "python", "Python 3"), ""),
    ("a Python by its info", _info(version="3.11.7"), ""),
    ("a Python of IPython", _info("ipython"), ""),
    ("a Python in capitals", _info("Python"), ""),
    ("a Python that a person named", _kernel("conda-env-r-lab-py"), ""),
    ("a Python that begins like R", _kernel("iris"), ""),
    ("a Python that begins like Java", _kernel("javanese"), ""),
    ("a Python that begins like Julia", _kernel("julian-3.11"), ""),
    (
        "a Python once of Python 2",
        _kernel("python2", "python", "Python 2") | _info(version="3.6.1"),
        "",
    ),
    (
        "a Python of PyCharm, which says 2.7.6 of every new notebook",
        _kernel("python3", "python", "Python 3") | _info(version="2.7.6"),
        "",
    ),
    ("R", _kernel("ir", "R", "R"), "R"),
    ("R by its info", _info("R", "4.3.1"), "R"),
    ("R by its kernel", _kernel("ir"), "R"),
    ("R 4.1 by its kernel", _kernel("ir41"), "R"),
    ("Julia by its kernel", _kernel("julia-1.9"), "Julia"),
    ("JavaScript by its kernel", _kernel("javascript"), "JavaScript"),
    ("Java by its kernel", _kernel("java"), "Java"),
    ("C++ by its kernel", _kernel("xcpp17"), "C++"),
    ("Bash", _info("bash"), "bash"),
    ("SageMath", _kernel("sagemath", "sage") | _info(version="3.10.1"), "sage"),
    ("Scala", _kernel("spylon-kernel", "scala"), "scala"),
    ("Python 2, whose code decides", _info(version="2.7.18"), ""),
    ("Python 2 by its kernel", _kernel("python2"), ""),
    ("Python 2 by what is shown", _kernel("lab", display="Python 2.7"), ""),
]


@pytest.mark.parametrize(
    ("metadata", "wrong"), [r[1:] for r in LANGUAGES], ids=[r[0] for r in LANGUAGES]
)
def test_languages(metadata: dict[str, Any], wrong: str) -> None:
    data = json.dumps(_document(CODE, metadata=metadata)).encode()
    if not wrong:
        assert reader.parse(data, "a.ipynb").cells
        return
    with pytest.raises(NotebookError, match=f"is a notebook of {wrong}".replace("+", r"\+")):
        reader.parse(data, "a.ipynb")


# ---------------------------------------------------------------------------------------- writing

UNUSUAL = _document(
    build.cell("code", "x = 'é\u2028\U0001f600'\n\ty = '\\u00e9'", id="b", execution_count=1),
    build.cell("markdown", "", attachments={}),
    build.cell("code", ""),
    metadata={"z": [], "a": {}, "n": [1.0, 1e-7, -0.0, 10**30, None, True], "tab": "\t\x1b[0m\x7f"},
)
PLAIN = json.loads(build.text("x = 'a\\u00e9'"))


def _dumped(document: object, **options: Any) -> str:
    return json.dumps(document, **({"indent": 1, "ensure_ascii": False} | options))


LAYOUTS: list[tuple[str, str, Layout]] = [
    ("Jupyter", _dumped(UNUSUAL) + "\n", Layout()),
    ("no line end", _dumped(UNUSUAL), Layout(trailing_newline=False)),
    ("two spaces", _dumped(UNUSUAL, indent=2) + "\n", Layout(indent=2)),
    ("four spaces", _dumped(PLAIN, indent=4) + "\n", Layout(indent=4)),
    ("no indent", _dumped(UNUSUAL, indent=0) + "\n", Layout(indent=0)),
    ("tabs", _dumped(UNUSUAL, indent="\t") + "\n", Layout(indent="\t")),
    ("escapes", _dumped(UNUSUAL, ensure_ascii=True) + "\n", Layout(ascii_only=True)),
    ("a backslash and a u", _dumped(PLAIN) + "\n", Layout()),
    ("one line", _dumped(UNUSUAL, indent=None), Layout(indent=None, trailing_newline=False)),
    ("one line, no space", _dumped(UNUSUAL, indent=None, separators=(",", ":")), Layout(indent=None, compact=True, trailing_newline=False)),
    ("line ends of Windows", _dumped(UNUSUAL).replace("\n", "\r\n") + "\r\n", Layout(newline="\r\n")),
    ("mark at the start", "\ufeff" + _dumped(UNUSUAL) + "\n", Layout(bom=True)),
    ("not a number", _dumped({**UNUSUAL, "n": float("nan"), "i": float("-inf")}) + "\n", Layout()),
    ("half a pair", _dumped(PLAIN | {"a": "é"})[:-2] + ',\n "b": "\\ud83d"\n}\n', Layout()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "layout"), [r[1:] for r in LAYOUTS], ids=[r[0] for r in LAYOUTS])
def test_written_back_byte_by_byte(text: str, layout: Layout) -> None:
    data = text.encode()
    read = reader.parse(data, "a.ipynb")
    assert read.layout == layout
    assert reader.serialize(read.document, read.layout).encode() == data


def test_the_document_is_untouched() -> None:
    assert reader.parse(_dumped(UNUSUAL).encode(), "a.ipynb").document == UNUSUAL


def test_the_last_of_equal_keys_counts() -> None:
    text = _dumped(PLAIN)[:-2] + ',\n "metadata": {"later": 1}\n}\n'
    read = reader.parse(text.encode(), "a.ipynb")
    assert read.document["metadata"] == {"later": 1}


@pytest.mark.parametrize("path", HAZARDS, ids=lambda path: path.stem)
def test_the_hazards_are_written_back(path: Path) -> None:
    try:
        read = reader.read(path)
    except NotebookError:
        assert path.stem in ("fmt_r_kernel", "fmt_no_code")
        return
    assert reader.serialize(read.document, read.layout).encode() == path.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        again = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    assert [cell.source for cell in read.cells] == [cell["source"] for cell in again["cells"]]
    assert read == reader.read(path)


def test_written_by_nbformat() -> None:
    made = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# Été\n\ntext"),
            nbformat.v4.new_code_cell(
                "x = 1\nx",
                execution_count=1,
                outputs=[
                    nbformat.v4.new_output("stream", text="a\nb\n"),
                    nbformat.v4.new_output(
                        "execute_result", {"text/plain": "1", "image/png": "AA"}
                    ),
                ],
            ),
        ],
        metadata=build.KERNEL,
    )
    data = (nbformat.writes(made) + "\n").encode()
    read = reader.parse(data, "a.ipynb")
    assert reader.serialize(read.document, read.layout).encode() == data
    assert [cell.id for cell in read.cells] == [cell["id"] for cell in made["cells"]]
    assert read.cells[1].outputs == (
        Output("stream", "stdout", "a\nb\n"),
        Output("result", "", "1"),
    )


# ----------------------------------------------------------------------------------- old notebooks

FORMAT_3 = {
    "metadata": {"name": "", "signature": "sha256:0"},
    "nbformat": 3,
    "nbformat_minor": 0,
    "worksheets": [
        {
            "cells": [
                {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["One\n", "two"]},
                {"cell_type": "markdown", "metadata": {"a": 1}, "source": ["b\n", "c"]},
                {"cell_type": "html", "metadata": {}, "source": "<b>"},
                {
                    "cell_type": "code",
                    "collapsed": False,
                    "input": ["x = 1\n", "x"],
                    "language": "python",
                    "metadata": {},
                    "outputs": [
                        {"output_type": "stream", "stream": "stderr", "text": ["a\n", "b"]},
                        {
                            "output_type": "pyout",
                            "prompt_number": 3,
                            "metadata": {},
                            "text": ["1"],
                            "html": ["<b>1</b>"],
                            "png": "AAAA",
                        },
                        {"output_type": "display_data", "metadata": {}, "latex": ["$x$"]},
                        {
                            "output_type": "pyerr",
                            "ename": "KeyError",
                            "evalue": "'a'",
                            "traceback": ["t"],
                        },
                    ],
                    "prompt_number": 3,
                },
            ],
            "metadata": {},
        },
        {"cells": [{"cell_type": "raw", "metadata": {}, "source": "r"}], "metadata": {}},
    ],
}


def test_format_3() -> None:
    read = reader.parse(json.dumps(FORMAT_3).encode(), "a.ipynb")
    assert [(cell.kind, cell.source) for cell in read.cells] == [
        ("markdown", "## One two"),
        ("markdown", "b\nc"),
        ("markdown", "<b>"),
        ("code", "x = 1\nx"),
        ("raw", "r"),
    ]
    assert read.cells[3].execution_count == 3
    assert read.cells[3].outputs == (
        Output("stream", "stderr", "a\nb"),
        Output("result", "", "1"),
        Output("display", "", ""),
        Output("error", "KeyError", "'a'"),
    )


def test_format_3_as_nbformat_upgrades_it() -> None:
    ours = v3.from_3(FORMAT_3)
    nbformat.validate(nbformat.from_dict(ours))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = nbformat.reads(json.dumps(FORMAT_3), as_version=4)
    joined = nbformat.reads(json.dumps(ours), as_version=4)
    for cell in [*theirs["cells"], *joined["cells"]]:
        cell.pop("id", None)
    assert joined["cells"] == theirs["cells"]


def test_format_3_of_another_language() -> None:
    text = json.dumps(FORMAT_3).replace('"language": "python"', '"language": "Julia"')
    with pytest.raises(NotebookError, match="is a notebook of julia"):
        reader.parse(text.encode(), "a.ipynb")


def test_lines_of_early_files_without_their_ends() -> None:
    text = json.dumps(FORMAT_3).replace(r'"x = 1\n", "x"', '"x = 1", "x"')
    assert reader.parse(text.encode(), "a.ipynb").cells[3].source == "x = 1\nx"


# ------------------------------------------------------------------------------------------ others


def test_the_name_gives_the_stem(tmp_path: Path) -> None:
    read = reader.read(build.write(tmp_path, "x = 1", "my analysis.v2.ipynb"))
    assert (Path(read.path).name, read.stem) == ("my analysis.v2.ipynb", "my analysis.v2")


def test_no_heavy_imports() -> None:
    heavy = ["nbformat", "IPython", "jupyter_client", "libcst", "black", "jinja2", "networkx"]
    code = (
        "import sys, nb2pkg.notebook.reader, nb2pkg.notebook.magics, nb2pkg.notebook.tags\n"
        "from tests.build import notebook\n"
        "nb2pkg.notebook.magics.mask(notebook('%time x').code[0].source)\n"
        f"print(sorted(sys.modules.keys() & set({heavy!r})))"
    )
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
