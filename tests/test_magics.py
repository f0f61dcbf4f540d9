"""Masking IPython syntax. IPython itself is the reference for what is a magic and what it does."""

from __future__ import annotations

import ast
import re
import warnings
from pathlib import Path
from typing import Any

import IPython
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

from nb2pkg.errors import NotebookError
from nb2pkg.model import Magic, MagicKind, Masked
from nb2pkg.notebook import magic_syntax, magics, reader
from nb2pkg.notebook.prompts import clean
from nb2pkg.promote.build import Request, promote
from tests import build

# What IPython itself warns of.
pytestmark = pytest.mark.filterwarnings("ignore")

HAZARDS = sorted((Path(__file__).parent / "hazards" / "notebooks").glob("*.ipynb"))

# ------------------------------------------------------------------------- what masking gives

MASKED = [
    ("line magic", "%matplotlib inline\nx = 1", "__magic__(0)\nx = 1"),
    ("two of them", "%a\nx = 1\n%b", "__magic__(0)\nx = 1\n__magic__(1)"),
    (
        "in a block",
        "if x:\n    !ls\nelse:\n\t%cd ..",
        "if x:\n    __magic__(0)\nelse:\n\t__magic__(1)",
    ),
    (
        "in a function",
        "def f():\n  y = !ls\n  return y",
        "def f():\n  y = __magic__(0)\n  return y",
    ),
    ("assigned", "x = %time f()", "x = __magic__(0)"),
    ("assigned to a tuple", "a, b = !ls", "a, b = __magic__(0)"),
    ("annotated", "x: list = !ls", "x: list = __magic__(0)"),
    ("assigned, no space", "x=!ls", "x=__magic__(0)"),
    ("continued", "!ls \\\n  -l\nx = 1", "__magic__(0)\n\nx = 1"),
    ("continued twice", "x = !a \\\n b \\\n c\ny", "x = __magic__(0)\n\n\ny"),
    ("assigned on the next line", "x = \\\n  !ls", "x = \\\n  __magic__(0)"),
    ("comment and semicolon are its text", "%time f(); # why", "__magic__(0)"),
    ("space at the end is its text", "!ls  \nx = 1", "__magic__(0)\nx = 1"),
    ("help", "x?\n?y\nz??\n??", "__magic__(0)\n__magic__(1)\n__magic__(2)\n__magic__(3)"),
    ("help eats its line", "x = y?", "__magic__(0)"),
    ("the cell of a bash", "%%bash\nls\n\n", "__magic__(0)\n\n\n"),
    ("the cell of a time", "%%time\nx = 1\n!ls", "__magic__(0)\nx = 1\n__magic__(1)"),
    ("time of a capture", "%%time\n%%capture c\nx", "__magic__(0)\n__magic__(1)\nx"),
    ("time of a bash", "%%time\n%%bash\nls", "__magic__(0)\n__magic__(1)\n"),
    ("time with no body", "%%time", "__magic__(0)"),
    ("empty lines above", "\n \n%%time\nx", "\n \n__magic__(0)\nx"),
    ("automagic", "cd ..", "__magic__(0)"),
    ("automagic after empty lines", "\n\npip install x\n", "\n\n__magic__(0)\n"),
]


@pytest.mark.parametrize(
    ("source", "python"), [row[1:] for row in MASKED], ids=[r[0] for r in MASKED]
)
def test_masks(source: str, python: str) -> None:
    masked = magics.mask(source)
    assert masked.python == python
    assert magics.unmask(masked.python, masked.magics) == source


PYTHON = [
    ("nothing", ""),
    ("modulo over lines", "r = (17\n     % y)\nf = ('%d'\n% 3)"),
    ("not equal over lines", "b = (1\n!= 2)"),
    ("modulo after a backslash", "x = 10 \\\n% 3"),
    ("in a string", 'text = """\n%time\n!rm -rf x\n%%time\nwhat?\n"""'),
    ("in a comment", "# %time\n#!ls\nx = 1 # what?"),
    ("await", "x = await f()\nasync for y in x:\n    pass\nasync with z: pass"),
    ("a name that is an alias", "pwd"),
    ("a difference that is an alias", "ls -l"),
    ("our own name", "__magic__(0)"),
    ("space in empty lines", "x = 1\n   \ny = 2"),
    ("form feeds", "\x0cx = 1\n\x0c\ny = 2"),
    ("no newline after a comment", "# only a comment"),
    ("a return", "return 1"),
    ("an escape that warns", "x = '\\d'"),
]


