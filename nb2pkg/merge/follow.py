"""Generated texts with the names and places that the engineer gave their symbols."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from nb2pkg.merge import attributes, imports
from nb2pkg.merge.names import bound_by, renamed
from nb2pkg.merge.renames import Renames, SymbolPlace
from nb2pkg.merge.symbols import Item, Module, parse, split
from nb2pkg.paths import module_of, path_of, source_of


def apply(texts: Mapping[str, str], renames: Renames, package: str) -> dict[str, str]:
    """All generated texts as they would be had the notebook used the engineer's names."""
    if not renames.symbols:
        return dict(texts)
    found: dict[str, str] = {}
    moved: dict[str, list[tuple[Item, str]]] = {}
    for path, text in texts.items():
        new_path = renames.paths.get(path, path)
        if path.endswith(".py"):
            text, leaving = _module(
                path, _with_attributes(text, renames, package), renames, package
            )
            for item, target in leaving:
                moved.setdefault(target, []).append((item, path))
        elif path.endswith(".ipynb"):
            text = _notebook(text, renames, package)
        found[new_path] = text
    for target, arriving in moved.items():
        found[target] = _arrived(found.get(target, ""), arriving, target, texts, renames, package)
    return found


def _with_attributes(text: str, renames: Renames, package: str) -> str:
    """The text of a module that calls functions by their modules: ``models.forecast(weekly)``."""
    for imported_as in (".", package):
        if re.search(rf"^from {re.escape(imported_as)} import ", text, re.MULTILINE):
            taken = _mentioned(text)
            (text,) = attributes.follow([text], str, taken, renames, package, imported_as)
    return text


# ----------------------------------------------------------------------------------- one module


@dataclass(frozen=True, slots=True)
class Renaming:
    """What changes in one file: names of its own, and imports; all by their name in it."""

    names: Mapping[str, str]
    imports: Mapping[imports.Imported, imports.Imported]


def _module(
    path: str, text: str, renames: Renames, package: str
) -> tuple[str, list[tuple[Item, str]]]:
    """The text with the new names, without the symbols that left; and these."""
    module = split(text)
    if module is None:
        return text, []
    inside = path.startswith(f"{source_of(package)}/")
    renaming = _renaming(_imported(module), renames, package, path if inside else "")
    taken = _bound_inside(module)
    names, swaps = dict(renaming.names), dict(renaming.imports)
    for old, new in renaming.imports.items():
        if not old.alias and old.name != new.name and new.name in taken:
            swaps[old] = imports.Imported(new.module, new.name, old.name)
            names.pop(old.name, None)  # the new name means something else here
    home = renames.paths.get(path, path)
    leaving: list[tuple[Item, str]] = []
    parts: list[str] = []
    for item in module.items:
        place = renames.symbols.get(SymbolPlace(path, item.key)) if item.kind == "symbol" else None
        if place is not None and place.path != home:
            leaving.append((_renamed_item(item, names), place.path))
        elif item.kind == "imports":
            parts.append(item.gap + _swapped(item.text, swaps, package))
        else:
            parts.append(item.gap + renamed(item.text, names))
    result = "".join(parts) + module.tail
    if leaving:
        result = _with_imports_back(result, leaving, path, names, package)
    return result, leaving


def _imported(module: Module) -> list[imports.Imported]:
    nodes = [n for item in module.items for top in item.nodes for n in ast.walk(top)]
    return imports.of([n for n in nodes if isinstance(n, ast.stmt)])


def _renaming(
    imported: list[imports.Imported], renames: Renames, package: str, path: str
) -> Renaming:
    """path is empty outside the package, where modules are imported by their full name."""
    names: dict[str, str] = {}
    swaps: dict[imports.Imported, imports.Imported] = {}
    for old, new in renames.symbols.items():
        if old.path == path:
            names[old.name] = new.name
    for entry in imported:
        home = _path_of(entry.module, package)
        if home is None or not entry.name:
            continue
        place = renames.symbols.get(SymbolPlace(home, entry.name))
        if place is None and home not in renames.paths:
            continue
        place = place or SymbolPlace(renames.paths[home], entry.name)
        prefix = entry.module[: len(entry.module) - len(module_of(home, package))]
        module = prefix + module_of(place.path, package)
        swaps[entry] = imports.Imported(module, place.name, entry.alias)
        if not entry.alias:
            names[entry.name] = place.name
    return Renaming({o: n for o, n in names.items() if o != n}, swaps)


