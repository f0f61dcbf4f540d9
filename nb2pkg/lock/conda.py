"""environment.yml: what the project asks for, under the names of conda-forge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from typing import TYPE_CHECKING

from nb2pkg.lock import declared, known, seal
from nb2pkg.lock.declared import plain
from nb2pkg.lock.fill import fill
from nb2pkg.lock.model import Declared, Layer, Pin, Target

if TYPE_CHECKING:
    from packaging.requirements import Requirement

PATH = "environment.yml"


def written(project: Declared, pins: Iterable[Pin], target: Target) -> str:
    """The file: requirements that conda has, in the locked versions; the others are for pip."""
    fitting = {pin.name: pin for pin in pins if _fits(pin.marker, target)}
    layers = (layer for layer in project.requirements if layer is not Layer.BUILD)
    asked = [declared.parse(words) for layer in layers for words in project.requirements[layer]]
    conda: dict[str, str] = {}
    pip: dict[str, str] = {}
    for requirement in asked:
        lines = _on_conda(requirement, fitting)
        if lines is None:
            pip |= {plain(requirement.name): _for_pip(requirement, fitting)}
        else:
            conda |= lines
    body = fill(
        "environment.yml",
        name=project.name,
        python=target.minor,
        conda=[conda[name] for name in sorted(conda)],
        pip=[pip[name] for name in sorted(pip)],
    )
    return seal.put("What the project asks for, for conda.", body)


def _fits(marker: str, target: Target) -> bool:
    from packaging.markers import Marker

    version = {"python_version": target.minor, "python_full_version": f"{target.minor}.99"}
    return not marker or Marker(marker).evaluate(version)


def _on_conda(requirement: Requirement, pins: Mapping[str, Pin]) -> dict[str, str] | None:
    """Lines by name, with those of its extras; None if pip has to install it."""
    name = plain(requirement.name)
    if requirement.marker or requirement.url or name not in pins:
        return None
    names = [name, *_of_extras(requirement, pins)]
    found = {
        each: known.on_conda(each, pins[each].version) if each in pins else None for each in names
    }
    return (
        {each: f"{line[0]}=={line[1]}" for each, line in found.items() if line is not None}
        if all(found.values())
        else None
    )


def _of_extras(requirement: Requirement, pins: Mapping[str, Pin]) -> Iterator[str]:
    """What its extras bring, by what is installed in the locked version; a name that no lock has
    where that is not known."""
    if not requirement.extras:
        return
    name = plain(requirement.name)
    try:
        installed = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        installed = None
    if installed is None or installed.version != pins[name].version:
        yield "?"
        return
    for words in installed.requires or ():
        inner = declared.parse(words, name)
        if inner.marker and not inner.marker.evaluate({"extra": ""}):
            if any(inner.marker.evaluate({"extra": extra}) for extra in requirement.extras):
                yield "?" if inner.extras else plain(inner.name)


def _for_pip(requirement: Requirement, pins: Mapping[str, Pin]) -> str:
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    marker = f" ; {requirement.marker}" if requirement.marker else ""
    if requirement.url:
        return f"{requirement.name}{extras} @ {requirement.url}{marker}"
    pin = pins.get(plain(requirement.name))
    version = f"=={pin.version}" if pin else str(requirement.specifier)
    return f"{requirement.name}{extras}{version}{marker}"
