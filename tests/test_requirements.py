"""From code to requirements: which distributions, in which versions, for whom."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from nb2pkg.environment import Distribution, Environment
from nb2pkg.errors import Nb2pkgError
from nb2pkg.requirements import (
    clashes,
    constraints,
    gather,
    implied,
    imports,
    installs,
    known,
    local,
    pins,
    pythons,
    settings,
)
from nb2pkg.requirements.combine import resolve
from nb2pkg.requirements.model import Demand, Evidence, Need, Requirement, Requirements, Use
from nb2pkg.requirements.resolve import Hints, brought_by
from tests import build

LINUX = {"sys_platform": "linux", "os_name": "posix", "python_version": "3.12"}


def environment(**distributions: Any) -> Environment:
    """Keyword to Distribution, or to a version; ``_`` stands for ``-``. Each brings its namesake."""
    found = {}
    for key, value in distributions.items():
        name = canonicalize_name(key)
        one = value if isinstance(value, Distribution) else Distribution(name, value, (key,))
        found[name] = one
    return Environment(found, LINUX)


def needs_of(code: str) -> list[tuple[str, bool, str]]:
    return [(one.module, one.is_optional, one.marker) for one in imports.of(ast.parse(code))]


# ---------------------------------------------------------------------------------- imports


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import a.b as c, d", [("a.b", False, ""), ("d", False, "")]),
        ("from a.b import c, d", [("a.b.c", False, ""), ("a.b.d", False, "")]),
        ("from a import *", [("a", False, "")]),
        ("from . import a\nfrom .b import c", []),
        ("def f():\n    class C:\n        import a", [("a", False, "")]),
        (
            "import importlib\nx = importlib.import_module('a.b')",
            [("importlib", False, ""), ("a.b", False, "")],
        ),
        ("x = __import__('a')", [("a", False, "")]),
        ("importlib.import_module(name)", []),
        ("importlib.import_module('.a', 'b')", []),
        ("pytest.importorskip('a')", [("a", True, "")]),
    ],
)
def test_imports_count_wherever_they_stand(code: str, found: list[tuple[str, bool, str]]) -> None:
    assert needs_of(code) == found


@pytest.mark.parametrize(
    "caught", ["ImportError", "ModuleNotFoundError", "Exception", "(OSError, ImportError)", ""]
)
def test_an_import_that_may_fail_is_optional(caught: str) -> None:
    code = f"try:\n    import a\nexcept {caught}:\n    import b\nelse:\n    import c"
    assert needs_of(code) == [("a", True, ""), ("b", True, ""), ("c", False, "")]


def test_an_import_whose_failure_is_not_caught_is_not() -> None:
    assert needs_of("try:\n    import a\nexcept ValueError:\n    pass") == [("a", False, "")]


def test_a_condition_on_the_platform_is_a_marker() -> None:
    code = "if sys.platform == 'win32':\n    import a\nelse:\n    import b"
    assert needs_of(code) == [
        ("a", False, "sys_platform == 'win32'"),
        ("b", False, "sys_platform != 'win32'"),
    ]
    nested = "if os.name == 'nt':\n    if platform.system() != 'Java':\n        import a"
    assert needs_of(nested) == [("a", False, "os_name == 'nt' and platform_system != 'Java'")]
    recent = "if sys.version_info >= (3, 11):\n    import a\nelse:\n    import b"
    assert needs_of(recent) == [
        ("a", False, "python_version >= '3.11'"),
        ("b", False, "python_version < '3.11'"),
    ]
    assert needs_of("if fast:\n    import a") == [("a", False, "")]


def test_what_only_type_checkers_import_is_not_needed() -> None:
    code = "if TYPE_CHECKING:\n    import a\nelse:\n    import b\nif typing.TYPE_CHECKING:\n    import c"
    assert needs_of(code) == [("b", False, "")]


@pytest.mark.parametrize(
    ("line", "installed", "found"),
    [
        ("x = 1", False, {"scales"}),
        ("sys.path.insert(0, '../src')", False, {"scales", "lab"}),
        ("sys.path.insert(0, '../src')", True, {"scales", "lab"}),
        ("sys.path.append('../src')", False, {"scales", "lab"}),
        ("sys.path.append('../src')", True, {"scales"}),
        ("sys.path += ['../src']", False, {"scales"}),
        ("sys.path.append(os.path.join('..', 'src'))", False, {"scales", "lab"}),
        ("sys.path.append(os.path.abspath('..') )", False, {"scales", "tool"}),
        ("sys.path.insert(0, str(Path().resolve().parent))", False, {"scales", "tool"}),
        ("sys.path.extend(['..', '../src'])", False, {"scales", "tool", "lab"}),
        ("sys.path.append('no/such/folder')", False, {"scales"}),
        ("sys.path.append(folder)", False, {"scales"}),
    ],
)
def test_modules_that_are_files(
    tmp_path: Path, line: str, installed: bool, found: set[str]
) -> None:
    for path in ("tool.py", "src/lab/__init__.py", "work/scales.py", "work/.hidden.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    notebook = build.notebook([f"import sys, os\n{line}"])
    assert local.around(notebook, tmp_path / "work", lambda _: installed) == found


def test_a_module_that_is_a_file_of_the_project_is_no_distribution_of_a_stranger(
    tmp_path: Path,
) -> None:
    """Wherever it lies: only what is installed comes before it."""
    files = (
        "pyproject.toml",
        "tools/deep/our_vehicle.py",
        "lab/our_road/__init__.py",
        "seaborn.py",
        "env/pyvenv.cfg",
    )
    made = ("env/lib/weighbridge.py", "old-package/.nb2pkg/x", "old-package/src/scales.py")
    for path in (*files, *made, "notebooks/a.ipynb"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    notebook = build.notebook(
        ["import our_vehicle, our_road, weighbridge, scales, json, absent, seaborn"]
    )
    folder = tmp_path / "notebooks"
    assert local.around(notebook, folder, lambda _: False) == {"our_vehicle", "our_road"}
    assert local.around(notebook, folder, lambda name: name == "our_vehicle") == {"our_road"}


# ------------------------------------------------------------------ what no import names


def words(code: str, *libraries: str) -> list[str]:
    return [text for text, _ in implied.of(ast.parse(code), libraries)]


@pytest.mark.parametrize(
    ("code", "libraries", "found"),
    [
        ("import pandas as pd\npd.read_excel(p)", ["pandas"], ["pandas[excel]"]),
        ("from pandas import read_parquet as read\nread(p)", ["pandas"], ["pandas[parquet]"]),
        ("table.to_excel(p)", ["pandas"], ["pandas[excel]"]),
        ("table.to_excel(p)", ["polars"], []),
        ("to_excel(p)", ["pandas"], []),
        ("read_excel(p)", ["pandas"], []),
        ("x.read(p, engine='pyarrow')", ["pandas"], ["pyarrow"]),
        ("x.read(p, engine='python')", ["pandas"], []),
        ("engine = 'pyarrow'", ["pandas"], []),
        ("create_engine('postgresql://db/birds')", ["sqlalchemy"], ["psycopg2-binary"]),
        ("open_table('s3://bucket/birds')", ["pandas"], ["s3fs"]),
        ("fetch('https://birds')", ["pandas"], []),
        ("import dask.dataframe as dd", ["dask"], ["dask[dataframe]"]),
        ("from bokeh.sampledata import iris", ["bokeh"], ["bokeh_sampledata"]),
        ("from dask import dataframe", ["dask"], ["dask[dataframe]"]),
        ("import dask", ["dask"], []),
        ("print('s3://bucket')", ["requests"], []),
    ],
)
def test_calls_engines_and_addresses_need_more(
    code: str, libraries: list[str], found: list[str]
) -> None:
    assert words(code, *libraries) == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("%pip install lab==1.2 'birds[song]>=2'", ["lab==1.2", "birds[song]>=2"]),
        ("!pip install -q --upgrade lab", ["lab"]),
        ("!pip3 install lab # for the plot", ["lab"]),
        ("!pip -q install lab", ["lab"]),
        ("pip install lab", ["lab"]),
        ("!python -m pip install lab && echo done", ["lab"]),
        ("!{sys.executable} -m pip install lab", ["lab"]),
        ("!uv pip install lab", ["lab"]),
        ("%conda install -y -c conda-forge lab=1.2", ["lab==1.2"]),
        ("!conda install conda-forge::lab", ["lab"]),
        ("!pip install -r requirements.txt --index-url https://user:pw@host/simple lab", ["lab"]),
        ("!pip install git+https://host/lab.git ./lab lab.whl {name} $name", []),
        ("!pip install --upgrade pip setuptools", []),
        ("!pip list", []),
        ("!echo 'pip installs'", []),
        ("!pip install 'open", []),
    ],
)
def test_cells_that_install(line: str, found: list[str]) -> None:
    notebook = build.notebook(["x = 1", line])
    assert [one.words for one in installs.of(notebook)] == found
    assert {one.cell for one in installs.of(notebook)} <= {1}


# -------------------------------------------------------------------- which distribution


def test_what_is_installed_decides_whatever_the_table_says() -> None:
    own = Distribution("opencv-contrib-python", "5.0", ("cv2",))
    found = brought_by("cv2", environment(opencv_contrib_python=own))
    assert (found.distribution, found.version, found.evidence) == (
        "opencv-contrib-python",
        "5.0",
        Evidence.INSTALLED,
    )


def test_of_several_that_bring_it_the_one_that_was_asked_for() -> None:
    usual = Distribution("opencv-python", "5", ("cv2",))
    asked = Distribution("opencv-python-headless", "5", ("cv2",), is_requested=True)
    both = environment(opencv_python=usual, opencv_python_headless=asked)
    assert brought_by("cv2", both).distribution == "opencv-python-headless"
    nobody = environment(
        opencv_python_headless=Distribution("opencv-python-headless", "5", ("cv2",)),
        opencv_python=usual,
    )
    assert brought_by("cv2", nobody).distribution == "opencv-python"


def test_what_is_not_installed() -> None:
    nothing = environment()
    pip = installs.of(build.notebook(["!pip install opencv-python-headless==4.9 weighbridge"]))
    here = Hints(installs=pip)
    there = Hints(declared=frozenset({"opencv-python-headless"}))
    person = Hints(settings={"cv2": "our-opencv", "lab.birds": "lab-birds"})
    cases = [
        ("cv2", Hints(), "opencv-python", Evidence.KNOWN),
        ("cv2", here, "opencv-python-headless", Evidence.CELL),
        ("cv2", there, "opencv-python-headless", Evidence.DECLARED),
        ("cv2", person, "our-opencv", Evidence.SET),
        ("lab.birds.song", person, "lab-birds", Evidence.SET),
        ("lab.fish", person, "transformerlab", Evidence.GUESS),
        ("weighbridge", Hints(), "weighbridge", Evidence.GUESS),
        ("weighbridge", here, "weighbridge", Evidence.CELL),
        ("google.cloud.vision_v1.Client", Hints(), "google-cloud-vision", Evidence.KNOWN),
        ("azure.storage.blob.BlobClient", Hints(), "azure-storage-blob", Evidence.KNOWN),
        ("azure.identity.Credential", Hints(), "azure-identity", Evidence.KNOWN),
    ]
    for module, hints, name, evidence in cases:
        found = brought_by(module, nothing, hints)
        assert (found.distribution, found.evidence) == (name, evidence), module
    assert brought_by("cv2", nothing, here).version == "4.9"


def test_the_table_is_sane() -> None:
    """Each distribution has a name that can be one, and nothing is said twice."""
    for module, given in known.table("modules").items():
        names = [given] if isinstance(given, str) else given
        assert all(canonicalize_name(name) for name in (*names, module))
        assert len(set(map(canonicalize_name, names))) == len(names)
    same = known.table("same")["names"]
    assert len(same) == len(set(same))
    assert not {name for name in same if name in known.table("modules")}


def test_where_it_came_from() -> None:
    commit = {"vcs": "git", "commit_id": "abc123"}
    git = {"url": "https://ada:secret@host/lab.git", "vcs_info": commit, "subdirectory": "py"}
    folder = {"url": "file:///home/ada/lab", "dir_info": {}}
    there = environment(
        lab=Distribution("lab", "1.0", ("lab",), origin=git),
        birds=Distribution("birds", "1.0", ("birds",), origin=folder),
        torch=Distribution("torch", "2.13.0+cpu", ("torch",)),
    )
    lab, birds, torch = (brought_by(name, there) for name in ("lab", "birds", "torch"))
    assert pins.exact(lab) == "lab @ git+https://host/lab.git@abc123#subdirectory=py"
    assert pins.ranged(lab, "compatible") == pins.exact(lab)
    assert birds.is_in_folder
    assert "/home/ada" not in pins.exact(birds) + pins.remark(birds)
    assert (pins.exact(torch), pins.remark(torch)) == ("torch==2.13.0", "ran with 2.13.0+cpu")


# ----------------------------------------------------------------------------- many needs


def test_one_requirement_for_each_distribution_and_the_strongest_use() -> None:
    asked = [
        Need(Use.NOTEBOOK, "lab.plots", places=("cell 3",)),
        Need(Use.PACKAGE, "lab.data", places=("src/a.py:1",)),
        Need(Use.PACKAGE, words="lab[fast]", places=("src/a.py:9",)),
        Need(Use.TESTS, words="lab[fast]"),
    ]
    (found,) = resolve(asked, environment(lab="2.0"), Hints())
    assert (found.name, found.version, found.use) == ("lab[fast]", "2.0", Use.PACKAGE)
    assert found.modules == ("lab.data", "lab.plots")
    assert found.places == ("src/a.py:1", "src/a.py:9", "cell 3")


def test_what_tests_and_narrative_need_is_there_for_both() -> None:
    asked = [Need(use, "lab") for use in (Use.NOTEBOOK, Use.TESTS)]
    found = resolve(asked, environment(lab="2.0"), Hints())
    assert [one.use for one in found] == [Use.TESTS, Use.NOTEBOOK]


def test_an_extra_of_the_narrative_is_no_dependency_of_the_package() -> None:
    asked = [Need(Use.NOTEBOOK, words="lab[plots]"), Need(Use.PACKAGE, "lab")]
    found = resolve(asked, environment(lab="2.0"), Hints())
    assert [(one.use, one.name) for one in found] == [
        (Use.PACKAGE, "lab"),
        (Use.NOTEBOOK, "lab[plots]"),
    ]


def test_what_is_optional_and_not_there_is_not_needed() -> None:
    asked = [Need(Use.PACKAGE, name, is_optional=True) for name in ("lab", "birds")]
    found = resolve(asked, environment(lab="2.0"), Hints())
    assert [one.distribution for one in found] == ["lab"]


def test_a_marker_falls_where_it_is_needed_everywhere() -> None:
    windows = Need(Use.PACKAGE, "lab", marker="sys_platform == 'win32'", places=("a",))
    everywhere = Need(Use.PACKAGE, "lab", places=("b",))
    (alone,) = resolve([windows], environment(lab="1"), Hints())
    assert pins.exact(alone) == "lab==1; sys_platform == 'win32'"
    for order in ([windows, everywhere], [everywhere, windows]):
        (both,) = resolve(order, environment(lab="1"), Hints())
        assert (both.marker, both.use) == ("", Use.PACKAGE)
        assert set(both.places) == {"a", "b"}


def project(
    files: Mapping[str, str], cells: list[str], there: Environment, **more: Any
) -> Requirements:
    notebook = build.notebook(cells)
    return gather.of_project(files, notebook, {"own"}, 10, there, Hints(), "compatible", **more)


def test_each_goes_where_it_is_needed() -> None:
    there = environment(pandas="3.1.1", seaborn="0.13.2", pytest="9.2", ipykernel="7", own="1")
    files = {
        "src/own/a.py": "import pandas\nimport own.b\nimport json",
        "tests/test_a.py": "import pytest, pandas, stages, own",
        "tests/stages.py": "",
    }
    found = project(files, ["import pandas, seaborn"], there)
    names = {use: [one.distribution for one in found.of(use)] for use in Use}
    assert names == {
        Use.PACKAGE: ["pandas"],
        Use.TESTS: ["pytest"],
        Use.NOTEBOOK: ["ipykernel", "seaborn"],
    }


def test_a_run_shows_what_no_code_names() -> None:
    pandas = Distribution("pandas", "3", ("pandas",), requires=("dateutil", "jinja2; extra == 'x'"))
    there = environment(pandas=pandas, dateutil="1", jinja2="3", markupsafe="1", ipykernel="7")
    seen = [
        Need(Use.PACKAGE, name, places=("cell 2",))
        for name in ("dateutil", "jinja2", "json", "own")
    ]
    found = project({"src/own/a.py": "import pandas"}, ["x = 1"], there, seen=seen)
    assert [one.distribution for one in found.of(Use.PACKAGE)] == ["jinja2", "pandas"]
    assert [need.module for need in found.seen] == ["jinja2"]


def test_what_only_the_narrative_requires_is_not_there_for_the_package() -> None:
    seaborn = Distribution("seaborn", "1", ("seaborn",), requires=("matplotlib",))
    there = environment(seaborn=seaborn, matplotlib="3", ipykernel="7", pandas="3")
    seen = [Need(use, "matplotlib") for use in (Use.NOTEBOOK, Use.PACKAGE)]
    found = project({"src/own/a.py": "import pandas"}, ["import seaborn"], there, seen=seen)
    assert [one.distribution for one in found.of(Use.PACKAGE)] == ["matplotlib", "pandas"]
    assert [need.use for need in found.seen] == [Use.PACKAGE]


# ----------------------------------------------------------------------------------- pins


@pytest.mark.parametrize(
    ("version", "ranges"),
    [
        ("3.1.1", (">=3.1.1,<4", ">=3.1.1,<3.2", ">=3.1.1", "==3.1.1")),
        ("0.13.2", (">=0.13.2,<0.14", ">=0.13.2,<0.14", ">=0.13.2", "==0.13.2")),
        ("2026.1", (">=2026.1", ">=2026.1,<2026.2", ">=2026.1", "==2026.1")),
        ("7", (">=7,<8", ">=7,<7.1", ">=7", "==7")),
        ("2.0rc1", (">=2.0rc1,<3", ">=2.0rc1,<2.1", ">=2.0rc1", "==2.0rc1")),
        ("2004d-x y", ("==2004d-x y",) * 4),
    ],
)
def test_ranges_begin_with_what_it_ran_with(version: str, ranges: tuple[str, ...]) -> None:
    one = Requirement("lab", version, Evidence.INSTALLED)
    assert tuple(pins.ranged(one, style) for style in settings.RANGES) == tuple(
        f"lab{r}" for r in ranges
    )


@pytest.mark.parametrize(
    ("specifier", "version", "exact", "ranged"),
    [
        ("<4", "3.1.1", "lab==3.1.1", "lab>=3.1.1,<4"),
        ("<3", "3.1.1", "lab<3", "lab<3"),
        ("==2.2.3", "3.1.1", "lab==2.2.3", "lab>=2.2.3,<3"),
        ("==2.2.*", "3.1.1", "lab==2.2.*", "lab==2.2.*"),
        ("==2.2.3", "", "lab==2.2.3", "lab>=2.2.3,<3"),
    ],
)
def test_the_versions_of_the_client_are_kept(
    specifier: str, version: str, exact: str, ranged: str
) -> None:
    one = Requirement("lab", version, Evidence.INSTALLED, demand=Demand(specifier, "c, line 1"))
    assert (pins.exact(one), pins.ranged(one, "compatible")) == (exact, ranged)


def test_a_pin_says_what_is_not_sure() -> None:
    assert (
        pins.remark(Requirement("lab", evidence=Evidence.GUESS)) == "unverified: a guess, check it"
    )
    assert "no version is known" in pins.remark(Requirement("lab", evidence=Evidence.KNOWN))
    other = Requirement("lab", "3", Evidence.INSTALLED, demand=Demand("<3", "client.txt, line 2"))
    assert pins.remark(other) == "ran with 3; client.txt, line 2"
    assert pins.remark(Requirement("lab", "3", Evidence.INSTALLED)) == ""


# ---------------------------------------------------------------------- requires-python


@pytest.mark.parametrize(
    ("syntax", "modules", "needs", "found"),
    [
        (10, [], [], ">=3.10"),
        (12, [], [">=3.9"], ">=3.12"),
        (10, ["tomllib"], [], ">=3.11"),
        (10, ["distutils.core"], [], ">=3.10,<3.12"),
        (10, ["cgi", "imp"], [], ">=3.10,<3.12"),
        (10, [], [">=3.11", "!=3.12.*"], ">=3.11"),
        (10, [], [">=3.11.4"], ">=3.11"),
        (10, [], ["nonsense", ""], ">=3.10"),
        (12, ["distutils"], [], ">=3.12"),
    ],
)
def test_the_oldest_python_has_all_of_it(
    syntax: int, modules: list[str], needs: list[str], found: str
) -> None:
    requirements = [Requirement("lab", "1", Evidence.INSTALLED, python=python) for python in needs]
    assert pythons.requires(syntax, modules, requirements) == found


def test_a_version_that_the_client_replaces_says_nothing_of_python() -> None:
    one = Requirement("lab", "3", python=">=3.13", demand=Demand("<3", "client.txt, line 1"))
    assert pythons.requires(10, [], [one]) == ">=3.10"


# -------------------------------------------------------------------------- constraints


def test_a_file_of_constraints_is_read_as_pip_reads_it(tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("scipy==1.15  # why\n-c client.txt\n", encoding="utf-8")
    path = tmp_path / "client.txt"
    path.write_text(
        "# the client's\n--index-url https://ada:secret@host/simple\nNumPy<2 ; python_version > '3'\n"
        "pandas>=2, \\\n  <3\nnumpy!=1.25\nwindows-only==1; sys_platform == 'win32'\n-c more.txt\nany-version\n"
        "hashed==1 --hash=sha256:aa\n",
        encoding="utf-8",
    )
    found = constraints.read(path, environment())
    assert {name: demand.specifier for name, demand in found.items()} == {
        "numpy": "<2,!=1.25",
        "pandas": "<3,>=2",
        "scipy": "==1.15",
        "hashed": "==1",
    }
    assert found["numpy"].source == "client.txt, line 3 and client.txt, line 6"
    assert found["pandas"].source == "client.txt, line 4"
    assert found["scipy"].source == "more.txt, line 1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("numpy<<2\n", r"client.txt, line 1: 'numpy<<2' is not a constraint"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_constraint_is_one_error(tmp_path: Path, text: str | None, message: str) -> None:
    path = tmp_path / "client.txt"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(Nb2pkgError, match=message):
        constraints.read(path)


def test_who_needs_what_the_client_forbids() -> None:
    pandas = Distribution(
        "pandas", "3.1", ("pandas",), requires=("numpy>=2", "pyarrow; extra == 'p'")
    )
    there = environment(pandas=pandas, numpy="2.4", pyarrow="20", scipy="1.17")
    demands = {
        name: Demand("<1", f"client.txt, line {n}")
        for n, name in enumerate(["numpy", "pyarrow", "scipy"])
    }
    needed = Requirement("pandas", "3.1", Evidence.INSTALLED, places=("cell 1",))
    (one,) = clashes.find([needed], there, demands)
    assert one.what == "it ran with numpy 2.4, and client.txt, line 0 says numpy<1"
    assert one.why == "pandas 3.1 requires numpy>=2"
    both = [*clashes.find([Requirement("pandas", "3.1", extras=("p",))], there, demands)]
    assert [clash.what.split()[3] for clash in both] == ["numpy", "pyarrow"]


# ----------------------------------------------------------------------------- settings


def test_settings_of_the_package_come_first(tmp_path: Path) -> None:
    inner = tmp_path / "notebooks"
    own = tmp_path / "own"
    inner.mkdir()
    own.mkdir()
    (tmp_path / "pyproject.toml").write_text(
        '[tool.nb2pkg.dependencies]\nranges = "minor"\nconstraints = "c.txt"\n'
        '[tool.nb2pkg.dependencies.distributions]\ncv2 = "ours"\n',
        encoding="utf-8",
    )
    around = settings.of([tmp_path / "not-there", inner])
    assert (around.ranges, around.constraints) == ("minor", tmp_path / "c.txt")
    assert around.distributions == {"cv2": "ours"}
    (own / "pyproject.toml").write_text('[tool.nb2pkg.dependencies]\nranges = "exact"\n', "utf-8")
    assert settings.of([own, inner]).ranges == "exact"


@pytest.mark.parametrize(
    "line", ["range = 'minor'", "ranges = 'tight'", "constraints = 3", "distributions = {cv2 = 3}"]
)
def test_settings_that_cannot_be_followed(tmp_path: Path, line: str) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(f"[tool.nb2pkg.dependencies]\n{line}\n", encoding="utf-8")
    with pytest.raises(Nb2pkgError, match=r"\[tool.nb2pkg.dependencies\]"):
        settings.of([tmp_path])