def _path_of(module: str, package: str) -> str | None:
    """The file of ``.load`` or ``package.load``."""
    if module.startswith(".") and not module.startswith(".."):
        inner = module[1:]
    elif module.startswith(f"{package}."):
        inner = module.removeprefix(f"{package}.")
    else:
        return None
    return path_of(package, inner) if inner else None


def _bound_inside(module: Module) -> set[str]:
    """Names that anything in the file binds but its imports."""
    found: set[str] = set()
    for item in module.items:
        for node in (inner for top in item.nodes for inner in ast.walk(top)):
            found |= bound_by(node)
    return found


def _swapped(block: str, swaps: Mapping[imports.Imported, imports.Imported], package: str) -> str:
    tree = parse(block)
    for entry in imports.of(tree.body if tree else []):
        if entry in swaps and swaps[entry] != entry:
            block = imports.add(imports.remove(block, entry), swaps[entry], package)
    return block


def _renamed_item(item: Item, names: Mapping[str, str]) -> Item:
    return Item(item.key, item.kind, item.gap, renamed(item.text, names), item.nodes, item.comments)


def _with_imports_back(
    text: str, leaving: list[tuple[Item, str]], path: str, names: Mapping[str, str], package: str
) -> str:
    """A module imports what has left it if it still uses it; what only that used goes along."""
    used = _mentioned(text)
    for item, target in leaving:
        name = names.get(item.key, item.key)
        if name in used and path.startswith("src/"):
            entry = imports.Imported("." + module_of(target, package), name)
            text = _with_import(text, entry, package)
    along = {name for item, _ in leaving for name in _mentioned(item.text)} - used
    module = split(text)
    parts = []
    for item in module.items if module else ():
        block = item.text
        for entry in imports.of(item.nodes) if item.kind == "imports" else ():
            block = imports.remove(block, entry) if entry.bound in along else block
        parts.append(item.gap + block if block.strip() else "")
    return "".join(parts) + module.tail if module else text


def _with_import(text: str, entry: imports.Imported, package: str) -> str:
    module = split(text)
    if module is None:
        return text
    blocks = [item.key for item in module.items if item.kind == "imports"]
    if not blocks:
        head = module.items[0] if module.items and module.items[0].kind == "docstring" else None
        rest = text[len(head.gap + head.text) :] if head else text
        top = head.gap + head.text + "\n" if head else ""
        return f"{top}{entry.statement}\n{rest}" if rest else f"{top}{entry.statement}\n"
    parts = [
        item.gap + (imports.add(item.text, entry, package) if item.key == blocks[-1] else item.text)
        for item in module.items
    ]
    return "".join(parts) + module.tail


def _arrived(
    text: str,
    arriving: list[tuple[Item, str]],
    target: str,
    texts: Mapping[str, str],
    renames: Renames,
    package: str,
) -> str:
    """A module with the symbols that were moved into it, and the imports that these need."""
    wanted: dict[imports.Imported, None] = {}
    for source in dict.fromkeys(source for _, source in arriving):
        used = {n for item, where in arriving if where == source for n in _mentioned(item.text)}
        module = split(texts[source])
        for entry in _imported(module) if module else []:
            if entry.bound in used and _path_of(entry.module, package) != target:
                wanted[entry] = None
        for other in module.items if module else ():
            place = renames.symbols.get(
                SymbolPlace(source, other.key), SymbolPlace(source, other.key)
            )
            path = renames.paths.get(place.path, place.path)
            if other.kind == "symbol" and place.name in used and path != target:
                wanted[imports.Imported("." + module_of(path, package), place.name)] = None
    text = "\n\n".join([*([text] if text else []), *(item.text for item, _ in arriving)])
    for entry in wanted:
        text = _with_new_import(text, entry, package)
    return _without_own_imports(text, target, package)


