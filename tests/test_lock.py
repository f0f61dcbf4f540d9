"""nb2pkg lock: real uv and real pip, against an index of this machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from tests.index import SECRET, USER, Index, serving

pytestmark = pytest.mark.xdist_group("lock")  # its index is made once

ROOT = Path(__file__).resolve().parents[1]
LOCK, NOTEBOOK = "requirements-lock.txt", "requirements-notebook-lock.txt"
DEVELOPMENT = "requirements-dev-lock.txt"
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
PYPROJECT = """
[build-system]
requires = ["crate>=1"]
[project]
name = "Fruit_Salad"
version = "1"
requires-python = ">=3.8"
dependencies = ["quince>=1,<3", "medlar[jam]>=1"]
[project.optional-dependencies]
notebook = ["sloe"]
test = ["Fruit-Salad[more]", "rowan>=1"]
more = ["damson"]
"""
PINS = "quince==1.1  # as it ran\nmedlar[jam]==1.0 ; python_version >= '3'\n"

Done = subprocess.CompletedProcess[str]
Call = Callable[..., Done]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Quinces in several versions, and what they need."""
    folder = tmp_path_factory.mktemp("wheels")
    index = Index(folder)
    for version in ("1.0", "1.1", "2.0"):
        index.add("quince", version, "pectin>=1")
    index.add("pectin", "1.0")
    index.add("pectin", "1.0", tag="py3-none-win_amd64")
    index.add("pectin", "1.2")
    index.add("medlar", "1.0", "sugar; extra == 'jam'", "shade; sys_platform == 'win32'")
    for name in ("sugar", "shade", "sloe", "damson", "crate"):
        index.add(name, "1.0")
    index.add("rowan", "1.0", "pectin", "damson")
    return folder


@pytest.fixture
def index(wheels: Path, tmp_path: Path) -> Iterator[Index]:
    """A copy of its own for each test, which may add to it."""
    folder = tmp_path / "wheels"
    shutil.copytree(wheels, folder)
    with serving(folder) as found:
        yield found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "a project"
    folder.mkdir()
    _write(folder, "pyproject.toml", PYPROJECT)
    _write(folder, "requirements.txt", PINS)
    return folder


@pytest.fixture
def lock(index: Index, project: Path, tmp_path: Path) -> Call:
    """Run nb2pkg lock in the project, with the index that its environment names."""

    def call(*options: object, variables: dict[str, str] | None = None) -> Done:
        given = {"UV_DEFAULT_INDEX": index.url, "PIP_INDEX_URL": index.url}
        given = given if variables is None else variables
        environment = index.environment(tmp_path / "cache", PYTHONPATH=str(ROOT), **given)
        words = [sys.executable, "-m", "nb2pkg", "lock", ".", *map(str, options)]
        return subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True)

    return call


def _write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(text.encode("utf-8"))
    return path


def _files(project: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(project.iterdir())}


def _pins(project: Path, name: str = LOCK) -> dict[str, str]:
    """Name to version, and marker, as they stand in a lock."""
    lines = (project / name).read_text(encoding="utf-8").splitlines()
    found = [line.removesuffix(" \\").partition("==") for line in lines if re.match(r"\w", line)]
    return {name: rest for name, _, rest in found}


def _hashes(project: Path, package: str, name: str = LOCK) -> list[str]:
    text = (project / name).read_text(encoding="utf-8")
    block = re.search(rf"^{package}==.*?(?=^\w|\Z)", text, re.MULTILINE | re.DOTALL)
    assert block
    return re.findall(r"sha256:\w{64}", block[0])


def _ok(done: Done) -> None:
    assert done.returncode == 0, done.stdout + done.stderr


def _refused(done: Done, *said: str) -> None:
    assert done.returncode == 1, done.stdout + done.stderr
    for words in said:
        assert words in done.stderr
    assert "Traceback" not in done.stderr


# ------------------------------------------------------------------------------------ versions


