"""The flow of a package gives what its pipeline gives, whichever engine runs its tasks."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nb2pkg.facts.libraries import Aliases
from nb2pkg.flow import acts
from nb2pkg.flow.engines import TARGETS
from nb2pkg.flow.functions import Functions
from nb2pkg.flow.make import make
from nb2pkg.flow.model import Act, Engine, Flow
from nb2pkg.promote.build import Promotion, Request, promote
from nb2pkg.promote.update import update, write
from tests import build

ROOT = Path(__file__).parent.parent
# A file is no result that a process can give to another one.
ENGINES = {name: Engine(name, stuck=("out",)) for name in TARGETS}
SLOW = """
import time

def waited(x):
    time.sleep(0.01)
    return x + 1
"""


@dataclass(frozen=True)
class Row:
    """A notebook, and how many tasks its flow has; the fewest of them that it may have."""

    what: str
    cells: tuple[str, ...]
    tasks: int


ROWS = (
    Row(
        "a step changes what a later one reads",
        (
            "xs = [3, 1, 2]\nys = sorted(xs)",
            "for y in ys:\n    xs.append(y * 10)",
            "total = sum(xs)\nlast = xs[-1]",
            "print(total, last)",
        ),
        2,
    ),
    Row(
        "two names of one list",
        (
            "a = [1, 2]\nsize = len(a)",
            "b = a\nother = [0]",
            "for x in range(3):\n    a.append(x)",
            "both = (a, b, len(b), other)",
            "print(both)",
        ),
        1,
    ),
    Row(
        "a view of an array",
        (
            "import numpy as np\n\ngrid = np.arange(12.0).reshape(3, 4)\ntop = float(grid.max())",
            "row = grid[1]\nbefore = float(row.sum())",
            "row *= 10\nrow[0] = -1",
            "after = float(grid.sum())\npair = (grid.tolist(), row.tolist())",
            "print(after, pair, before, top)",
        ),
        1,
    ),
    Row(
        "a function returns what it is given",
        (
            "def same(x):\n    return x\n\ndef grown(x):\n    x.append(len(x))\n    return len(x)",
            "first = list(range(3))\nsecond = same(first)",
            "n = grown(second)\nm = n + 1",
            "seen = (first, second, n, m)",
            "print(seen)",
        ),
        1,
    ),
    Row(
        "a list in a dictionary",
        (
            "marks = [1, 2]\nbook = {'marks': marks, 'name': 'a'}",
            "for m in (5, 6):\n    book['marks'].append(m)",
            "best = max(marks)\nrest = [m for m in marks if m < best]",
            "print(best, rest, book)",
        ),
        1,
    ),
    Row(
        "a copy of the outside alone",
        (
            "rows = [[1], [2]]\ncopied = rows.copy()",
            "for row in copied:\n    row.append(0)\ncopied.append([9])",
            "sizes = (len(rows), len(copied), rows)",
            "print(sizes)",
        ),
        1,
    ),
    Row(
        "random numbers of the process",
        (
            "import random\n\nrandom.seed(4)\nfirst = [random.random() for _ in range(3)]",
            "size = 3\nnames = [str(n) for n in range(size)]",
            "second = [random.randint(0, 99) for _ in range(size)]",
            "third = random.sample(names, 2)\nlast = random.random()",
            "print(first, second, third, last)",
        ),
        1,
    ),
    Row(
        "a generator of random numbers in a variable",
        (
            "import numpy as np\n\nrng = np.random.default_rng(1)\nn = 2 + 1",
            "first = rng.normal(size=n).round(6).tolist()\nhalf = first[0] / 2",
            "second = rng.integers(0, 99, size=n).tolist()\nthird = second[0] / 2",
            "drawn = (first, second, half, third)",
            "print(drawn)",
        ),
        1,
    ),
    Row(
        "a generator that several steps use up",
        (
            "numbers = (n * n for n in range(9))\nstart = next(numbers)",
            "some = [next(numbers), next(numbers)]\nsize = len(some)",
            "rest = list(numbers)\nend = rest[-1]",
            "print(start, some, rest, size, end)",
        ),
        1,
    ),
    Row(
        "a file that stays open",
        (
            "out = open('notes.txt', 'w')\nout.write('one\\n')",
            "for word in ('two', 'three'):\n    out.write(word)",
            "out.close()\ntext = open('notes.txt').read()",
            "words = text.split()\nsize = len(words)",
            "print(words, size)",
        ),
        1,
    ),
    Row(
        "a file that one step writes and the next one reads",
        (
            "from pathlib import Path\n\nlines = [str(n) for n in range(4)]\nsize = len(lines)",
            "for line in lines:\n    with open('lines.txt', 'a') as file:\n        file.write(line)",
            "text = Path('lines.txt').read_text()\nlength = len(text)",
            "Path('lines.txt').write_text('')\nleft = Path('lines.txt').read_text()",
            "print(text, length, left, size)",
        ),
        2,
    ),
    Row(
        "a function that finds its variables when it is called",
        (
            "base = 1\nvalues = [1, 2]",
            "scaled = lambda x: x * base\nfirst = [scaled(v) for v in values]",
            "base = 10\nmore = len(values)",
            "second = [scaled(v) for v in values]\nlast = more + base",
            "print(first, second, last)",
        ),
        1,
    ),
    Row(
        "a lock",
        (
            "import threading\n\nlock = threading.Lock()\nheld = []",
            "for n in range(3):\n    with lock:\n        held.append(n)",
            "free = not lock.locked()\ntotal = sum(held)",
            "print(free, total)",
        ),
        1,
    ),
    Row(
        "a function that keeps something between its calls",
        (
            "def noted(x, seen=[]):\n    seen.append(x)\n    return len(seen)",
            "first = noted(3)\nfour = first + 3",
            "second = noted(7)\nfive = second + 3",
            "print(first, second, four, five)",
        ),
        1,
    ),
    Row(
        "a method of the notebook's own that changes its argument",
        (
            "class Farm:\n    def feed(self, bowls):\n        for bowl in bowls:\n            bowl.append('hay')\n"
            "        return len(bowls)",
            "bowls = [[], ['oats']]\nfarm = Farm()",
            "fed = farm.feed(bowls)\nhalf = fed / 2",
            "full = [len(bowl) for bowl in bowls]\nmost = max(full)",
            "print(fed, half, full, most)",
        ),
        1,
    ),
    Row(
        "an option of the process",
        (
            "import decimal\n\na = decimal.Decimal(1) / 3\nb = str(a)",
            "decimal.getcontext().prec = 5\nc = str(decimal.Decimal(1) / 3)",
            "d = str(decimal.Decimal(2) / 3)\ne = len(d)",
            "print(b, c, d, e)",
        ),
        1,
    ),
    Row(
        "a name that means one thing after the other",
        (
            "def twice(x):\n    return [y * 2 for y in x]",
            "xs = list(range(3))\nn = len(xs)",
            "first = twice(xs)\na = sum(first)",
            "xs = list(range(n, 9))\nn = len(xs)",
            "second = twice(xs)\nb = sum(second)",
            "print(a, b, n, xs)",
        ),
        2,
    ),
    Row(
        "a function in a function",
        (
            "def outer(a):\n    def inner(b):\n        b.append(1)\n    inner(a)\n    return len(a)",
            "xs=[0]\ny=xs[0]",
            "n=outer(xs)\nm=n+y",
            "k=len(xs)+m\nj=xs[-1]",
            "print(1)",
        ),
        1,
    ),
    Row(
        "a method that holds its object",
        (
            "xs=[1]\nn=1",
            "push=xs.append\nz=n+1",
            "push(5)\npush(z)",
            "s=sum(xs)\nt=s+z",
            "print(1)",
        ),
        1,
    ),
    Row(
        "a function that holds a list",
        (
            "import functools\ndef put(l,x):\n    l.append(x)\n    return x",
            "xs=[1]\nn=1",
            "f=functools.partial(put,xs)\ng=f(4)",
            "s=sum(xs)\nt=s+g",
            "print(1)",
        ),
        1,
    ),
    Row(
        "an array that is written to",
        (
            "import numpy as np\na=np.arange(4.0)\nb=np.zeros(4)",
            "np.multiply(a,2,out=b)\nc=1",
            "s=float(b.sum())\nt=s+c",
            "print(1)",
        ),
        1,
    ),
    Row(
        "a function that changes a view",
        (
            "import numpy as np\ndef half(x):\n    return x[::2]\ndef scale(x):\n    x *= 3\n    return float(x[0])",
            "a=np.arange(1.0,7.0)\nn=len(a)",
            "h=half(a)\nm=len(h)",
            "k=scale(h)\nl=k+m",
            "s=float(a.sum())\nt=s+l+n",
            "print(1)",
        ),
        1,
    ),
    Row(
        "columns added and rows sorted in place",
        (
            "import pandas as pd\ndf=pd.DataFrame({'x':[1,2,3],'g':['a','b','a']})\nn=len(df)",
            "small=df[df.x>1]\nm=len(small)",
            "df['y']=df.x*n\nk=df.y.sum()",
            "df.sort_values('y',ascending=False,inplace=True)\ntop=df.iloc[0].x",
            "agg=df.groupby('g').y.sum()\nq=agg.max()+k+top+m",
            "print(1)",
        ),
        1,
    ),
    Row(
        "a column of a table",
        (
            "import pandas as pd\ndf=pd.DataFrame({'x':[1,2,3]})\nn=3",
            "col=df['x']\nm=int(col.sum())",
            "col.iloc[0]=100\nk=m+1",
            "s=int(df.x.sum())\nt=s+k+int(col.sum())",
            "print(1)",
        ),
        1,
    ),
    Row(
        "groups that are looked at later",
        (
            "import pandas as pd\ndf=pd.DataFrame({'x':[1,2,3],'g':['a','b','a']})\nn=3",
            "gr=df.groupby('g')\nm=len(gr)",
            "df['x']=df.x+10\nk=m+1",
            "s=gr.x.sum().tolist()\nt=s[0]+k",
            "print(1)",
        ),
        1,
    ),
    Row(
        "two names that are swapped",
        (
            "a=[1]\nb=[2]",
            "a,b=b,a\nn=len(a)",
            "a.append(3)\nm=n+1",
            "s=(a,b,m)\nt=len(s)",
            "print(1)",
        ),
        1,
    ),
    Row(
        "a loop over two lists",
        (
            "a=[0]\nb=[0]\nn=1",
            "last=None\nfor l in (a,b):\n    last=l\nm=n+1",
            "last.append(5)\nk=m+1",
            "s=(a,b,k)\nt=len(s)",
            "print(1)",
        ),
        1,
    ),
    Row(
        "a generator of random numbers that functions are given",
        (
            "import numpy as np\ndef draw(rng,n):\n    return rng.normal(size=n).round(4).tolist()",
            "rng=np.random.default_rng(5)\nn=2",
            "a=draw(rng,n)\nx=a[0]",
            "b=draw(rng,n)\ny=b[0]+x",
            "c=draw(rng,3)\nz=c[0]+y",
            "print(1)",
        ),
        1,
    ),
    Row(
        "a variable of the environment",
        (
            "import os\nos.environ['MODE_X']='one'\na=1",
            "b=os.environ.get('MODE_X')\nc=a+1",
            "os.environ['MODE_X']='two'\nd=c+1",
            "e=os.environ['MODE_X']\nf=(b,e,d)",
            "print(1)",
        ),
        1,
    ),
    Row(
        "a dictionary that makes its values",
        (
            "from collections import defaultdict\ndd=defaultdict(list)\nn=1",
            "x=dd['k']\nm=n+1",
            "x.append(4)\nk=m+1",
            "s={k2:v for k2,v in dd.items()}\nt=len(s)+k",
            "print(1)",
        ),
        1,
    ),
    Row(
        "a change before an error",
        (
            "xs=[1]\nn=0",
            "try:\n    xs.append(1/n)\nexcept ZeroDivisionError:\n    xs.append(-1)\nm=1",
            "s=sum(xs)\nt=s+m",
            "print(1)",
        ),
        1,
    ),
    Row(
        "a context that writes to what it is given",
        (
            "import contextlib,io\nbuf=io.StringIO()\nn=1",
            "with contextlib.redirect_stdout(buf):\n    print('hello',n)\nm=2",
            "text=buf.getvalue()\nk=len(text)+m",
            "print(1)",
        ),
        1,
    ),
    Row(
        "values that are called like what flow.py needs",
        (
            "def grown(x):\n    return x + 1",
            "run = grown(1)\nsize = [run]",
            "compute = grown(2)\nstep = [compute]",
            "Flow = grown(3)\npartial = [Flow]",
            "sum = size + step + partial\nn = len(sum)",
            "print(sum, n)",
        ),
        4,
    ),
    Row(
        "steps that do not need each other",
        (
            SLOW,
            "a = waited(1)\nb = [a]",
            "c = waited(2)\nd = [c]",
            "e = waited(3)\nf = [e]",
            "total = b + d + f\nn = len(total)",
            "print(total, n)",
        ),
        4,
    ),
)


def made(folder: Path, cells: tuple[str, ...], name: str, engine: Engine) -> Promotion:
    text = "\n".join(f"# %%\n{cell.strip()}" for cell in cells)
    path = build.write(folder, text, f"{name}.ipynb")
    return promote(path, Request(everything=True, engine=engine))


def tasks_of(promotion: Promotion) -> Flow:
    found = make(promotion.plan, ENGINES[promotion.listed["engine"]["name"]])
    assert found is not None
    return found


# Each package is run once in a process: a second time would find what the first one left behind.
RUNNER = """
import importlib, json, sys

