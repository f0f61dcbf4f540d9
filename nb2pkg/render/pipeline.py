"""The text of config.py, pipeline.py and __main__.py."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

from nb2pkg import escape
from nb2pkg.flow.engines import DASK, HAMILTON
from nb2pkg.paths import FOLDER, OWN, PackagePaths, variable_of
from nb2pkg.plan import in_place
from nb2pkg.plan.model import Line, Parameter, Plan, Step
from nb2pkg.plan.steps import is_bound_or_spoken
from nb2pkg.render import sections
from nb2pkg.render.code import docstring, indented, scaffold
from nb2pkg.render.imports import block
from nb2pkg.render.sections import Section
from nb2pkg.templates import fill


def config(plan: Plan, data_folder: str, paths: PackagePaths = OWN) -> str:
    return scaffold(
        plan.style,
        fill(
            "config.py",
            imports=block(_imports_of_config(plan)),
            parameters=plan.parameters,
            files=plan.touches_files,
            variable=variable(plan),
            data_folder=data_folder,
            levels=2 if paths.is_own else paths.levels,
            marker="pyproject.toml" if paths.is_own else paths.on_disk(f"{FOLDER}/manifest.json"),
        ),
    )


def _imports_of_config(plan: Plan) -> list[str]:
    """What the values need, and what finds the files."""
    found = ["from __future__ import annotations"] if plan.touches_files else []
    found += [line for parameter in plan.parameters for line in parameter.imports]
    if plan.touches_files:
        found += ["import os", "from collections.abc import Iterator"]
        found += ["from contextlib import contextmanager", "from functools import cache"]
        found += ["from pathlib import Path"]
    return found


def variable(plan: Plan) -> str:
    """The environment variable that names the folder of the files."""
    return variable_of(plan.package)


def call(step: Step, passed: Iterable[str] = (), shows: bool = True, called: str = "") -> str:
    """A call of the step; parameters are passed under the names they have at the call.

    shows: the value that is only to be shown is wanted too. called: what the step is called there.
    """
    keywords = [f"{setting.name}={setting.source}" for setting in step.settings]
    keywords += [f"{k.name}={name}" for k, name in zip(step.keywords, passed)]
    wait = "await " if step.is_async else ""
    text = f"{wait}{called or step.function}({', '.join([*step.params, *keywords])})"
    shown = step.shown if shows or not step.returns else "_"
    targets = [*step.returns, *([shown] if step.shown else [])]
    is_wanted = bool(step.returns) or shows
    return f"{', '.join(targets)} = {text}" if targets and is_wanted else text


def pipeline(plan: Plan) -> str:
    piped = plan.pipeline
    names = {parameter.name: parameter.option for parameter in piped.parameters}
    own = [text for line in piped.run_lines for text in line.imports]
    own += options_of(plan)
    if names:
        own.append(f"from .config import {', '.join(sorted(names))}")
    if plan.touches_files:
        own.append("from .config import in_data_dir")
    return scaffold(
        plan.style,
        fill(
            "pipeline.py",
            imports=block(["from __future__ import annotations", "from typing import Any", *own]),
            files=plan.touches_files,
            signature=signature(plan),
            docstring=docstring(plan.style, _doc(plan)),
            body=_body(plan, names),
            sections=[_section(plan, part, names) for part in sections.of(plan) if part.name],
        ),
    )


def options_of(plan: Plan) -> list[str]:
    """The imports that the types of the parameters need."""
    return [i for p in plan.pipeline.parameters if p.type not in _BUILTIN for i in p.imports]


def signature(plan: Plan) -> str:
    """What run() takes: values that somebody hands in, and the parameters of the analysis."""
    piped = plan.pipeline
    keywords = [f"{p.option}: {_type(p)} = {p.name}" for p in piped.parameters]
    inputs = [f"{name}: Any" for name in piped.inputs]
    return ", ".join([*inputs, *(["*", *keywords] if keywords else [])])


def text_of_lines(lines: Iterable[Line], names: Mapping[str, str]) -> list[str]:
    """Lines as a function of their own says them."""
    return [said for said, _ in _texts(lines, names, dict(names))]


def title(plan: Plan) -> str:
    """The title of the notebook as a sentence; where it has none, which notebook it is."""
    if plan.title == plan.notebook.stem:
        return f"The analysis of {escape.line(plan.notebook.stem)}.ipynb."
    return f"{plan.title.rstrip('.:!? ')}."


def _doc(plan: Plan) -> str:
    text = plan.summary or title(plan)
    end = plan.pipeline.ends_before
    if end is not None:
        is_begun = any(line.cell == end for line in plan.pipeline.run_lines)
        where = (
            f"in cell {end + 1} of the notebook, the rest of"
            if is_begun
            else f"before cell {end + 1} of the notebook,"
        )
        text += f"\n\nEnds {where} which can only be run there."
    return text + "\n\nReturns the values that the notebook leads to, by name."


def _body(plan: Plan, names: Mapping[str, str]) -> str:
    lines = [said for said, _ in _run_texts(plan, names)]
    results = ", ".join(f'"{name}": {name}' for name in plan.pipeline.results)
    return indented("\n".join([*lines, f"return {{{results}}}"]))


def _run_texts(plan: Plan, names: Mapping[str, str]) -> Iterator[tuple[str, Line | Section]]:
    """What run() says: its lines, and calls of the functions that have the others."""
    known = dict(names)
    for part in sections.of(plan):
        if part.name:
            yield _call_of_section(part, names), part
        else:
            yield from _texts(part.lines, names, known)


def _texts(
    lines: Iterable[Line], names: Mapping[str, str], known: dict[str, str]
) -> Iterator[tuple[str, Line]]:
    """Lines in one function. Where a parameter cannot be renamed, it is bound to the notebook's name once.

    known: what the function calls the parameters by now.
    """
    for line in lines:
        yield text(line, known if line.step is None else names, shows=False), line
        known |= {name: name for name in _bound_first(line, known)}


def _call_of_section(part: Section, names: Mapping[str, str]) -> str:
    options = [f"{names[name]}={names[name]}" for name in part.parameters]
    called = f"{part.name}({', '.join([*part.takes, *options])})"
    return f"{', '.join(part.gives)} = {called}" if part.gives else called


def _section(plan: Plan, part: Section, names: Mapping[str, str]) -> str:
    """The function of a section."""
    types = {parameter.name: _type(parameter) for parameter in plan.pipeline.parameters}
    options = [f"{names[name]}: {types[name]}" for name in part.parameters]
    takes = [f"{name}: Any" for name in part.takes]
    signature = ", ".join([*takes, *(["*", *options] if options else [])])
    gives = {0: "None", 1: "Any"}.get(len(part.gives), "tuple[Any, ...]")
    (said,) = (module.title for module in plan.modules if module.name == part.module)
    lines = [said for said, _ in _texts(part.lines, names, dict(names))]
    lines += [f"return {', '.join(part.gives)}"] if part.gives else []
    head = f"def {part.name}({signature}) -> {gives}:"
    says = [docstring(plan.style, f"{said.rstrip('.:!? ')}.")] if said else []
    return "\n".join([head, *says, indented("\n".join(lines))])


def line_at(plan: Plan, number: int) -> int | None:
    """Which of the pipeline's lines stands in this line of pipeline.py; None if none does."""
    tree = ast.parse(pipeline(plan))
    functions = {part.name: part for part in tree.body if isinstance(part, ast.FunctionDef)}
    names = {parameter.name: parameter.option for parameter in plan.pipeline.parameters}
    parts = {part.name: _texts(part.lines, names, dict(names)) for part in sections.of(plan)}
    texts = {**parts, "run": _run_texts(plan, names)}
    places = {id(line): index for index, line in enumerate(plan.pipeline.lines)}
    for name, function in functions.items():
        is_said = ast.get_docstring(function) is not None
        statements = iter(function.body[is_said:])
        for said, line in texts[name]:
            for _ in ast.parse(said).body:
                statement = next(statements)
                if statement.lineno <= number <= (statement.end_lineno or statement.lineno):
                    return places.get(id(line))
    return None