@pytest.mark.parametrize("resolver", ["uv", "pip"])
def test_layers(lock: Call, project: Path, resolver: str) -> None:
    done = lock("--with", resolver)
    _ok(done)
    shade = {"shade": "1.0"} if os.name == "nt" else {}
    own = {"medlar": "1.0", "pectin": "1.2", "quince": "1.1", "sugar": "1.0"} | shade
    assert _pins(project) == own
    assert _pins(project, NOTEBOOK) == {"sloe": "1.0"}
    assert _pins(project, DEVELOPMENT) == {"damson": "1.0", "rowan": "1.0"}
    assert f"{LOCK}: {len(own)} distributions, new" in done.stderr
    for name in (NOTEBOOK, DEVELOPMENT):
        assert f"\n-r {LOCK}\n" in (project / name).read_text(encoding="utf-8")


def test_both_resolvers_give_the_same(lock: Call, project: Path) -> None:
    texts = []
    for resolver in ("uv", "pip"):
        _ok(lock("--with", resolver))
        texts.append([_without_hashes(project / name) for name in (LOCK, NOTEBOOK, DEVELOPMENT)])
        for name in (LOCK, NOTEBOOK, DEVELOPMENT):
            (project / name).unlink()
    assert texts[0] == texts[1]


def _without_hashes(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.removesuffix(" \\") for line in lines if not re.match(r"#|    --hash", line)]


def test_uv_has_the_hashes_of_all_archives_and_pip_says_that_it_has_not(
    lock: Call, index: Index, project: Path
) -> None:
    index.add("quince", "1.1", "pectin>=1", tag="py3-none-win_amd64")
    index.add("quince", "1.1", "pectin>=1", tag="py3-none-macosx_11_0_arm64")
    _ok(lock("--with", "pip"))
    text = (project / LOCK).read_text(encoding="utf-8")
    assert len(_hashes(project, "quince")) == 1
    assert "these hashes are of the archives for" in text
    _ok(lock("--with", "uv"))
    assert len(_hashes(project, "quince")) == 3
    assert "these hashes" not in (project / LOCK).read_text(encoding="utf-8")


@pytest.mark.parametrize("resolver", ["uv", "pip"])
def test_the_lock_installs_with_hashes_and_no_other_archive(
    lock: Call, index: Index, project: Path, tmp_path: Path, resolver: str
) -> None:
    _ok(lock("--with", resolver))
    target = tmp_path / "installed"
    command = [sys.executable, "-m", "pip", "install", "--target", str(target), "--no-cache-dir"]
    command += ["--require-hashes", "-r", NOTEBOOK, "-r", DEVELOPMENT]
    environment = index.environment(tmp_path / "cache", PIP_INDEX_URL=index.url)
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
    _ok(done)
    assert {"quince.py", "sugar.py", "sloe.py", "rowan.py"} <= {p.name for p in target.iterdir()}
    index.add("quince", "1.1", "pectin>=1", "crate")  # somebody puts another one in its place
    shutil.rmtree(target)
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "DO NOT MATCH THE HASHES" in done.stderr


def test_the_versions_of_the_run_stay_where_newer_ones_fit(lock: Call, project: Path) -> None:
    _write(project, "requirements.txt", "")
    _ok(lock())
    assert _pins(project)["quince"] == "2.0"
    _write(project, "requirements.txt", PINS)
    done = lock()
    _ok(done)
    assert f"{LOCK}: 4 distributions, 1 changed: quince 2.0 -> 1.1" in done.stderr


@pytest.mark.parametrize("resolver", ["uv", "pip"])
def test_constraints(lock: Call, project: Path, tmp_path: Path, resolver: str) -> None:
    client = _write(tmp_path, "client.txt", "# of the client\npectin<1.2\nunheard-of==9\n")
    _ok(lock("--with", resolver, "--constraints", client))
    assert _pins(project)["pectin"] == "1.0"
    assert "unheard-of" not in _pins(project)
    text = (project / LOCK).read_text(encoding="utf-8")
    assert f"nb2pkg lock . --constraints client.txt --python {HERE} --with {resolver}\n" in text
    assert str(tmp_path) not in text


def test_constraints_that_a_promotion_remembered(lock: Call, project: Path) -> None:
    more = '[tool.nb2pkg.dependencies]\nconstraints = "../client.txt"\n'
    _write(project, "pyproject.toml", PYPROJECT + more)
    _refused(lock(), "client.txt: is not there")
    _write(project.parent, "client.txt", "pectin<1.2\n")
    _ok(lock())
    assert _pins(project)["pectin"] == "1.0"
    text = (project / LOCK).read_text(encoding="utf-8")
    assert f"nb2pkg lock . --python {HERE}\n" in text
    _ok(lock("--constraints", _write(project.parent, "other.txt", "pectin<9\n"), "--upgrade"))
    assert _pins(project)["pectin"] == "1.2"


