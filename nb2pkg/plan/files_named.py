"""The files that statements name: those that they read, write anew, append to or delete.

A path is read off literals, constants that are bound once, `Path(...) / name`, `os.path.join` and
f-strings of these. Of any other path the expression itself is the name, so that two statements that
say `folder / name` mean one file.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.libraries import Aliases, known
from nb2pkg.facts.parts import Parts
from nb2pkg.model import Facts, Magic, MagicKind

Kind = Literal["reads", "makes", "changes"]
Constants = Mapping[str, str]
_PATH_KEYWORDS = {
    "filepath_or_buffer", "path_or_buf", "path", "fname", "file", "filename", "io", "filepath", "fp",
    "excel_writer", "source", "path_or_buffer",
}  # fmt: skip
_PATHS = {
    "pathlib.Path",
    "pathlib.PurePath",
    "pathlib.PosixPath",
    "str",
    "os.fspath",
    "os.path.abspath",
}
_ENDINGS = {"numpy.save": ".npy", "numpy.savez": ".npz", "numpy.savez_compressed": ".npz"}
_LITERAL = re.compile(r"[^\s<>|:*?\"{}]+(?: [^\s<>|:*?\"{}]+)*")
_COMMAND = re.compile(r"(?P<sign>>>?)\s*(?P<path>[\w./~-]+)")
_WORDS = re.compile(r"!\s*(?P<verb>rm|touch|cp|mv|mkdir|unzip|tar|wget|curl)\b(?P<rest>.*)")


@dataclass(frozen=True, slots=True)
class FileUse:
    """key: the file as it is shown; path: as seen from the notebook's folder, if that can be read off.

    expects: it fails if the file is not there.
    """

    key: str
    kind: Kind
    node: ast.AST | None = None
    path: str = ""
    expects: bool = False


def constants(statements: Sequence[Facts], aliases: Aliases) -> Constants:
    """Names that are bound once, to a path that can be read off."""
    bound = Counter(name for facts in statements for name in facts.bound)
    found: dict[str, str] = {}
    for facts in statements:
        if not isinstance(facts.node, ast.Assign) or len(facts.node.targets) != 1:
            continue
        target = facts.node.targets[0]
        if isinstance(target, ast.Name) and bound[target.id] == 1:
            path = read_off(facts.node.value, aliases, found)
            if path is not None:
                found[target.id] = path
    return found


def read_off(node: ast.expr, aliases: Aliases, known_: Constants) -> str | None:
    """The text that an expression gives, if it can be read off."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return known_.get(name)
        case ast.BinOp(left=left, op=ast.Div() | ast.Add(), right=right):
            parts = [read_off(side, aliases, known_) for side in (left, right)]
            joined = "/" if isinstance(node.op, ast.Div) else ""
            return None if None in parts else joined.join(part or "" for part in parts)
        case ast.JoinedStr(values=values):
            texts = [
                (
                    read_off(v.value, aliases, known_)
                    if isinstance(v, ast.FormattedValue) and v.format_spec is None
                    else read_off(v, aliases, known_)
                )
                for v in values
            ]
            return None if None in texts else "".join(text or "" for text in texts)
        case ast.Call(func=func, args=args, keywords=[]):
            name = aliases.dotted(dotted(func))
            texts = [read_off(arg, aliases, known_) for arg in args]
            if None in texts or name not in {*_PATHS, "os.path.join"}:
                return None
            return "/".join(text or "" for text in texts) or "."
    return None


def uses(facts: Facts, parts: Parts, aliases: Aliases, known_: Constants) -> Iterator[FileUse]:
    """The files that a statement names."""
    if facts.magic is not None:
        yield from _of_magic(facts.magic)
        return
    for call, name in parts.calls(aliases):
        for node, kind, expects in _arguments(call, name):
            if use := _use(node, kind, expects, aliases, known_):
                yield _with_ending(use, _ENDINGS.get(name, ""))


def is_known(name: str) -> bool:
    """Does the table of libraries say what a call does to the file that it is given?"""
    table = ("reads", "looks", "makes", "makes_second", "changes", "opens", "copies")
    return any(_is_in(name, key) for key in table)