@pytest.mark.parametrize("source", [row[1] for row in PYTHON], ids=[row[0] for row in PYTHON])
def test_python_is_never_masked(source: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        masked = magics.mask(source)
    assert (masked.python, masked.magics, masked.body_is_python) == (source, (), True)


REFUSED = [
    ("no Python", "def f(:\n    pass", 1),
    ("no Python, with a magic", "%time x\n\ndef f(:\n    pass", 3),
    ("bracket open after a magic", "%time f(\n 1)", 2),
    ("magic after a semicolon", "print(1); !ls", 1),
    ("magic after a colon", "if x: !ls", 1),
    ("magic in brackets", "f(\n!ls\n)", 2),
    ("second assignment", "a = b = !ls", 1),
    ("augmented assignment", "x += !ls", 1),
    ("help with a comment", "x?  # why", 1),
    ("help on a call", "f(x)?", 1),
    ("two lines of automagic", "cd ..\nls -l", 1),
    ("mark at the start", "\ufeffx = 1", 1),
    ("print of Python 2", "%time\nprint 1", 2),
    ("dedent that fits nothing", "if x:\n    %time\n  y", 3),
    ("in the body of a time", "%%time\nx = = 1", 2),
    ("unfinished string", "!ls\nx = '''", 2),
    ("unfinished bracket", "x = (1,", 1),
]


@pytest.mark.parametrize(("source", "line"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_refuses_what_ipython_refuses(source: str, line: int, shell: InteractiveShell) -> None:
    with pytest.raises(SyntaxError) as caught:
        magics.mask(source)
    assert caught.value.lineno == line
    with pytest.raises(SyntaxError):
        _reference(source, shell)


def test_refuses_help_in_an_open_bracket() -> None:
    """As IPython does from Python 3.12 on; before, it forgets what stands above."""
    with pytest.raises(SyntaxError):
        magics.mask("q = [\na?")


@pytest.mark.parametrize(
    ("source", "python"),
    [("%%time\nx", True), ("%%bash\nx", False), ("%%time\n%%bash\nx", False), ("%time x", True)],
)
def test_says_whether_the_body_is_python(source: str, python: bool) -> None:
    assert magics.mask(source).body_is_python is python


@pytest.mark.parametrize(
    "source",
    ["%time\n__magic__(0)", "x = '__magic__(3)'\n!ls", "!echo '__magic__(0)'"],
    ids=["call", "string", "shell"],
)
def test_refuses_its_own_name_beside_a_magic(source: str) -> None:
    with pytest.raises(SyntaxError, match="nb2pkg"):
        magics.mask(source)


@pytest.mark.parametrize(
    "source",
    ["x = 1\x00", "x = '\ud800'", "(" * 300 + ")" * 300, "-" * 200_000 + "1"],
    ids=["null byte", "half a pair", "brackets", "nested"],
)
def test_whatever_is_wrong_is_a_syntax_error(source: str) -> None:
    with pytest.raises(SyntaxError):
        magics.mask(source)


# ----------------------------------------------------------------- the same as IPython reads it

REFERENCE = {
    **{f"masked: {name}": source for name, source, _ in MASKED},
    **{f"python: {name}": source for name, source in PYTHON if "alias" not in name},
    "magic with no name": "%",
    "magic after a space": "% time x",
    "magic with a tab": "%time\tx",
    "magic with a semicolon": "%matplotlib inline;",
    "magic in the middle": "x = 1\n%cd ..\ny = 2",
    "magic after a comment": "# c\n%cd ..",
    "magic after a form feed": "x = 1\n%cd ..\n\x0c\ny = 2",
    "magic of two signs in the middle": "x = 1\n%%time\ny = 2",
    "magic with brackets": "%time f({'a': [1]}, \"b\")",
    "magic with a quote": "%echo it's\nx = 1",
    "magic with triple quotes": "%echo '''\nx = 1",
    "magic in a loop": "for i in x:\n    %time f(i)\n    print(i)\nelse:\n    !ls",
    "magic in a try": "try:\n    %cd x\nexcept OSError:\n    %cd y",
    "magic under a decorator": "@f\ndef g():\n    %time x\n",
    "magic in a class": "class A:\n    x = %time 1\n    !ls\n",
    "magic under a string": 'x = """\n%time\n"""\n%time\ny = 1',
    "magic under a bracket": "x = [\n1,\n]\n%time",
    "magic under a backslash": "x = 1 + \\\n 2\n%time y",
    "magic with a backslash inside": "!echo a\\b\nx = 1",
    "magic with a backslash at the end of the cell": "x = 1\n!echo a \\\n",
    "magic after a string of one quote": "x = 'it\\'s'\n%time",
    "magic after an f-string": "x = f\"{y['a']!r:>{w}}\"\n%time",
    "magic assigned in a block": "if True:\n  x = !ls {x}\nelse:\n  ?x\n",
    "magic assigned after a colon": "if x: y = !ls",
    "magic assigned to an attribute": "a.b = %time 1",
    "magic assigned to an item": "a['='] = !ls",
    "magic assigned to a lambda's default": "a[lambda x=1: x] = !ls",
    "magic assigned to targets over lines": "(a,\n b) = !ls\nx = 1",
    "magic assigned after a space": "x = % time",
    "magic assigned with a comment": "a = %time 1 # c",
    "magic assigned, continued": "x = %time f(1, \\\n   2)\ny = 1",
    "shell": "!ls",
    "shell after a space": "! ls",
    "shell captured": "!!ls -l",
    "shell captured and assigned": "x = !!ls",
    "shell with a pipe": "!ls | grep '?' > x",
    "shell with unequal": "![ a != b ]",
    "shell with a bracket": "!echo (\nx = 1",
    "shell that asks": "!echo what?",
    "shell that asks in a string": "!echo 'what?'",
    "shell that asks in a comment": "!ls # what?",
    "shell of many": "!ls\n!pwd\n\n!cd ..",
    "help on attributes": "a.b.c?",
    "help on an item": "x[1]?",
    "help on a negative item": "x[-1].y??",
    "help on a magic": "%time?",
    "help on a cell magic": "%%time?",
    "help on a cell magic before code": "%%time??\nx = 1",
    "help with a star": "pkg.*foo?\n*foo*?",
    "help before": "?a.b\n??c",
    "help before with a star": "?a.*b*",
    "help before and after": "?a?",
    "help in a block": "if x:\n    y?\n    z = 1",
    "help after a call": "f(1).g?",
    "help after a call over lines": "f(1,\n  2).g?\nx = 1",
    "help after a semicolon": "x = 'a'; b?",
    "help after brackets": "(x)\nb?",
    "call, words quoted": ",f a b",
    "call, text quoted": ";f a b",
    "call": "/f 1 2",
    "floor division is none": "x = (1\n//2)",
    "cell magic with an argument": "%%bash -s a b\nls",
    "cell magic of a shell": "%%!\nls\n",
    "cell magic with spaces": "%%time  \nx = 1",
    "cell magic with a tab": "%%time\t\nx = 1",
    "cell magic unknown": "%%nothing a\n<b>",
    "cell magic timeit": "%%timeit -n1 a = 1\nb = a",
    "cell magic with a dedented body": "%%time\n    x = 1\n    y = 2",
    "cell magic that is indented": "  %%time\n  x = 1\n    \n  y = 2",
    "cell magic with empty lines in the body": "%%capture\n\n\n!ls\n\nx = 1",
    "cell magic over a prompt": "%%time\n>>> x = 1\n>>> !ls",
    "cell magic below a comment": "# c\n%%time\nx = 1",
    "cell magic that captures a shell": "%%capture out\n!ls\n%cd ..\nx = !pwd",
    "dedented": "  a = 1\n  if a:\n      b = 2",
    "dedented with a magic": "    a = 1\n    %time b\n\n    c = 3",
    "dedented below empty lines": "\n   \n  a = 1\n  !ls",
    "dedented with a string": "  a = '''\n  b\n    c'''",
    "dedented by tabs": "\ta = 1\n\tif a:\n\t\tb = 2",
    "space in a string": "x = '''\n   \n'''",
    "space in a string and in the code": "x = '''\n   \n'''\n   \ny = 1",
    "prompts": ">>> a = 1\n>>> if a:\n...     b = 2\n...\n>>> !ls",
    "prompts, indented": "   >>> a = 1\n   >>> b = 2",
    "prompts with more space": ">>>   a = 1\n>>>   b = 2",
    "prompts below code": "a = 1\n>>> b = 2",
    "prompts in a string": "x = '''\n>>> a = 1\n... b'''",
    "prompts in a docstring": "def f():\n    '''Doc.\n\n    >>> f()\n    1\n    '''\n",
    "prompts in a raw docstring": "def f():\n    r'''\n    >>> f()\n    '''\n",
    "prompts in a comment": "# >>> f()\nx = 1",
    "prompts in brackets": "x = (\n'''\n>>> a\n''')",
    "prompts of IPython": "In [1]: a = 1\n   ...: b = 2\nIn [12]: %time c",
    "prompts of IPython on the second line": "# c\nIn [1]: a = 1",
    "prompts of IPython in a string": "x = '''\nIn [1]: a\n'''",
    "dots alone": "x = [...,\n...,\n]",
    "dots in a string": "a = '''d\n...'''",
}


@pytest.mark.parametrize("name", REFERENCE)
def test_agrees_with_ipython(name: str, shell: InteractiveShell) -> None:
    newer = name.startswith(("space in a string", "prompts with more space"))
    if newer and IPython.version_info < (9,):
        pytest.skip("IPython 8 leaves it")
    _agree(REFERENCE[name], shell)


ALTERED = [
    ("x = 1\nx = '''\n \n'''", 3),
    ("# c\n\n\nx = '''\n>>> a\n'''", 5),
    ("x = '''\n\n'''\n  \ny = 1", 0),
    ("def f():\n    '''\n    >>> f()\n    '''\n", 0),
    ("  x = 1\n  y = '''\n  a'''", 0),
    (">>> x = 1", 0),
    ("%time\nx = '''\n'''", 0),
    ("x = 1", 0),
]


@pytest.mark.skipif(IPython.version_info < (9, 18), reason="earlier versions alter less")
@pytest.mark.parametrize(("source", "line"), ALTERED, ids=[row[0] for row in ALTERED])
def test_altered_line(source: str, line: int, shell: InteractiveShell) -> None:
    assert magics.altered_line(source) == line
    if line:
        assert ast.dump(ast.parse(shell.transform_cell(source))) != ast.dump(ast.parse(source))


BLANKS = "x = '''\n \n'''"
PROMPTS = "x = '''\n>>> a\n'''"
DOCUMENTED = "def f():\n    '''f\n    \n    '''"
KERNELS = [
    (BLANKS, {"": 2, "7.34.0": 2, "8.39.0": 2, "9.0.2": 2, "9.1.0": 0, "9.18.1": 0, "10.0.dev": 0}),
    ("%%time\n" + BLANKS, {"8.39.0": 3, "9.1.0": 0}),
    ("%matplotlib inline\n" + BLANKS, {"8.39.0": 3, "9.1.0": 0}),
    ("%%bash\n \necho", {"8.39.0": 0}),
    (PROMPTS, {"": 2, "8.39.0": 2, "9.1.0": 2, "9.18.1": 0}),
    ("x = '''\n>>> >>> a\n'''", {"9.18.1": 2}),  # cleaned again where the rest of its cell stays
    (DOCUMENTED, {"": 3, "8.39.0": 3, "9.1.0": 0}),
]


@pytest.mark.parametrize(("source", "lines"), KERNELS, ids=[row[0] for row in KERNELS])
def test_altered_line_by_the_kernels_version(source: str, lines: dict[str, int]) -> None:
    assert {version: magics.altered_line(source, version) for version in lines} == lines


def test_docstrings_are_altered_only_where_somebody_reads_them() -> None:
    assert magics.altered_line(DOCUMENTED, "8.39.0", docs_count=False) == 0
    assert magics.altered_line(BLANKS, "8.39.0", docs_count=False) == 2


STRINGS = [
    "def page(a):\n    '''Page.\n    \n    More.'''\n    return f'''<p>\n  \n  %time x\n  !ls {a}\n\t\n'''",
    "class K:\n    '''K.\n   \n    '''\n    TEXT = '''\n  \n a ?\n'''",
    "%%capture\ndef below(a):\n    '''B\n    \n    '''\n    return '''\n    \n''' + a",
]
SHOWN = "[page.__doc__, page(1), K.__doc__, K.TEXT, below.__doc__, below('b')]"


@pytest.mark.skipif(IPython.version_info < (9, 1), reason="earlier versions leave blanks alone")
def test_definitions_move_with_the_text_that_the_kernel_runs(
    tmp_path: Path, shell: InteractiveShell
) -> None:
    path = build.write(tmp_path, [*STRINGS, SHOWN])
    made = promote(path, Request(everything=True))
    assert {item.name for item in made.plan.definitions} == {"page", "K", "below"}
    for source in STRINGS:
        shell.run_cell(source, silent=True)
    namespace: dict[str, Any] = {"__name__": "moved"}
    for name, text in made.files.items():
        if name.endswith("_steps.py") and "/src/" in f"/{name}":
            exec(text, namespace)
    assert eval(SHOWN, namespace) == eval(SHOWN, shell.user_ns)


@pytest.mark.parametrize("path", HAZARDS, ids=lambda path: path.stem)
def test_agrees_with_ipython_on_the_hazards(path: Path, shell: InteractiveShell) -> None:
    try:
        code = reader.read(path).code
    except NotebookError:
        pytest.skip("no notebook of Python")
    for cell in code:
        try:
            _reference(cell.source, shell)
        except SyntaxError:
            with pytest.raises(SyntaxError):
                magics.mask(cell.source)
        else:
            _agree(cell.source, shell)


# A statement of a cell: the line where it begins (0: not compared), and its tree as text.
Statement = tuple[int, str]


def _agree(source: str, shell: InteractiveShell) -> None:
    expected, ours = _reference(source, shell), _ours(source)
    assert [tree for _, tree in ours] == [tree for _, tree in expected]
    for (line, _), (theirs, _) in zip(ours, expected, strict=True):
        assert theirs in (0, line)


def _reference(source: str, shell: InteractiveShell) -> list[Statement]:
    """The statements that IPython runs; of ``%%time`` and its like, those of the body too."""
    text = shell.transform_cell(source)
    tree = magic_syntax.parse(text)
    above = source.count("\n") - source.lstrip().count("\n") if source.strip() else 0
    if (call := _cell_call(tree)) and call[0] in magic_syntax.PYTHON_BODIES:
        name, argument, body = call
        first = magic_syntax.parse(f"get_ipython().run_cell_magic({name!r}, {argument!r})").body[0]
        rest = _reference(body, shell)
        below = [(line and line + above + 1, tree) for line, tree in rest]
        return [(above + 1, _tree(first)), *below]
    # IPython joins the lines of a continued magic: then its numbers are not those of the source.
    same = above + text.count("\n") == (source if source.endswith("\n") else source + "\n").count(
        "\n"
    )
    return [(node.lineno + above if same else 0, _tree(node)) for node in tree.body]


def _cell_call(tree: ast.Module) -> list[str] | None:
    match tree.body:
        case [ast.Expr(ast.Call(func=ast.Attribute(attr="run_cell_magic"), args=arguments))]:
            return [ast.literal_eval(argument) for argument in arguments]
    return None


def _tree(node: ast.AST) -> str:
    """The tree without places; space around the text of a magic is not compared."""
    for part in ast.walk(node):
        match part:
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")))):
                for argument in part.args:
                    assert isinstance(argument, ast.Constant)
                    argument.value = str(argument.value).strip()
    return ast.dump(node)


def _ours(source: str) -> list[Statement]:
    masked = magics.mask(source)
    tree = magic_syntax.parse(masked.python)
    lines = [node.lineno for node in tree.body]
    restored = _Called(masked.magics).visit(tree)
    return list(zip(lines, map(_tree, restored.body), strict=True))


class _Called(ast.NodeTransformer):
    """Puts what IPython calls in place of the placeholders."""

    def __init__(self, found: tuple[Magic, ...]) -> None:
        self.found = found
        self.assigned = False

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        return self.assignment(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        return self.assignment(node)

    def assignment(self, node: ast.AST) -> ast.AST:
        self.assigned = True
        self.generic_visit(node)
        self.assigned = False
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        match node:
            case ast.Call(func=ast.Name(id="__magic__"), args=[ast.Constant(value=int(number))]):
                return self.call(self.found[number]) if number < len(self.found) else node
        return self.generic_visit(node)

    def call(self, magic: Magic) -> ast.AST:
        if magic.name in (",", ";", "/"):
            text = magic.python
        elif magic.kind is MagicKind.SHELL:
            how = "getoutput" if self.assigned or magic.name == "!!" else "system"
            text = f"get_ipython().{how}({magic.argument!r})"
        elif magic.kind is MagicKind.HELP and not magic.argument:
            text = "get_ipython().show_usage()"
        elif magic.kind is MagicKind.CELL:
            arguments = [magic.name, magic.argument]
            if magic.name not in magic_syntax.PYTHON_BODIES:  # IPython empties the blank lines
                arguments.append(re.sub(r"(?m)^[ \t]+$", "", magic.text.partition("\n")[2]))
            text = f"get_ipython().run_cell_magic({', '.join(map(repr, arguments))})"
        else:
            text = f"get_ipython().run_line_magic({magic.name!r}, {magic.argument!r})"
        return ast.parse(text, mode="eval").body


# ------------------------------------------------------------------------------------ properties

PIECES = st.sampled_from(
    [
        "x = 1", "y = f(x,\n      2)", "", "  ", "# !not", "s = '''\n%time\n!x\n'''", "if x:",
        "    y = 2", "for i in x:", "    %cd ..", "    z = !ls {x} \\\n  -l", "%matplotlib inline",
        "!ls", "!!pwd", "a?", "?b", "k.*?", "v = %env A", "%time f(1) # c", "q = [\n?,\n]", "'it'",
        "%%time", "%%bash -s", "x = \\", "  1", "else:", "\ttab", ">>> p", "'''",
        "def f(x): return x", ";", "r = 7 \\\n % 3",
    ]
)  # fmt: skip
CELLS = st.lists(PIECES, max_size=7).map("\n".join).map(str.rstrip)
TEXTS = st.text(alphabet="%!?x= \n'\"()\\#:;\t{}$", max_size=30)


@settings(max_examples=300, deadline=None)
@given(source=CELLS | TEXTS)
def test_unmask_restores(source: str) -> None:
    try:
        masked = magics.mask(source)
    except SyntaxError:
        return
    assert masked.python.count("\n") == source.count("\n")
    assert magics.unmask(masked.python, masked.magics) == _cleaned(source, masked)


def _cleaned(source: str, masked: Masked) -> str:
    """What unmask gives back: the cell as IPython cleans it, and the body of a %%time again."""
    done, rest = "", clean(source)
    headers = [magic for magic in masked.magics if magic.kind is MagicKind.CELL]
    for magic in headers if masked.body_is_python else headers[:-1]:
        before, header, body = rest.partition(magic.text + "\n")
        done, rest = done + before + header, clean(body)
    return done + rest


@pytest.mark.skipif(IPython.version_info < (9,), reason="IPython 8 dedents other cells")
@settings(max_examples=300, deadline=None)
@given(source=CELLS)
def test_agrees_with_ipython_on_any_cell(source: str, shell: InteractiveShell) -> None:
    try:
        _reference(source, shell)
    except SyntaxError:
        with pytest.raises(SyntaxError):
            magics.mask(source)
        return
    _agree(source, shell)


def test_unmask_of_parts_of_a_cell() -> None:
    masked = magics.mask("%a\nx = !b \\\n c\n\n%d")
    assert magics.unmask("x = __magic__(1)", masked.magics) == "x = !b \\\n c"
    assert magics.unmask("    __magic__(2)\n", masked.magics) == "    %d\n"
    assert magics.unmask("__magic__(3)", masked.magics) == "__magic__(3)"