@pytest.mark.parametrize("resolver", ["uv", "pip"])
def test_a_conflict_is_told_in_the_resolvers_words(
    lock: Call, project: Path, tmp_path: Path, resolver: str
) -> None:
    _ok(lock("--with", resolver))
    before = _files(project)
    client = _write(tmp_path, "client.txt", "quince==1.0\n")
    done = lock("--with", resolver, "--constraints", client)
    words = {
        "uv": "you require quince==1.1 and quince==1.0",
        "pip": "The user requested (constraint) quince==",
    }
    _refused(done, words[resolver], "Nothing was written")
    assert _files(project) == before


@pytest.mark.parametrize("resolver", ["uv", "pip"])
def test_a_second_run_changes_nothing_until_upgrade(
    lock: Call, index: Index, project: Path, resolver: str
) -> None:
    _ok(lock("--with", resolver))
    before = _files(project)
    index.add("pectin", "1.3")
    done = lock("--with", resolver)
    _ok(done)
    assert _files(project) == before
    assert f"{LOCK}: 4 distributions, nothing changed" in done.stderr
    done = lock("--with", resolver, "--upgrade")
    _ok(done)
    assert "1 changed: pectin 1.2 -> 1.3\n" in done.stderr
    assert _pins(project)["quince"] == "1.1"


@pytest.mark.parametrize("resolver", ["uv", "pip"])
def test_what_was_locked_gives_way_where_it_does_not_fit(
    lock: Call, index: Index, project: Path, resolver: str
) -> None:
    _ok(lock("--with", resolver))
    index.add("pectin", "1.3")
    index.add("bergamot", "1.0", "pectin>=1.3")
    changed = PYPROJECT.replace('"quince>=1,<3"', '"quince>=1,<3", "bergamot"')
    _write(project, "pyproject.toml", changed)
    done = lock("--with", resolver)
    _ok(done)
    assert "1 changed: pectin 1.2 -> 1.3; 1 new: bergamot 1.0\n" in done.stderr


def test_pip_keeps_the_hashes_of_other_platforms(lock: Call, index: Index, project: Path) -> None:
    index.add("quince", "1.1", "pectin>=1", tag="py3-none-win_amd64")
    _ok(lock("--with", "uv"))
    _ok(lock("--with", "pip"))
    assert len(_hashes(project, "quince")) == 2


def test_a_layer_that_is_not_needed_any_more_goes(lock: Call, project: Path) -> None:
    _ok(lock())
    _write(project, "pyproject.toml", PYPROJECT.replace('notebook = ["sloe"]\n', ""))
    done = lock()
    _ok(done)
    assert f"{NOTEBOOK}: removed" in done.stderr
    assert not (project / NOTEBOOK).exists()


# ------------------------------------------------------------------------------------- universal


def test_universal_has_markers(lock: Call, index: Index, project: Path) -> None:
    index.add("pectin", "1.4", python=">=3.10")
    _ok(lock("--universal"))
    assert _pins(project)["shade"] == "1.0 ; sys_platform == 'win32'"
    text = (project / LOCK).read_text(encoding="utf-8")
    assert "pectin==1.2 ; python_full_version < '3.10' \\\n" in text
    assert "pectin==1.4 ; python_full_version >= '3.10' \\\n" in text
    assert "# Again, in the folder of the project: nb2pkg lock . --universal\n" in text
    assert "# For Python 3.8 and later on all platforms.\n" in text
    before = _files(project)
    _ok(lock("--universal"))
    assert _files(project) == before
    done = lock()
    _ok(done)
    assert f", now for Python {HERE} on " in done.stderr


def test_universal_for_a_path_and_from_a_version(lock: Call, project: Path) -> None:
    _ok(lock("--universal", "--python", sys.executable))
    text = (project / LOCK).read_text(encoding="utf-8")
    assert "# For Python 3.8 and later on all platforms.\n" in text
    assert sys.executable not in text
    _ok(lock("--universal", "--python", "3.9"))
    text = (project / LOCK).read_text(encoding="utf-8")
    assert "nb2pkg lock . --universal --python 3.9\n" in text
    assert "# For Python 3.9 and later on all platforms.\n" in text


