"""What marks on cells say, which cells a person means, and how tags are set."""

from __future__ import annotations

import copy
import importlib.util
import json
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nb2pkg.errors import Nb2pkgError
from nb2pkg.model import Cell, Place, Tag
from nb2pkg.notebook import reader, tags
from nb2pkg.notebook.headings import Heading, plain
from tests import build

PROMOTE, TEST, SKIP, PARAMETERS = Tag("promote"), Tag("test"), Tag("skip"), Tag("parameters")


def _cell(*marks: str, source: str = "x = 1", kind: Any = "code") -> Cell:
    return Cell(3, "id", kind, source, marks)


# -------------------------------------------------------------------------------------- what they say

TAGS: list[tuple[tuple[str, ...], Tag | None]] = [
    ((), None),
    (("nb2pkg",), PROMOTE),
    (("nb2pkg:model",), Tag("promote", "model")),
    (("nb2pkg:model.fit",), Tag("promote", "model", "fit")),
    (("nb2pkg: model.fit ",), Tag("promote", "model", "fit")),
    (("nb2pkg-test",), TEST),
    (("nb2pkg:test",), TEST),
    (("nb2pkg-skip",), SKIP),
    (("parameters",), PARAMETERS),
    (("nb2pkg-parameters",), PARAMETERS),
    (("nb2pkg:match.type",), Tag("promote", "match", "type")),  # soft keywords are names
    (("nb2pkg:été.ﬁt",), Tag("promote", "été", "fit")),  # as Python reads the ligature
    (("remove-input", "nb2pkg", "hide"), PROMOTE),
    (("nb2pkgs", "my-nb2pkg", "Parameters"), None),
    (("nb2pkg", "nb2pkg"), PROMOTE),
    (("nb2pkg", "nb2pkg:model"), Tag("promote", "model")),
    (("nb2pkg:model.fit", "nb2pkg", "nb2pkg:model"), Tag("promote", "model", "fit")),
    (("nb2pkg", "parameters"), PARAMETERS),
    (("parameters", "nb2pkg-skip"), SKIP),
    (("nb2pkg:test", "nb2pkg-test"), TEST),
    (("nb2pkg-ignore",), None),
    (("nb2pkg-ignore:NB803",), None),
    (("nb2pkg-ignore:NB803, NB804", "nb2pkg:model"), Tag("promote", "model")),
    (("nb2pkg:ignore.fit",), Tag("promote", "ignore", "fit")),
]


@pytest.mark.parametrize(("marks", "tag"), TAGS, ids=[" ".join(row[0]) or "none" for row in TAGS])
def test_tags(marks: tuple[str, ...], tag: Tag | None) -> None:
    assert tags.tag_of(_cell(*marks)) == (tag, ())


COMMENTS: list[tuple[str, Tag | None]] = [
    ("# nb2pkg", PROMOTE),
    ("#nb2pkg", PROMOTE),
    ("# nb2pkg: model", Tag("promote", "model")),
    ("# nb2pkg:model.fit", Tag("promote", "model", "fit")),
    ("# nb2pkg : model.fit  ", Tag("promote", "model", "fit")),
    ("# nb2pkg: test", TEST),
    ("# nb2pkg: skip", SKIP),
    ("# nb2pkg-skip", SKIP),
    ("\n  \n# nb2pkg: skip\nx = 1", SKIP),
    ("%%time\n# nb2pkg: skip\nx = 1", SKIP),
    ("# nb2pkg makes packages", None),
    ("# nb2pkg: ignore", None),
    ("# nb2pkg: ignore[NB803]", None),
    ("# nb2pkg:ignore[NB803, NB8]  as agreed", None),
    ("# nb2pkg: ignored", Tag("promote", "ignored")),
    ("# see nb2pkg: skip", None),
    ("x = 1  # nb2pkg: skip", None),
    ("x = 1\n# nb2pkg: skip", None),
    ("'''\n# nb2pkg: skip\n'''", None),
    ("#", None),
    ("", None),
]


@pytest.mark.parametrize(("source", "tag"), COMMENTS, ids=[row[0] for row in COMMENTS])
def test_comments(source: str, tag: Tag | None) -> None:
    assert tags.tag_of(_cell(source=source)) == (tag, ())


