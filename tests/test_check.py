"""What nb2pkg check finds, and what looks like it and is not found. Data first."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nb2pkg.check import secrets
from nb2pkg.check.catalogue import CATALOGUE, RUN_CODES
from nb2pkg.check.examine import examine, findings
from nb2pkg.check.model import Limits, Project
from nb2pkg.check.rules.every import RULES
from nb2pkg.check.suppress import heard
from tests import build

EVERYTHING = frozenset(CATALOGUE) - RUN_CODES
PROJECT = Project(frozenset({"pandas", "scikit-learn", "pytorch"}), frozenset({"ours"}), 1)

# Pieces of secrets stand apart, so that no scanner takes this file for a leak.
AWS = "AKIA" + "QZ7XW2MKPLD4RSTV"
GITHUB = "ghp_" + "k3Jd92LmQx7RtY5vBn1WcZ8sPf4HgA6uEo0i"
GITLAB = "glpat-" + "x7Kq2mZ9rT4vW8sB1nLc"
SLACK = "xoxb-" + "291847365018-" + "Kd8sLq2mZx7RtY5vBn1WcZ8s"
GOOGLE = "AIza" + "SyD8kQ2mZ9rT4vW8xB1nLcP7hJ3fG6uE0iQ"
OPENAI = "sk-proj-" + "k3Jd92LmQx7RtY5vBn1W" + "T3BlbkFJ" + "cZ8sPf4HgA6uEo0iM2aQ"
JWT = ".".join(
    ["eyJ" + "hbGciOiJIUzI1NiJ9", "eyJ" + "zdWIiOiI4NzE5In0", "dQw4w9WgXcQkJh3L2mNb7vCx5zAs"]
)
KEY = (
    "-----BEGIN RSA PRIVATE"
    + " KEY-----\n"
    + "MIIEpAIBAAKCAQEA7bq9kX2mZr4vT8sWn1LcP5hJ3fG6uE0iQyD8" * 2
)
LOGIN = "postgres://anna:" + "Tr0ub4dor" + "@db.lab.org/birds"


def _codes(cells: build.Cells, **metadata: object) -> list[str]:
    data = build.text(cells, **metadata).encode()
    examined = examine(data, "analysis.ipynb", PROJECT, Limits())
    return [finding.code for finding in heard(examined.notebook, findings(examined, EVERYTHING))]


# ----------------------------------------------------------------------------- what must be found

FOUND: list[tuple[str, str, int]] = [
    # code, cells, how often
    ("NB101", '# %% tags=["nb2pkg:clean data"]\nx = 1\nx', 1),
    ("NB102", '# %% tags=["nb2pkg-skip", "nb2pkg-test"]\nx = 1\nx', 1),
    ("NB103", '# %% [markdown] tags=["nb2pkg"]\n# text', 1),
    ("NB201", "# %%\nprint(total)\n# %%\ntotal = 3", 1),
    ("NB201", "# %%\nprint(nowhere)", 1),
    ("NB201", "# %%\nx = np.zeros(3)\n# %%\nimport numpy as np\nnp.ones(x)", 1),
    ("NB201", "# %%\nx = [later for _ in range(3)][0] + later\n# %%\nlater = 3\nx", 1),
    ("NB202", "# %% execution_count=2\nx = 1\n# %% execution_count=1\ny = 2\n# %%\nx, y", 1),
    (
        "NB205",
        "# %% execution_count=1\nx = 1\n# %% execution_count=3\nprint(x)\n# %% execution_count=2\nx = 2",
        1,
    ),
    ("NB701", "# %% execution_count=1\nx = 1\n# %% execution_count=1\nx", 1),
    ("NB702", "# %% execution_count=1\nx = 1\n# %% execution_count=2\nx\n# %%\ny = x\ny", 1),
    (
        "NB703",
        '# %% outputs=[{"output_type":"error","ename":"KeyError","evalue":"a","traceback":[]}]\n1/0',
        1,
    ),
    (
        "NB704",
        "# %%\nrate = 2\n# %%\ndef tax(x):\n    return x * rate\n# %%\ntax(1)\n# %%\nrate = 3\n# %%\ntax(1)",
        1,
    ),
    (
        "NB705",
        "# %%\ndef mean(x):\n    return x\n# %%\na = mean(1)\n# %%\nmean = mean(2)\nprint(a, mean)",
        1,
    ),
    (
        "NB705",
        "# %%\nimport time\n# %%\ntime.time()\n# %%\nfor time in [1, 2]:\n    print(time)",
        1,
    ),
    ("NB706", "# %%\ndata = []\nprint(data)\n# %%\ndata = {}\nprint(data)", 1),
    ("NB801", "# %%\nx = (\n# %%\ny = 1\ny", 1),
    ("NB801", '# %%\nprint "hello"', 1),
    ("NB802", "# %%\nimport no_such_module_anywhere\nno_such_module_anywhere.f()", 1),
    ("NB803", "# %%\nimport seaborn as sns\nsns.load()", 1),
    ("NB803", "# %%\nfrom xgboost import train\ntrain()\n# %%\nimport xgboost\nxgboost.x", 1),
    ("NB804", "# %%\nimport json\nx = 1\nx", 1),
    ("NB804", "# %%\nfrom math import (\n    pi,\n    tau,\n)\npi", 1),
    ("NB805", "# %%\nfrom math import *\nsin(1)", 1),
    ("NB805", "# %%\n%pylab inline", 1),
    ("NB806", "# %%\n!pip install -q pandas", 1),
    ("NB806", "# %%\n%pip install pandas", 1),
    ("NB806", "# %%\n%%bash\nset -e\napt-get install -y graphviz", 1),
    ("NB806", "# %%\n!{sys.executable} -m pip install pandas\n# %%\n!python3 -m pip install x", 1),
    ("NB807", "# %%\n!wget http://x/y.csv", 1),
    ("NB807", "# %%\nfiles = !ls\nfiles", 1),
    ("NB808", "# %%\nfor line in open('f'):\n    exec(line)", 1),
    ("NB808", "# %%\ndef f(text):\n    return eval(text)\nf('1')", 1),
    ("NB809", "# %%\nimport numpy as np\nnp.random.rand(3)\nnp.random.randn(4)", 1),
    ("NB809", "# %%\nimport numpy as np\nrng = np.random.default_rng()\nrng", 1),
    ("NB809", "# %%\nimport random\nrandom.choice([1, 2])", 1),
    (
        "NB809",
        "# %%\nfrom sklearn.model_selection import train_test_split as s\na, b = s([1], [2])\na, b",
        1,
    ),
    ("NB810", "# %%\nx = open('/home/anna/data.csv')\nx", 1),
    ("NB810", "# %%\nx = open(r'C:\\Users\\Anna\\data.csv')\nx", 1),
    ("NB810", "# %%\n%cd /Users/anna/project", 1),
    ("NB810", "# %%\nx = f'/home/anna/{1}'\nx", 1),
    ("NB811", "# %%\nx = open('../../shared/data.csv')\nx", 1),
    ("NB812", "# %%\nx = 3\ny = x\n# %%\nprint(1)", 1),
    ("NB813", "# %%\n" + "print(1)\n" * 101, 1),
    ("NB814", "# %%\n" + "".join(f"def f{i}(): return {i}\n" for i in range(5)), 1),
    ("NB901", f"# %%\nkey = '{AWS}'\nkey", 1),
    ("NB901", f"# %%\nkey = '{GITHUB}'\nkey", 1),
    ("NB901", f"# %%\nkey = '{GITLAB}'\nkey", 1),
    ("NB901", f"# %%\nkey = '{SLACK}'\nkey", 1),
    ("NB901", f"# %%\nkey = '{GOOGLE}'\nkey", 1),
    ("NB901", f"# %%\nkey = '{OPENAI}'\nkey", 1),
    ("NB901", f"# %%\nkey = '{JWT}'\nkey", 1),
    ("NB901", f"# %%\nkey = '''{KEY}'''\nkey", 1),
    ("NB901", f"# %%\nkey = '{LOGIN}'\nkey", 1),
    ("NB901", "# %%\nurl = 'mongodb+srv://annika" + "9:annika" + "9@c0.lab.net/x'\nurl", 1),
    ("NB901", f"# %%\n# the old one was {GITHUB}\nx = 1\nx", 1),
    ("NB901", f"# %% [markdown]\n# Use {GITHUB}.", 1),
    (
        "NB902",
        f'# %% outputs=[{{"output_type":"stream","name":"stdout","text":["{GITHUB}"]}}]\nprint()',
        1,
    ),
    (
        "NB904",
        '# %% outputs=[{"output_type":"stream","name":"stdout","text":["'
        + "x" * 1100000
        + '"]}]\nf()',
        1,
    ),
    ("NB906", "".join(f"# %%\nprint({i})\n" for i in range(10)), 1),
]


@pytest.mark.parametrize(("code", "cells", "times"), FOUND, ids=lambda v: str(v)[:60])
def test_found(code: str, cells: str, times: int) -> None:
    assert _codes(cells).count(code) == times


# ------------------------------------------------------------------------- what must not be found

QUIET: list[tuple[str, str]] = [
    ("NB101", '# %% tags=["nb2pkg-ignore:NB803"]\nx = 1'),
    ("NB101", "# %%\n# nb2pkg: ignore[NB803]\nx = 1"),
    ("NB201", "# %%\nimport os\ntotal = os.sep\n# %%\nprint(total)"),
    ("NB201", "# %%\nprint(display, __name__, In, Out, _, get_ipython())"),
    ("NB201", "# %%\nfrom no_such_module import *\n# %%\nprint(made_there)"),
    ("NB201", "# %%\n%pylab\n# %%\nplot(arange(3))"),
    ("NB201", "# %%\n%run setup.ipynb\n# %%\nprint(made_there)"),
    ("NB201", "# %%\nexec(open('f').read())\n# %%\nprint(made_there)"),
    ("NB201", "# %%\ntry:\n    print(maybe)\nexcept NameError:\n    maybe = 1"),
    ("NB201", "# %%\nif 'x' in dir():\n    print(x)"),
    ("NB201", "# %%\nimport os\nif os.name == 'nt':\n    print(made_elsewhere)"),
    ("NB201", '# %% tags=["raises-exception"]\nprint(nowhere)'),
    ("NB201", "# %%\n%%timeit\nm = 3\nm + 1"),
    ("NB201", "# %%\nx = 1\n# %%\ndel x\n# %%\nprint(x)"),
    ("NB201", "# %%\ndef init():\n    global late\n    late = 1\n# %%\ninit()\nprint(late)"),
    ("NB201", "# %%\n%%capture out\nprint(1)\n# %%\nout.show()"),
    ("NB201", "# %%\ndf = spark.read.csv('a')\ndf"),
    ("NB202", "# %% execution_count=1\nx = 1\n# %% execution_count=5\nx\n# %%\nx"),
    ("NB202", "# %% execution_count=2\nx = 1\n# %% execution_count=1\nx\n# %% execution_count=1\nx"),
    ("NB205", "# %% execution_count=2\nx = 1\n# %% execution_count=1\ny = 2\n# %%\nx, y"),
    (
        "NB205",  # the axes that are left over are others, and no cell reads them
        "# %% execution_count=1\nx = 1\n# %% execution_count=4\nax = f(x)\nax.a()\n"
        "# %% execution_count=2\nax = g(x)\nax.b()",
    ),
    ("NB701", "# %% execution_count=1\nx = 1\n# %% execution_count=2\nx"),
    ("NB701", "# %%\nx = 1\n# %%\nx"),
    ("NB702", "# %%\nx = 1\n# %%\nx"),
    ("NB702", "# %% execution_count=1\nx = 1\n# %% execution_count=2\nx\n# %%\n# only a comment"),
    ("NB702", '# %% execution_count=1\n1\n# %% execution_count=2\n2\n# %% tags=["nb2pkg-skip"]\n3'),
    ("NB702", "# %% execution_count=1\nx = 1\n# %%\nx\n# %%\ny = x"),
    (
        "NB702",
        "# %% execution_count=1\n1\n# %% execution_count=2\n2\n"
        '# %% outputs=[{"output_type":"stream","name":"stdout","text":"3"}]\nprint(3)',
    ),
    (
        "NB703",
        '# %% tags=["raises-exception"] outputs=[{"output_type":"error","ename":"E","evalue":""}]\n1/0',
    ),
    ("NB703", '# %% outputs=[{"output_type":"stream","name":"stderr","text":"Error"}]\nx = 1'),
    ("NB704", "# %%\nrate = 2\ndef tax(x):\n    return x * rate\n# %%\nrate = 3\n# %%\ntax(1)"),
    ("NB704", "# %%\nrate = 2\ndef tax(x, rate):\n    return x * rate\ntax(1, 2)\n# %%\nrate = 3\ntax(1, 2)"),
    (
        "NB704",
        "# %%\nrate = 2\ndef tax(df, rate, text):\n    return df.query(text)[rate]\n"
        "tax(df, 1, 'x')\n# %%\nrate = 3\ntax(df, 1, 'x')",
    ),
    ("NB704", "# %%\nimport numpy as np\ndef f():\n    return np.pi\nf()\n# %%\nimport numpy as np\nf()"),
    ("NB704", "# %%\nn = 0\ndef bump():\n    global n\n    n += 1\nbump()\n# %%\nn = 0\nbump()"),
    ("NB705", "# %%\ndef f(x):\n    return x\n# %%\nf(1)\n# %%\nimport functools\nf = functools.cache(f)"),
    ("NB705", "# %%\ndef f(x):\n    return x\n# %%\nf(1)\n# %%\ndef f(x):\n    return 2 * x\nf(2)"),
    ("NB705", "# %%\ntime = 1\n# %%\ntime\n# %%\ntime = 'noon'"),
    ("NB705", "# %%\nimport json\n# %%\nimport json\njson.x"),
    ("NB705", "# %%\ntry:\n    import tqdm\nexcept ImportError:\n    tqdm = None\n# %%\ntqdm"),
    ("NB706", "# %%\nx = 1\nx\n# %%\nx = 2.5\nx"),
    ("NB706", "# %%\nx = []\nx = {}"),
    ("NB706", "# %%\nx = None\nx\n# %%\nx = 3\nx"),
    ("NB801", "# %%\n!ls\n%matplotlib inline\nfiles = !ls\nprint?\nawait f()"),
    ("NB801", '# %% tags=["raises-exception"]\nprint "hello"'),
    ("NB801", "# %% [raw]\nx = ("),
    ("NB801", "# %%\n%%html\n<b>x</b>"),
    ("NB802", "# %%\nimport os, ours\nimport pytest\npytest, os, ours"),
    ("NB803", "# %%\nimport os\nimport pandas as pd\nfrom sklearn import svm\nimport torch\nimport ours"),
    ("NB803", "# %%\ntry:\n    import cupy\nexcept ImportError:\n    cupy = None"),
    ("NB803", "# %%\nimport IPython\nfrom . import near\nfrom IPython.display import Image"),
    ("NB803", "# %%\nimport sys\nsys.path.append('lib')\n# %%\nimport somewhere"),
    ("NB804", "# %%\nimport json\n# %%\njson.dumps(1)"),
    ("NB804", "# %%\nimport json\n# %%\n%timeit json.dumps(1)"),
    ("NB804", "# %%\nimport json\n# %%\ndef f():\n    return json.dumps(1)"),
    ("NB804", "# %%\nimport numpy as np\n# %%\ndf.query('a > @np.pi')"),
    ("NB804", "# %%\nimport json  # noqa: F401"),
    ("NB804", "# %%\nfrom __future__ import annotations"),
    ("NB804", "# %%\nfrom mpl_toolkits.mplot3d import Axes3D\nimport hvplot.pandas"),
    ("NB804", "# %%\nimport matplotlib.pyplot"),
    ("NB804", "# %%\nimport json\n# %%\n%whos"),
    ("NB804", "# %%\nimport json\n# %%\nx = ("),
    ("NB804", "# %%\ntry:\n    import json\nexcept ImportError:\n    pass"),
    ("NB804", "# %%\nfrom math import pi as pi"),
    ("NB805", "# %%\nfrom math import sin\nsin(1)\n# from x import *\n'from x import *'"),
    ("NB805", "# %%\n%pylab --no-import-all"),
    ("NB806", "# %%\n!pip list\n!pip freeze > requirements.txt\n!conda info"),
    ("NB806", "# %%\n# !pip install pandas\nx = '!pip install pandas'"),
    ("NB806", "# %%\nif colab:\n    !pip install pandas"),
    ("NB806", "# %%\n!echo pip install"),
    ("NB807", "# %%\n!pip install pandas\n%time x = 1\n%ls"),
    ("NB807", "# %%\nx != y\nx = 'a!b'"),
    ("NB808", "# %%\nmodel.eval()\ndf.eval('a + b')\nre.compile('a')\nx = evaluate(1)"),
    ("NB808", "# %%\ndef eval(x):\n    return x\n# %%\neval(3)"),
    ("NB808", "# %%\nname = eval\n'exec(x)'"),
    ("NB809", "# %%\nimport numpy as np\nnp.random.seed(0)\nnp.random.rand(3)"),
    ("NB809", "# %%\nimport numpy as np\nrng = np.random.default_rng(3)\nrng.normal()"),
    ("NB809", "# %%\nimport numpy as np\nrng = np.random.RandomState(seed=3)\nrng.rand()"),
    ("NB809", "# %%\nset_all_seeds(3)\nimport random\nrandom.random()"),
    ("NB809", "# %%\nrandom = rng()\nrandom.choice([1])"),
    ("NB809", "# %%\nfrom sklearn.model_selection import train_test_split\ntrain_test_split(x, random_state=1)"),
    ("NB809", "# %%\nfrom sklearn.model_selection import train_test_split\ntrain_test_split(x, **options)"),
    ("NB810", "# %%\nopen('data/home/anna/x.csv'), open('/tmp/x'), open('/dev/null'), open('/usr/bin')"),
    ("NB810", "# %%\n'''See /home/anna/x.'''\nx = 'http://x/home/anna/y', 'the /home/anna/ folder'"),
    ("NB810", "# %%\nx = '/home/user/data.csv', '/home/jovyan/work', 'a:b', 'C:\\n', 'I: yes/no'"),
    ("NB810", "# %%\n# /home/anna/data.csv\nx = '~/data.csv'\n!curl http://x/home/anna/y"),
    ("NB811", "# %%\nopen('../data.csv'), open('..'), 'a/../../../b', '...', '....'"),
    ("NB811", "# %%\n'../../x is above'\nx = 'see ../../y'"),
    ("NB812", "# %%\nx = 3\n# %%\nprint(x)\n# %%\nprint(1)"),
    ("NB812", "# %%\nx = f()\n# %%\nprint(1)"),
    ("NB812", "# %%\nx.a = 3\n# %%\nprint(1)"),
    ("NB812", "# %%\nx = 3\nx\n# %%\nprint(1)"),
    ("NB812", "# %%\nx = 3\n# %%\ndef f(): return x\n# %%\nf()"),
    ("NB813", "# %%\n" + "print(1)\n" * 60 + "# note\n\n" * 60),
    ("NB814", "# %%\n" + "".join(f"def f{i}(): return {i}\n" for i in range(4))),
    ("NB814", "# %%\n" + "".join(f"def f{i}(): return {i}\n" for i in range(9)) + "assert f1() == 1"),
    ("NB901", "# %%\nkey = 'AKIA" + "IOSFODNN7EXAMPLE'\nurl = 'https://user:password@host/x'"),
    ("NB901", "# %%\nkey = 'ghp_" + "x" * 36 + "'\nurl = 'postgres://postgres:postgres@db/x'"),
    ("NB901", "# %%\nurl = f'https://{user}:{password}@db.lab.org'\nx = 'http://localhost:8888/a@b'"),
    ("NB901", "# %%\nurl = 'mysql://anna:geheim7@localhost/x'\ny = 'git@github.com:a/b.git'"),
    ("NB901", "# %%\nurl = 'postgresql://USER:PASS@HOST.neon.tech/DB', 'ftp://usuario:contraseña@a.b'"),
    ("NB901", "# %%\nkey = os.environ['AWS_ACCESS_KEY_ID']\ntoken = '-----BEGIN PRIVATE KEY-----'"),
    ("NB901", "# %%\nsha = '3f786850e387550fdab836ed7e6dc881de23001b'\nx = 'sk-learn-is-a-library'"),
    ("NB901", "# %%\nimage = 'eyJhbGciOi'\nimport torch.nn as nn  # AIza, ghp_ and xoxb- are prefixes"),
    (
        "NB902",
        '# %% outputs=[{"output_type":"display_data","data":{"image/png":"' + GITHUB + '"}}]\nf()',
    ),
    ("NB904", '# %% outputs=[{"output_type":"stream","name":"stdout","text":["xxx"]}]\nf()'),
    ("NB905", "# %%\nworksheets = 3"),
    ("NB906", "# %% [markdown]\n# # Title\n" + "".join(f"# %%\nprint({i})\n" for i in range(10))),
    ("NB906", "# %%\nprint(1)"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "cells"), QUIET, ids=lambda v: str(v)[:60])
def test_not_found(code: str, cells: str) -> None:
    assert code not in _codes(cells)


def test_every_code_is_found_by_a_row_and_has_a_look_alike() -> None:
    elsewhere = {"NB903", "NB905"}  # need settings, or another format: below
    assert {code for code, *_ in FOUND} | elsewhere == EVERYTHING
    assert {code for code, _ in QUIET} | {"NB903", "NB102", "NB103"} == EVERYTHING
    assert len(QUIET) >= len(FOUND)


def test_every_rule_has_an_entry_and_every_entry_a_rule() -> None:
    assert sorted(code for rule in RULES for code in rule.codes) == sorted(EVERYTHING)


def test_a_sound_notebook_is_silent() -> None:
    cells = (
        "# %% [markdown]\n# # Birds\n# %%\nimport pandas as pd\nbirds = pd.read_csv('a.csv')\nbirds"
    )
    assert _codes(cells) == []


def test_an_old_format_is_told() -> None:
    data = (
        b'{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": '
        b'[{"cell_type": "code", "input": ["1"], "language": "python", "outputs": []}]}]}'
    )
    examined = examine(data, "old.ipynb", Project(), Limits())
    assert [f.code for f in findings(examined, EVERYTHING)] == ["NB905"]


OUTPUT = '# %% outputs=[{"output_type":"stream","name":"stdout","text":["61"]}]\nprint(61)\n# %%\nx = 1\nx'


@pytest.mark.parametrize(("outputs", "times"), [("allow", 0), ("forbid", 1), ("strip", 1)])
def test_kept_outputs(outputs: str, times: int) -> None:
    limits = Limits(outputs=outputs)  # type: ignore[arg-type]
    examined = examine(build.text(OUTPUT).encode(), "a.ipynb", Project(), limits)
    found = [f for f in findings(examined, EVERYTHING) if f.code == "NB903"]
    assert len(found) == times
    assert all((f.fix is not None) == (outputs == "strip") for f in found)


def test_where_no_requirement_is_known_none_is_missed() -> None:
    data = build.text("# %%\nimport seaborn as sns\nsns.f()").encode()
    for project, told in ((Project(), False), (Project(frozenset()), True)):
        found = findings(examine(data, "a.ipynb", project, Limits()), EVERYTHING)
        assert ("NB803" in [f.code for f in found]) is told


# ------------------------------------------------------------------------------------- suppression

SUPPRESSED: list[tuple[str, list[str]]] = [
    ("# %%\nimport json", ["NB804"]),
    ("# %%\nimport json  # nb2pkg: ignore", []),
    ("# %%\nimport json  # nb2pkg: ignore[NB804]", []),
    ("# %%\nimport json  # nb2pkg: ignore[NB8, NB9]", []),
    ("# %%\nimport json  # nb2pkg: ignore[NB805]", ["NB804"]),
    ("# %%\nimport json  # nb2pkg: ignore[]", ["NB804"]),
    ("# %%\nx = 1  # nb2pkg: ignore\nimport json\nx", ["NB804"]),
    ("# %%\n# nb2pkg: ignore\nimport json", []),
    ("# %%\n# nb2pkg: ignore[NB804]\n\nimport json", []),
    ("# %%\n%%time\n# nb2pkg: ignore[NB804]\nimport json", []),
    ("# %%\nx = 1\n# nb2pkg: ignore\nimport json\nx", ["NB804"]),
    ('# %% tags=["nb2pkg-ignore"]\nimport json', []),
    ('# %% tags=["nb2pkg-ignore:NB804"]\nimport json', []),
    ('# %% tags=["nb2pkg-ignore:NB805"]\nimport json', ["NB804"]),
    ('# %% tags=["nb2pkg-ignore"]\nx = 1\nx\n# %%\nimport json', ["NB804"]),
    ("# %%\n!pip install x  # nb2pkg: ignore[NB806]", []),
]


@pytest.mark.parametrize(("cells", "codes"), SUPPRESSED, ids=lambda v: str(v)[:60])
def test_suppression(cells: str, codes: list[str]) -> None:
    assert _codes(cells) == codes


# ------------------------------------------------------------------------------------------ secrets


@pytest.mark.parametrize("secret", [AWS, GITHUB, GITLAB, SLACK, GOOGLE, OPENAI, JWT, KEY])
def test_a_secret_is_masked(secret: str) -> None:
    text = f"before\n'{secret}'\nafter"
    masked = secrets.mask(text)
    assert len(masked) == len(text)
    assert masked.startswith("before\n'")
    assert masked.endswith("'\nafter")
    assert not any(
        piece in masked for piece in re.findall(r"[\w/+=-]{12}", secret.split("-----")[-1])
    )


def test_of_a_password_nothing_is_shown() -> None:
    assert secrets.mask(LOGIN) == "postgres://anna:*********@db.lab.org/birds"


def test_no_scanner_takes_these_tests_for_a_leak() -> None:
    assert list(secrets.find(Path(__file__).read_text(encoding="utf-8"))) == []