def test_pip_is_not_universal(lock: Call, project: Path) -> None:
    before = _files(project)
    _refused(lock("--universal", "--with", "pip"), "--universal needs uv", "pip install uv")
    assert _files(project) == before


def test_another_python(lock: Call, index: Index, project: Path) -> None:
    index.add("pectin", "1.4", python=">=3.99")
    index.add("pectin", "1.3", python="<3.9")
    _ok(lock("--python", "3.8", "--with", "uv"))
    assert _pins(project)["pectin"] == "1.3"
    assert "# For Python 3.8 on " in (project / LOCK).read_text(encoding="utf-8")
    _ok(lock("--python", sys.executable))
    text = (project / LOCK).read_text(encoding="utf-8")
    assert f"nb2pkg lock . --python {HERE}\n" in text
    assert sys.executable not in text


# --------------------------------------------------------------------------------------- offline


def test_offline_from_the_cache(lock: Call, index: Index, project: Path) -> None:
    _refused(lock("--offline", "--with", "uv"), "network was disabled")
    _ok(lock("--with", "uv"))
    before = _files(project)
    asked = len(index.asked)
    assert asked
    (project / LOCK).unlink()
    _ok(lock("--offline", "--with", "uv"))
    assert _files(project) == before
    assert len(index.asked) == asked


def test_pip_is_not_offline(lock: Call, index: Index, project: Path) -> None:
    _refused(lock("--offline", "--with", "pip"), "--offline needs uv")
    assert not index.asked
    assert LOCK not in _files(project)


# ----------------------------------------------------------------------------------------- check


@pytest.mark.parametrize("resolver", ["uv", "pip"])
def test_check(lock: Call, project: Path, tmp_path: Path, resolver: str) -> None:
    done = lock("--check", "--with", resolver)
    _refused(done, "the lock is out of date")
    assert LOCK not in _files(project)
    _ok(lock("--with", resolver))
    done = lock("--check", "--with", resolver)
    _ok(done)
    assert done.stdout == ""
    client = _write(tmp_path, "client.txt", "pectin<1.2\n")
    before = _files(project)
    done = lock("--check", "--with", resolver, "--constraints", client)
    _refused(done, "the lock is out of date")
    assert "\n-pectin==1.2 \\\n" in done.stdout
    assert "\n+pectin==1.0 \\\n" in done.stdout
    assert _files(project) == before
    changed = PYPROJECT.replace('"quince>=1,<3"', '"quince>=1,<3", "crate"')
    _write(project, "pyproject.toml", changed)
    done = lock("--check", "--with", resolver)
    _refused(done)
    assert "\n+crate==1.0 \\\n" in done.stdout


# --------------------------------------------------------------------------------------- secrets


@pytest.mark.parametrize("resolver", ["uv", "pip"])
def test_nothing_of_the_index_or_the_machine_is_written(
    lock: Call, index: Index, project: Path, tmp_path: Path, resolver: str
) -> None:
    client = _write(tmp_path, "client.txt", f"--extra-index-url {index.url}\npectin<1.2\n")
    _ok(lock("--with", resolver, "--conda", "--constraints", client))
    _assert_clean(project, index, tmp_path)
    done = lock("--with", resolver, "--constraints", _write(tmp_path, "c.txt", "quince==9\n"))
    _refused(done)
    assert SECRET not in done.stderr


def _assert_clean(project: Path, index: Index, tmp_path: Path) -> None:
    own = {"pyproject.toml", "requirements.txt"}
    found = b"".join(text for name, text in _files(project).items() if name not in own)
    assert b"quince==1.1" in found
    for word in (USER, SECRET, "127.0.0.1", str(index.port), "http", "index", str(tmp_path)):
        assert not re.search(rf"\b{re.escape(word)}\b".encode(), found), word
    assert str(Path.home()).encode() not in found


