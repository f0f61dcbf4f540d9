"""What an interpreter said is kept, and forgotten as soon as its environment is another."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from nb2pkg import environment
from nb2pkg.environment import ask

LONG_AGO = time.time() - 3600


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a distribution in which the interpreter finds modules, and an empty cache."""
    monkeypatch.setenv("NB2PKG_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    install(tmp_path / "site", "birds", "1.0")
    return tmp_path / "site"


def install(site: Path, name: str, version: str) -> None:
    folder = site / f"{name}-{version}.dist-info"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
    (folder / "RECORD").write_text(f"{name}.py,,\n")


def settled(site: Path) -> None:
    """As if nothing there had been touched for an hour."""
    for path in (site, *site.rglob("*")):
        os.utime(path, (LONG_AGO, LONG_AGO))


def version(name: str) -> str:
    """Of a distribution, asked by a new command."""
    ask.cache_clear()
    found = ask(sys.executable).get(name)
    ask.cache_clear()
    return found.version if found else ""


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The commands that were started."""
    seen: list[Any] = []
    real = subprocess.run

    def run(command: Any, *arguments: Any, **options: Any) -> Any:
        seen.append(command)
        return real(command, *arguments, **options)

    monkeypatch.setattr(environment.subprocess, "run", run)
    return seen


def test_the_interpreter_is_started_once(site: Path, starts: list[Any]) -> None:
    settled(site)
    assert (version("birds"), version("birds")) == ("1.0", "1.0")
    assert len(starts) == 1


def test_what_was_installed_since_is_seen(site: Path) -> None:
    settled(site)
    version("birds")
    install(site, "fish", "2.0")
    assert version("fish") == "2.0"


def test_another_version_in_the_same_file_is_seen(site: Path) -> None:
    settled(site)
    version("birds")
    (site / "birds-1.0.dist-info" / "METADATA").write_text("Name: birds\nVersion: 1.1\n")
    os.utime(site / "birds-1.0.dist-info", (LONG_AGO, LONG_AGO))
    assert version("birds") == "1.1"


def test_a_folder_on_another_path_is_seen(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(site)
    version("birds")
    install(tmp_path / "other", "birds", "3.0")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "other"))
    assert version("birds") == "3.0"


@pytest.mark.usefixtures("site")
def test_an_answer_is_not_kept_while_something_is_being_installed(starts: list[Any]) -> None:
    version("birds")  # its folder is younger than dates are exact
    assert version("birds") == "1.0"
    assert len(starts) == 2


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"answer": {}}'])
def test_a_damaged_entry_is_made_anew(site: Path, tmp_path: Path, content: str) -> None:
    settled(site)
    version("birds")
    (entry,) = (tmp_path / "cache").rglob("*.json")
    entry.write_text(content)
    assert version("birds") == "1.0"
