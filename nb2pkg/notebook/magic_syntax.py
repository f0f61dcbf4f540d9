"""One magic from its text: what IPython would call, with what, and which names it touches.

Magic.python is here the code as it stands in the argument: it may hold magics of its own.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterable, Iterator
from functools import lru_cache
from string import Formatter

from nb2pkg.model import Magic, MagicKind

PYTHON_BODIES = frozenset({"time", "timeit", "capture", "prun", "memit", "debug", "nbtest"})
"""Cell magics that run their body as Python that sees the notebook's names."""

# Line magics (and the first line of cell magics) that run their argument as Python, each with its
# short options as getopt spells them.
_CODE_OPTIONS = {
    "time": "",
    "timeit": "n:r:tcp:qov:",
    "prun": "D:l:rs:T:q",
    "memit": "r:t:i:coh",
    "mprun": "rf:T:c",
    "lprun": "rsf:m:D:T:zu:",
    "debug": "b:",
}
_LONG_OPTION = re.compile(r"--(?:no-raise-error|no-raise|breakpoint[= ]+\S+)(?:\s+|\Z)")

# These see their argument as it stands; IPython fills names in for all others.
_VERBATIM = frozenset({"time", "timeit", "prun", "debug"})

# Cell magics that fill names into their body too, because they run it as one shell command.
_FILLED_BODIES = frozenset({"!", "sx", "system"})

# Options whose values are names of the notebook, that are read or bound.
_READ_OPTIONS = {"R": ("-i", "--input"), "lprun": ("-f",), "mprun": ("-f",)}
_BIND_OPTIONS = {
    "R": ("-o", "--output"),
    **dict.fromkeys(("spark", "sql"), ("-o", "--output")),
    "timeit": ("-v",),
    **dict.fromkeys(("!", "sx", "system"), ("--out",)),
    **dict.fromkeys(
        ("script", "bash", "sh", "perl", "ruby", "pypy", "python", "python2", "python3"),
        ("--out", "--err", "--proc"),
    ),
}
# Magics whose first plain word is a name that they bind (their other options take no values).
_BIND_FIRST = frozenset({"capture", "macro"})

_LINE_MAGICS = """
    alias alias_magic autoawait autocall automagic bookmark cat cd code_wrap colors conda config cp
    debug dhist dirs doctest_mode ed edit env gui hist history killbgscripts ldir lf lk ll load
    load_ext loadpy logoff logon logstart logstate logstop ls lsmagic lx macro magic mamba
    matplotlib micromamba mkdir mv notebook page pastebin pdb pdef pdoc pfile pinfo pinfo2 pip popd
    pprint precision prun psearch psource pushd pwd pycat pylab quickref recall rehashx reload_ext
    rep rerun reset reset_selective rm rmdir run save sc set_env sx system tb time timeit unalias
    unload_ext uv who who_ls whos xdel xmode
"""
AUTOMAGICS = frozenset(_LINE_MAGICS.split())
"""The line magics and aliases of IPython, which it runs without a percent sign too."""

HELP_END = re.compile(
    r"(?P<target>%{0,2}(?!\d)[\w*]+(?:\.(?!\d)[\w*]+|\[-?[0-9]+\])*)(?P<ask>\?\??)\n?\Z"
)
"""``name?`` at the end of a line: what is asked about is only the last dotted name."""

_AUTOMAGIC = re.compile(r"\s*(?P<name>\w+)(?![\w.*])\s*(?![\s=,])(?P<argument>.*)\Z")
_DOLLAR = re.compile(r"\$(\$?[\w.]+)(?=(?:[^']*'[^']*')*[^']*\Z)")
_ROOT = re.compile(r"%{0,2}([^\W\d]\w*)")


def help_magic(text: str, line: int, target: str, ask: str) -> Magic:
    """``target?``; name is the magic that IPython answers it with."""
    name = "pinfo2" if ask == "??" else "psearch" if "*" in target else "pinfo"
    root = _ROOT.match(target)
    names = (root.group(1),) if root and name != "psearch" and target[0] != "%" else ()
    return Magic(MagicKind.HELP, name, line, text, argument=target, names=names)


