"""A Dockerfile carried out without Docker: each stage is a folder, each step is run for real."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_OF_THE_SYSTEM = ("useradd ", "apt-get ")  # what would change this machine


def steps(text: str) -> Iterator[tuple[str, str]]:
    """Instructions with their arguments, lines that go on joined, comments left out."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for whole in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        word, _, rest = whole.partition(" ")
        yield word, rest


def sent(folder: Path, text: str) -> Iterator[str]:
    """The files that .dockerignore leaves: the last pattern that fits a path, or a folder of it, counts."""
    patterns = [line for line in text.splitlines() if line and not line.startswith("#")]
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        is_left = True
        for pattern in patterns:
            plain = pattern.lstrip("!")
            if any(_fits(each.as_posix(), plain) for each in (inner, *inner.parents[:-1])):
                is_left = pattern.startswith("!")
        if is_left and path.is_file():
            yield inner.as_posix()


def _fits(path: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch.fnmatch(path.rpartition("/")[2], pattern[3:])
    return fnmatch.fnmatch(path, pattern) and path.count("/") == pattern.count("/")


@dataclass
class Stage:
    """A folder as the root of an image, the variables, and who runs things there."""

    root: Path
    variables: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = "0"
    entry: tuple[str, ...] = ()

    def place(self, path: str) -> Path:
        return self.root / (path if path.startswith("/") else f"{self.folder}/{path}").lstrip("/")

    def here(self, command: str) -> str:
        """With the paths of the image as those of this machine."""
        return re.sub(r"(?<![\w./*])/(?=(opt|data|build)\b)", f"{self.root}/", command)


def python(top: Path) -> Path:
    """The folder with the Python of the base image: one that other users may run.

    Where only root may enter that of the tests, it is copied, to where entered looks for its library.
    """
    prefix = Path(sys.base_prefix)
    if os.geteuid() != 0 or all(p.stat().st_mode & 1 for p in (prefix, *prefix.parents)):
        return Path(sys.executable).parent
    left = shutil.ignore_patterns("test", "__pycache__", "site-packages", "share", "*.a")
    shutil.copytree(prefix, top / "python", symlinks=True, ignore=left)
    return top / "python" / "bin"


def carried_out(project: Path, top: Path, environment: Mapping[str, str]) -> tuple[Stage, str]:
    """The last stage, and all that its steps said. A step that fails is an AssertionError."""
    stages: dict[str, Stage] = {}
    stage = Stage(top)
    said: list[str] = []
    for word, rest in steps((project / "Dockerfile").read_text(encoding="utf-8")):
        match word:
            case "FROM":
                name = rest.partition(" AS ")[2] or "last"
                stages[name] = stage = Stage(top / name)
                stage.root.mkdir()
            case "WORKDIR":
                stage.folder = rest
                stage.place(rest).mkdir(exist_ok=True, parents=True)
            case "COPY":
                _copy(rest.split(), project, stages, stage)
            case "RUN":
                said.append(_run(stage, rest, environment))
            case "ENV":
                pairs = (pair.partition("=") for pair in rest.split())
                stage.variables |= {key: stage.here(value) for key, _, value in pairs}
            case "USER":
                stage.user = rest
            case "VOLUME":
                assert all(stage.place(path).is_dir() for path in json.loads(rest))
            case "ENTRYPOINT":
                stage.entry = tuple(json.loads(rest))
            case _:
                raise AssertionError(f"{word} is not known here")
    return stage, "".join(said)


def _copy(words: list[str], project: Path, stages: Mapping[str, Stage], stage: Stage) -> None:
    if words[0].startswith("--from="):
        source = stages[words[0].removeprefix("--from=")].place(words[1])
        shutil.copytree(source, stage.place(words[2]), symlinks=True)
        return
    left = list(sent(project, (project / ".dockerignore").read_text(encoding="utf-8")))
    for word in words[:-1]:
        wanted = left if word == "." else [path for path in left if path == word]
        assert wanted, f"{word} is not sent"
        for path in wanted:
            target = stage.place(words[-1]) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(project / path, target)


def _run(stage: Stage, rest: str, environment: Mapping[str, str]) -> str:
    commands = re.sub(r"^(--\S+\s*)+", "", rest).split(" && ")
    ours = [each for each in commands if not each.strip().startswith(_OF_THE_SYSTEM)]
    command = stage.here(" && ".join(ours))
    if os.geteuid() != 0:
        command = command.replace("chown", "true chown")
    done = subprocess.run(
        ["sh", "-ec", command],
        cwd=stage.place(stage.folder),
        env={**environment, **stage.variables},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def entered(
    stage: Stage, environment: Mapping[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run the ENTRYPOINT, as the user of the image where that is possible."""
    path = os.pathsep.join([stage.variables["PATH"].partition(":")[0], environment["PATH"]])
    library = {"LD_LIBRARY_PATH": str(stage.root.parent / "python" / "lib")}
    as_user = ["setpriv", f"--reuid={stage.user}", f"--regid={stage.user}", "--clear-groups"]
    command = [*(as_user if os.geteuid() == 0 else []), *stage.entry, *arguments]
    return subprocess.run(
        command,
        cwd=stage.place(stage.folder),
        env={**environment, **stage.variables, **library, "PATH": path, "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
    )
