"""What nb2pkg check finds, and what looks like it and is not found: pages in tests/cases/check."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nb2pkg.check import secrets
from nb2pkg.check.catalogue import CATALOGUE, RUN_CODES
from nb2pkg.check.examine import examine, findings
from nb2pkg.check.model import Limits, ProjectFacts
from nb2pkg.check.rules.every import RULES
from nb2pkg.check.suppress import heard
from tests import build, casefiles

EVERYTHING = frozenset(CATALOGUE) - RUN_CODES
PROJECT = ProjectFacts(frozenset({"pandas", "scikit-learn", "pytorch"}), frozenset({"ours"}), 1)

# Pieces of secrets stand apart, so that no scanner takes this file for a leak.
AWS = "AKIA" + "QZ7XW2MKPLD4RSTV"
GITHUB = "ghp_" + "k3Jd92LmQx7RtY5vBn1WcZ8sPf4HgA6uEo0i"
GITHUB_OF_ONE_REPOSITORY = (
    "github_pat_" + "1a2B3c4D5e6F7g8H9i0Jkl" + "_" + "q7W8e9R0t1" * 5 + "Y2u3I4o5P"
)
SHOUTED = "HTTPS://" + "anna:qs7-Tz9kv@db.lab.org/birds"
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

FOUND = [  # code, cells: those on the page, and those that are computed or hold a secret
    *casefiles.examples(casefiles.FOLDER / "check" / "found.md"),
    ("NB813", "# %%\n" + "print(1)\n" * 101),
    ("NB814", "# %%\n" + "".join(f"def f{i}(): return {i}\n" for i in range(5))),
    ("NB901", f"# %%\nkey = '{AWS}'\nkey"),
    ("NB901", f"# %%\nkey = '{GITHUB}'\nkey"),
    ("NB901", f"# %%\nkey = '{GITLAB}'\nkey"),
    ("NB901", f"# %%\nkey = '{SLACK}'\nkey"),
    ("NB901", f"# %%\nkey = '{GOOGLE}'\nkey"),
    ("NB901", f"# %%\nkey = '{OPENAI}'\nkey"),
    ("NB901", f"# %%\nkey = '{JWT}'\nkey"),
    ("NB901", f"# %%\nkey = '''{KEY}'''\nkey"),
    ("NB901", f"# %%\nkey = '{LOGIN}'\nkey"),
    ("NB901", "# %%\nurl = 'mongodb+srv://annika" + "9:annika" + "9@c0.lab.net/x'\nurl"),
    ("NB901", f"# %%\n# the old one was {GITHUB}\nx = 1\nx"),
    ("NB901", f"# %% [markdown]\n# Use {GITHUB}."),
    (
        "NB902",
        f'# %% outputs=[{{"output_type":"stream","name":"stdout","text":["{GITHUB}"]}}]\nprint()',
    ),
    (
        "NB904",
        '# %% outputs=[{"output_type":"stream","name":"stdout","text":["'
        + "x" * 1100000
        + '"]}]\nf()',
    ),
    ("NB906", "".join(f"# %%\nprint({i})\n" for i in range(10))),
]


@pytest.mark.parametrize(("code", "cells"), FOUND, ids=lambda v: str(v)[:60])
def test_found(code: str, cells: str) -> None:
    assert _codes(cells).count(code) == 1


# ------------------------------------------------------------------------- what must not be found

QUIET = [
    *casefiles.examples(casefiles.FOLDER / "check" / "quiet.md"),
    ("NB813", "# %%\n" + "print(1)\n" * 60 + "# note\n\n" * 60),
    ("NB814", "# %%\n" + "".join(f"def f{i}(): return {i}\n" for i in range(4))),
    ("NB814", "# %%\n" + "".join(f"def f{i}(): return {i}\n" for i in range(9)) + "assert f1() == 1"),
    ("NB901", "# %%\nkey = 'AKIA" + "IOSFODNN7EXAMPLE'\nurl = 'https://user:password@host/x'"),
    ("NB901", "# %%\nkey = 'ghp_" + "x" * 36 + "'\nurl = 'postgres://postgres:postgres@db/x'"),
    (
        "NB902",
        '# %% outputs=[{"output_type":"display_data","data":{"image/png":"' + GITHUB + '"}}]\nf()',
    ),
    ("NB906", "# %% [markdown]\n# # Title\n" + "".join(f"# %%\nprint({i})\n" for i in range(10))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "cells"), QUIET, ids=lambda v: str(v)[:60])
def test_not_found(code: str, cells: str) -> None:
    assert code not in _codes(cells)


def test_every_code_is_found_by_a_row_and_has_a_look_alike() -> None:
    elsewhere = {"NB903", "NB905"}  # need settings, or another format: below
    assert {code for code, _ in FOUND} | elsewhere == EVERYTHING
    assert {code for code, _ in QUIET} | {"NB903", "NB102", "NB103"} == EVERYTHING
    assert len(QUIET) >= len(FOUND)


def test_every_rule_has_an_entry_and_every_entry_a_rule() -> None:
    assert sorted(code for rule in RULES for code in rule.codes) == sorted(EVERYTHING)


def test_a_sound_notebook_is_silent() -> None:
    cells = "# %% [markdown]\n# # Birds\n# %%\nimport pandas as pd\nbirds = pd.DataFrame()\nbirds"
    assert _codes(cells) == []


def test_an_old_format_is_told() -> None:
    data = (
        b'{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": '
        b'[{"cell_type": "code", "input": ["1"], "language": "python", "outputs": []}]}]}'
    )
    examined = examine(data, "old.ipynb", ProjectFacts(), Limits())
    assert [f.code for f in findings(examined, EVERYTHING)] == ["NB905"]


OUTPUT = '# %% outputs=[{"output_type":"stream","name":"stdout","text":["61"]}]\nprint(61)\n# %%\nx = 1\nx'


@pytest.mark.parametrize(("outputs", "times"), [("allow", 0), ("forbid", 1), ("strip", 1)])
def test_kept_outputs(outputs: str, times: int) -> None:
    limits = Limits(outputs=outputs)  # type: ignore[arg-type]
    examined = examine(build.text(OUTPUT).encode(), "a.ipynb", ProjectFacts(), limits)
    found = [f for f in findings(examined, EVERYTHING) if f.code == "NB903"]
    assert len(found) == times
    assert all((f.fix is not None) == (outputs == "strip") for f in found)


NAMED = [  # apart, for this file is no leak
    ('password = "{}"', "Tr0ub4dor&3x", True),
    ("connect(password='{}')", "s3cr3tP4ss!", True),
    ('{{"Password": "{}"}}', "kT9#vLq2", True),
    ('passwd="{}"', "Summer2024!", True),
    ('OPENAI_API_KEY = "{}"', "sk-9fQzL2mVx7RtY5vBn1WcZ8sP", True),
    ("api_key='{}'", "3f9a1c7e5b2d4860a1b2c3d4e5f60718", True),
    ('access_token: "{}"', "EAACEdEose0cBAKZ9x2LmQ7", True),
    ('client_secret="{}"', "n8E~7Q.xLm2Vb9RtY5vBn1Wc", True),
    ('\u0130\u0130\u0130 password = "{}"', "Tr0ub4dor&3x", True),
    ('DB_PWD="{}"', "Tr0ub4dor&3x", False),
    ('private_key = "{}"', "3f9a1c7e5b2d4860a1b2c3d4e5f60718", True),
    ('SubscriptionKey: "{}"', "3f9a1c7e5b2d4860a1b2c3d4e5f60718", True),
    ('bearer_token="{}"', "EAACEdEose0cBAKZ9x2LmQ7", True),
    ('password = "{}"', "password", False),
    ('password = "{}"', "correct horse", False),
    ('password = "{}"', "your_password_1!", False),
    ('password = os.environ["{}"]', "DB_PASSWORD_2", False),
    ('password = f"{}"', "{user}-Tr0ub4dor", False),
    ('password = "{}"', "data_2019_final", False),
    ('password = "{}"', "TestUser1", False),
    ('pwd = "{}"', "/home/anna/d4ta", False),
    ('api_key = "{}"', "my-api-key-name-in-vault", False),
    ('api_key = "{}"', "YOUR_API_KEY_GOES_HERE_1", False),
    ('key = "{}"', "Z9x2LmQ7EAACEdEose0cBAK", False),
    ('columns = {{"password": "{}"}}', "user_password_hash", False),
]


@pytest.mark.parametrize(("around", "secret", "is_one"), NAMED)
def test_secrets_are_known_by_name_if_they_look_random(
    around: str, secret: str, is_one: bool
) -> None:
    text = around.format(secret)
    assert bool([*secrets.find(text)]) is is_one
    masked = "*" * len(secret)
    assert secrets.mask(text) == (around.format(masked) if is_one else text)


def test_a_split_is_seeded_by_an_argument() -> None:
    data = build.text(
        "# %%\nfrom sklearn.model_selection import train_test_split as s\ns(x)"
    ).encode()
    (found,) = findings(examine(data, "a.ipynb", ProjectFacts(), Limits()), frozenset({"NB809"}))
    assert found.hint == "Seed them: pass random_state=0."


def test_where_no_requirement_is_known_none_is_missed() -> None:
    data = build.text("# %%\nimport seaborn as sns\nsns.f()").encode()
    for project, told in ((ProjectFacts(), False), (ProjectFacts(frozenset()), True)):
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


@pytest.mark.parametrize(
    "secret", [AWS, GITHUB, GITHUB_OF_ONE_REPOSITORY, GITLAB, SLACK, GOOGLE, OPENAI, JWT, KEY]
)
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
    assert secrets.mask(SHOUTED) == "HTTPS://anna:*********@db.lab.org/birds"


def test_no_scanner_takes_these_tests_for_a_leak() -> None:
    assert list(secrets.find(Path(__file__).read_text(encoding="utf-8"))) == []