def _with_new_import(text: str, entry: imports.Imported, package: str) -> str:
    module = split(text)
    if module is None or entry in _imported(module):
        return text
    return _with_import(text, entry, package)


def _without_own_imports(text: str, path: str, package: str) -> str:
    """A module that imported what is in it now."""
    module = split(text)
    own = [e for e in _imported(module) if _path_of(e.module, package) == path] if module else []
    parts = []
    for item in module.items if module else ():
        block = item.text
        for entry in own if item.kind == "imports" else ():
            block = imports.remove(block, entry)
        parts.append(item.gap + block if block.strip() else "")
    return "".join(parts) + module.tail if module else text


def _mentioned(text: str) -> set[str]:
    tree = parse(text)
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} if tree else set()


# ------------------------------------------------------------------------------------ notebooks


def _notebook(text: str, renames: Renames, package: str) -> str:
    """The narrative: a name that one cell imports is used in all the cells below."""
    try:
        document = json.loads(text)
    except ValueError:
        return text
    cells = [c for c in document.get("cells", []) if c.get("cell_type") == "code"]
    texts = ["".join(cell["source"]) for cell in cells]
    taken = {n for s in texts if (t := parse(masked(s))) for i in ast.walk(t) for n in bound_by(i)}
    sources = attributes.follow(texts, masked, taken, renames, package)
    trees = [parse(masked(source)) for source in sources]
    statements = [n for t in trees if t for n in ast.walk(t) if isinstance(n, ast.stmt)]
    renaming = _renaming(imports.of(statements), renames, package, "")
    bound = {name for t in trees if t for n in ast.walk(t) for name in bound_by(n)}
    unread = "\n".join(s for s, t in zip(sources, trees) if t is None)
    swaps, names = {}, dict(renaming.names)
    for old, new in renaming.imports.items():
        swaps[old] = new
        unsure = {old.name, new.name} & bound or re.search(rf"\b{old.name}\b", unread)
        if not old.alias and old.name != new.name and unsure:
            swaps[old] = imports.Imported(new.module, new.name, old.name)
            names.pop(old.name, None)
    if not swaps and sources == texts:
        return text
    for cell, before, source, tree in zip(cells, texts, sources, trees):
        result = _cell(source, swaps, names, package) if swaps and tree is not None else source
        if result != before:
            as_list = isinstance(cell["source"], list)
            cell["source"] = result.splitlines(keepends=True) if as_list else result
    return _as_before(document, text)


def _cell(
    source: str,
    swaps: Mapping[imports.Imported, imports.Imported],
    names: Mapping[str, str],
    package: str,
) -> str:
    hidden = masked(source)
    kept = dict(enumerate(source.split("\n")))
    result = renamed(hidden, names)
    lines = [
        kept[n] if hidden.split("\n")[n] != kept[n] else line
        for n, line in enumerate(result.split("\n"))
    ]
    module = split(masked("\n".join(lines)) + "\n")
    if module is None or not any(item.kind == "imports" for item in module.items):
        return "\n".join(lines)
    position, parts = 0, []
    for item in module.items:
        size = (item.gap + item.text).count("\n")
        text = "\n".join(lines[position : position + size])
        position += size
        if item.kind == "imports":
            text = item.gap + _swapped(item.text, swaps, package).rstrip("\n")
        parts.append(text)
    return "\n".join([*parts, *lines[position:]])


def masked(source: str) -> str:
    """Lines of IPython that are no Python, replaced by a statement that is."""
    return "\n".join(
        re.sub(r"\S.*", "pass", line) if line.lstrip()[:1] in ("%", "!", "?") else line
        for line in source.split("\n")
    )


def _as_before(document: object, text: str) -> str:
    indent = re.match(r'\s*\{\r?\n([ \t]*)"', text)
    end = "\n" if text.endswith("\n") else ""
    return json.dumps(document, indent=indent[1] if indent else None, ensure_ascii=False) + end
