"""Values that cannot be written down, made by calling functions of the package with made-up inputs."""

from __future__ import annotations

import re
import types
from collections.abc import Sequence

from .bench import Bench, Names
from .files import Desk
from .kinds import named_code

_LONGEST = 800  # of a call that makes a value


class Makers:
    """Source of values: by type, and by the name that a step gives them.

    code: modules, functions and classes by where they are defined, with the names that tests have for
    them.
    """

    def __init__(self, names: Names, imports: Sequence[str]) -> None:
        self.by_type: dict[str, str] = {}
        self.by_name: dict[str, str] = {}
        self.code: dict[str, str] = {}
        self._desks: dict[str, Desk] = {}
        known = {name: names.original[name] for name in imports if name in names.original}
        for name, value in {**known, **names.package}.items():
            where = named_code(value)
            if where:
                self.code.setdefault(where, name)
            if isinstance(value, types.ModuleType) and name in imports:
                self.by_name[name] = name

    def remember(
        self, bench: Bench, arguments: Sequence[tuple[str, str]], types: Sequence[str]
    ) -> None:
        """A call that went well. types: of what it gave."""
        named = {p.name for p in bench.parameters if p.kind is p.KEYWORD_ONLY}
        inner = ", ".join(f"{n}={text}" if n in named else text for n, text in arguments)
        target = bench.target
        text = f"{target.name}({inner})"
        if target.method or len(text) > _LONGEST:
            return
        self._desks[target.name] = bench.desk
        for place, kind in enumerate(types):
            self.by_type.setdefault(kind, f"{text}[{place}]" if len(types) > 1 else text)
        for place, name in enumerate(target.returns):
            self.by_name[name] = f"{text}[{place}]" if len(target.returns) > 1 else text

    def desk(self, own: Desk, arguments: Sequence[tuple[str, str]]) -> Desk:
        """With the files that the calls in the arguments read."""
        text = " ".join(source for _, source in arguments)
        for name, desk in self._desks.items():
            if re.search(rf"(?<![\w.]){re.escape(name)}\(", text):
                own = own.beside(desk)
        return own