@pytest.mark.parametrize("resolver", ["uv", "pip"])
def test_a_password_in_a_line_that_the_resolver_shows(
    lock: Call, index: Index, tmp_path: Path, resolver: str
) -> None:
    client = _write(tmp_path, "client.txt", f"quince @@ {index.url}quince.whl\n")
    done = lock("--with", resolver, "--constraints", client)
    _refused(done, f"127.0.0.1:{index.port}/simple/quince.whl")
    assert SECRET not in done.stderr


def test_what_pip_is_set_to_counts_for_uv(
    lock: Call, index: Index, project: Path, tmp_path: Path
) -> None:
    """uv does not read pip's settings: names of one's own would go to the public index."""
    other = tmp_path / "other"
    other.mkdir()
    Index(other).add("sloe", "1.5")
    text = f"[global]\nindex-url = {index.url}\n[install]\nfind-links = {other}\n"
    given = {"PIP_CONFIG_FILE": str(_write(tmp_path, "pip.conf", text))}
    _ok(lock("--with", "uv", variables=given))
    assert _pins(project, NOTEBOOK) == {"sloe": "1.5"}
    assert index.asked
    _assert_clean(project, index, tmp_path)


def test_all_indexes_of_pip_are_equal(
    lock: Call, index: Index, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "more").mkdir()
    with serving(tmp_path / "more") as more:
        more.add("quince", "1.0")
        more.add("sloe", "1.5")
        given = {"PIP_INDEX_URL": index.url, "PIP_EXTRA_INDEX_URL": more.url}
        for resolver in ("uv", "pip"):
            _ok(lock("--with", resolver, variables=given))
            assert _pins(project)["quince"] == "1.1"
            assert _pins(project, NOTEBOOK) == {"sloe": "1.5"}
            (project / LOCK).unlink()


def test_pips_variables_count_for_uv(lock: Call, index: Index, project: Path) -> None:
    _ok(lock("--with", "uv", variables={"PIP_INDEX_URL": index.url}))
    assert _pins(project)["quince"] == "1.1"


def test_folders_with_commas_are_not_written(
    lock: Call, index: Index, project: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "Lovelace, Ada"
    folder.mkdir()
    client = _write(folder, "client.txt", "pectin<1.2\nquince<9\n")
    given = {"TMPDIR": str(folder), "TEMP": str(folder), "UV_DEFAULT_INDEX": index.url}
    _ok(lock("--with", "uv", "--constraints", client, variables=given))
    text = (project / LOCK).read_text(encoding="utf-8")
    assert "    # via fruit-salad\n" in text
    assert "Ada" not in text
    assert set(re.findall(r"# via (.*)", text)) <= {"fruit-salad", "quince", "medlar"}


def test_what_uv_is_set_to_comes_first(
    lock: Call, index: Index, project: Path, tmp_path: Path
) -> None:
    text = "[global]\nindex-url = http://127.0.0.1:9/simple\n"  # where nobody listens
    given = {"PIP_CONFIG_FILE": str(_write(tmp_path, "pip.conf", text))}
    _ok(lock("--with", "uv", variables={**given, "UV_DEFAULT_INDEX": index.url}))
    uv = f'[[index]]\nurl = "{index.url}"\ndefault = true\n'
    _write(project, "uv.toml", uv)
    (project / LOCK).unlink()
    _ok(lock("--with", "uv", variables={**given, "UV_NO_CONFIG": "0"}))
    assert _pins(project)["quince"] == "1.1"


def test_an_archive_that_the_project_names(lock: Call, index: Index, project: Path) -> None:
    path = index.add("greengage", "3.0")
    url = f"http://127.0.0.1:{index.port}/files/{path.name}"
    secret = url.replace("://", f"://{USER}:{SECRET}@")
    for address in (secret, f"file://{path}", "git+https://example.org/greengage"):
        changed = PYPROJECT.replace('"quince>=1,<3"', f'"greengage @ {address}"')
        _write(project, "pyproject.toml", changed)
        done = lock()
        _refused(done, "greengage is")
        assert SECRET not in done.stderr
        assert LOCK not in _files(project)


@pytest.mark.parametrize("resolver", ["uv", "pip"])
def test_a_variable_in_an_address_stays_a_variable(
    lock: Call, index: Index, project: Path, resolver: str
) -> None:
    path = index.add("greengage", "3.0")
    url = f"http://${{FRUIT_LOGIN}}@127.0.0.1:{index.port}/files/{path.name}"
    _write(project, "pyproject.toml", PYPROJECT.replace('"quince>=1,<3"', f'"greengage @ {url}"'))
    given = {"UV_DEFAULT_INDEX": index.url, "PIP_INDEX_URL": index.url}
    done = lock("--with", resolver, variables={**given, "FRUIT_LOGIN": f"{USER}:{SECRET}"})
    if resolver == "pip" and Version(metadata.version("pip")) < Version("23.1"):
        _refused(done, "this pip reports no hash for greengage", "--upgrade pip")
        return
    _ok(done)
    text = (project / LOCK).read_text(encoding="utf-8")
    assert f"greengage @ {url} \\\n    --hash=sha256:" in text
    assert SECRET not in text


# ------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "no file there lists dependencies"),
        ("[project\n", "is not valid TOML"),
        ('[tool.poetry]\nname = "x"\n', "no file there lists dependencies"),
        ('[project]\nname = "x"\n', "lists no dependencies"),
        ('[project]\nname = "x"\ndynamic = ["dependencies"]\n', "computed when it is built"),
        (PYPROJECT.replace("quince>=1,<3", "quince>=>1"), "is not a requirement"),
        ('[project]\nname = "x"\ndependencies = "crate"\n', "not a list of strings"),
        (PYPROJECT.replace('">=3.8"', '">=3.8,<3.8"'), "no Python fits requires-python"),
        (PYPROJECT.replace('">=3.8"', '">=3.98"'), "the project needs Python >=3.98"),
        (PYPROJECT.replace('">=3.8"', '">=2.7,<3"'), "no Python fits requires-python"),
        (PYPROJECT.replace('">=3.8"', '"three"'), "has an invalid requires-python"),
        (PYPROJECT + '[tool.uv.sources]\nquince = { path = "q" }\n', "[tool.uv.sources]"),
    ],
)
def test_projects_that_cannot_be_locked(
    lock: Call, project: Path, text: str | None, said: str
) -> None:
    (project / "pyproject.toml").unlink()
    (project / "requirements.txt").unlink()
    if text is not None:
        _write(project, "pyproject.toml", text)
    before = _files(project)
    done = lock()
    _refused(done, said)
    assert len(done.stderr.strip().splitlines()) == 2  # one message, and what to do
    assert _files(project) == before


