"""Virtual environments that benchmarks make: with uv where it is there, else with venv and pip."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def interpreter(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def program(python: Path, name: str) -> Path:
    """A program that was installed beside an interpreter."""
    return python.parent / (f"{name}.exe" if os.name == "nt" else name)


def site_packages(python: Path) -> Path:
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())


def make(folder: Path) -> Path:
    """An environment in which nothing is installed; its interpreter."""
    uv = _uv()
    shutil.rmtree(folder, ignore_errors=True)
    made = [uv, "venv", "--quiet", "--python"] if uv else []
    command = [*made, sys.executable] if uv else [sys.executable, "-m", "venv"]
    subprocess.run([*command, str(folder)], check=True)
    return interpreter(folder)


def install(python: Path, arguments: Sequence[str], seconds: float | None = None) -> str:
    """Install what the arguments of pip say. Empty if it went well, else what was said."""
    uv = _uv()
    pip = [uv, "pip", "install", "--python", str(python)] if uv else [str(python), "-m", "pip"]
    command = [*pip, *([] if uv else ["install"]), "--quiet", *arguments]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"took more than {seconds:.0f} s"
    return (done.stderr.strip() or "failed") if done.returncode else ""


def uninstall(python: Path, name: str) -> None:
    uv = _uv()
    pip = [uv, "pip", "uninstall", "--python", str(python)] if uv else []
    command = pip or [str(python), "-m", "pip", "uninstall", "--yes"]
    subprocess.run([*command, "--quiet", name], check=True, capture_output=True)


def _uv() -> str | None:
    return shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
