"""What code does besides giving values: to files, figures, generators of random numbers, the process."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from nb2pkg.facts.dotted import dotted, root
from nb2pkg.facts.libraries import Aliases, known, knows_call
from nb2pkg.flow.functions import Functions
from nb2pkg.flow.model import Act
from nb2pkg.plan.canvases import DRAWING_METHODS

_DRAWS = ("matplotlib.", "seaborn.", "plotly.", "altair.", "bokeh.", "pylab.")
_NO_ACT = ("time.sleep", "os.path.join", "os.path.basename", "os.path.dirname", "os.path.splitext")
_PATHS = (
    "pathlib.Path",
    "pathlib.PurePath",
    "pathlib.Path.cwd",
    "pathlib.Path.home",
)  # no files yet
_PATH_WRITES = ("chmod", "hardlink_to", "symlink_to")
_READING = ("os.path.", "os.listdir", "os.getcwd", "os.environ.get", "os.getenv", "glob.")
_RUNS_TEXT = ("exec", "eval", "builtins.exec", "builtins.eval")
_MUTABLE = (ast.List, ast.Dict, ast.Set, ast.Call, ast.ListComp, ast.DictComp, ast.SetComp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def of(nodes: Iterable[ast.AST], functions: Functions, aliases: Aliases) -> frozenset[Act]:
    """The acts of some code, and of all functions and classes of the package that it mentions."""
    waiting, seen, found = list(nodes), set[str](), set[Act]()
    while waiting:
        node = waiting.pop()
        found.update(_acts(node, functions, aliases))
        for name in _mentioned(node, functions):
            if name not in seen:
                seen.add(name)
                waiting += _named(name, functions)
    return frozenset(found)


def _mentioned(node: ast.AST, functions: Functions) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id in functions.names:
            yield part.id
        elif isinstance(part, ast.Attribute) and part.attr in functions.methods:
            yield f".{part.attr}"


def _named(name: str, functions: Functions) -> list[ast.AST]:
    if name.startswith("."):
        return [*functions.methods[name[1:]]]
    found: list[ast.AST | None] = [functions.functions.get(name), functions.classes.get(name)]
    return [node for node in found if node is not None]


def _acts(node: ast.AST, functions: Functions, aliases: Aliases) -> Iterator[Act]:
    thrown_away = {id(part.value) for part in ast.walk(node) if isinstance(part, ast.Expr)}
    if isinstance(node, ast.Expr):
        thrown_away.add(id(node.value))
    if _keeps_state(node):
        yield Act.OWN_STATE
    for part in ast.walk(node):
        if _looks_outside(part, functions, aliases):
            yield Act.LOOKS_OUTSIDE
        match part:
            case ast.Call():
                yield from _of_call(part, functions, aliases, id(part) in thrown_away)
            case ast.Global():
                yield Act.OWN_STATE
            case ast.Attribute() | ast.Subscript() if not isinstance(part.ctx, ast.Load):
                yield from _of_store(part, functions, aliases)


def _looks_outside(part: ast.AST, functions: Functions, aliases: Aliases) -> bool:
    """Is it a name that stands for more than what code is given? A value may have it too: then it is taken for one."""
    if isinstance(part, ast.Attribute):
        return part.attr in known("looks_outside", "names")
    if not isinstance(part, ast.Name) or part.id in functions.names:
        return False
    return not known("looks_outside", "names").isdisjoint(aliases.dotted(part.id).split("."))


def _keeps_state(node: ast.AST) -> bool:
    """Does a function of the module keep something between its calls, or a class between its objects?"""
    for part in ast.walk(node):
        if isinstance(part, (*_FUNCTIONS, ast.Lambda)):
            defaults = [*part.args.defaults, *(d for d in part.args.kw_defaults if d)]
            if any(isinstance(default, _MUTABLE) for default in defaults):
                return True
    for class_ in (part for part in ast.walk(node) if isinstance(part, ast.ClassDef)):
        for part in class_.body:
            value = getattr(part, "value", None)
            if isinstance(part, ast.Assign) and isinstance(value, _MUTABLE):
                return True
    return False


def _of_store(
    part: ast.Attribute | ast.Subscript, functions: Functions, aliases: Aliases
) -> Iterator[Act]:
    """``plt.rcParams[...] = ``, ``os.environ[...] = ``, ``Account.count += 1``"""
    name = root(part)
    if name in functions.names or name == "cls" or "__class__" in ast.unparse(part):
        yield Act.OWN_STATE
    meaning = aliases.dotted(name)
    if name in aliases.names or name in aliases.modules:
        yield Act.FIGURES if meaning.startswith(_tops(_DRAWS)) else Act.PROCESS


def _tops(prefixes: Iterable[str]) -> tuple[str, ...]:
    return tuple(prefix.rstrip(".") for prefix in prefixes)


def _of_call(
    call: ast.Call, functions: Functions, aliases: Aliases, is_thrown_away: bool
) -> Iterator[Act]:
    name = aliases.dotted(dotted(call.func))
    first = root(call.func)
    is_module = first in aliases.names or name.partition(".")[0] in aliases.modules
    if name in known("prints"):
        yield Act.PRINTS
    elif name in _RUNS_TEXT:
        yield Act.PROCESS
    elif (is_module and not isinstance(call.func, ast.Name)) or first in aliases.names:
        yield from _of_library(call, name, is_thrown_away)
    elif name == "open":
        yield _of_open(call)
    elif isinstance(call.func, ast.Attribute):
        yield from _of_method(call, call.func.attr, name)
        if "pathlib" in aliases.modules and _moves_a_file(call, call.func.attr):
            yield Act.WRITES_FILES
        if first in functions.constants and call.func.attr in known("mutators", "methods"):
            yield Act.OWN_STATE


def _of_library(call: ast.Call, name: str, is_thrown_away: bool) -> Iterator[Act]:
    """A function of a library."""
    top, last = name.partition(".")[0], name.rpartition(".")[2]
    if name in _NO_ACT or name in _PATHS or name.startswith("os.environ.get"):
        return
    if _draws_numbers(call, name):
        yield Act.DRAWS_NUMBERS
    elif name.startswith(_DRAWS):
        yield Act.FIGURES
        if last in known("saves_drawings", "methods"):
            yield Act.WRITES_FILES
    elif _reads(name):
        yield Act.READS_FILES
    elif knows_call("files", name) or name.startswith(_file_prefixes()) or _is_outside(top):
        yield _of_open(call) if last == "open" else Act.WRITES_FILES
        if name.startswith("os.") and last in ("chdir", "putenv", "umask", "setdefault", "update"):
            yield Act.PROCESS
    elif is_thrown_away and not knows_call("look", name) and top != "time":
        if name not in known("mutators", "arguments"):
            yield Act.PROCESS
    elif top in ("logging", "locale", "sys", "gc", "decimal") and is_thrown_away:
        yield Act.PROCESS
    elif top not in known("travels", "alike") and not _has_own_seed(call, name):
        yield Act.MAY_DRAW_NUMBERS


def _file_prefixes() -> tuple[str, ...]:
    return tuple(name for name in sorted(known("files")) if name.endswith((".", "_")))


def _is_outside(top: str) -> bool:
    return top in known("outside", "modules") and top not in ("threading", "joblib", "os")


def _reads(name: str) -> bool:
    listed = known("file_uses", "reads") | known("file_uses", "looks") | {*_READING}
    return name in listed or name.startswith(tuple(n for n in listed if n.endswith((".", "_"))))


def _of_open(call: ast.Call, place: int = 1) -> Act:
    """Reading a file that nobody writes is no act that an order matters to. place: that of the mode."""
    modes = [*call.args[place : place + 1], *(k.value for k in call.keywords if k.arg == "mode")]
    is_reading = all(
        isinstance(mode, ast.Constant) and not {*str(mode.value)} & {*"wax+"} for mode in modes
    )
    return Act.READS_FILES if is_reading else Act.WRITES_FILES


def _of_method(call: ast.Call, method: str, name: str) -> Iterator[Act]:
    """A method of a value."""
    if method in known("random", "methods") and not _is_seeded(call):
        yield Act.DRAWS_NUMBERS
    if (
        method in DRAWING_METHODS
        or ".plot." in name
        or method in known("returns_none", "of_canvases")
    ):
        yield Act.FIGURES
    if method in known("file_uses", "methods_make") or method in known("outside", "methods"):
        yield Act.WRITES_FILES
    elif method in known("file_uses", "path_methods") or method in known("files", "methods"):
        reads = ("read_text", "read_bytes", "exists", "is_file", "stat", "glob", "iterdir", "load")
        does = Act.READS_FILES if method in reads else Act.WRITES_FILES
        yield _of_open(call, 0) if method == "open" else does
    harmless = known("gives_new", "methods") | known("returns_none", "methods")
    if method not in harmless and not knows_call("look", f".{method}"):
        yield Act.MAY_DRAW_NUMBERS


def _moves_a_file(call: ast.Call, method: str) -> bool:
    """``path.rename(other)``: tables have such a method, too, and it does no harm to take one for the other."""
    is_move = method in ("rename", "replace") and len(call.args) == 1 and not call.keywords
    return is_move or method in _PATH_WRITES


def _has_own_seed(call: ast.Call, name: str) -> bool:
    """Does a function that draws numbers take them from a generator of its own?"""
    return name in known("random", "take_a_seed") and _is_seeded(call)


def _is_seeded(call: ast.Call) -> bool:
    """Is it given a seed? ``random_state=None`` means the generator of the process."""
    return any(
        keyword.arg in ("random_state", "seed", "rng")
        and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is None)
        for keyword in call.keywords
    )


def _draws_numbers(call: ast.Call, name: str) -> bool:
    """From a generator of the process; setting that counts, too."""
    if _is_seeded(call):
        return False
    last = name.rpartition(".")[2]
    if name in known("random", "seeds") or name in known("random"):
        return True
    if name in known("random", "take_a_seed") or last in known("random", "estimators"):
        return True
    modules = ("numpy.random.", "random.", "torch.random.", "tensorflow.random.")
    if name.startswith(modules):
        return last not in known("random", "no_draws") or "state" in last or last == "seed"
    return last in ("set_seed", "seed_everything", "set_random_seed") or (
        name.startswith("torch.nn.") and last[:1].isupper()
    )