SETUP = "from setuptools import setup\nsetup(name='bowl', install_requires=['quince<2'], extras_require={'test': ['damson']})\n"
POETRY = """
[tool.poetry]
name = "bowl"
[tool.poetry.dependencies]
python = "^3.10"
quince = "^1.0"
[tool.poetry.group.dev.dependencies]
damson = "*"
"""
DYNAMIC = """
[project]
name = "bowl"
dynamic = ["dependencies"]
[project.optional-dependencies]
dev = ["damson"]
[tool.setuptools.dynamic]
dependencies = { file = ["bowl.txt"] }
"""
OTHERS: dict[str, dict[str, str]] = {
    "lists": {"requirements.txt": "quince<2\n", "requirements-dev.txt": "-r requirements.txt\ndamson\n"},
    "setup.py": {"setup.py": SETUP},
    "setup.cfg": {"setup.cfg": "[metadata]\nname = bowl\n[options]\ninstall_requires =\n  quince<2\n[options.extras_require]\ntest = damson\n"},
    "Poetry": {"pyproject.toml": POETRY},
    "dynamic": {"pyproject.toml": DYNAMIC, "bowl.txt": "quince<2\n"},
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHERS)
def test_projects_that_say_it_elsewhere(lock: Call, project: Path, kind: str) -> None:
    for path in project.iterdir():
        path.unlink()
    for name, text in OTHERS[kind].items():
        _write(project, name, text)
    _ok(lock("--with", "uv", "--conda"))
    assert _pins(project) == {"quince": "1.1", "pectin": "1.2"}
    dev = (project / "requirements-dev-lock.txt").read_text(encoding="utf-8")
    assert "damson==" in dev
    assert "quince=1.1" in (project / "environment.yml").read_text(encoding="utf-8").replace("==", "=")  # fmt: skip


