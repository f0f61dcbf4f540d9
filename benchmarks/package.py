"""Does a promoted package install, import, and pass its own tests, with a given interpreter?"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

INSTALL_SECONDS, TEST_SECONDS = 120, 300
# No window, and no plugin of pytest that the interpreter happens to have.
_PLAIN = {
    "MPLBACKEND": "Agg",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
}
IMPORT_ALL = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for found in pkgutil.iter_modules(package.__path__):
    importlib.import_module(f"{package.__name__}.{found.name}")
"""


def installs(project: Path, python: str) -> str:
    """Why it does not install and import, all its modules; empty when it does.

    Its dependencies are those of the interpreter: what is asked here is whether the package is one.
    """
    name = next((project / "src").iterdir()).name
    with tempfile.TemporaryDirectory(prefix="install-") as scratch:
        pip = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
        pip += ["--no-build-isolation", "--target", scratch, str(project)]
        return _failure(pip, scratch, {}, INSTALL_SECONDS) or _failure(
            [python, "-c", IMPORT_ALL, name], scratch, {"PYTHONPATH": scratch}, INSTALL_SECONDS
        )


def tests_pass(project: Path, python: str, data: Path) -> str:
    """The last lines of its tests if one fails; empty when all pass."""
    variable = f"{next((project / 'src').iterdir()).name.upper()}_DATA_DIR"
    pytest = [python, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(project)]
    return _failure(pytest, str(project), {variable: str(data)}, TEST_SECONDS)


def _failure(command: list[str], folder: str, more: dict[str, str], seconds: float) -> str:
    environment = os.environ | _PLAIN | more
    try:
        done = subprocess.run(
            command,
            check=False,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return f"took more than {seconds:.0f} s"
    lines = (done.stdout + done.stderr).strip().splitlines()
    return "\n".join(lines[-4:]) or "failed" if done.returncode else ""
