"""The files of a flow: flow.py, and what runs its tasks."""

from __future__ import annotations

from textwrap import wrap

from nb2pkg.facts.libraries import known
from nb2pkg.flow.engines import HAMILTON, MODULE, TARGETS
from nb2pkg.flow.model import Flow
from nb2pkg.plan.model import Plan
from nb2pkg.render.code import scaffold
from nb2pkg.render.flow import dask, hamilton
from nb2pkg.render.pipeline import variable
from nb2pkg.templates import fill


def files(plan: Plan, made: Flow, source: str) -> dict[str, str]:
    """Their texts by path; source: the folder of the package."""
    text = hamilton.flow if made.engine == HAMILTON.name else dask.flow
    supports = {
        f"{source}/{name}.py": scaffold(plan.style, _support(plan, made, name))
        for name in TARGETS[made.engine].supports
    }
    return {f"{source}/{MODULE}.py": text(plan, made), **supports}


def _support(plan: Plan, made: Flow, name: str) -> str:
    return fill(
        f"{name}.py",
        package=plan.package,
        files=made.needs_folder,
        writes=made.writes_files,
        variable=variable(plan),
        words=_outside(),
    )


def _outside() -> list[str]:
    """Lines of names that stand for more than what code is given."""
    return wrap(" ".join(sorted(known("looks_outside", "names"))), 84)