def test_what_uv_has_locked_is_kept(lock: Call, project: Path, index: Index) -> None:
    (project / "requirements.txt").unlink()
    registry = f'source = {{ registry = "{index.url}" }}'
    entries = [("quince", "1.0"), ("pectin", "1.0"), ("sloe", "0.1"), ("sloe", "0.2")]
    packages = [f'[[package]]\nname = "{n}"\nversion = "{v}"\n{registry}\n' for n, v in entries]
    text = "version = 1\n" + "".join(packages)
    _write(project, "uv.lock", text)
    _ok(lock("--upgrade"))
    assert (_pins(project)["quince"], _pins(project)["pectin"]) == ("1.0", "1.0")
    assert (project / "uv.lock").read_text(encoding="utf-8") == text


def test_a_python_that_the_index_has_nothing_for(lock: Call, index: Index, project: Path) -> None:
    index.add("greengage", "1.0", python=">=3.98")
    _write(project, "pyproject.toml", PYPROJECT.replace("quince>=1,<3", "greengage"))
    for resolver in ("uv", "pip"):
        _refused(lock("--with", resolver), "greengage", "3.98")


def test_requirements_of_others_are_read_as_far_as_they_are_pins(lock: Call, project: Path) -> None:
    more = "-e .\n--no-binary :none:\n./local\ngit+https://example.org/x\nquince==1.0 \\\n"
    _write(project, "requirements.txt", f"\ufeff{more}    --hash=sha256:00\r\n")
    _ok(lock())
    assert _pins(project)["quince"] == "1.0"
    _write(project, "requirements.txt", "quince == what\n")
    _refused(lock(), "requirements.txt, line 1")


def test_an_index_that_does_not_answer(lock: Call, project: Path) -> None:
    _ok(lock())
    before = _files(project)
    gone = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0"}
    _write(project, "pyproject.toml", PYPROJECT.replace("quince", "bullace"))
    done = lock("--with", "uv", variables=gone)
    _refused(done, gone["UV_DEFAULT_INDEX"])  # of which name it is asked first, is not known
    assert {**_files(project), "pyproject.toml": b""} == {**before, "pyproject.toml": b""}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_an_interrupted_run_leaves_the_old_lock(
    lock: Call, index: Index, project: Path, tmp_path: Path
) -> None:
    _ok(lock("--with", "uv"))
    before = _files(project)
    index.slow = threading.Event()
    given = {"UV_DEFAULT_INDEX": index.url, "PYTHONPATH": str(ROOT)}
    environment = index.environment(tmp_path / "empty", **given)
    words = [sys.executable, "-m", "nb2pkg", "lock", ".", "--with", "uv", "--upgrade"]
    running = subprocess.Popen(
        words, cwd=project, env=environment, stderr=subprocess.PIPE, start_new_session=True
    )
    time.sleep(2)
    assert running.poll() is None
    os.killpg(running.pid, signal.SIGINT)
    running.communicate(timeout=30)
    assert running.returncode not in (0, None)
    assert _files(project) == before
    assert sorted(p.name for p in project.parent.iterdir() if p.name.startswith(".")) == []


# -------------------------------------------------------------------------------- edited by hand


@pytest.mark.parametrize("name", [LOCK, "environment.yml"])
def test_an_edited_file_is_kept(lock: Call, project: Path, name: str) -> None:
    _ok(lock("--conda"))
    path = project / name
    path.write_bytes(path.read_bytes() + b"# mine\n")
    before = _files(project)
    done = lock("--conda")
    _refused(done, f"{name} was edited, so nothing was written", "--force")
    assert _files(project) == before
    _ok(lock("--conda", "--force"))
    assert b"# mine" not in path.read_bytes()


def test_a_file_of_others_is_kept(lock: Call, project: Path) -> None:
    _write(project, "environment.yml", "name: mine\n")
    _ok(lock())
    before = _files(project)
    _refused(lock("--conda"), "environment.yml is not of nb2pkg lock")
    assert _files(project) == before


def test_a_file_that_is_no_text_is_kept(lock: Call, project: Path) -> None:
    (project / "environment.yml").write_bytes(b"name: caf\xe9\n")
    before = _files(project)
    _refused(lock("--conda"), "environment.yml is not of nb2pkg lock")
    assert _files(project) == before
    (project / "environment.yml").unlink()
    (project / "environment.yml").mkdir()
    _refused(lock("--conda"), "environment.yml is a folder")


