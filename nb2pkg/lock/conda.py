"""environment.yml: what the project asks for, under the names of conda-forge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import metadata
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from nb2pkg.lock import declared, known, seal
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
            pip |= {canonicalize_name(requirement.name): _for_pip(requirement, fitting)}
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
    brought = _brought(requirement, pins)
    if requirement.marker or requirement.url or brought is None:
        return None
    lines: dict[str, str] = {}
    for name in (canonicalize_name(requirement.name), *brought):
        there = known.on_conda(name, pins[name].version) if name in pins else None
        if there is None:
            return None
        lines[name] = "==".join(there)
    return lines


def _brought(requirement: Requirement, pins: Mapping[str, Pin]) -> tuple[str, ...] | None:
    """What its extras bring, by what is installed in the locked version; None if that is not known."""
    name = canonicalize_name(requirement.name)
    if not requirement.extras:
        return ()
    try:
        installed = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None
    if name not in pins or installed.version != pins[name].version:
        return None
    asked = (declared.parse(words, name) for words in installed.requires or ())
    found = [each for each in asked if _is_brought(each, requirement.extras)]
    return (
        None
        if any(each.extras for each in found)
        else tuple(canonicalize_name(e.name) for e in found)
    )


def _is_brought(inner: Requirement, extras: Iterable[str]) -> bool:
    """Do the extras bring it, and nothing else?"""
    if inner.marker is None or inner.marker.evaluate({"extra": ""}):
        return False
    return any(inner.marker.evaluate({"extra": extra}) for extra in extras)


def _for_pip(requirement: Requirement, pins: Mapping[str, Pin]) -> str:
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    marker = f" ; {requirement.marker}" if requirement.marker else ""
    if requirement.url:
        return f"{requirement.name}{extras} @ {requirement.url}{marker}"
    pin = pins.get(canonicalize_name(requirement.name))
    version = f"=={pin.version}" if pin else str(requirement.specifier)
    return f"{requirement.name}{extras}{version}{marker}"