def _use(
    node: ast.expr, kind: Kind, expects: bool, aliases: Aliases, known_: Constants
) -> FileUse | None:
    path = read_off(node, aliases, known_)
    if path is None:
        if isinstance(node, ast.Constant | ast.Call | ast.Lambda):
            return None  # a number, a buffer, what somebody made: no file has a name there
        return FileUse(ast.unparse(node), kind, node)
    if "*" in path and kind == "reads":
        path = posixpath.dirname(path.partition("*")[0]) or "."
    if not _LITERAL.fullmatch(path) or "://" in path:
        return None
    path = posixpath.normpath(path.replace("\\", "/"))
    return FileUse(path, kind, node, path, expects)


def _with_ending(use: FileUse, ending: str) -> FileUse:
    """`numpy.save("a")` writes `a.npy`."""
    if not use.path or not ending or use.path.endswith(ending):
        return use
    return replace(use, key=use.path + ending, path=use.path + ending)


def _arguments(call: ast.Call, name: str) -> Iterator[tuple[ast.expr, Kind, bool]]:
    """The arguments of a call that name files, what becomes of these, and whether they must be there."""
    last = name.rpartition(".")[2]
    first = call.args[0] if call.args else _keyword(call, _PATH_KEYWORDS)
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    if name in known("file_uses", "opens") and first is not None:
        yield (first, *_by_mode(_mode(call, 1)))
    elif name in known("file_uses", "copies") and len(call.args) > 1:
        yield call.args[0], "reads", True
        yield call.args[1], "makes", False
        if last in ("move", "rename", "replace"):
            yield call.args[0], "makes", False
    elif _is_in(name, "reads") and first is not None:
        yield first, "reads", True
    elif _is_in(name, "looks") and first is not None:
        yield first, "reads", False
    elif _is_in(name, "makes") and first is not None:
        yield first, "makes", False
    elif _is_in(name, "makes_second") and len(call.args) > 1:
        yield call.args[1], "makes", False
    elif _is_in(name, "changes") and first is not None:
        yield first, "changes", False
    elif receiver is not None and last in known("file_uses", "methods_make") and first is not None:
        mode = _keyword(call, {"mode"})
        appends = isinstance(mode, ast.Constant) and "a" in str(mode.value)
        yield first, "changes" if appends else "makes", False
    elif receiver is not None and last in known("file_uses", "path_methods"):
        kind: Kind = "reads" if last.startswith(("read", "exists", "is_file", "stat")) else "makes"
        yield receiver, kind, last.startswith("read")
    elif receiver is not None and last == "open":
        yield (receiver, *_by_mode(_mode(call, 0)))


def _is_in(name: str, key: str) -> bool:
    return name in known("file_uses", key) or name.startswith(_beginnings(key))


@cache
def _beginnings(key: str) -> tuple[str, ...]:
    """Entries of the table that stand for all names that begin so."""
    return tuple(entry for entry in known("file_uses", key) if entry.endswith("_"))


def _keyword(call: ast.Call, names: set[str]) -> ast.expr | None:
    return next((k.value for k in call.keywords if k.arg in names), None)


def _mode(call: ast.Call, position: int) -> str:
    given = call.args[position] if len(call.args) > position else _keyword(call, {"mode"})
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else "r"


def _by_mode(mode: str) -> tuple[Kind, bool]:
    if "a" in mode or ("+" in mode and "w" not in mode):
        return "changes", "r" in mode
    return ("makes", False) if "w" in mode or "x" in mode else ("reads", True)


def _of_magic(magic: Magic) -> Iterator[FileUse]:
    """``%%writefile a.py``, ``!rm a.csv``, and what a command writes to a file with ``>``."""
    words = magic.argument.split()
    if magic.kind is MagicKind.CELL and magic.name in ("writefile", "file") and words:
        path = posixpath.normpath(words[-1])
        yield FileUse(path, "changes" if "-a" in words[:-1] else "makes", None, path)
    if magic.kind is not MagicKind.SHELL:
        return
    for found in _COMMAND.finditer(magic.text):
        path = posixpath.normpath(found["path"])
        yield FileUse(path, "changes" if found["sign"] == ">>" else "makes", None, path)
    if command := _WORDS.match(magic.text):
        for word in command["rest"].split():
            if not word.startswith("-") and _LITERAL.fullmatch(word) and "://" not in word:
                path = posixpath.normpath(word)
                yield FileUse(path, "makes", None, path)
