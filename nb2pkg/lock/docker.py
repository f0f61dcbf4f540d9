"""Dockerfile and .dockerignore of a promoted package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.utils import canonicalize_name

from nb2pkg import paths
from nb2pkg.errors import Nb2pkgError
from nb2pkg.lock import declared, known, seal
from nb2pkg.lock.fill import fill
from nb2pkg.lock.model import Declared, Layer, Pin, Target
from nb2pkg.paths import PackagePaths
from nb2pkg.project import locate, manifest

PATH = "Dockerfile"
IGNORE = ".dockerignore"
_OF_GIT = {
    "setuptools-scm",
    "hatch-vcs",
    "versioningit",
    "setuptools-git-versioning",
    "vcs-versioning",
}
_ALWAYS = (
    *("pyproject.toml", "setup.py", "setup.cfg", "MANIFEST.in", "hatch.toml"),
    *("README*", "LICENSE*", "LICENCE*", Layer.BUILD.path, Layer.PACKAGE.path),
)


@dataclass(frozen=True, slots=True)
class Image:
    """What is run in it, and what it is made of."""

    project: Declared
    package: str
    variable: str
    place: PackagePaths
    python: str


def find(folder: Path, notebook: str, asked: Declared, target: Target) -> Image:
    """notebook: which of several. Nb2pkgError if nothing is promoted there, or no image can be built."""
    place = locate.only(folder, notebook)
    promoted = manifest.required(place)
    if not (place / f"{paths.source_of(promoted.package)}/__main__.py").is_file():
        raise Nb2pkgError(
            f"{promoted.package} has no __main__.py: there is nothing that an image could run",
            "Promote again with nb2pkg promote, which makes one.",
        )
    if not target.is_universal and not target.platform.startswith("linux"):
        raise Nb2pkgError(
            f"the image is one of Linux, and the lock is for {target.platform}",
            "Add --universal, which needs uv.",
        )
    names = {
        canonicalize_name(declared.parse(words).name) for words in asked.requirements[Layer.BUILD]
    }
    if found := sorted(names & _OF_GIT):
        raise Nb2pkgError(
            f"{found[0]} takes the version from git, and no history is sent to the image",
            "Give the project a version in pyproject.toml, or write a Dockerfile by hand.",
        )
    return Image(
        asked, promoted.package, promoted.variable, paths.project_at(place).paths, target.minor
    )


def written(image: Image, pins: Iterable[Pin]) -> Mapping[str, str]:
    """Both files; pins: all that the package needs."""
    names = [pin.name for pin in pins]
    body = fill(
        "Dockerfile",
        image=image,
        lock=Layer.PACKAGE.path,
        build_lock=Layer.BUILD.path,
        packages=known.of_debian(names, "run"),
        build_packages=known.of_debian(names, "build"),
    )
    ignored = fill("dockerignore", wanted=_wanted(image.place, image.project.readme))
    return {
        PATH: seal.put(f"An image that runs {image.package}.", body),
        IGNORE: seal.put("What is not sent to Docker.", ignored),
    }


def _wanted(place: PackagePaths, readme: str) -> tuple[str, ...]:
    source = "src" if place.is_own else place.source or place.top
    extra = readme if readme and not PurePosixPath(readme).match("README*") else ""
    return tuple(filter(None, (*_ALWAYS, extra, source)))
