"""All formats by name. A format is a function from reports to a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from nb2pkg.check.formats import as_json, github, gitlab, junit, sarif, text
from nb2pkg.check.model import Report

FORMATS: Mapping[str, Callable[[Sequence[Report]], str]] = MappingProxyType(
    {
        "text": text.render,
        "json": as_json.render,
        "sarif": sarif.render,
        "github": github.render,
        "gitlab": gitlab.render,
        "junit": junit.render,
    }
)