CELL = Place(3)
WRONG: list[tuple[str, Cell, list[tuple[str, Place, str]]]] = [
    ("keyword", _cell("nb2pkg:class"), [("NB101", CELL, "nb2pkg:class (class is a word of Python itself)")]),
    ("keyword as function", _cell("nb2pkg:a.None"), [("NB101", CELL, "None is a word")]),
    ("no name", _cell("nb2pkg:1st"), [("NB101", CELL, "'1st' is not a name")]),
    ("dash", _cell("nb2pkg:my-model"), [("NB101", CELL, "'my-model' is not a name")]),
    ("nothing", _cell("nb2pkg:"), [("NB101", CELL, "a name is missing")]),
    ("nothing after the dot", _cell("nb2pkg:model."), [("NB101", CELL, "a name is missing")]),
    ("three names", _cell("nb2pkg:a.b.c"), [("NB101", CELL, "module or module.function")]),
    ("special name", _cell("nb2pkg:__init__"), [("NB101", CELL, "__init__ has a meaning")]),
    ("unknown action", _cell("nb2pkg-tests"), [("NB101", CELL, "there is no nb2pkg-tests")]),
    ("unknown form", _cell("nb2pkg model"), [("NB101", CELL, "nb2pkg model (not one of")]),
    ("capitals", _cell("NB2PKG"), [("NB101", CELL, "NB2PKG (not one of")]),
    ("prose", _cell(source="\n# nb2pkg: load the data"), [("NB101", Place(3, 2, 2, 21), "'load the data'")]),
    ("two of them", _cell("nb2pkg:1", "nb2pkg:2"), [("NB101", CELL, "nb2pkg:1"), ("NB101", CELL, "nb2pkg:2")]),
    ("one good, one bad", _cell("nb2pkg", "nb2pkg:2"), [("NB101", CELL, "nb2pkg:2")]),
    ("promote and skip", _cell("nb2pkg:a", "nb2pkg-skip"), [("NB102", CELL, "nb2pkg:a and nb2pkg-skip")]),
    ("test and skip", _cell("nb2pkg-test", "nb2pkg-skip"), [("NB102", CELL, "nb2pkg-test and nb2pkg-skip")]),
    ("two modules", _cell("nb2pkg:a", "nb2pkg:b"), [("NB102", CELL, "nb2pkg:a and nb2pkg:b")]),
    ("two functions", _cell("nb2pkg:a.f", "nb2pkg:a.g"), [("NB102", CELL, "nb2pkg:a.f and nb2pkg:a.g")]),
    ("a module and a function of another", _cell("nb2pkg:a", "nb2pkg:b.f"), [("NB102", CELL, "nb2pkg:a and nb2pkg:b.f")]),
    ("parameters with a place", _cell("parameters", "nb2pkg:a"), [("NB102", CELL, "parameters and nb2pkg:a")]),
    ("parameters and a test", _cell("parameters", "nb2pkg-test"), [("NB102", CELL, "parameters and nb2pkg-test")]),
    ("tag and comment", _cell("nb2pkg:a", source="# nb2pkg: b"), [("NB102", Place(3, 1, 2, 9), "nb2pkg:a and nb2pkg: b")]),
    ("markdown", _cell("nb2pkg", kind="markdown"), [("NB103", CELL, "nb2pkg")]),
    ("raw", _cell("nb2pkg-skip", kind="raw"), [("NB103", CELL, "nb2pkg-skip")]),
    ("markdown, not understood", _cell("nb2pkg:1", kind="markdown"), [("NB103", CELL, "nb2pkg:1")]),
    ("parameters on markdown are papermill's", _cell("parameters", kind="markdown"), []),
    ("a heading is no comment", _cell(source="# nb2pkg: skip", kind="markdown"), []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "expected"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_problems(cell: Cell, expected: list[tuple[str, Place, str]]) -> None:
    tag, problems = tags.tag_of(cell)
    assert tag is None
    assert [(problem.code, problem.place) for problem in problems] == [row[:2] for row in expected]
    for problem, (_, _, words) in zip(problems, expected, strict=True):
        assert words in problem.message
        assert problem.hint


@given(text=st.text(alphabet="nb2pkg:-.a1 _é", max_size=15).map("nb2pkg".__add__))
def test_any_tag_is_understood_or_a_problem(text: str) -> None:
    tag, problems = tags.tag_of(_cell(text))
    if tag and tag.module:
        assert importlib.util.resolve_name(tag.module, None) == tag.module
        assert tag.module.isidentifier()
    assert not (tag and problems)


def test_check() -> None:
    assert tags.check("nb2pkg:model.fit") == Tag("promote", "model", "fit")
    for text in ("nb2pkg:class", "model.fit", "nb2pkg-", ""):
        with pytest.raises(Nb2pkgError, match="is not understood") as caught:
            tags.check(text)
        assert "nb2pkg:module.function" in caught.value.hint


# -------------------------------------------------------------------------------------- headings

HEADINGS: list[tuple[str, str, list[tuple[int, str]]]] = [
    ("one", "# Load", [(1, "Load")]),
    ("levels", "# A\n## B\n###### C", [(1, "A"), (2, "B"), (6, "C")]),
    ("too deep", "####### A", []),
    ("closed", "## Load ##  ", [(2, "Load")]),
    ("closed by no space", "## C#", [(2, "C#")]),
    ("no space", "#hashtag", []),
    ("tab", "#\tLoad", [(1, "Load")]),
    ("a little space before", "   # A", [(1, "A")]),
    ("indented code", "    # A", []),
    ("empty", "#\n##  ", []),
    ("underlined", "Load\n====", [(1, "Load")]),
    ("underlined twice", "Load\n---\n\nClean\n-", [(2, "Load"), (2, "Clean")]),
    ("underlined over lines", "Load\nthe data\n---", [(2, "Load the data")]),
    ("rule", "text\n\n---\ntext", []),
    ("rule below a list", "- item\n---", []),
    ("rule below a quote", "> text\n---", []),
    ("rule below a heading", "# A\n---", [(1, "A")]),
    ("table", "a | b\n---|---\n1 | 2", []),
    ("fence", "```python\n# no\n```\n# A", [(1, "A")]),
    ("fence of tildes", "~~~\n```\n# no\n~~~\n# A", [(1, "A")]),
    ("longer fence", "````\n```\n# no\n````\n# A", [(1, "A")]),
    ("fence that stays open", "```\n# no", []),
    ("code in a line is no fence", "```x```\n# A", [(1, "A")]),
    ("HTML", "<h2>Load <b>it</b></h2>", [(2, "Load it")]),
    ("HTML with attributes", '<H3 id="a" style="color:red">\n  Load\n</H3>', [(3, "Load")]),
    ("HTML in a fence", "```\n<h2>no</h2>\n```", []),
    ("HTML between others", "# A\n<h2>B</h2>\n\nC\n=", [(1, "A"), (2, "B"), (1, "C")]),
    ("header is no heading", "<header>A</header><hr>", []),
    ("comment", "<!--\n# no\n-->\n# A", [(1, "A")]),
    ("in a paragraph", "text\n# A\nmore", [(1, "A")]),
]


@pytest.mark.parametrize(
    ("markdown", "expected"), [row[1:] for row in HEADINGS], ids=[row[0] for row in HEADINGS]
)
def test_headings(markdown: str, expected: list[tuple[int, str]]) -> None:
    made = build.notebook(["x = 1", build.cell("markdown", markdown)])
    assert tags.headings(made) == [Heading(1, level, text) for level, text in expected]


def test_headings_are_in_markdown_only() -> None:
    assert tags.headings(build.notebook(["# no", build.cell("raw", "# no")])) == []


PLAIN = [
    ("Load the *data*", "Load the data"),
    ("__Load__ **the** _data_", "Load the data"),
    ("***Load***", "Load"),
    ("`fit` and ``a`b``", "fit and a`b"),
    ("snake_case_name and 2*3*4 * 5", "snake_case_name and 234 * 5"),
    ("[Load](http://x/y) [this][1]", "Load this"),
    ("![plot](a.png) Load", "plot Load"),
    ('<a id="x"></a>Load<br>', "Load"),
    ("~~old~~ new", "old new"),
    ("R&amp;D", "R&D"),
    (r"1\. Load \*", "1. Load *"),
    ("Load {#load}", "Load"),
    ("\ufeffLoad\u200b", "Load"),
    ("  Load \t the  data ", "Load the data"),
    ("$x^2$ and 3 < 4", "$x^2$ and 3 < 4"),
    ("*", "*"),
]


@pytest.mark.parametrize(("markdown", "text"), PLAIN, ids=[row[0] for row in PLAIN])
def test_plain(markdown: str, text: str) -> None:
    assert plain(markdown) == text


# ---------------------------------------------------------------------------------------- choosing

STORY = build.notebook("""
    # %% [markdown] id="title"
    # # Wine
    # %% id="a1"
    import pandas
    # %% [markdown]
    # ## Load the data
    # %% id="load"
    x = 1
    # %% [markdown]
    # ### Details
    # %%
    y = 2
    # %% [markdown]
    # ## Model
    # %%
    z = 3
    # %% [raw]
    raw
    # %% id="12345678"
    w = 4
    # %% [markdown]
    # # Model
    # %% [markdown]
    # # Modelling *it*
    # %%
    v = 5
    """)
CHOSEN: list[tuple[tuple[str, ...], tuple[int, ...]]] = [
    (("2",), (1,)),
    (("4", "2", "4"), (1, 3)),
    (("2-6",), (1, 3, 5)),
    ((" 2 - 4 ",), (1, 3)),
    (("4-4",), (3,)),
    (("load",), (3,)),
    (("12345678",), (9,)),
    (("a1", "6"), (1, 5)),
    (("Load the data",), (3, 5)),
    (("LOAD  the",), (3, 5)),
    (("details",), (5,)),
    (("wine",), (1, 3, 5, 7, 9)),
    (("modelling it",), (12,)),
    (("modelling",), (12,)),
    (("c5",), (5,)),
    ((), ()),
]


@pytest.mark.parametrize(("specs", "cells"), CHOSEN, ids=[" + ".join(row[0]) for row in CHOSEN])
def test_choose(specs: tuple[str, ...], cells: tuple[int, ...]) -> None:
    assert tags.choose(STORY, specs) == cells


REFUSED = [
    ("1", "cell 1 is markdown, not code", "code cell"),
    ("9", "cell 9 is raw, not code", "code cell"),
    ("title", "cell 1 is markdown, not code", "code cell"),
    ("0", "there is no cell 0", "cells 1 to 13"),
    ("14", "there is no cell 14", "cells 1 to 13"),
    ("6-2", "there are no cells 6-2", "cells 1 to 13"),
    ("5-99", "there are no cells 5-99", "cells 1 to 13"),
    ("11-12", "there is no code in the cells 11-12", "code cells"),
    ("Model", "'Model' can mean several headings: 'Model' (cell 7), 'Model' (cell 11)", "5-9"),
    ("mod", "'mod' can mean several headings: 'Model' (cell 7), 'Model' (cell 11), 'Modelling it' (cell 12)", "5-9"),
    ("Lode the data", "there is no cell or heading 'Lode the data'", "Did you mean 'Load the data'?"),
    ("lod", "there is no cell or heading 'lod'", "'load'"),
    ("the data", "there is no cell or heading 'the data'", "'Load the data'"),
    ("quite different", "there is no cell or heading", "1 to 13"),
    ("", "there is no cell or heading ''", "1 to 13"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "message", "hint"), REFUSED, ids=[row[0] for row in REFUSED])
def test_choose_refuses(spec: str, message: str, hint: str) -> None:
    with pytest.raises(Nb2pkgError) as caught:
        tags.choose(STORY, (spec,))
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_whole_heading_goes_before_the_beginning_of_another() -> None:
    made = build.notebook(
        "# %% [markdown]\n# # A b\n# %%\nx = 1\n# %% [markdown]\n# # A\n# %%\ny = 2"
    )
    assert tags.choose(made, ("a",)) == (3,)


def test_a_section_without_code() -> None:
    made = build.notebook(
        ["x = 1", build.cell("markdown", "# A\n# B"), build.cell("markdown", "# C")]
    )
    for heading in ("A", "B", "C"):
        with pytest.raises(Nb2pkgError, match="no code below the heading"):
            tags.choose(made, (heading,))


# ------------------------------------------------------------------------------------------ setting

APPLIED: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("none before", {}, "nb2pkg", {"tags": ["nb2pkg"]}),
    ("others before", {"tags": ["a", "b"]}, "nb2pkg", {"tags": ["a", "b", "nb2pkg"]}),
    ("the same", {"tags": ["nb2pkg", "a"]}, "nb2pkg", {"tags": ["nb2pkg", "a"]}),
    (
        "another",
        {"tags": ["a", "nb2pkg:m", "b"]},
        "nb2pkg-skip",
        {"tags": ["a", "nb2pkg-skip", "b"]},
    ),
    ("several", {"tags": ["nb2pkg", "a", "nb2pkg-test"]}, "nb2pkg:m", {"tags": ["nb2pkg:m", "a"]}),
    ("parameters stay", {"tags": ["parameters"]}, "nb2pkg", {"tags": ["parameters", "nb2pkg"]}),
    ("parameters set", {"tags": ["parameters", "a"]}, "parameters", {"tags": ["parameters", "a"]}),
    ("sorted keys stay so", {"a": 1, "z": 2}, "nb2pkg", {"a": 1, "tags": ["nb2pkg"], "z": 2}),
    ("other keys stay", {"z": 1, "a": 2}, "nb2pkg", {"z": 1, "a": 2, "tags": ["nb2pkg"]}),
    ("empty", {"z": 1, "tags": [], "a": 2}, "nb2pkg", {"z": 1, "tags": ["nb2pkg"], "a": 2}),
]


@pytest.mark.parametrize(
    ("before", "text", "after"), [row[1:] for row in APPLIED], ids=[row[0] for row in APPLIED]
)
def test_apply(before: dict[str, Any], text: str, after: dict[str, Any]) -> None:
    document = build.document(["x = 1", build.cell("code", "y = 2", **before), "z = 3"])
    kept = copy.deepcopy(document)
    result = tags.apply(document, (1,), text)
    assert document == kept
    assert json.dumps(result["cells"][1]["metadata"]) == json.dumps(after)
    assert [result["cells"][0], result["cells"][2]] == [kept["cells"][0], kept["cells"][2]]
    assert json.dumps(tags.apply(result, (1,), text)) == json.dumps(result)
    nbformat.validate(nbformat.from_dict(result))


REMOVED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("the only one", {"tags": ["nb2pkg"]}, {}),
    ("all of ours", {"tags": ["nb2pkg", "a", "nb2pkg:x", "NB2PKG"]}, {"tags": ["a"]}),
    ("parameters stay", {"tags": ["parameters", "nb2pkg"]}, {"tags": ["parameters"]}),
    ("none", {"a": 1}, {"a": 1}),
    ("empty", {"tags": []}, {"tags": []}),
]


@pytest.mark.parametrize(("before", "after"), [r[1:] for r in REMOVED], ids=[r[0] for r in REMOVED])
def test_remove(before: dict[str, Any], after: dict[str, Any]) -> None:
    document = build.document([build.cell("code", "x = 1", **before)])
    assert tags.remove(document, (0,))["cells"][0]["metadata"] == after


def test_a_tag_changes_its_lines_only() -> None:
    text = build.text(["x = 1", build.cell("code", "y = 'é'", collapsed=True), "z = 3"])
    read = reader.parse(text.encode(), "a.ipynb")
    tagged = reader.serialize(tags.apply(read.document, (1,), "nb2pkg"), read.layout)
    added = [line.strip() for line in tagged.splitlines() if line not in text.splitlines()]
    assert added == ['"collapsed": true,', '"tags": [', '"nb2pkg"', "]"]
    again = reader.parse(tagged.encode(), "a.ipynb")
    assert tags.tag_of(again.cells[1]) == (PROMOTE, ())
    assert reader.serialize(tags.remove(again.document, (1,)), again.layout) == text
