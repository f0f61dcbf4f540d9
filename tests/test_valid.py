"""What counts as a valid notebook without nbformat is one by nbformat, too."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nbformat.validator import isvalid

from nb2pkg.promote.valid import is_surely_valid
from tests import build

HERE = Path(__file__).parent
BUNDLE = {"text/plain": ["a"], "application/vnd.x+json": {"a": 1}, "image/png": "iVBO"}
OUTPUTS = [
    {"output_type": "stream", "name": "stdout", "text": ["a\n"]},
    {"output_type": "error", "ename": "E", "evalue": "e", "traceback": ["a"]},
    {"output_type": "display_data", "data": BUNDLE, "metadata": {}},
    {"output_type": "execute_result", "data": BUNDLE, "metadata": {}, "execution_count": 1},
]
TIMES = {"iopub.status.busy": "2026-01-01T00:00:00Z"}
DOCUMENT: dict[str, Any] = {
    "cells": [
        {
            "id": "a",
            "cell_type": "code",
            "metadata": {
                "tags": ["one", "two"],
                "collapsed": True,
                "scrolled": "auto",
                "jupyter": {},
                "execution": TIMES,
            },
            "source": ["a = 1\n", "a"],
            "outputs": OUTPUTS,
            "execution_count": 3,
        },
        {
            "id": "b",
            "cell_type": "markdown",
            "metadata": {"name": "title"},
            "source": "# A",
            "attachments": {"a.png": {"image/png": "iVBO"}},
        },
        {"id": "c", "cell_type": "raw", "metadata": {"format": "text/x"}, "source": ""},
    ],
    "metadata": {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python", "codemirror_mode": {"name": "ipython"}},
        "title": "A",
        "authors": [{"name": "Ada"}],
    },
    "nbformat": 4,
    "nbformat_minor": 5,
}
VALUES = st.sampled_from(
    [
        None,
        True,
        1,
        0,
        -1,
        1.0,
        4.0,
        "",
        "a",
        "a,b",
        "auto",
        "code",
        [],
        ["a", "a"],
        [1],
        {},
        {"a": 1},
    ]
)
KEYS = st.sampled_from(
    ["name", "tags", "id", "attachments", "outputs", "title", "mine", "scrolled"]
)


def places(part: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to everything in a document."""
    inner: Any = ()
    if isinstance(part, (dict, list)):
        inner = part.items() if isinstance(part, dict) else enumerate(part)
    return [way, *(deeper for key, value in inner for deeper in places(value, (*way, key)))]


WAYS = places(DOCUMENT)[1:]


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """The document with up to three values replaced, removed or added."""
    document = copy.deepcopy(DOCUMENT)
    for _ in range(draw(st.integers(0, 3))):
        *way, last = draw(st.sampled_from(WAYS))
        what = draw(st.sampled_from(["replace", "remove", "add"]))
        try:
            part: Any = document
            for key in way:
                part = part[key]
            if what == "remove":
                del part[last]
            elif what == "add":
                part[last][draw(KEYS)] = copy.deepcopy(draw(VALUES))
            else:
                part[last] = copy.deepcopy(draw(VALUES))
        except (LookupError, TypeError):
            continue
    return document


@settings(max_examples=400, deadline=None)
@given(damaged())
@example(DOCUMENT)
def test_a_document_that_is_surely_valid_is_valid_for_nbformat(document: dict[str, Any]) -> None:
    if is_surely_valid(document):
        assert isvalid(document)  # type: ignore[no-untyped-call]


PATHS = sorted((HERE / "hazards" / "notebooks").rglob("*.ipynb"))


def test_nbformat_is_seldom_asked() -> None:
    """What most notebooks are is known here: else nothing would be gained."""
    loaded = [json.loads(data) for path in PATHS if (data := path.read_bytes()).startswith(b"{")]
    current = [d for d in loaded if d["nbformat_minor"] == 5 and isvalid(d)]  # type: ignore[no-untyped-call]
    assert len(current) > 50
    assert [d for d in current if not is_surely_valid(d)] == []


@pytest.mark.parametrize("key", ["outputs", "id", "metadata", "source", "cell_type"])
def test_a_cell_that_lacks_something_is_not(key: str) -> None:
    document = copy.deepcopy(build.document("# %%\na = 1"))
    document["nbformat_minor"] = 5
    del document["cells"][0][key]
    assert not is_surely_valid(document)