def line_magic(text: str, line: int, assigned: bool = False) -> Magic:
    """A line that begins with one of ``% ! ? , ; /``; assigned: it stood after ``name =``."""
    flat = _joined(text)
    if flat[0] == "!":
        name = "!!" if flat[:2] == "!!" and not assigned else "!"
        command = flat[len(name) :].strip()
        return Magic(MagicKind.SHELL, name, line, text, command, names=filled_names(command))
    if flat[0] == "?":
        ask = "??" if flat[:2] == "??" else "?"
        return help_magic(text, line, flat[len(ask) :].strip(), ask)
    if flat[0] in ",;/":
        call = _autocall(flat)
        return Magic(MagicKind.LINE, flat[0], line, text, flat[1:].strip(), call)
    name, _, argument = flat[1:].partition(" ")
    return _named(MagicKind.LINE, name, line, text, argument.strip())


def cell_magic(text: str, line: int, body: str = "") -> Magic:
    """A line ``%%name argument``; body is given where it is not Python."""
    first = text.split("\n", 1)[0]
    name, _, argument = first[2:].rstrip().partition(" ")
    magic = _named(MagicKind.CELL, name, line, text, argument.strip())
    if name not in _FILLED_BODIES:
        return magic
    names = tuple(dict.fromkeys(magic.names + filled_names(body)))
    return Magic(magic.kind, name, line, text, magic.argument, names=names)


def automagic(source: str) -> Magic | None:
    """The magic that IPython runs for a cell of one line without a percent sign, as ``cd ..``.

    It does so only if the notebook has no variable of that name, even where the line is Python
    (``pwd``, ``ls -l``): that is for the caller to know.
    """
    text = source.strip("\n")
    match = _AUTOMAGIC.match(text)
    if not match or match["name"] not in AUTOMAGICS:
        return None
    line = 1 + len(source) - len(source.lstrip("\n"))
    return _named(MagicKind.LINE, match["name"], line, text, match["argument"].strip())


def bound_names(magic: Magic) -> tuple[str, ...]:
    """The names of the notebook that the magic itself binds, as ``cap`` in ``%%capture cap``."""
    words = magic.argument.split()
    names = _option_values(words, _BIND_OPTIONS.get(magic.name, ()))
    plain = [word for word in words if not word.startswith("-")]
    if magic.name in _BIND_FIRST:
        names += plain[:1]
    elif magic.name == "bigquery":
        names += words[:1]
    elif magic.name == "store" and "-r" in words:
        names += plain
    elif magic.name == "sql" and plain[1:2] == ["<<"]:
        names += plain[:1]
    elif magic.name == "sc" and plain:
        names += plain[0].split("=")[:1]
    return tuple(dict.fromkeys(name for name in names if name.isidentifier()))


_INSTALLERS = ("pip", "pip3", "conda", "mamba", "micromamba", "uv", "apt", "apt-get", "brew")


def installs(magic: Magic) -> bool:
    """Does it install something, as ``!pip install x`` and ``%conda install x`` do?"""
    if magic.kind is not MagicKind.SHELL:
        return magic.name in _INSTALLERS
    words = magic.argument.removeprefix("sudo ").split()
    is_module = len(words) > 2 and words[0].startswith("python") and words[1] == "-m"
    return bool(words) and (words[2] if is_module else words[0]) in _INSTALLERS


def filled_names(text: str) -> tuple[str, ...]:
    """The identifiers in ``{expression}`` and ``$name`` that IPython fills in from the notebook.

    It fills in all or nothing: one field that is no expression, as in ``awk '{print $1}'``, and
    the text stays as it is.
    """
    try:
        names = [name for field in _fields(text) for name in _identifiers(field)]
    except (SyntaxError, ValueError):
        return ()
    return tuple(dict.fromkeys(names))


_DEEPEST = 200 if sys.version_info < (3, 11) else 2000  # levels of a tree that we can walk


class InvalidSyntaxError(SyntaxError):
    """What no version of Python reads, however new it is."""


