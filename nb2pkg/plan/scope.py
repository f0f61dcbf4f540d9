"""What a name is bound to in the code of the package.

A name of the notebook is a builtin, an import, a definition or a constant of the package, a
parameter of the analysis, or data: a value that is passed from function to function.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from nb2pkg.graph.timeline import Bound, Timeline
from nb2pkg.model import ImportedName, StatementKind

BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("__")) | {"__import__"}
# IPython puts these where builtins are; a module has to import them.
IPYTHON_NAMES = {"display": ImportedName("display", "IPython.display", "display")}


class Binding(Enum):
    BUILTIN = "builtin"
    IMPORT = "import"
    GUARDED = "guarded import"
    DEFINITION = "definition"
    CONSTANT = "constant"
    PARAMETER = "parameter"
    DATA = "data"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Scope:
    """What every name is bound to, for one set of decisions.

    moved and constants map a name to the position of its one statement; parameters likewise.
    local_modules are modules that are files beside the notebook: data, as far as we can say.
    """

    timeline: Timeline
    moved: Mapping[str, int] = field(default_factory=dict)
    constants: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[str, int] = field(default_factory=dict)
    local_modules: frozenset[str] = frozenset()

    def binding(self, name: str) -> Binding:
        if name in self.moved:
            return Binding.DEFINITION
        if name in self.constants:
            return Binding.CONSTANT
        if name in self.parameters:
            return Binding.PARAMETER
        binders = self.timeline.binders(name)
        if not binders:
            known = name in BUILTINS or name in IPYTHON_NAMES
            return Binding.BUILTIN if known else Binding.UNKNOWN
        if self.timeline.is_deleted(name):
            return Binding.DATA
        return self._of_binders(name, binders)

    def _of_binders(self, name: str, binders: tuple[int, ...]) -> Binding:
        kinds = {self.timeline.statements[position].kind for position in binders}
        if kinds == {StatementKind.IMPORT} and self._is_one_import(name):
            return Binding.IMPORT
        if kinds == {StatementKind.GUARDED_IMPORT} and len(binders) == 1:
            facts = self.timeline.statements[binders[0]]
            local = any(i.module.split(".")[0] in self.local_modules for i in facts.imports)
            if name in facts.binds and not local:
                return Binding.GUARDED
        return Binding.DATA

    def _is_one_import(self, name: str) -> bool:
        imported = self.imports(name)
        if any(i.level or i.module.split(".")[0] in self.local_modules for i in imported):
            return False
        roots = {i.module.split(".")[0] for i in imported if not i.attribute and i.name == name}
        same_package = all(not i.attribute and i.module.split(".")[0] == name for i in imported)
        return len(imported) == 1 or (same_package and len(roots) == 1)

    def imports(self, name: str) -> tuple[ImportedName, ...]:
        """What import statements bind the name to, each meaning once."""
        if not self.timeline.binders(name) and name in IPYTHON_NAMES:
            return (IPYTHON_NAMES[name],)
        found = [
            imported
            for position in self.timeline.binders(name)
            for imported in self.timeline.statements[position].imports
            if imported.name == name
        ]
        return tuple(dict.fromkeys(found))

    def is_local(self, name: str, position: int) -> bool:
        """Would the package find the name by itself, in a function called at this position?"""
        binding = self.binding(name)
        if binding is Binding.BUILTIN:
            return True
        if binding in (Binding.IMPORT, Binding.GUARDED, Binding.DEFINITION, Binding.CONSTANT):
            return self.timeline.is_bound(name, position) is Bound.YES
        return False