def test_line_ends_of_windows_are_no_edit(lock: Call, project: Path) -> None:
    _ok(lock())
    path = project / LOCK
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    _ok(lock())
    assert b"\r" not in path.read_bytes()


# ----------------------------------------------------------------------------------------- conda

# By the documentation of conda, "Creating an environment file manually", and the list of keys that conda
# env reads: name, channels, dependencies, prefix, variables. No package ships a schema of it.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["name", "dependencies"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "pattern": r"^[^/ :#]+$"},
        "channels": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "prefix": {"type": "string"},
        "variables": {"type": "object", "additionalProperties": {"type": "string"}},
        "dependencies": {
            "type": "array",
            "items": {
                "oneOf": [
                    {"type": "string", "pattern": r"^[a-z0-9_.-]+([=<>!~]+[\w.*!,<>=]+)?$"},
                    {
                        "type": "object",
                        "required": ["pip"],
                        "additionalProperties": False,
                        "properties": {"pip": {"type": "array", "items": {"type": "string"}}},
                    },
                ]
            },
        },
    },
}


def _environment(project: Path) -> Any:
    """environment.yml as a YAML reader sees it, after it fits the schema."""
    import jsonschema
    from ruamel.yaml import YAML

    found = YAML(typ="safe").load((project / "environment.yml").read_text(encoding="utf-8"))
    jsonschema.validate(found, SCHEMA)
    return found


def test_environment(lock: Call, index: Index, project: Path) -> None:
    index.add("torch", "2.1")
    index.add("opencv-python", "4.9.0.80")
    index.add("pandas", "2.2", "numpy; extra == 'fast'")
    index.add("numpy", "1.26")
    index.add("scipy", "1.5+local")
    needs = ["torch", "opencv-python", "Pandas[fast]", "scipy", "numpy; sys_platform != 'x'"]
    wanted = json.dumps(["quince>=1,<3", *needs])
    _write(
        project, "pyproject.toml", PYPROJECT.replace('["quince>=1,<3", "medlar[jam]>=1"]', wanted)
    )
    _ok(lock("--conda"))
    found = _environment(project)
    assert found["name"] == "fruit-salad"
    assert found["channels"] == ["conda-forge"]
    assert found["dependencies"][:-1] == [
        f"python={HERE}",
        "py-opencv==4.9.0",
        "pytorch==2.1",
        "pip",
    ]
    assert found["dependencies"][-1]["pip"] == [
        "damson==1.0",
        'numpy==1.26 ; sys_platform != "x"',
        "Pandas[fast]==2.2",  # it is not installed here in that version: what it brings is not known
        "quince==1.1",
        "rowan==1.0",
        "scipy==1.5+local",
        "sloe==1.0",
    ]


def test_extras_that_are_known_are_listed(lock: Call, index: Index, project: Path) -> None:
    version = metadata.version("requests")  # installed where the tests run
    index.add(
        "requests", version, "pysocks; extra == 'socks'", "chardet; extra == 'use-chardet-on-py3'"
    )
    index.add("pysocks", "1.7")
    index.add("chardet", "3.0")
    for extra in ("socks", "use-chardet-on-py3", "unheard-of"):
        _write(project, "pyproject.toml", PYPROJECT.replace("quince>=1,<3", f"requests[{extra}]"))
        _ok(lock("--conda"))
        *conda, pip = _environment(project)["dependencies"]
        if extra == "socks":
            assert {"pysocks==1.7", f"requests=={version}"} <= set(conda)
        elif extra == "use-chardet-on-py3":  # a distribution that the table does not have
            assert f"requests[use-chardet-on-py3]=={version}" in pip["pip"]
        else:
            assert f"requests=={version}" in conda
    _write(project, "pyproject.toml", PYPROJECT.replace("quince>=1,<3", "crate"))
    _ok(lock())
    pip = _environment(project)["dependencies"][-1]["pip"]  # made again, as it stands there
    assert "crate==1.0" in pip


def test_the_table_of_conda_is_in_order() -> None:
    import tomli

    table = tomli.loads((ROOT / "nb2pkg/lock/conda.toml").read_text(encoding="utf-8"))
    names = [*table["other"], *table["parts"], *table["same"]["names"]]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)
    assert all(name != other for name, other in table["other"].items())
