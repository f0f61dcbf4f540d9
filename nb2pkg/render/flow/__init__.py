"""The files of a flow: flow.py, and what runs its tasks."""

from __future__ import annotations

from nb2pkg.flow.engines import HAMILTON, MODULE, TARGETS
from nb2pkg.flow.model import Flow
from nb2pkg.plan.model import Plan
from nb2pkg.render.code import scaffold
from nb2pkg.render.flow import dask, hamilton
from nb2pkg.templates import fill


def files(plan: Plan, made: Flow, source: str) -> dict[str, str]:
    """Their texts by path; source: the folder of the package."""
    support = TARGETS[made.engine].support
    text = hamilton.flow if made.engine == HAMILTON.name else dask.flow
    return {
        f"{source}/{MODULE}.py": text(plan, made),
        f"{source}/{support}.py": scaffold(
            plan.style, fill(f"{support}.py", files=made.needs_folder)
        ),
    }
