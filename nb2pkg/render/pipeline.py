"""The text of config.py, pipeline.py and __main__.py."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from nb2pkg import escape
from nb2pkg.home import FOLDER, OWN, Home, variable_of
from nb2pkg.plan.model import Line, Parameter, Plan, Step
from nb2pkg.render.code import docstring, indented, scaffold
from nb2pkg.render.imports import block
from nb2pkg.render.templates import fill


def config(plan: Plan, data_folder: str, home: Home = OWN) -> str:
    return scaffold(
        fill(
            "config.py",
            parameters=plan.parameters,
            files=plan.touches_files,
            variable=variable(plan),
            data_folder=data_folder,
            levels=2 if home.is_own else home.levels,
            marker="pyproject.toml" if home.is_own else home.on_disk(f"{FOLDER}/manifest.json"),
        )
    )


def variable(plan: Plan) -> str:
    """The environment variable that names the folder of the files."""
    return variable_of(plan.package)


def call(step: Step, passed: Iterable[str] = ()) -> str:
    """A call of the step; parameters are passed under the names they have at the call."""
    keywords = [f"{k.name}={name}" for k, name in zip(step.keywords, passed)]
    wait = "await " if step.is_async else ""
    text = f"{wait}{step.name}({', '.join([*step.params, *keywords])})"
    targets = [*step.returns, *([step.shown] if step.shown else [])]
    return f"{', '.join(targets)} = {text}" if targets else text


def pipeline(plan: Plan) -> str:
    piped = plan.pipeline
    names = {parameter.name: parameter.option for parameter in piped.parameters}
    own = [*piped.imports]
    if names:
        own.append(f"from .config import {', '.join(sorted(names))}")
    if plan.touches_files:
        own.append("from .config import in_data_dir")
    keywords = [f"{p.option}: {_type(p)} = {p.name}" for p in piped.parameters]
    signature = [
        *(f"{name}: Any" for name in piped.inputs),
        *(["*", *keywords] if keywords else []),
    ]
    return scaffold(
        fill(
            "pipeline.py",
            imports=block(["from __future__ import annotations", "from typing import Any", *own]),
            files=plan.touches_files,
            signature=", ".join(signature),
            docstring=docstring(_doc(plan)),
            body=_body(plan, names),
        )
    )


def _doc(plan: Plan) -> str:
    text = plan.summary or f"{plan.title.rstrip('.')}."
    end = plan.pipeline.ends_before
    if end is not None and end.place is not None:
        text += f"\n\nEnds before cell {end.place.cell + 1} of the notebook, which can only be run there."
    return text + "\n\nReturns every value of the notebook that is made here, by name."


def _body(plan: Plan, names: dict[str, str]) -> str:
    lines = [text(line, names) for line in plan.pipeline.lines]
    results = ", ".join(f'"{name}": {name}' for name in plan.pipeline.results)
    return indented("\n".join([*lines, f"return {{{results}}}"]))


def text(line: Line, names: dict[str, str]) -> str:
    """A line of the pipeline; names are those of the parameters in the function around it."""
    if line.step is None:
        used = [f"{name} = {names[name]}" for name in line.reads if names.get(name, name) != name]
        return "\n".join([*used, line.source])
    return call(line.step, [names.get(k.parameter, k.parameter) for k in line.step.keywords])


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
    return _TYPES.get(type(_value(parameter)), "Any")


def _value(parameter: Parameter) -> object:
    try:
        value: object = ast.literal_eval(parameter.source)
    except ValueError:
        return None  # such as 60 * 60: any type will do
    return value


def main(plan: Plan) -> str:
    piped = plan.pipeline
    literals = any(
        not isinstance(_value(p), int | float | str) or isinstance(_value(p), bool)
        for p in piped.parameters
    )
    imports = [
        "from __future__ import annotations",
        "import argparse",
        "from collections.abc import Sequence",
    ]
    imports += ["import ast"] if literals else []
    imports += [] if piped.inputs else ["import reprlib", "from .pipeline import run"]
    if piped.parameters:
        imports.append(f"from .config import {', '.join(sorted(p.name for p in piped.parameters))}")
    return scaffold(
        fill(
            "main.py",
            package=plan.package,
            imports=block(imports),
            description=escape.python(plan.title),
            options=[_argument(parameter) for parameter in piped.parameters],
            inputs=", ".join(piped.inputs),
        )
    )


def _argument(parameter: Parameter) -> str:
    value = _value(parameter)
    plain = isinstance(value, int | float | str) and not isinstance(value, bool)
    kind = type(value).__name__ if plain else "ast.literal_eval"
    flag = "--" + parameter.option.replace("_", "-")
    return f'"{flag}", type={kind}, default={parameter.name}, help="default: %(default)s"'


def options(parameters: Sequence[Parameter]) -> str:
    """The options as the README shows them."""
    return " ".join(f"[--{p.option.replace('_', '-')} VALUE]" for p in parameters)
