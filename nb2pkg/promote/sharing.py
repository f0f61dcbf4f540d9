"""One helper in two notebooks of a project: one definition if it is the same, and a problem if not.

Only functions and classes are shared. What they use goes into the comparison: other code of the
package, and what the names that they import mean.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from nb2pkg.model import Problem, StatementKind
from nb2pkg.paths import Folder, Project, is_module, path_of, project_at
from nb2pkg.plan.model import Definition, Plan, SharedFrom
from nb2pkg.problems import at
from nb2pkg.project import code_digest, locate, manifest
from nb2pkg.render.modules import module as module_text


@dataclass(frozen=True, slots=True)
class Family:
    """The packages of a project that are in the same package: this one and those of other notebooks.

    texts: path to text of all their modules, as they are on disk.
    """

    package: str  # that all are in
    place: Project
    others: tuple[Project, ...]
    texts: Mapping[str, str]

    def with_own(self, texts: Mapping[str, str]) -> dict[str, str]:
        """The texts, with others for this package."""
        own = self.place.paths.package
        rest = {p: text for p, text in self.texts.items() if not is_module(p, own)}
        return {**rest, **{p: text for p, text in texts.items() if is_module(p, own)}}


def family(folder: Folder) -> Family | None:
    """The packages beside this one; None for a project of its own."""
    place = project_at(folder)
    above = place.paths.package.rpartition(".")[0]
    if not above:
        return None
    others = tuple(
        other
        for other in locate.all_in(place.folder)
        if other.paths.package.rpartition(".")[0] == above and other.paths != place.paths
    )
    texts = locate.current(place)
    for other in others:
        texts |= {
            p: t for p, t in locate.current(other).items() if is_module(p, other.paths.package)
        }
    return Family(above, place, others, texts)


def closures(folder: Folder, texts: Mapping[str, str], package: str) -> dict[str, str]:
    """ "module.name" to the digest of its code and all that it uses, in other packages as well."""
    found = family(folder)
    if found is None:
        return code_digest.of_closures(texts, package)
    start = f"{found.place.paths.name}."
    known = found.with_own(texts)
    everything = code_digest.of_closures(known, found.package)
    everything = code_digest.with_imported(known, found.package, everything)
    return {s.removeprefix(start): d for s, d in everything.items() if s.startswith(start)}


def meanings(folder: Folder) -> dict[str, str]:
    """Symbols of other packages, by their full names, to digests of what they mean now."""
    found = family(folder)
    if found is None or not found.others:
        return {}
    digests = code_digest.of_meanings(found.texts, found.package)
    return {f"{found.package}.{symbol}": digest for symbol, digest in digests.items()}


# ---------------------------------------------------------------------------- importing shared


def import_shared(plan: Plan, folder: Folder) -> Plan:
    """The plan without second copies of what a package beside it has.

    What has the same name there and another code is a problem of the plan.
    """
    found = family(folder)
    if found is None or not found.others:
        return plan
    own = {path_of(plan.package, item.name): module_text(plan, item) for item in plan.modules}
    digests = code_digest.of_meanings(found.with_own(own), found.package)
    edited = _edited(found)
    digests = {symbol: digest for symbol, digest in digests.items() if symbol not in edited}
    defined = frozenset(code_digest.of_symbols(found.texts, found.package))
    matches = {d.name: _matched(found, d, digests, defined) for d in plan.definitions}
    shared = _whole(plan, {name: same for name, (same, _) in matches.items() if same is not None})
    modules = tuple(
        replace(
            item,
            definitions=tuple(replace(d, shared_from=shared.get(d.name)) for d in item.definitions),
        )
        for item in plan.modules
    )
    problems = (_differs(plan, d, other) for d in plan.definitions for other in matches[d.name][1])
    return replace(plan, modules=modules, problems=(*plan.problems, *problems))


def _whole(plan: Plan, shared: Mapping[str, SharedFrom]) -> Mapping[str, SharedFrom]:
    """What can be imported: if it uses something that this package keeps, it stays as well."""
    functions = {d.name: d.source for d in plan.definitions if d.kind is not StatementKind.LITERAL}
    kept = functions.keys() - shared.keys()
    staying = {n for n in shared if kept & {*re.findall(r"\w+", functions[n])}}
    rest = {name: item for name, item in shared.items() if name not in staying}
    return _whole(plan, rest) if staying else rest


def _edited(found: Family) -> frozenset[str]:
    """What people changed in this package: that is not given up for what somebody else has."""
    base = found.with_own(locate.generated(found.place))
    before = code_digest.of_meanings(base, found.package)
    now = code_digest.of_meanings(found.texts, found.package)
    own = f"{found.place.paths.name}."
    return frozenset(s for s, d in before.items() if s.startswith(own) and now.get(s) != d)


def _matched(
    found: Family, item: Definition, digests: Mapping[str, str], defined: frozenset[str]
) -> tuple[SharedFrom | None, tuple[str, ...]]:
    """Where the same is, and where something else of that name is."""
    own = digests.get(f"{found.place.paths.name}.{item.module}.{item.name}")
    if own is None or item.kind is StatementKind.LITERAL:
        return None, ()
    others = {
        symbol: digests[symbol]
        for symbol in sorted(defined & digests.keys())
        if symbol.rpartition(".")[2] == item.name and symbol.partition(".")[0] in _names(found)
    }
    importable = frozenset() if keeps_state(item.source) else _importable(found)
    same = [s for s, d in others.items() if d == own and s.partition(".")[0] in importable]
    differing = tuple(f"{found.package}.{s}" for s, digest in others.items() if digest != own)
    module = f"{found.package}.{same[0].rpartition('.')[0]}" if same else ""
    return SharedFrom(module, own) if module else None, differing


_MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.Call)


def keeps_state(source: str) -> bool:
    """Does a function or class keep something from call to call? Two notebooks have one each."""
    top = ast.parse(source).body[0]
    own = getattr(top, "name", "")
    for node in ast.walk(top):
        values: list[ast.expr | None] = []
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            values = [*node.args.defaults, *node.args.kw_defaults]
        elif isinstance(node, ast.ClassDef):
            fields = (n for n in node.body if isinstance(n, ast.Assign | ast.AnnAssign))
            values = [n.value for n in fields if not _is_field(n.value)]
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id in (own, "cls"):
                return True
        if any(isinstance(part, _MUTABLE) for v in values if v for part in ast.walk(v)):
            return True
    return False


def _is_field(value: ast.expr | None) -> bool:
    """A field of a dataclass: each object has its own."""
    return isinstance(value, ast.Call) and ast.unparse(value.func).endswith("field")


def _names(found: Family) -> frozenset[str]:
    return frozenset(other.paths.name for other in found.others)


def _importable(found: Family) -> frozenset[str]:
    """Packages that use nothing of this one: modules that import each other cannot be imported."""
    edges: dict[str, set[str]] = {}
    for other in found.others:
        own = (t for p, t in found.texts.items() if is_module(p, other.paths.package))
        edges[other.paths.name] = {name for text in own for name in _imported(text, found.package)}
    return frozenset(name for name in edges if found.place.paths.name not in _reached(name, edges))


def _reached(start: str, edges: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        new = edges.get(waiting.pop(), set()) - reached
        reached |= new
        waiting += new
    return reached


def _imported(text: str, package: str) -> Iterator[str]:
    """Packages in the same package from which a module imports something."""
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError):
        return  # nothing can be imported from it either
    for node in nodes:
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            start = f"{package}." if node.level > 1 else ""
            inner = f"{start}{node.module or ''}"
            names = [inner, *(f"{inner.rstrip('.')}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            if name.startswith(f"{package}."):
                yield name.removeprefix(f"{package}.").partition(".")[0]


def _differs(plan: Plan, item: Definition, other: str) -> Problem:
    facts = [statement for cell in plan.facts for statement in cell.statements][item.position]
    return at(facts, "NB507", item.name, other=other)


# --------------------------------------------------------------------------------- who imports


def to_promote_again(folder: Folder, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Return lines on what others import from this package and is no longer what it was.

    texts: the modules as they will be.
    """
    found = family(folder)
    if found is None:
        return ()
    digests = code_digest.of_meanings(found.with_own(texts), found.package)
    start = f"{found.place.paths.package}."
    lines = []
    for other in found.others:
        known = manifest.required(other)
        changed = [
            m.shared_from
            for m in known.made
            if m.shared_from.startswith(start)
            and digests.get(m.shared_from.removeprefix(f"{found.package}.")) != m.shared_code
        ]
        if changed:
            name = known.notebook.rpartition("/")[2]
            lines.append(f"{known.package} imports {', '.join(changed)}: promote {name} again")
    return tuple(lines)