def main():
    told = {}
    module, options, *names = sys.argv[1:]
    for name in names:
        try:
            found = importlib.import_module(f"{name}.{module}").run(**json.loads(options))
            told[name] = repr({key: found[key] for key in sorted(found) if key != "out"})
        except Exception as error:
            told[name] = f"{type(error).__name__}: {error}"
    print("TOLD" + json.dumps(told))

if __name__ == "__main__":
    main()
"""


def ran(folder: Path, projects: dict[str, Path], module: str, **options: Any) -> dict[str, str]:
    """What run() of a module gives, for each package."""
    script = folder / "runner.py"
    script.write_text(RUNNER, encoding="utf-8")
    paths = os.pathsep.join(str(project / "src") for project in projects.values())
    done = subprocess.run(
        [sys.executable, str(script), module, json.dumps(options), *projects],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout.rpartition("TOLD")[2])
    return found


@dataclass(frozen=True)
class Packages:
    """The notebooks of all rows, promoted for an engine."""

    engine: str
    promotions: dict[str, tuple[Row, Promotion]]


@pytest.fixture(scope="module", params=sorted(ENGINES))
def packages(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Packages:
    folder = tmp_path_factory.mktemp("flows")
    found = {}
    for number, row in enumerate(ROWS):
        promotion = made(folder, row.cells, f"row{number}", ENGINES[request.param])
        write(update(promotion))
        found[f"row{number}"] = row, promotion
    return Packages(request.param, found)


def test_each_flow_gives_what_its_pipeline_gives(packages: Packages, tmp_path: Path) -> None:
    projects = {name: promotion.project for name, (_, promotion) in packages.promotions.items()}
    options = {"workers": 2} if packages.engine == "dask" else {}
    expected = ran(tmp_path, projects, "pipeline")
    found = ran(tmp_path, projects, "flow", **options)
    wrong = {
        packages.promotions[name][0].what: (expected[name], given)
        for name, given in found.items()
        if given != expected[name]
    }
    assert not wrong
    assert all(given.startswith("{'") for given in found.values())


def test_no_more_goes_together_than_has_to(packages: Packages) -> None:
    for row, promotion in packages.promotions.values():
        assert len(tasks_of(promotion).tasks) >= row.tasks, row.what


@pytest.mark.parametrize(
    ("code", "does"),
    [
        ("p = Path('birds.csv')", set()),
        ("p.open()", {Act.READS_FILES}),
        ("p.open('w')", {Act.WRITES_FILES}),
        ("Path('birds.csv').read_text()", {Act.READS_FILES}),
        ("Path('birds.csv').unlink()", {Act.WRITES_FILES}),
        ("q = p.rename(other)", {Act.WRITES_FILES}),
        ("q = p.replace(other)", {Act.WRITES_FILES}),
        ("table = table.rename(columns={})", set()),
        ("text = text.replace('a', 'b')", set()),
    ],
)
def test_a_path_is_no_file_yet(code: str, does: set[Act]) -> None:
    aliases = Aliases({"Path": "pathlib.Path"}, modules=frozenset({"pathlib"}))
    found = acts.of(ast.parse(code).body, Functions(), aliases)
    assert found & {Act.READS_FILES, Act.WRITES_FILES} == does


@pytest.mark.parametrize(
    ("code", "draws"),
    [
        ("train_test_split(x, random_state=7)", False),
        ("train_test_split(x, random_state=SEED)", False),
        ("train_test_split(x, random_state=None)", True),
        ("train_test_split(x)", True),
        ("table.sample(3, random_state=7)", False),
        ("table.sample(3, random_state=None)", True),
    ],
)
def test_a_seed_of_none_is_the_generator_of_the_process(code: str, draws: bool) -> None:
    name = "sklearn.model_selection.train_test_split"
    aliases = Aliases({"train_test_split": name}, modules=frozenset({"sklearn"}))
    found = acts.of(ast.parse(f"a = {code}").body, Functions(), aliases)
    assert (Act.DRAWS_NUMBERS in found) == draws


def test_the_docs_show_what_flows_look_like() -> None:
    """Each block of code in docs/flow.md is part of flow.py of the sample, for one of the engines."""
    sample = ROOT / "sample_project" / "penguins.ipynb"
    plan = promote(sample, Request(everything=True)).plan
    looks = ("plot_bills", "describe_model")  # as a run of the sample shows
    cells = frozenset(
        plan.notebook.cells[step.cell].id for step in plan.steps if step.name in looks
    )
    wanted = [Request(everything=True, looking=cells, engine=ENGINES[name]) for name in TARGETS]
    flows = [promote(sample, each).files["src/penguins/flow.py"] for each in wanted]
    text = (ROOT / "docs" / "flow.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```text\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    shown = [block for block in blocks if "def " in block or "step(" in block]
    assert len(shown) == 3
    for block in shown:
        assert any(
            textwrap.indent(block, " " * depth) in flow for flow in flows for depth in (0, 4)
        )
