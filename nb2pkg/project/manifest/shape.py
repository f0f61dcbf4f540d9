"""Does a manifest have the shape that everybody counts on?

It may have been merged by hand, or written by anybody, and its names become paths.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from nb2pkg.flow.engines import TARGETS

_USES = ("package", "tests", "notebook")
_LISTS = ("cells", "params", "returns", "changes", "inside", "keywords")


def check(content: Mapping[str, Any]) -> None:
    """Raise ValueError with what is wrong; KeyError for what is missing."""
    for key in ("notebook", "story", "variable", "package"):
        _text(content[key], key)
    if not all(part.isidentifier() for part in content["package"].split(".")):
        raise ValueError("it names no package")
    if not isinstance(content["everything"], bool):
        raise ValueError("everything is neither true nor false")
    _text(content.get("python", ""), "python")
    for cell, digests in _mapping(content.get("refused", {}), "refused").items():
        _texts(digests, f"refused in {cell}")
    if "pipeline" in content:
        pipeline = _mapping(content["pipeline"], "pipeline")
        _texts(pipeline["inputs"], "inputs")
        _text(pipeline["ends_before"], "ends_before")
    if "run" in content:
        _run(content["run"])
    if "engine" in content:
        _engine(_mapping(content["engine"], "engine"))
    if "home" in content:
        _home(content["home"])
    for entry in _list(content.get("names", []), "names"):
        _given(entry)
    for cell, record in _mapping(content["cells"], "cells").items():
        _cell(cell, record)


def _engine(engine: Mapping[str, Any]) -> None:
    if _text(engine["name"], "engine") not in TARGETS:
        raise ValueError(f"no engine is called {engine['name']}")
    _text(engine.get("left_out", ""), "left_out")
    _texts(engine.get("stuck", []), "stuck")
    for cells in _list(engine.get("together", []), "together"):
        _texts(cells, "together")


def _cell(cell: str, record: Any) -> None:
    _text(record["digest"], f"the digest of {cell}")
    _text(record["tag"], f"the tag of {cell}")
    for key in ("words", "own"):
        _text(record.get(key, ""), f"{key} of {cell}")
    for mark in ("looks", "apart"):
        if not isinstance(record.get(mark, False), bool):
            raise ValueError(f"{mark} of {cell} is neither true nor false")
    for symbol, made in _mapping(record["made"], f"made of {cell}").items():
        _made(symbol, made)


def _home(home: Any) -> None:
    """The folders of a project that was there before: in it, and nowhere else."""
    if {*_mapping(home, "home")} != {"source", "tests", "stories"}:
        raise ValueError("home: it names no folders")
    for key, folder in home.items():
        parts = PurePosixPath(_text(folder, key)).parts
        if ".." in parts or PureWindowsPath(folder).anchor or PurePosixPath(folder).anchor:
            raise ValueError(f"{key}: no folder of the project")


def _given(entry: Any) -> None:
    cell, part, name, doc = _list(entry, "a given name")
    if not isinstance(part, int):
        raise ValueError("a given name is of no part of a cell")
    for text in (cell, name, *([] if doc is None else [doc])):
        _text(text, "a given name")
    if name and not name.isidentifier():
        raise ValueError(f"{name} is not the name of a function")


def _run(run: Any) -> None:
    _mapping(run, "run")
    _mapping(run["environment"], "environment")
    for module, uses in _mapping(run.get("loaded", {}), "loaded").items():
        _texts(uses, f"loaded: {module}")
        if not uses or uses[0] not in _USES:
            raise ValueError(f"loaded: {module}: nobody needs it")
    for path, (md5, size, *cells) in _mapping(run.get("data", {}), "data").items():
        _text(md5, f"the digest of {path}")
        _texts(cells, f"the cells that use {path}")
        if not isinstance(size, int):
            raise ValueError(f"the size of {path}: no number")
    for part, digest in _mapping(run.get("of", {}), "what was run").items():
        _text(digest, f"the digest of the {part}")
    if "verdict" in run:
        _text(run["verdict"], "verdict")
        _text(run["stopped"], "stopped")


def _made(symbol: str, made: Any) -> None:
    _symbol(symbol)
    _symbol(_mapping(made, symbol).get("now", symbol))
    if "step" in made:
        step = _mapping(made["step"], f"step of {symbol}")
        for key in _LISTS:
            _texts(step.get(key, []), f"{key} of {symbol}")
        _text(step.get("shown", ""), f"shown of {symbol}")
        if not step.get("cells"):
            raise ValueError(f"{symbol} is made of no cell")
    for key in ("base", "attempt"):
        _text(made.get(key, ""), f"{key} of {symbol}")
    if "lent" in made:
        for key in ("symbol", "code"):
            _text(_mapping(made["lent"], f"lent of {symbol}")[key], f"{key} of {symbol}")
    _mapping(made.get("observed", {}), f"observed of {symbol}")
    verified = _mapping(made.get("verified", {}), f"verified of {symbol}")
    for key in ("verdict", "code", "fed", "on", "python") if verified else ():
        _text(verified[key], f"{key} of {symbol}")
    _texts(verified.get("notes", []), f"notes of {symbol}")


def _symbol(name: Any) -> None:
    parts = _text(name, "a symbol").split(".")
    if len(parts) < 2 or not all(part.isidentifier() for part in parts):
        raise ValueError(f"{name} is not the name of a symbol")


def check_problem(entry: Any) -> None:
    """Raise ValueError for what is no line of the problems."""
    cell, code, line, message = _list(entry, "a problem")
    for text in (cell, code, message):
        _text(text, "a problem")
    if line is not None and not isinstance(line, int):
        raise ValueError("a problem has no line")


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what}: no object")
    return value


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{what}: no list")
    return value


def _texts(value: Any, what: str) -> None:
    for item in _list(value, what):
        _text(item, what)


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{what}: no text")
    return value
