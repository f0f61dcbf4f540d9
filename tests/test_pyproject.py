"""pyproject.toml has one reader: with a byte order mark, with a typo, with files of parts below it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nb2pkg import pyproject
from nb2pkg.check import settings as check_settings
from nb2pkg.errors import Nb2pkgError
from nb2pkg.requirements import settings, stated

OURS = '[tool.nb2pkg]\nignore = ["NB804"]\n[tool.nb2pkg.dependencies]\nconstraints = "client.txt"\n'


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    check_settings.around.cache_clear()


def test_a_byte_order_mark_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(OURS, encoding="utf-8-sig")
    assert settings.of([tmp_path]).constraints == tmp_path / "client.txt"
    assert check_settings.around(tmp_path).ignore == ("NB804",)


@pytest.mark.parametrize("text", ["[tool.black]\nline-length = = 90\n", "<<<<<<< ours\n"])
def test_a_typo_in_another_table_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(OURS + text, encoding="utf-8")
    for reader in (lambda p: settings.of([p]), check_settings.around, stated.of):
        with pytest.raises(
            Nb2pkgError, match=r"pyproject\.toml: (is not valid TOML|has the markers)"
        ):
            reader(tmp_path)


def test_each_table_is_found_on_its_own(tmp_path: Path) -> None:
    """The file of a part that settles one thing does not hide what the root says of another."""
    part = tmp_path / "part"
    part.mkdir()
    (tmp_path / "pyproject.toml").write_text(OURS, encoding="utf-8")
    (part / "pyproject.toml").write_text(
        '[project]\nname = "part"\n[tool.nb2pkg.dependencies]\nranges = "exact"\n', encoding="utf-8"
    )
    assert settings.of([part]).ranges == "exact"
    assert check_settings.around(part).ignore == ("NB804",)


def test_what_is_above_the_repository_does_not_count(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    (repository / ".git").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("broken = = 1", encoding="utf-8")
    assert pyproject.nearest(repository, bool) is None
    assert settings.of([repository]).constraints is None


def test_dependency_groups_are_declared(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[dependency-groups]\ntest = ["pytest>=8", {include-group = "lint"}]\nlint = ["ruff"]\n',
        encoding="utf-8",
    )
    assert [(one.name, one.where) for one in stated.of(tmp_path).stated] == [
        ("pytest", "group test"),
        ("ruff", "group test"),
        ("ruff", "group lint"),
    ]
