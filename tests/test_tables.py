"""The tables that come with nb2pkg, as TOML and as what is kept of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import nb2pkg
from nb2pkg.files import tables, user_cache

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(nb2pkg.__file__).parent
NAMES = sorted(path.relative_to(HERE).with_suffix("").as_posix() for path in HERE.rglob("*.toml"))


@pytest.fixture(autouse=True)
def _anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a new process, and with nothing kept."""
    monkeypatch.setenv("NB2PKG_CACHE_DIR", str(tmp_path))
    tables.table.cache_clear()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_kept_is_what_is_written(name: str) -> None:
    written = tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))
    assert tables.table(name) == written
    tables.table.cache_clear()
    assert tables.table(name) == written


def test_it_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = tables.table("facts/libraries")
    tables.table.cache_clear()
    monkeypatch.setattr(tables, "_parsed", lambda _: pytest.fail("parsed again"))
    assert tables.table("facts/libraries") == first


def test_an_entry_that_is_broken_is_made_anew() -> None:
    first = tables.table("facts/libraries")
    (entry,) = user_cache.folder("tables").glob("*.json")
    entry.write_text("{", encoding="utf-8")
    tables.table.cache_clear()
    assert tables.table("facts/libraries") == first
    assert entry.read_text(encoding="utf-8") != "{"


def test_a_cache_that_cannot_be_written_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NB2PKG_CACHE_DIR", str(HERE / "__init__.py"))  # no folder
    assert tables.table("facts/libraries")["look"]