def text(line: Line, names: Mapping[str, str], shows: bool = True) -> str:
    """A line of the pipeline; names are those of the parameters in the function around it.

    shows: the values that steps give only to be shown are wanted too.
    """
    if line.step is None:
        bound = [f"{name} = {names[name]}" for name in _bound_first(line, names)]
        return "\n".join([*bound, line.source if bound else _with_options(line, names)])
    passed = [names.get(k.parameter, k.parameter) for k in line.step.keywords]
    return call(line.step, passed, shows, line.called)


def _bound_first(line: Line, names: Mapping[str, str]) -> list[str]:
    """Parameters that a statement has to find under the name that the notebook has for them."""
    used = _other_names(line, names)
    node = ast.parse(line.source)
    return list(used) if any(is_bound_or_spoken(node, name) for name in used) else []


def _with_options(line: Line, names: Mapping[str, str]) -> str:
    """``train = weekly.iloc[:-HORIZON]`` as run() says it: with horizon."""
    used = _other_names(line, names)
    if not used:
        return line.source
    return in_place.rename(line.source, used)


def _other_names(line: Line, names: Mapping[str, str]) -> dict[str, str]:
    """Parameters of a statement that have another name in run()."""
    if line.step is not None:
        return {}
    return {name: names[name] for name in line.reads if names.get(name, name) != name}


