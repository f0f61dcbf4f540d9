"""Import blocks in the order of isort: sections, then plain imports, then names, merged."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable


def block(lines: Iterable[str], package: str = "", looked_up: Iterable[str] = ()) -> str:
    """One sorted block of import statements; package is first-party, as in tests.

    looked_up are names that no code mentions, but texts that are looked up do.
    """
    plain: dict[int, set[tuple[str, str]]] = {}
    named: dict[int, dict[str, set[tuple[str, str]]]] = {}
    for line in lines:
        for node in ast.parse(line).body:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    section = _section(alias.name, 0, package)
                    plain.setdefault(section, set()).add((alias.name, alias.asname or ""))
            elif isinstance(node, ast.ImportFrom):
                source = "." * node.level + (node.module or "")
                section = _section(node.module or "", node.level, package)
                names = {(alias.name, alias.asname or "") for alias in node.names}
                named.setdefault(section, {}).setdefault(source, set()).update(names)
    sections = [
        "\n".join([*_plain(plain.get(number, set())), *_named(named.get(number, {}))])
        for number in sorted({*plain, *named})
    ]
    hidden = set(looked_up)
    return "\n\n".join(
        "\n".join(_marked(line, hidden) for line in section.split("\n")) for section in sections
    )


def is_sorted(lines: Iterable[str], text: str) -> bool:
    """Are these statements imports without a star, and the text what block makes of them?"""
    found = list(lines)
    nodes = [node for line in found for node in ast.parse(line).body]
    are_imports = all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in nodes)
    return are_imports and "*" not in text and block(found) == text


def absolute(text: str, package: str) -> str:
    """The text with imports that do not depend on where it stands."""
    text = re.sub(r"^(\s*)from \. import", rf"\1from {package} import", text, flags=re.MULTILINE)
    return re.sub(r"^(\s*)from \.(?=\w)", rf"\1from {package}.", text, flags=re.MULTILINE)


def _marked(line: str, looked_up: set[str]) -> str:
    """An import that a linter would take for unused says that it is not."""
    names = {name.strip().split(" ")[-1] for name in line.rpartition("import ")[2].split(",")}
    return f"{line}  # noqa: F401" if names & looked_up else line


def _section(module: str, level: int, package: str) -> int:
    top = module.partition(".")[0]
    if level:
        return 4
    if top == "__future__":
        return 0
    if top in sys.stdlib_module_names:
        return 1
    return 3 if top == package.partition(".")[0] else 2


def _plain(imports: set[tuple[str, str]]) -> list[str]:
    return [
        f"import {name}" + (f" as {alias}" if alias else "")
        for name, alias in sorted(imports, key=lambda i: (_natural(i[0]), i[1]))
    ]


def _named(imports: dict[str, set[tuple[str, str]]]) -> list[str]:
    """A name with an alias of its own stands in a statement of its own, as isort writes it.

    From another package of the project, ``name as name`` says that others may import it from here.
    """
    found: list[str] = []
    for source in sorted(imports, key=_natural):
        members = sorted(imports[source], key=lambda member: _member_key(member[0]))
        plain = [not alias or (alias == name and source[:2] != "..") for name, alias in members]
        whole = [name for (name, _), is_plain in zip(members, plain) if is_plain]
        renamed = [f"{n} as {a}" for (n, a), is_plain in zip(members, plain) if not is_plain]
        texts = renamed + ([", ".join(whole)] if whole else [])
        found.extend(f"from {source} import {text}" for text in texts)
    return found


def _natural(name: str) -> tuple[tuple[str | int, ...], str]:
    """Numbers inside names by value: x2 before x10. Case counts last."""
    parts = re.split(r"(\d+)", name.lower())
    return tuple(int(part) if part.isdigit() else part for part in parts), name


def _member_key(name: str) -> tuple[int, tuple[tuple[str | int, ...], str]]:
    """Constants, then classes, then the rest."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, _natural(name)
