"""nb2pkg promote"""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import click

from nb2pkg import manifest, write
from nb2pkg.cli.report import as_json, detailed, say
from nb2pkg.plan.model import Plan
from nb2pkg.problems import QUIET
from nb2pkg.promote import Promotion, promote, settle


@click.command(name="promote")
@click.argument("notebook", type=click.Path(path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Promote all that can be, tagged or not.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Project folder; default: NOTEBOOK-package beside the notebook.",
)
@click.option("--name", default="", help="Name of the package; default: the notebook's.")
@click.option("--dry-run", is_flag=True, help="Say what would be made, and write nothing.")
@click.option("--diff", is_flag=True, help="Show what would change on disk, and write nothing.")
@click.option("--force", is_flag=True, help="Replace what nb2pkg made before and nobody changed.")
@click.option("--json", "machine", is_flag=True, help="Say everything as JSON on stdout.")
def command(
    notebook: Path,
    everything: bool,
    output: Path | None,
    name: str,
    dry_run: bool,
    diff: bool,
    force: bool,
    machine: bool,
) -> None:
    """Make a package from the validated cells of NOTEBOOK.

    Cells that are tagged nb2pkg, nb2pkg:module or nb2pkg:module.function are promoted. What cannot
    be moved without changing its meaning stays in the notebook, and the reason is said.
    """
    _check_name(name)
    promotion = promote(notebook, output, everything, name)
    if diff:
        click.echo(_diff(promotion), nl=False)
        return
    if dry_run:
        _tell(promotion, None, machine)
        return
    change = settle(promotion, force)
    _tell(promotion, change, machine)


def _check_name(name: str) -> None:
    from nb2pkg.plan import naming

    if name and (not name.isidentifier() or name in naming.always_taken() or name != name.lower()):
        raise click.BadParameter(f"{name!r} cannot be the name of a package", param_hint="--name")


def _diff(promotion: Promotion) -> str:
    parts: list[str] = []
    for path, text in sorted(promotion.files.items()):
        if path.startswith(manifest.FOLDER):
            continue
        target = promotion.project / path
        before = target.read_text(encoding="utf-8") if target.is_file() else ""
        lines = difflib.unified_diff(
            before.splitlines(keepends=True),
            text.splitlines(keepends=True),
            f"a/{path}",
            f"b/{path}",
        )
        parts.extend(line if line.endswith("\n") else line + "\n" for line in lines)
    return "".join(parts)


def _tell(promotion: Promotion, change: write.Change | None, machine: bool) -> None:
    if machine:
        click.echo(json.dumps(_as_json(promotion, change), indent=1, ensure_ascii=False))
        return
    for line in _summary(promotion, change):
        say(line)
    if change is not None:
        click.echo(promotion.project)


def _summary(promotion: Promotion, change: write.Change | None) -> list[str]:
    plan = promotion.plan
    lines = [*_moved(plan), *_stayed(promotion)]
    if change is None:
        return [*lines, "", "Nothing was written: this is a dry run."]
    if change.is_empty:
        return [*lines, "", f"{promotion.project} is up to date: nothing was written."]
    count = len(
        [p for p in (*change.created, *change.updated) if not p.startswith(manifest.FOLDER)]
    )
    return [
        *lines,
        "",
        f"Wrote {_counted(count, 'file')} to {promotion.project}",
        *_next(promotion),
    ]


def _moved(plan: Plan) -> list[str]:
    steps = _counted(len(plan.steps), "step")
    definitions = _counted(len(plan.definitions), "definition")
    modules = _counted(len(plan.modules), "module")
    lines = [f"{plan.package}: {steps} and {definitions} in {modules}"]
    width = max((32, *(len(item.name) for module in plan.modules for item in module.items)))
    for module in plan.modules:
        lines.append(f"  {module.name}.py")
        for item in module.items:
            lines.append(f"    {item.name:<{width}} from cell {item.cell + 1}")
    return lines


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _stayed(promotion: Promotion) -> list[str]:
    loud = [p for p in promotion.problems if p.code not in QUIET]
    quiet = [p for p in promotion.problems if p.code in QUIET]
    lines = ["", f"{_counted(len(loud), 'thing')} to look at:"] if loud else []
    lines += [f"  {line}" for line in detailed(promotion.plan.notebook, loud)]
    if quiet:
        lines += ["", "Good to know:"]
        lines += [
            f"  {line}" for line in detailed(promotion.plan.notebook, quiet) if "hint:" not in line
        ]
    return lines


def _next(promotion: Promotion) -> list[str]:
    plan = promotion.plan
    return [
        "Next:",
        f"  read   {promotion.project / 'src' / plan.package}",
        f'  test   pip install -e "{promotion.project}[test]" && python -m pytest {promotion.project}',
        f"  story  {promotion.project / 'notebooks' / (plan.notebook.stem + '.ipynb')}",
    ]


def _as_json(promotion: Promotion, change: write.Change | None) -> dict[str, object]:
    plan = promotion.plan
    return {
        "package": plan.package,
        "project": str(promotion.project),
        "written": change is not None and not change.is_empty,
        "modules": [
            {
                "name": module.name,
                "definitions": [{"name": d.name, "cell": d.cell + 1} for d in module.definitions],
                "steps": [
                    {
                        "name": s.name,
                        "cell": s.cell + 1,
                        "params": list(s.params),
                        "keywords": [k.name for k in s.keywords],
                        "returns": list(s.returns),
                    }
                    for s in module.steps
                ],
            }
            for module in plan.modules
        ],
        "problems": [as_json(problem) for problem in promotion.problems],
        "files": sorted(path for path in promotion.files if not path.startswith(manifest.FOLDER)),
    }
