"""Draw a session in a terminal, from a real run, as an SVG: make picture.

python -m tools.picture

The sample is promoted and run in a copy of its folder. Of what the commands say, the stretches that
tell most are shown; three dots stand for the rest.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from html import escape
from pathlib import Path

from tools.pythons import ROOT

TARGET = ROOT / "docs" / "session.svg"
# Each command, where it is called, and what is shown of what it says: the line that begins so, and
# so many lines from there.
SESSION = (
    (
        "nb2pkg promote penguins.ipynb --verify",
        ".",
        (("  load.read_notes", 13), ("penguins:", 8), ("Wrote", 1)),
    ),
    (
        "python -m penguins --test-size 0.3",
        "penguins-package/src",
        (("typical:", 1), ("accuracy:", 1), ("confusion:", 1)),
    ),
)
SIZE, LEADING, MARGIN, WIDTH = 13, 19, 20, 80  # pixels, and columns
STYLE = """
    text { font: 13px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; white-space: pre }
    .page { fill: #1e2127 } .said { fill: #abb2bf }
    .typed { fill: #ffffff; font-weight: bold } .good { fill: #98c379 }"""
GOOD = re.compile(r"  \S+ +exact$|pipeline: |verified: |tests: ")


def main() -> None:
    """Write the picture, and say where it is."""
    with tempfile.TemporaryDirectory(prefix="picture-") as name:
        lines = list(_session(Path(name)))
    TARGET.write_text(_drawn(lines), encoding="utf-8", newline="\n")
    print(TARGET.relative_to(ROOT))


def _session(folder: Path) -> Iterator[tuple[str, str]]:
    """Each line, with its class: what is typed, what is said, and what of it is good news."""
    for name in ("penguins.ipynb", "penguins.csv"):
        shutil.copy(ROOT / "sample_project" / name, folder)
    for command, place, shown in SESSION:
        said = _output(command, folder / place)
        yield "typed", f"$ {command}"
        for start, count in shown:
            first = next(at for at, line in enumerate(said) if line.startswith(start))
            for line in said[first : first + count]:
                yield "good" if GOOD.match(line) else "said", line
            yield "said", "..."


def _output(command: str, folder: Path) -> list[str]:
    words = [sys.executable, "-m", *shlex.split(command.removeprefix("python -m "))]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg"}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return (done.stderr + done.stdout).splitlines()


def _drawn(lines: list[tuple[str, str]]) -> str:
    """The picture; text is as wide as its font has it, so the page is a little wider."""
    height = len(lines) * LEADING + 2 * MARGIN
    width = round(WIDTH * SIZE * 0.61) + 2 * MARGIN
    texts = (
        f'  <text class="{kind}" x="{MARGIN}" y="{MARGIN + (at + 0.7) * LEADING:.0f}">'
        f"{escape(line[:WIDTH], quote=False)}</text>"
        for at, (kind, line) in enumerate(lines)
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
            ' xml:space="preserve">',
            f"  <title>A session: {escape(SESSION[0][0])}</title>",
            f"  <style>{STYLE}\n  </style>",
            '  <rect class="page" width="100%" height="100%" rx="8"/>',
            *texts,
            "</svg>",
            "",
        ]
    )


if __name__ == "__main__":
    main()