@lru_cache(maxsize=2)
def parsed(source: str) -> ast.Module:
    """parse, for those who only look: a cell is masked, checked and analysed in one go."""
    return parse(source)


def parse(source: str) -> ast.Module:
    """ast.parse, which says SyntaxError whatever is wrong, and prints no warnings."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except ValueError as error:  # a null byte, half of a surrogate pair
        raise InvalidSyntaxError(str(error)) from None
    except (RecursionError, MemoryError):
        raise InvalidSyntaxError("too deeply nested") from None
    if len(source) > _DEEPEST and _is_too_deep(tree):
        raise InvalidSyntaxError("too deeply nested")
    return tree


def _is_too_deep(tree: ast.AST) -> bool:
    """Python reads trees through which nobody could walk."""
    level, depth = [tree], 0
    while level and depth < _DEEPEST:
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        depth += 1
    return bool(level)


def _named(kind: MagicKind, name: str, line: int, text: str, argument: str) -> Magic:
    names = () if name in _VERBATIM else filled_names(argument)
    names += tuple(_option_values(argument.split(), _READ_OPTIONS.get(name, ())))
    code = _code(name, argument)
    return Magic(kind, name, line, text, argument, code, tuple(dict.fromkeys(names)))


def _code(name: str, argument: str) -> str:
    """The argument without the options, for magics that run it as Python."""
    if name not in _CODE_OPTIONS:
        return ""
    options = _CODE_OPTIONS[name]
    rest = argument
    while True:
        rest = rest.lstrip()
        if match := _LONG_OPTION.match(rest):
            rest = rest[match.end() :]
        elif length := _option_length(rest, options):
            rest = rest[length:]
        else:
            return rest


def _option_length(text: str, options: str) -> int:
    """How long the group of short options is that text begins with (``-qn 10``); 0: none."""
    match = re.match(r"-([A-Za-z]+)", text)
    if not match:
        return 0
    for position, letter in enumerate(match.group(1), 2):
        at = options.find(letter)
        if at < 0:
            return 0
        if options[at + 1 : at + 2] == ":":
            value = re.compile(r"\S+|\s+\S+").match(text, position)
            return value.end() if value else len(text)
    return match.end()


def _option_values(words: list[str], options: Iterable[str]) -> list[str]:
    """The names given to the options, as ``-o a,b``, ``-oa``, ``--out=a`` or ``--out a``."""
    values: list[str] = []
    for option in options:
        for at, word in enumerate(words):
            if word == option:
                values += words[at + 1 : at + 2]
            elif word.startswith(option + "="):
                values.append(word[len(option) + 1 :])
            elif len(option) == 2 and word.startswith(option):
                values.append(word[2:])
    return [name for value in values for name in value.split(",") if name.isidentifier()]


def _fields(text: str) -> Iterator[str]:
    """The expressions that IPython's formatter would evaluate."""
    for literal, field, spec, _ in Formatter().parse(text):
        for match in _DOLLAR.finditer(literal):
            if not match.group(1).startswith("$"):  # $$name is an escaped $name
                yield match.group(1)
        if field is not None:
            yield f"{field}:{spec}" if spec else field  # the colon of a slice, not of a format


def _identifiers(expression: str) -> list[str]:
    """The names that an expression reads from outside."""
    tree = parse(expression.strip())
    if not (len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr)):
        raise SyntaxError("not an expression")
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    bound = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    return [node.id for node in names if node.id not in bound]


def _autocall(flat: str) -> str:
    """The call that ``,f a b`` (words quoted), ``;f a b`` (one string) or ``/f a b`` stands for."""
    name, _, rest = flat[1:].partition(" ")
    if flat[0] == "/":
        return f"{name}({', '.join(rest.split())})"
    words = rest.split() if flat[0] == "," else [rest]
    return f"{name}({', '.join(map(repr, words))})"


def _joined(text: str) -> str:
    """The lines of a magic that go on after a backslash, as the one line that IPython makes."""
    *others, last = text.split("\n")
    return " ".join([line.rstrip()[:-1] for line in others] + [last.rstrip()])