_BUILTIN = ("", "str", "int", "float")  # types that need no import
_TYPES = {
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
    list: "list[Any]",
    dict: "dict[Any, Any]",
    tuple: "tuple[Any, ...]",
}


def _type(parameter: Parameter) -> str:
    if parameter.type:
        return parameter.type
    return _TYPES.get(type(_value(parameter)), "Any")


def _value(parameter: Parameter) -> object:
    try:
        value: object = ast.literal_eval(parameter.source)
    except (ValueError, SyntaxError):
        return None  # such as 60 * 60: any type will do
    return value


def main(plan: Plan, engine: str = "") -> str:
    """The text of __main__.py; engine: what can run the flow of the package."""
    piped = plan.pipeline
    parsers = [_parser(parameter) for parameter in piped.parameters]
    imports = [
        "from __future__ import annotations",
        "import argparse",
        "from collections.abc import Sequence",
    ]
    imports += ["import ast"] if "ast.literal_eval" in parsers else []
    imports += [i for p in piped.parameters if p.type not in _BUILTIN for i in p.imports]
    imports += [] if piped.inputs else ["import reprlib"]
    imports += ["import sys", "from typing import Any, NoReturn"] if engine == DASK.name else []
    imports += (
        ["from pathlib import Path", "from typing import Any"] if engine == HAMILTON.name else []
    )
    is_apart = plan.touches_files and not piped.inputs
    if not piped.inputs:
        imports.append(
            "from .config import in_data_dir" if is_apart else "from .pipeline import run"
        )
    if piped.parameters:
        imports.append(f"from .config import {', '.join(sorted(p.name for p in piped.parameters))}")
    return scaffold(
        plan.style,
        fill(
            "main.py",
            package=plan.package,
            imports=block(imports),
            description=escape.python(plan.title),
            options=[_argument(parameter) for parameter in piped.parameters],
            inputs=", ".join(piped.inputs),
            files=is_apart,
            flow=engine == DASK.name,
            hamilton=engine == HAMILTON.name,
        ),
    )


def _argument(parameter: Parameter) -> str:
    flag = "--" + parameter.option.replace("_", "-")
    kind = _parser(parameter)
    return f'"{flag}", type={kind}, default={parameter.name}, help="default: %(default)s"'


def _parser(parameter: Parameter) -> str:
    """What makes a value from the text of an option."""
    value = _value(parameter)
    plain = isinstance(value, int | float | str) and not isinstance(value, bool)
    return parameter.parser or (type(value).__name__ if plain else "ast.literal_eval")


def options(parameters: Sequence[Parameter]) -> str:
    """The options as the README shows them."""
    return " ".join(f"[--{p.option.replace('_', '-')} VALUE]" for p in parameters)
