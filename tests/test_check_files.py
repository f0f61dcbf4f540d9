"""nb2pkg check on files: settings, fixes, formats, the cache, folders, exit codes."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nb2pkg.check import cache, fix, project, settings, walk, whole_project
from nb2pkg.check.formats.every import FORMATS
from nb2pkg.check.model import Limits, ProjectFacts, Report
from nb2pkg.check.run import Selected, check_all, check_file, look
from nb2pkg.check.settings import SettingsError
from nb2pkg.environment import installed
from nb2pkg.errors import Nb2pkgError, NotebookError
from nb2pkg.files import user_cache
from tests import build, schemas

UNUSED = "# %%\nimport json\n\nx = 1\nx"
GITHUB = "ghp_" + "k3Jd92LmQx7RtY5vBn1WcZ8sPf4HgA6uEo0i"


def _codes(report: Report) -> list[str]:
    return [located.finding.code for located in report.found]


def _check(path: Path, **options: Any) -> list[str]:
    project.around.cache_clear()
    whole_project.of_root.cache_clear()
    settings.around.cache_clear()
    return _codes(check_file(path, Selected(**options)))


# ---------------------------------------------------------------------------------------- settings

CONFIGURED: list[tuple[str, list[str]]] = [
    ("", ["NB804", "NB805"]),
    ('ignore = ["NB804"]', ["NB805"]),
    ('ignore = ["NB8"]', []),
    ('ignore = ["ALL"]', []),
    ('select = ["NB805"]', ["NB805"]),
    ('select = ["NB9", "NB2"]', []),
    ('select = ["ALL"]', ["NB804", "NB805", "NB813"]),
    ('select = ["default", "NB813"]', ["NB804", "NB805", "NB813"]),
    ('select = ["NB8"]\nignore = ["NB805", "NB81"]', ["NB804"]),
    ("max-cell-lines = 9", ["NB804", "NB805"]),
    ('select = ["NB813"]\nmax-cell-lines = 9', []),
    ('per-file-ignores = { "sub/*.ipynb" = ["NB804"] }', ["NB805"]),
    ('per-file-ignores = { "*.ipynb" = ["NB8"] }', []),
    ('per-file-ignores = { "other/*" = ["NB8"] }', ["NB804", "NB805"]),
]


@pytest.mark.parametrize(("table", "codes"), CONFIGURED, ids=lambda v: str(v)[:50])
def test_settings(table: str, codes: list[str], tmp_path: Path) -> None:
    limits = "" if "max-cell-lines" in table else "max-cell-lines = 3\n"
    head = "" if table.startswith("[") else "[tool.nb2pkg]\n"
    (tmp_path / "pyproject.toml").write_text(head + limits + table, encoding="utf-8")
    (tmp_path / "sub").mkdir()
    path = build.write(tmp_path / "sub", "# %%\nimport json\nfrom math import *\nx = sin(1)\nx")
    assert sorted(_check(path)) == codes


WRONG = [
    ('selekt = ["NB8"]', "no key selekt"),
    ('select = "NB8"', "select is a list of codes"),
    ('select = ["E501"]', "no check 'E501'"),
    ('ignore = [""]', "no check ''"),
    ('outputs = "maybe"', "outputs is one of"),
    ('max-output-kb = "9"', "max-output-kb is a number"),
    ("max-cell-lines = true", "max-cell-lines is a number"),
    ('per-file-ignores = ["NB8"]', "per-file-ignores is a table"),
    ('per-file-ignores = { "a" = ["X"] }', "no check 'X'"),
    ("= 3", "is not valid TOML"),
]


@pytest.mark.parametrize(("table", "message"), WRONG)
def test_wrong_settings_are_told(table: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.nb2pkg]\n{table}", encoding="utf-8")
    with pytest.raises(SettingsError, match=message) as told:
        _check(build.write(tmp_path, UNUSED))
    assert told.value.exit_code == 2


def test_the_nearest_settings_count_and_others_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.nb2pkg]\nignore = ["NB804"]', "utf-8")
    sub = tmp_path / "a" / "b"
    sub.mkdir(parents=True)
    (sub / "pyproject.toml").write_text("[project]\nname = 'b'\ndependencies = []", "utf-8")
    path = build.write(sub, UNUSED)
    assert _check(path) == []
    (sub / "pyproject.toml").write_text("[tool.nb2pkg]", encoding="utf-8")
    assert _check(path) == ["NB804"]
    assert _check(path, ignore=("NB8",)) == []
    assert _check(path, select=("NB9",)) == []


# ----------------------------------------------------------------------------------------- project

LOCK = "[[package]]\nname='plotnine'\n[package.dependencies]\nseaborn='*'"
DECLARED: list[tuple[dict[str, str], bool]] = [
    ({"requirements.txt": "seaborn>=0.12  # plots\n"}, True),
    ({"requirements.txt": "-r other.txt\nnumpy\n"}, False),
    ({"requirements-dev.txt": "seaborn", "requirements.txt": "numpy"}, True),
    ({"requirements.txt": "git+https://github.com/mwaskom/seaborn.git@main"}, True),
    ({"pyproject.toml": "[project]\nname='a'\ndependencies=['Seaborn[stats]>=0.1']"}, True),
    ({"pyproject.toml": "[project]\nname='a'\ndependencies=['numpy']"}, False),
    ({"pyproject.toml": "[project]\nname='a'\noptional-dependencies={p=['seaborn']}"}, True),
    ({"pyproject.toml": "[project]\nname='a'\n[dependency-groups]\ndev=['seaborn']"}, True),
    ({"pyproject.toml": "[project]\nname='a'\ndynamic=['dependencies']"}, True),
    ({"pyproject.toml": "[tool.poetry.dependencies]\nseaborn='*'"}, True),
    ({"pyproject.toml": "[tool.poetry.group.dev.dependencies]\nseaborn='*'"}, True),
    ({"pyproject.toml": "[tool.ruff]"}, True),  # declares nothing, so nothing is known
    ({"environment.yml": "name: x\ndependencies:\n  - python=3.11\n  - seaborn"}, True),
    ({"environment.yml": "dependencies:\n  - pip:\n    - seaborn==0.1"}, True),
    ({"environment.yml": "dependencies:\n  - conda-forge::seaborn"}, True),
    ({"environment.yml": "dependencies:\n  - numpy"}, False),
    ({"pixi.toml": "[feature.x.dependencies]\nseaborn='*'"}, True),
    ({"setup.cfg": "[options]\ninstall_requires =\n  seaborn"}, True),
    ({"setup.cfg": "[options]\ninstall_requires =\n  numpy"}, False),
    ({"setup.py": "setup(install_requires=['seaborn'])"}, True),
    ({"setup.py": "setup(install_requires=['numpy'])"}, False),
    ({"setup.py": "setup(install_requires=read())"}, True),
    ({"requirements.txt": "sea-born"}, True),
    ({"requirements.txt": "numpy", "seaborn.py": ""}, True),
    ({"requirements.txt": "numpy", "seaborn/__init__.py": ""}, True),
    ({"requirements.txt": "numpy", "nb/seaborn.py": ""}, True),
    ({"Pipfile": "[packages]\nseaborn='*'"}, True),
    ({"Pipfile": "[packages]\nnumpy='*'"}, False),
    ({"binder/environment.yml": "dependencies:\n  - seaborn"}, True),
    ({"requirements.txt": "plotnine", "poetry.lock": LOCK}, True),  # it comes along
    ({"requirements.txt": "numpy", "poetry.lock": LOCK}, False),
    ({"requirements.txt": "-e ./lib", "lib/src/seaborn.py": ""}, False),  # that is another's
    ({}, True),
]


def test_own_modules_are_found_in_a_full_folder(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("numpy", encoding="utf-8")
    for number in range(300):
        (tmp_path / f"a{number}.csv").touch()
    (tmp_path / "seaborn.py").touch()
    assert _check(build.write(tmp_path, "# %%\nimport seaborn as sns\nsns.plot()")) == []


@pytest.mark.parametrize(("world", "is_declared"), DECLARED, ids=lambda v: str(v)[:70])
def test_what_a_project_declares(world: dict[str, str], is_declared: bool, tmp_path: Path) -> None:
    (tmp_path / "nb").mkdir()
    for name, text in world.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    path = build.write(tmp_path / "nb", "# %%\nimport seaborn as sns\nsns.plot()")
    assert ("NB803" not in _check(path)) is is_declared


def test_own_modules_are_no_requirements(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("-e ./libs/birds\nnumpy", encoding="utf-8")
    (tmp_path / "libs/birds/src/birdsong").mkdir(parents=True)
    (tmp_path / "libs/birds/src/birdsong/__init__.py").touch()
    cells = "# %%\n%%writefile -a made.py\nx = 1\n# %%\nimport made, birdsong, httplib\nmade, birdsong, httplib"
    assert _check(build.write(tmp_path, cells)) == []


def test_what_a_project_lacks_is_said_once(tmp_path: Path) -> None:
    """For each distribution: as many notebooks as import it, and however often each does."""
    (tmp_path / "requirements.txt").write_text("numpy", encoding="utf-8")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "pyproject.toml").write_text("[project]\nname='x'", encoding="utf-8")
    cells = "# %%\nimport cv2, yaml\ncv2, yaml\n# %%\nimport yaml\nyaml"
    paths = [build.write(tmp_path, cells, name=f"{n}.ipynb") for n in range(3)]
    paths.append(build.write(tmp_path / "other", cells))
    whole_project.of_root.cache_clear()
    reports = list(check_all(paths, Selected(select=("NB803",))))
    assert [len(report.found) for report in reports] == [2, 0, 0, 2]
    assert [report.path for report in reports] == list(map(str, paths))


def test_a_path_is_outside_only_of_a_project(tmp_path: Path) -> None:
    (tmp_path / "nb").mkdir()
    path = build.write(tmp_path / "nb", "# %%\nx = open('../../data.csv')\nx\ny = open('../a')\ny")
    assert _check(path) == ["NB816"]
    (tmp_path / ".git").mkdir()
    assert _check(path) == ["NB811"]


def test_a_file_is_missing_only_while_it_is_not_there(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "nb").mkdir()
    kept = tmp_path / "kept"
    path = build.write(tmp_path / "nb", "# %%\nwith open('data/a.csv') as f:\n    print(f.read())")
    places = (tmp_path / "nb" / "data" / "a.csv", tmp_path / "data" / "a.csv")
    places += (tmp_path / "nb" / "data" / "a.csv.dvc",)
    for place in places:
        assert _check(path, cache=kept) == ["NB816"]
        place.parent.mkdir(exist_ok=True)
        place.write_text("1")
        assert _check(path, cache=kept) == []
        place.unlink()


@pytest.mark.parametrize(
    ("above", "found"),
    [
        ("backend = emcee.HDFBackend(name)", []),
        ("print(name)", ["NB816"]),
        ("open(name)", ["NB816"]),
    ],
)
def test_what_a_file_is_given_to_may_write_it(tmp_path: Path, above: str, found: list[str]) -> None:
    cells = f"import emcee\nemcee\nname = 'a.h5'\n# %%\n{above}\n# %%\nopen(name).read()"
    assert _check(build.write(tmp_path, cells)) == found


def test_code_of_a_newer_python_is_said_to_be_that(tmp_path: Path) -> None:
    path = build.write(tmp_path, "x = = 1")
    document = json.loads(path.read_text(encoding="utf-8"))
    document["metadata"]["language_info"] = {"name": "python", "version": "3.99.1"}
    path.write_text(json.dumps(document), encoding="utf-8")
    (report,) = check_all([path], Selected(select=("NB801",)))
    assert "(it was run with Python 3.99)" in report.found[0].finding.message


# ------------------------------------------------------------------------------------------- fixes

FIXED: list[tuple[str, str]] = [
    ("# %%\n!pip install pandas\nx = 1\nx", "# %%\n%pip install pandas\nx = 1\nx"),
    ("# %%\n!pip3 install -q pandas", "# %%\n%pip install -q pandas"),
    ("# %%\nimport json\nx = 1\nx", "# %%\nx = 1\nx"),
    ("# %%\nimport json\nimport os\n# %%\nos.sep", "# %%\nimport os\n# %%\nos.sep"),
    ("# %%\n%%time\nimport json\nx = 1\nx", "# %%\n%%time\nx = 1\nx"),
    ("# %%\nx = 1\nx\nimport json", "# %%\nx = 1\nx"),
    ("# %%\nimport json\nimport os\nx = 1\nx", "# %%\nx = 1\nx"),
    ("# %%\nfrom math import (\n    pi,\n    tau,\n)\nx = 1\nx", "# %%\nx = 1\nx"),
]
UNFIXED = [
    "# %%\n!pip install pandas && ls",
    "# %%\n!python -m pip install pandas",
    "# %%\nimport json",  # nothing would be left
    "# %%\nimport json\nimport os",
    "# %%\n%%time\nimport json",
    "# %%\nimport json  # for later\nx = 1\nx",
    "# %%\nimport json; x = 1\nx",
    "# %%\nimport numpy\nx = 1\nx",  # it may do something that is relied on
    "# %%\nfrom math import pi, tau\nx = pi\nx",
]


def _fixed(path: Path, **options: Any) -> bytes:
    checked = look(path, Selected(**options))
    return fix.fixed(checked.data, checked.notebook, checked.found)


@pytest.mark.parametrize(("before", "after"), FIXED)
def test_fixes(before: str, after: str, tmp_path: Path) -> None:
    path = build.write(tmp_path, before)
    path.write_bytes(_fixed(path))
    assert path.read_text(encoding="utf-8") == build.text(after)
    assert _fixed(path) == path.read_bytes()


@pytest.mark.parametrize("cells", UNFIXED)
def test_what_is_not_sure_is_not_fixed(cells: str, tmp_path: Path) -> None:
    path = build.write(tmp_path, cells)
    assert _fixed(path) == path.read_bytes()


OUTPUTS = (
    '# %% execution_count=3 outputs=[{"output_type":"stream","name":"stdout","text":["61\\n"]}]\n'
    "print(61)\n# %% execution_count=4 kept=1\nx = 1\nx"
)


def test_outputs_are_stripped_and_nothing_else(tmp_path: Path) -> None:
    path = build.write(tmp_path, OUTPUTS, authors=["Anna"])
    wanted = json.loads(path.read_text(encoding="utf-8"))
    wanted["cells"][0]["outputs"] = []
    path.write_bytes(_fixed(path, outputs="strip"))
    assert path.read_text(encoding="utf-8") == json.dumps(wanted, indent=1) + "\n"
    assert _check(path, outputs="strip") == []


@pytest.mark.parametrize(
    ("bom", "newline", "indent"), [(b"\xef\xbb\xbf", "\r\n", 2), (b"", "\n", 4)]
)
def test_a_fix_keeps_the_layout(bom: bytes, newline: str, indent: int, tmp_path: Path) -> None:
    def laid_out(cells: str) -> bytes:
        text = json.dumps(build.document(cells), indent=indent, ensure_ascii=False)
        return bom + text.replace("\n", newline).encode()

    path = tmp_path / "a.ipynb"
    path.write_bytes(laid_out("# %%\n!pip install é\nx = 1\nx"))
    assert _fixed(path) == laid_out("# %%\n%pip install é\nx = 1\nx")


def test_a_file_of_a_layout_of_its_own_is_not_rewritten(tmp_path: Path) -> None:
    path = build.write(tmp_path, UNUSED)
    path.write_bytes(path.read_bytes().replace(b'"nbformat": 4', b'"nbformat":  4'))
    with pytest.raises(NotebookError, match="laid out"):
        _fixed(path)


# ------------------------------------------------------------------------------------------ formats


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Report]:
    monkeypatch.chdir(tmp_path)
    Path("sub").mkdir()
    build.write(
        Path(), f"# %%\nx = '<&>\"%'\nx\n# %%\nimport json\nkey = '{GITHUB}'\nkey", "a b.ipynb"
    )
    build.write(Path("sub"), "# %%\nx = 1\nx", "fine.ipynb")
    Path("sub/cut.ipynb").write_text('{"cells": [', encoding="utf-8")
    return list(check_all(walk.notebooks([Path()]), Selected()))


def test_no_format_tells_a_secret(reports: list[Report]) -> None:
    for render in FORMATS.values():
        text = render(reports)
        assert GITHUB[4:12] not in text
        assert "NB901" in text
        assert "cut.ipynb" in text


def test_text(reports: list[Report]) -> None:
    assert FORMATS["text"](reports).startswith(
        "a b.ipynb: cell 2, line 1: NB804 json is imported, and nothing uses it\n"
        "    import json\n"
        "           ^^^^\n"
        "    hint: Remove the import.\n"
        "a b.ipynb: cell 2, line 2: NB901 a GitHub token is in the cell: ghp_"
    )


def test_json(reports: list[Report]) -> None:
    told = json.loads(FORMATS["json"](reports))
    assert [f["code"] for f in told["findings"]] == ["NB804", "NB901"]
    assert [error["path"] for error in told["errors"]] == ["sub/cut.ipynb"]
    first = told["findings"][0]
    lines = Path("a b.ipynb").read_text(encoding="utf-8").split("\n")
    assert (first["cell"], first["line"], first["column"]) == (2, 1, 8)
    assert "import json" in lines[first["file_line"] - 1]


def test_sarif_follows_its_schema(reports: list[Report]) -> None:
    told = json.loads(FORMATS["sarif"](reports))
    schema = schemas.sarif()
    jsonschema.validate(told, schema)
    (run,) = told["runs"]
    result = run["results"][0]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20b.ipynb"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "NB804"
    assert run["invocations"][0]["executionSuccessful"] is False
    jsonschema.validate(json.loads(FORMATS["sarif"]([])), schema)


GITLAB = {  # docs.gitlab.com, "Code quality report format"
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 16},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./)[^\\\\]+$"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def test_gitlab(reports: list[Report]) -> None:
    told = json.loads(FORMATS["gitlab"](reports))
    jsonschema.validate(told, GITLAB)
    assert len({entry["fingerprint"] for entry in told}) == len(told) == 3


def test_fingerprints_outlive_cells_above(tmp_path: Path) -> None:
    def prints(cells: str) -> list[str]:
        report = check_file(build.write(tmp_path, cells), Selected())
        return [entry["fingerprint"] for entry in json.loads(FORMATS["gitlab"]([report]))]

    assert prints(UNUSED) == prints("# %%\nprint(1)\n" + UNUSED)
    twice = prints("# %%\nfrom math import *\nsin(1)\n# %%\nfrom math import *\ncos(1)")
    assert len(set(twice)) == 2


def test_github(reports: list[Report]) -> None:
    lines = FORMATS["github"](reports).splitlines()
    assert lines[0].startswith("::warning file=a b.ipynb,line=")
    assert "title=NB804::cell 2, line 1: json is imported" in lines[0]
    assert lines[1].startswith("::error ")
    assert len(lines) == 3


def test_junit(reports: list[Report]) -> None:
    root = ElementTree.fromstring(FORMATS["junit"](reports))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("4", "2", "1")
    assert [len(suite) for suite in root] == [2, 1, 1]
    assert root.findall(".//failure")[0].get("message") == "json is imported, and nothing uses it"


@pytest.mark.parametrize("indent", [1, 4, None])
def test_the_line_in_the_file(indent: int | None, tmp_path: Path) -> None:
    document = build.document("# %% [markdown]\n# a\n\n# %%\n%%time\nimport json\nx = 1\nx")
    document["metadata"]["source"] = {"source": "x"}
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(document, indent=indent), encoding="utf-8")
    (located,) = check_file(path, Selected()).found
    line = path.read_text(encoding="utf-8").split("\n")[located.file_line - 1]
    assert "import json" in line
    assert (located.file_line > 1) is (indent is not None)


# --------------------------------------------------------------------------------------- the cache


def test_the_cache_says_the_same(tmp_path: Path) -> None:
    place = tmp_path / "cache"
    path = build.write(tmp_path, f"# %%\nimport json\nkey = '{GITHUB}'\nkey\n!pip install x\n")
    first = check_file(path, Selected(cache=place))
    (entry,) = place.glob("*.json")
    assert check_file(path, Selected(cache=place)) == first == check_file(path, Selected())
    text = entry.read_text(encoding="utf-8")
    assert GITHUB[4:12] not in text
    entry.write_text(text.replace("json is", "told from the cache: json is"), encoding="utf-8")
    assert "told from the cache" in check_file(path, Selected(cache=place)).found[0].finding.message


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"findings": [{}]}', "\0\xff", '{"findings": 3}']
)
def test_a_broken_cache_is_made_anew(content: str, tmp_path: Path) -> None:
    place = tmp_path / "cache"
    path = build.write(tmp_path, UNUSED)
    first = check_file(path, Selected(cache=place))
    (entry,) = place.glob("*.json")
    whole = entry.read_bytes()
    entry.write_text(content, encoding="utf-8")
    assert check_file(path, Selected(cache=place)) == first
    assert entry.read_bytes() == whole


def test_the_cache_knows_what_a_finding_depends_on(tmp_path: Path) -> None:
    place = tmp_path / "cache"
    path = build.write(tmp_path, "# %%\nimport seaborn as sns\nsns.plot()")
    assert _check(path, cache=place) == []
    (tmp_path / "requirements.txt").write_text("numpy", encoding="utf-8")
    assert _check(path, cache=place) == ["NB803"]
    assert _check(path, cache=place, ignore=("NB803",)) == []
    assert _check(path, cache=place, outputs="forbid") == ["NB803"]
    path.write_bytes(path.read_bytes().replace(b"seaborn", b"numpy"))
    assert _check(path, cache=place) == []
    assert len(list(place.glob("*.json"))) == 5


def test_what_is_installed_counts_where_it_is_asked_for() -> None:
    def keys(*codes: str) -> set[str]:
        names = {cache.key(b"", frozenset(codes), Limits(), ProjectFacts())}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "path", [])
            installed.cache_clear()
            names.add(cache.key(b"", frozenset(codes), Limits(), ProjectFacts()))
        installed.cache_clear()
        return names

    assert len(keys("NB802")) == 2
    assert len(keys("NB803")) == 1


def test_a_cache_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, not a folder", encoding="utf-8")
    assert _check(build.write(tmp_path, UNUSED), cache=tmp_path / "cache") == ["NB804"]


def test_old_entries_go(tmp_path: Path) -> None:
    old, new = tmp_path / "a.json", tmp_path / "b.json"
    for entry in (old, new):
        entry.write_text("{}", encoding="utf-8")
    os.utime(old, (1, 1))
    user_cache.prune(tmp_path)
    assert not old.exists()
    assert new.exists()


# ------------------------------------------------------------------------------------------ folders


def test_folders_are_walked(tmp_path: Path) -> None:
    wanted = ["a.ipynb", "sub/b.ipynb", "venv/c.ipynb"]
    others = [
        ".ipynb_checkpoints/a.ipynb",
        ".hidden/a.ipynb",
        "env/lib/a.ipynb",
        "p/.nb2pkg/base/a.ipynb",
        "node_modules/a.ipynb",
        "sub/.b.ipynb",
        "sub/b.py",
    ]
    for name in [*wanted, *others, "env/pyvenv.cfg"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [path.relative_to(tmp_path).as_posix() for path in walk.notebooks([tmp_path])]
    assert found == wanted
    again = walk.notebooks([tmp_path / "sub", tmp_path / "sub" / "b.ipynb", tmp_path / "sub/b.py"])
    assert [path.name for path in again] == ["b.ipynb", "b.py"]
    with pytest.raises(Nb2pkgError, match="no such file"):
        walk.notebooks([tmp_path / "nowhere"])


def test_narratives_are_passed_over_unless_named() -> None:
    sample = Path(__file__).resolve().parents[1] / "sample_project"
    story = sample / "penguins-package" / "notebooks" / "penguins.ipynb"
    assert walk.notebooks([sample]) == tuple(sorted(sample.glob("*.ipynb")))
    assert walk.notebooks([story]) == (story,)


def test_in_parallel_as_in_a_row(tmp_path: Path) -> None:
    for number in range(30):
        build.write(tmp_path, f"# %%\nimport json\nx{number} = 1\nx{number}", f"{number:02}.ipynb")
    (tmp_path / "40.ipynb").write_bytes(b"\xff\xfe")
    paths = walk.notebooks([tmp_path])
    one = list(check_all(paths, Selected(), jobs=1))
    assert list(check_all(paths, Selected(), jobs=2)) == one
    assert [report.path for report in one] == [str(path) for path in paths]
    assert sum(map(bool, (report.error for report in one))) == 1


def test_what_the_cache_has_stands_between_what_is_checked_anew(tmp_path: Path) -> None:
    for number in range(60):
        build.write(tmp_path, f"# %%\nimport json\nx{number} = 1\nx{number}", f"{number:02}.ipynb")
    paths = walk.notebooks([tmp_path])
    wanted = Selected(cache=tmp_path / "cache")
    list(check_all(paths[::3], wanted, jobs=1))
    (tmp_path / "33.ipynb").write_bytes(b"\xff\xfe")
    again = (*paths, paths[0], paths[33], tmp_path / "gone.ipynb")
    assert list(check_all(again, wanted, jobs=2)) == list(check_all(again, Selected(), jobs=1))


# --------------------------------------------------------------------------------------- exit codes


def _run(*words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    own = {"NB2PKG_CACHE_DIR": str(cwd / "cache"), "PYTHONUTF8": "1"}
    environment = os.environ | own | variables
    command = [sys.executable, "-m", "nb2pkg", "check", *words]
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, encoding="utf-8", errors="replace"
    )


R = {"kernelspec": {"name": "ir", "language": "R"}, "language_info": {"name": "R"}}
PYTHON_2 = {
    "kernelspec": {"name": "python2"},
    "language_info": {"name": "python", "version": "2.7"},
}


def test_nothing_found_is_0(tmp_path: Path) -> None:
    build.write(tmp_path, "# %%\nx = 1\nx")
    done = _run(".", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "nothing found in 1 notebook\n"


def test_findings_and_unreadable_files_are_1(tmp_path: Path) -> None:
    build.write(tmp_path, UNUSED, "a.ipynb")
    build.write(tmp_path, "# %%\nx <- 1", "r.ipynb", **R)
    build.write(tmp_path, "# %%\nprint 1", "two.ipynb", **PYTHON_2)
    (tmp_path / "bytes.ipynb").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "empty.ipynb").touch()
    done = _run(".", cwd=tmp_path)
    assert done.returncode == 1
    told = [line for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert [line.partition(":")[0] for line in told] == [
        "a.ipynb", "bytes.ipynb", "empty.ipynb", "r.ipynb", "two.ipynb",
    ]  # fmt: skip
    assert done.stderr == "2 findings in 2 of 5 notebooks; 3 cannot be read; 1 fixable with --fix\n"


def test_a_notebook_without_code_is_fine(tmp_path: Path) -> None:
    build.write(tmp_path, "# %% [markdown]\n# # Title")
    assert _run(".", cwd=tmp_path).returncode == 0


WRONG_CALLS = [
    (("nowhere.ipynb",), 2, "there is no such file"),
    ((".", "empty"), 2, "empty: there is no such file or folder"),
    (("full",), 1, "full: there is no notebook in it"),
    (("full", "--allow-empty"), 0, "nothing found in 0 notebooks"),
    (("a.ipynb", "--run", "--timeout", "-5"), 2, "--timeout"),
    ((), 2, "Missing argument"),
    (("a.ipynb", "--select", "E501"), 2, "there is no check 'E501'"),
    (("a.ipynb", "--fix", "--diff"), 2, "cannot be used together"),
    (("a.ipynb", "--format", "xml"), 2, "xml"),
]


@pytest.mark.parametrize(("words", "code", "message"), WRONG_CALLS)
def test_wrong_calls(words: tuple[str, ...], code: int, message: str, tmp_path: Path) -> None:
    build.write(tmp_path, UNUSED, "a.ipynb")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").touch()
    done = _run(*words, cwd=tmp_path)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


ODD = [
    "import json\nx = '\ud800'\nx",
    "import json  # \ud800 é \x85",
    "x = 1\0",
    "x = " + "(" * 300 + ")" * 300,
    "x = " + "-" * 5000 + "1",
    "import json\f\nx = 1\r\nimport os\ry = 2",
    "import json\nx = '" + "a" * 100000 + "'\nx",
    "if True:\n\timport json\n\tx = eval('a' + b)",
]


@pytest.mark.parametrize("form", FORMATS)
def test_odd_text_stops_nothing(form: str, tmp_path: Path) -> None:
    for number, source in enumerate(ODD):
        document = json.dumps(build.document([source]))
        (tmp_path / f"{number}.ipynb").write_text(document, encoding="utf-8")
    done = _run(".", "--format", form, cwd=tmp_path, PYTHONUTF8="0", PYTHONIOENCODING="cp1252")
    assert done.returncode == 1
    assert done.stderr.startswith("9 findings in 8 of 8 notebooks"), done.stderr


def test_fix_and_diff(tmp_path: Path) -> None:
    path = build.write(tmp_path, f"# %%\nkey = '{GITHUB}'\n!pip install x\nkey", "a.ipynb")
    before = path.read_bytes()
    shown = _run(".", "--diff", cwd=tmp_path)
    assert (shown.returncode, path.read_bytes()) == (1, before)
    assert '-    "!pip install x\\n",\n+    "%pip install x\\n",' in shown.stdout
    assert GITHUB[4:12] not in shown.stdout
    done = _run(".", "--fix", "--ignore", "NB9", cwd=tmp_path)
    assert path.read_bytes() == before.replace(b"!pip", b"%pip")
    assert "fixed 1 notebook" in done.stderr
    assert [p.name for p in tmp_path.glob("*.ipynb")] == ["a.ipynb"]


def test_checking_loads_nothing_heavy(tmp_path: Path) -> None:
    path = build.write(tmp_path, UNUSED)
    code = (
        "import sys\nfrom nb2pkg.cli.main import cli\n"
        f"try:\n    cli(['check', {str(path)!r}, '--no-cache'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'nbformat', 'black', 'libcst', 'jinja2', 'networkx', 'IPython', 'nbclient'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ast.literal_eval(done.stdout.splitlines()[-1]) == []


def test_what_the_cache_has_needs_no_analysis(tmp_path: Path) -> None:
    place = tmp_path / "work"
    place.mkdir()
    for number in range(30):
        build.write(place, f"# %%\nimport json\nx = {number}", f"{number:02}.ipynb")
    (place / "pyproject.toml").write_text('[project]\nname = "birds"\ndependencies = ["numpy"]\n')
    code = (
        "import sys\nfrom nb2pkg.cli.main import cli\n"
        f"try:\n    cli(['check', {str(place)!r}])\nexcept SystemExit:\n    pass\n"
        "heavy = {'nb2pkg.facts', 'nb2pkg.check.examine', 'asyncio', 'concurrent.futures'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    own = os.environ | {"NB2PKG_CACHE_DIR": str(tmp_path / "cache")}
    loaded = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=own
        )
        loaded.append(ast.literal_eval(done.stdout.splitlines()[-1]))
    assert loaded == [["concurrent.futures", "nb2pkg.check.examine", "nb2pkg.facts"], []]
