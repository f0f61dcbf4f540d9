"""From a project to the files of its lock, in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from nb2pkg import escape
from nb2pkg.errors import ConflictError, Nb2pkgError
from nb2pkg.files import changed, on_disk
from nb2pkg.lock import conda, declared, docker, kept, pip, seal, target, text, uv
from nb2pkg.lock.ask import ResolverError
from nb2pkg.lock.model import Answer, Declared, Layer, Pin, Question, Requirements, Target, Wish
from nb2pkg.lock.text import Head
from nb2pkg.lock.uv import Uv
from nb2pkg.requirements import settings

_LOCKS = tuple(layer.path for layer in Layer)


@dataclass(frozen=True, slots=True)
class LockResult:
    """files: path to text of what is wanted; gone: what is not wanted any more. before: path to text
    of what stood there. resolver: its name, and its version if that is known."""

    files: Mapping[str, str]
    gone: tuple[str, ...]
    before: Mapping[str, str]
    resolver: str


def make(folder: Path, wish: Wish) -> LockResult:
    """All files of the lock. Nb2pkgError, with what to do, where it cannot be made."""
    project = declared.read(folder)
    before = dict(_before(folder))
    wish = _with_what_stands(wish, before)
    layers = _layers(project, wish)
    _check_edited(_paths(layers, wish), before, wish)
    aim = target.find(wish.python, project.python, wish.is_universal)
    image = docker.find(folder, wish.notebook, project, aim) if wish.docker else None
    found = _chosen(folder, wish, aim)
    answer = _asked(found, _question(folder, project, layers, wish, aim), before, wish)
    head = Head(project.name, _command(wish, aim), aim.words, "" if found else aim.platform)
    files = dict(_locks(answer, project, head))
    if wish.conda:
        files[conda.PATH] = conda.written(project, _installed(answer), aim)
    if image is not None:
        files |= docker.written(image, answer[Layer.PACKAGE])
    gone = tuple(p for p in _LOCKS if p in before and p not in files and seal.holds(before[p]))
    return LockResult(files, gone, before, f"uv {found.version}" if found else "pip")


def _installed(answer: Answer) -> Iterator[Pin]:
    """All that may be installed beside the package."""
    for layer, pins in answer.items():
        yield from pins if layer is not Layer.BUILD else ()


def _question(
    folder: Path, project: Declared, layers: tuple[Layer, ...], wish: Wish, aim: Target
) -> Question:
    return Question(
        {layer: project.requirements[layer] for layer in layers},
        kept.read(folder),
        tuple(_constraints(folder, wish)),
        (),
        aim,
        folder,
        wish.is_offline,
    )


def _constraints(folder: Path, wish: Wish) -> Iterator[Path]:
    """The file that is given, or the one that a promotion remembered in pyproject.toml."""
    remembered = settings.of((folder,)).constraints
    path = wish.constraints or remembered
    if path is not None and not path.is_file():
        raise Nb2pkgError(
            f"{path}: is not there, and pyproject.toml names it for constraints",
            "Put it there, or take it out of [tool.nb2pkg.dependencies].",
        )
    if path is not None:
        yield path.resolve()


def _before(folder: Path) -> Iterator[tuple[str, str]]:
    for path in (*_LOCKS, conda.PATH, docker.PATH, docker.IGNORE):
        if (folder / path).is_file():
            yield path, on_disk(folder / path) or ""  # what is no text is not ours
        elif (folder / path).exists():
            raise Nb2pkgError(f"{path} is a folder, so nothing was written", "Move it away.")


def check_same(folder: Path, made: LockResult) -> None:
    """Raise ConflictError if the files are not as they were when the resolver was asked."""
    now = dict(_before(folder))
    for path in sorted(now.keys() | made.before.keys()):
        if now.get(path) != made.before.get(path):
            raise changed(folder / path)


def _with_what_stands(wish: Wish, before: Mapping[str, str]) -> Wish:
    """What was made once is made again: it would not fit the lock any more."""
    return replace(
        wish,
        conda=wish.conda or seal.holds(before.get(conda.PATH, "")),
        docker=wish.docker or seal.holds(before.get(docker.PATH, "")),
    )


def _layers(project: Declared, wish: Wish) -> tuple[Layer, ...]:
    """The package has a lock even if it needs nothing: the others stand on it."""
    needed = {Layer.PACKAGE, *((Layer.BUILD,) if wish.docker else ())}
    more = {e for e in (Layer.NOTEBOOK, Layer.DEVELOPMENT) if project.requirements[e]}
    return tuple(layer for layer in Layer if layer in needed | more)


def _paths(layers: tuple[Layer, ...], wish: Wish) -> Iterator[str]:
    yield from (layer.path for layer in layers)
    yield from (conda.PATH,) if wish.conda else ()
    yield from (docker.PATH, docker.IGNORE) if wish.docker else ()


def _check_edited(paths: Iterator[str], before: Mapping[str, str], wish: Wish) -> None:
    there = [path for path in paths if path in before and not seal.holds(before[path])]
    if not there or wish.force:
        return
    edited = [path for path in there if seal.stands(before[path])]
    what = (
        f"{', '.join(edited)} was edited" if edited else f"{', '.join(there)} is not of nb2pkg lock"
    )
    raise ConflictError(
        f"{what}, so nothing was written",
        "Move it away, or replace it with --force, which discards what was written by hand.",
    )


def _chosen(folder: Path, wish: Wish, aim: Target) -> Uv | None:
    """uv, unless a person wants pip, or there is none; None: pip."""
    found = uv.find(folder, aim.executable) if wish.resolver != "pip" else None
    if found is None and wish.resolver == "uv":
        raise Nb2pkgError("uv is not installed here", "Install it: pip install uv")
    return found


def _asked(found: Uv | None, question: Question, before: Mapping[str, str], wish: Wish) -> Answer:
    """The layers of the project together; what builds it is installed apart from all else."""
    answer: dict[Layer, tuple[Pin, ...]] = {}
    for group in ([Layer.PACKAGE, Layer.NOTEBOOK, Layer.DEVELOPMENT], [Layer.BUILD]):
        asked: Requirements = {e: q for e, q in question.requirements.items() if e in group}
        if not asked:
            continue
        preferred = () if wish.upgrades else tuple(_locked(group, before))
        constraints = question.constraints if Layer.PACKAGE in group else ()
        part = replace(question, requirements=asked, preferred=preferred, constraints=constraints)
        answer |= _answer(found, part)
    return answer


def _answer(found: Uv | None, question: Question) -> Answer:
    """What was locked is kept as long as it fits; if it does not, versions are chosen anew."""
    try:
        return uv.resolve(found, question) if found else pip.resolve(question)
    except ResolverError:
        if not question.preferred:
            raise
    return _answer(found, replace(question, preferred=()))


def _locked(group: list[Layer], before: Mapping[str, str]) -> Iterator[Pin]:
    """What stands in the locks. Of one that pip made, uv finds the hashes of all archives anew."""
    for layer in group:
        old = before.get(layer.path, "")
        is_part = text.is_of_one_platform(old)
        for pin in text.parsed(old):
            yield replace(pin, hashes=()) if is_part else pin


def _command(wish: Wish, aim: Target) -> str:
    """What makes the same again on another machine: no path of this one stands in it."""
    words = ["nb2pkg", "lock", "."]
    if wish.constraints:
        words += ["--constraints", escape.shell(wish.constraints.name)]
    if wish.is_universal:
        oldest = ["--python", wish.python] if target.is_version(wish.python) else []
        words += ["--universal", *oldest]
    else:
        words += ["--python", aim.minor]
    return " ".join([*words, *(["--with", wish.resolver] if wish.resolver else [])])


def _locks(answer: Answer, project: Declared, head: Head) -> Iterator[tuple[str, str]]:
    names = {Layer.PACKAGE.name: project.name, Layer.NOTEBOOK.name: f"{project.name}[notebook]"}
    names |= {Layer.DEVELOPMENT.name: f"{project.name}[test]", Layer.BUILD.name: "the build"}
    below = {pin.text for pin in answer[Layer.PACKAGE]}
    for layer, found in answer.items():
        is_above = layer in (Layer.NOTEBOOK, Layer.DEVELOPMENT)
        pins = [pin for pin in found if not (is_above and pin.text in below)]
        checked = [_checked(pin, names) for pin in pins if pin.name != project.name]
        yield layer.path, text.written(layer, checked, head)


def _checked(pin: Pin, names: Mapping[str, str]) -> Pin:
    """With its askers by their names. Nb2pkgError for what has no hash, or an address with a secret."""
    if pin.url:
        declared.check_url(pin.name, pin.url)
    if not pin.hashes:
        raise Nb2pkgError(
            f"{pin.name} has no hash: it is taken from a repository or a folder",
            "Put it on an index. Nothing was written.",
        )
    return replace(pin, via=tuple(sorted({names.get(each, each) for each in pin.via})))
