"""setup.cfg, and setup.py as far as it can be read without running it."""

from __future__ import annotations

import ast
import configparser
from collections.abc import Iterator
from pathlib import Path

from nb2pkg.notebook.magic_syntax import parse
from nb2pkg.requirements.formats import listing
from nb2pkg.requirements.formats.declarations import (
    Declarations,
    joined,
    of_lines,
    text_of,
    use_of,
)
from nb2pkg.requirements.formats.literals import Script
from nb2pkg.requirements.formats.tables import of_named_file
from nb2pkg.requirements.model import Kind, Use

CFG, PY = "setup.cfg", "setup.py"
_SETUP = ("setup", "setuptools.setup", "distutils.core.setup", "core.setup")
_FOR = {"install_requires": Use.PACKAGE, "extras_require": Use.PACKAGE, "tests_require": Use.TESTS}


def of_cfg(root: Path) -> Declarations:
    """What setup.cfg declares, with the files that it names."""
    path = root / CFG
    if not path.is_file():
        return Declarations()
    parser = _parsed(path)
    if parser is None:
        return Declarations(unread=(f"{CFG}: it is not valid",))
    keys = [("options", key, use) for key, use in _FOR.items() if parser.has_option("options", key)]
    extras = "options.extras_require"
    keys += [(extras, key, use_of(key)) for key in parser[extras]] if extras in parser else []
    if not keys:
        return Declarations()
    return joined(_of_cfg(root, *key, parser.get(*key[:2])) for key in keys)


def name_of_cfg(root: Path) -> str:
    """The name of the distribution; empty if setup.cfg has none."""
    parser = _parsed(root / CFG)
    return parser.get("metadata", "name", fallback="") if parser is not None else ""


def _parsed(path: Path) -> configparser.RawConfigParser | None:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text_of(path))
    except configparser.Error:
        return None
    return parser


def _of_cfg(root: Path, section: str, key: str, use: Use, text: str) -> Declarations:
    where = f"{CFG} {key}"
    if text.strip().startswith("file:"):
        files = text.strip().removeprefix("file:").replace("\n", ",").split(",")
        return joined(of_named_file(root, f.strip(), use, CFG) for f in files if f.strip())
    kind = Kind.MAIN if key == "install_requires" and section == "options" else Kind.OPTIONAL
    lines = [one for line in text.splitlines() for one in line.split(";;")]
    return Declarations(tuple(of_lines(lines, where, use, kind)), (CFG,))


def of_py(root: Path) -> Declarations:
    """What the call of setup says; unread has what is computed."""
    path = root / PY
    if not path.is_file():
        return Declarations()
    try:
        tree = parse(text_of(path))
    except (SyntaxError, ValueError):
        return Declarations(unread=(f"{PY}: it is not valid Python",))
    script = Script(tree)
    return joined(
        _of_keyword(root, keyword, script)
        for call in _calls(tree)
        for keyword in call.keywords
        if keyword.arg in _FOR
    )


def name_of_py(root: Path) -> str:
    """The name of the distribution; empty if setup.py does not say it as a text."""
    try:
        tree = parse(text_of(root / PY))
    except (SyntaxError, ValueError):
        return ""
    script = Script(tree)
    for call in _calls(tree):
        for keyword in call.keywords:
            if keyword.arg == "name":
                return next(iter(script.texts(keyword.value) or ()), "")
    return ""


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in _SETUP:
            yield node


def _of_keyword(root: Path, keyword: ast.keyword, script: Script) -> Declarations:
    key = keyword.arg or ""
    if key == "extras_require" and (groups := script.entries(keyword.value)) is not None:
        return joined(
            _of_value(root, f"extra {name}", use_of(name), Kind.OPTIONAL, value, script)
            for name, value in groups
        )
    kind = Kind.MAIN if key == "install_requires" else Kind.OPTIONAL
    return _of_value(root, key, _FOR[key], kind, keyword.value, script)


def _of_value(
    root: Path, key: str, use: Use, kind: Kind, value: ast.expr, script: Script
) -> Declarations:
    lines = script.texts(value)
    if lines is not None:
        return Declarations(tuple(of_lines(lines, f"{PY} {key}", use, kind)), (PY,))
    files = [root / name for name in script.mentioned(value) if name.endswith((".txt", ".in"))]
    there = [path for path in files if path.is_file()]
    if there:
        for_it = use if len(there) == 1 else None  # else each is for whom its name says
        return joined(listing.read(path, root, for_it) for path in there)
    return Declarations((), (PY,), (f"{PY}: {key} is computed when it is built",))
