"""The layers: imports run one way, heavy libraries are loaded where they are needed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).resolve().parent.parent / "nb2pkg"

# Each package or module may import those before it in this list, and what is in its own folder.
LAYERS = [
    "model",
    "errors",
    "escape",
    "problems",
    "pyproject",
    "paths",
    "files",
    "environment",
    "data",
    "notebook",
    "facts",
    "requirements",
    "graph",
    "plan",
    "flow",
    "observed",
    "templates",
    "render",
    "merge",
    "project",
    "attempts",
    "execution",
    "verify",
    "promote",
    "names",
    "deps",
    "inline",
    "check",
    "ci",
    "lock",
    "fresh",
    "status",
    "service",
    "ui",
    "order",
    "review",
    "jupyter",
    "api",
    "cli",
    "__main__",
]

# library -> the only places that may import it
HEAVY = {
    "networkx": ("graph",),
    "jinja2": ("templates",),
    "black": ("render",),
    "ruamel": ("ci",),
    "pygments": ("review",),
    "libcst": ("plan",),
    "click": ("cli",),
    "nbclient": ("execution", "environment"),
    "jupyter_client": ("execution",),
    "PIL": ("execution", "environment"),
    "IPython": ("jupyter",),
    "pytest": ("jupyter",),
    "tornado": ("ui",),
}


def files() -> list[Path]:
    return [path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py"]


def layer(path: Path) -> str:
    first = path.relative_to(ROOT).parts[0]
    return first.removesuffix(".py")


def imports(path: Path) -> set[tuple[str, bool]]:
    """Dotted modules that a file imports, and whether at its top level."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = {id(node) for node in tree.body}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {(alias.name, id(node) in top) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            found |= {(n if source(n) else node.module, id(node) in top) for n in names}
    return found


def source(module: str) -> Path | None:
    """The file of a module of ours; None for all other names."""
    place = ROOT.parent.joinpath(*module.split("."))
    found = (place.with_suffix(".py"), place / "__init__.py")
    return next((path for path in found if path.exists()), None)


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    own = LAYERS.index(layer(path))
    for module, _ in imports(path):
        if module.startswith("nb2pkg.") and not module.startswith("nb2pkg.__version__"):
            other = module.split(".")[1]
            assert LAYERS.index(other) <= own, f"{path.name} imports {module} from a layer above"


def test_the_picture_of_the_rooms_is_true() -> None:
    """It shows the shortest set of arrows that gives all ways."""
    text = (ROOT.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = set(re.findall(r"^    (\w+) --> (\w+)$", text, re.MULTILINE))
    rooms: nx.DiGraph[str] = nx.DiGraph()
    for path in files():
        others = {
            module.split(".")[1] for module, _ in imports(path) if module.startswith("nb2pkg.")
        }
        rooms.add_edges_from((layer(path), other) for other in others & {*LAYERS} - {layer(path)})
    assert drawn == set(nx.transitive_reduction(rooms).edges)


def test_modules_import_each_other_in_no_circle() -> None:
    modules: nx.DiGraph[Path] = nx.DiGraph()
    for path in files():
        found = {source(name) for name, _ in imports(path)}
        modules.add_edges_from((path, target) for target in found - {None, path})
    circles = [circle for circle in nx.strongly_connected_components(modules) if len(circle) > 1]
    assert not circles


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_libraries_have_one_home(path: Path) -> None:
    for module, at_top in imports(path):
        library = module.split(".")[0]
        if library in HEAVY:
            assert layer(path) in HEAVY[library]
            if library in (
                "networkx",
                "jinja2",
                "black",
                "nbclient",
                "jupyter_client",
                "PIL",
                "ruamel",
                "pygments",
            ):
                assert not at_top, f"{path.name} imports {library} before it is needed"


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from nb2pkg.cli.main import cli\n"
        "try:\n    cli(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted(set(sys.modules) & {'libcst', 'black', 'jinja2', 'networkx', 'nbformat', 'IPython', 'asyncio', 'nbclient'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_functions_and_modules_are_short() -> None:
    long = []
    for path in files():
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > 400:
            long.append(path.name)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and path.name != "problems.py":
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > 60:
                    long.append(f"{path.name}: {node.name}")
    assert not long
