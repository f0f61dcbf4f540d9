"""The files of a project but the narrative and the manifest, by path."""

from __future__ import annotations

from nb2pkg.flow.model import Flow
from nb2pkg.observed import Observed
from nb2pkg.paths import OWN, PackagePaths, source_of
from nb2pkg.plan.model import Plan
from nb2pkg.render import (
    files_used,
    fixtures,
    flow,
    modules,
    pinned,
    pipeline,
    project,
    recorded,
    tests,
)
from nb2pkg.render.code import docstring, fitted
from nb2pkg.requirements.model import Requirements
from nb2pkg.templates import fill, verbatim


def code(
    plan: Plan,
    data_folder: str,
    observed: Observed | None = None,
    paths: PackagePaths = OWN,
    tasks: Flow | None = None,
) -> dict[str, str]:
    """The package and its tests: path, with slashes and as seen from the project folder, to text.

    tasks: of the pipeline, for an engine.
    """
    source = source_of(plan.package)
    files = {
        f"{source}/__init__.py": fill(
            "init.py", docstring=docstring(plan.style, pipeline.title(plan), "")
        ),
        f"{source}/py.typed": "",
        f"{source}/config.py": pipeline.config(plan, data_folder, paths),
        f"{source}/pipeline.py": pipeline.pipeline(plan),
        f"{source}/__main__.py": pipeline.main(plan, tasks.engine if tasks else ""),
    }
    if tasks is not None:
        files |= flow.files(plan, tasks, source)
    for module in plan.modules:
        files[f"{source}/{module.name}.py"] = modules.module(plan, module, observed)
    files |= _tests(plan, observed)
    if not paths.is_own:
        del files[f"{source}/py.typed"]
        files["tests/__init__.py"] = (
            ""  # beside the tests of others, whose files have the same names
        )
    return dict(sorted(files.items()))


def _tests(plan: Plan, observed: Observed | None) -> dict[str, str]:
    """The tests, and what stands beside them."""
    recording = observed.recording if observed else None
    files = files_used.used(plan, observed)
    found = {f"test_{m.name}.py": tests.module(plan, m, recording) for m in plan.modules}
    found["test_pipeline.py"] = tests.pipeline(plan, recording, files)
    found = {path: text for path, text in found.items() if text}
    asked = fixtures.kept(plan, recording, plan.checks)
    found["conftest.py"] = fixtures.conftest(plan, recording, asked, files)
    found |= recorded.files(plan, recording, asked)
    if any("workspace import" in text for text in found.values()):
        found["workspace.py"] = fitted(plan.style, verbatim("workspace.py"))
    return {f"tests/{path}": text for path, text in found.items()}


def around(
    plan: Plan,
    requirements: Requirements,
    data_folder: str,
    observed: Observed | None,
    constraints: str = "",
    tasks: Flow | None = None,
) -> dict[str, str]:
    """The files of a project of its own that are around the code: what it needs, and its README.

    constraints: the client's file, as seen from the project. tasks: those of its flow.
    """
    return {
        "README.md": project.readme(plan, data_folder, observed),
        "pyproject.toml": project.pyproject(
            plan, requirements, observed, constraints, tasks.engine if tasks else ""
        ),
        **pinned.files(requirements),
    }
