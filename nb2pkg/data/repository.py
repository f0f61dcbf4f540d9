"""Where data is kept: the nearest DVC repository, or one that is made as ``dvc init`` makes it.

A repository of DVC is a folder .dvc with a config. So whoever installs DVC later has nothing to
convert: dvc pull, dvc checkout and dvc status read what nb2pkg has written.
"""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nb2pkg.data import git
from nb2pkg.errors import Nb2pkgError

FOLDER = ".dvc"
CONFIG = f"{FOLDER}/config"
_NO_GIT = "[core]\n    no_scm = True\n"
_IGNORED = "/config.local\n/tmp\n/cache\n"
_DVCIGNORE = """\
# Add patterns of files dvc should ignore, which could improve
# the performance. Learn more at
# https://dvc.org/doc/user-guide/dvcignore
"""


@dataclass(frozen=True, slots=True)
class Repository:
    """A folder whose data is recorded. remotes: names to addresses; of local ones whole paths."""

    root: Path
    cache: Path
    remotes: Mapping[str, str] = field(default_factory=dict)
    default: str = ""
    has_git: bool = True
    exists: bool = True


def find(path: Path) -> Repository:
    """The repository around a file or a folder; one to be made where there is none."""
    place = path if path.is_dir() else path.parent
    for folder in (place, *place.parents):
        if (folder / FOLDER).is_dir():
            return _opened(folder)
    top = git.top_of(place)
    here = Path.cwd()
    root = top or (here if place.is_relative_to(here) else place)
    return Repository(root, root / FOLDER / "cache", has_git=top is not None, exists=False)


def founding(repository: Repository) -> dict[str, str]:
    """The files that dvc init writes, by paths; none where they are there."""
    if repository.exists:
        return {}
    files = {CONFIG: "" if repository.has_git else _NO_GIT}
    if repository.has_git:
        files[f"{FOLDER}/.gitignore"] = _IGNORED
    if not (repository.root / ".dvcignore").exists():
        files[".dvcignore"] = _DVCIGNORE
    return files


def check_ignores(repository: Repository, folder: Path) -> None:
    """Raise Nb2pkgError if DVC would leave files of a folder out by patterns."""
    places = [p for p in (folder, *folder.parents) if p.is_relative_to(repository.root)]
    for path in (place / ".dvcignore" for place in places[1:]):
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        if any(line.strip() and not line.startswith("#") for line in lines):
            raise Nb2pkgError(
                f"{path}: has patterns, and only DVC knows what they leave out of {folder.name}",
                "Install DVC, which nb2pkg then uses: pip install 'nb2pkg[dvc]'.",
            )


def _opened(root: Path) -> Repository:
    settings: dict[tuple[str, str], tuple[str, Path]] = {}
    for path in _configs(root):
        for section, key, value in _settings(path):
            settings[section, key] = value, path.parent
    cache, place = settings.get(("cache", "dir"), ("cache", root / FOLDER))
    no_git = settings.get(("core", "no_scm"), ("", root))[0].lower() == "true"
    remotes = {
        section.partition('"')[2].removesuffix('"'): _address(*value)
        for (section, key), value in settings.items()
        if section.startswith('remote "') and key == "url"
    }
    default = settings.get(("core", "remote"), ("", root))[0]
    has_git = not no_git and git.top_of(root) is not None
    return Repository(root, _absolute(cache, place), remotes, default, has_git)


def _configs(root: Path) -> Iterator[Path]:
    """The files with settings, the strongest last."""
    yield from (folder / "config" for folder in (_system(), _personal()) if folder)
    yield from (root / CONFIG, root / f"{CONFIG}.local")


def _system() -> Path | None:
    given = os.environ.get("DVC_SYSTEM_CONFIG_DIR")
    if given or sys.platform == "win32":
        return Path(given) if given else None
    return Path("/Library/Application Support/dvc" if sys.platform == "darwin" else "/etc/xdg/dvc")


def _personal() -> Path | None:
    """The user's own folder of settings, as DVC finds it."""
    if given := os.environ.get("DVC_GLOBAL_CONFIG_DIR"):
        return Path(given)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
        return Path(base, "iterative", "dvc") if base else None
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/dvc"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "dvc"


def _settings(path: Path) -> Iterator[tuple[str, str, str]]:
    if not path.is_file():
        return
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (configparser.Error, UnicodeDecodeError) as error:
        first = str(error).splitlines()[0]
        raise Nb2pkgError(f"{path}: cannot be read: {first}", "Fix the file.") from None
    for section in parser.sections():
        for key, value in parser.items(section):
            yield section.strip("'"), key, value.strip("\"'")


def _address(url: str, place: Path) -> str:
    """Of a remote: a whole path if it is a folder of this machine."""
    if url.startswith("file://"):
        url = url.removeprefix("file://")
    is_elsewhere = "://" in url or url.startswith("remote:")
    return url if is_elsewhere else str(_absolute(url, place))


def _absolute(path: str, place: Path) -> Path:
    """Paths in a config are as seen from its folder."""
    return Path(os.path.normpath(place / os.path.expanduser(path)))
