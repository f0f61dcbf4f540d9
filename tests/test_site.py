"""The site of the documentation: it builds, loads nothing from elsewhere, and its search finds codes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nb2pkg.check.catalogue import CATALOGUE as CHECKS
from nb2pkg.problems import CATALOGUE

pytestmark = pytest.mark.xdist_group("site")  # it is built once

ROOT = Path(__file__).resolve().parents[1]


def _build(source: Path, site: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    return subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = _build(ROOT, folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    pages = [path.read_text(encoding="utf-8") for path in site.rglob("*.html")]
    assert pages
    for page in pages:
        loaded = re.findall(
            r'<(?:script|img|iframe)[^>]*src="([^"]*)"|<link[^>]*href="([^"]*)"', page
        )
        assert not [place for pair in loaded for place in pair if "//" in place]


def test_the_search_finds_every_code(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    split = re.compile(index["config"]["separator"])
    words = {word for entry in index["docs"] for word in split.split(entry["title"])}
    assert {*CATALOGUE, *CHECKS} <= words


@pytest.mark.parametrize("link", ["nowhere.md", "cli.md#nothing", "../README.md"])
def test_a_broken_link_fails(link: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    for name in ("tools", "mkdocs.yml", "CHANGELOG.md"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, tmp_path / name)
    with (tmp_path / "docs" / "tags.md").open("a", encoding="utf-8") as page:
        page.write(f"\n[a link]({link})\n")
    done = _build(tmp_path, tmp_path / "site")
    assert done.returncode == 1
    assert link.partition("#")[2] in done.stderr
    assert "tags.md" in done.stderr
