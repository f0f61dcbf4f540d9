"""The targets of the Makefile do something, and what they need is declared."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import pythons

ROOT = Path(__file__).resolve().parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
RULES = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
(PHONY,) = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)

needs_make = pytest.mark.skipif(not shutil.which("make"), reason="needs make")


def test_every_target_is_phony() -> None:
    """A file or a folder of the same name would keep make from doing anything."""
    assert set(PHONY.split()) == RULES


@needs_make
@pytest.mark.parametrize("target", sorted(PHONY.split()))
def test_every_target_does_something(target: str) -> None:
    """Also where everything is installed that it needs."""
    installed = "--assume-old=.venv/.installed"
    done = subprocess.run(
        ["make", "--dry-run", installed, target], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert "Nothing to be done" not in done.stdout


@needs_make
def test_help_names_every_target() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    described = set(re.findall(r"[a-z-]+", done.stdout))
    assert set(PHONY.split()) - {"help", "browser", "ready"} <= described


def test_the_running_python_is_found() -> None:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert pythons.find(version) == Path(sys.executable)
