"""What `kinds` says of cells, as expressions for duckdb. x is the name of a column of texts."""

from __future__ import annotations

from collections.abc import Sequence

from nb2pkg.data.tables import kinds
from nb2pkg.data.tables.kinds import ABSENT, LONGEST, NUMBERS, Kind

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_TYPES = {
    "BOOLEAN": Kind.BOOL,
    "DATE": Kind.DATE,
    "VARCHAR": Kind.TEXT,
    "FLOAT": Kind.FLOAT,
    "DOUBLE": Kind.FLOAT,
}
_BY_TEXT = (
    (kinds.INTEGER, Kind.INT),
    (f"{kinds.DECIMAL}|{kinds.INFINITE}", Kind.FLOAT),
    (kinds.NOT_A_NUMBER, Kind.NAN),
    (kinds.TRUTH, Kind.BOOL),
    (kinds.DAY, Kind.DATE),
    (kinds.MOMENT, Kind.DATETIME),
)


def text(value: str) -> str:
    """A text as a literal."""
    return "'" + value.replace("'", "''") + "'"


def name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def kind(x: str, declared: Kind | None) -> str:
    """The kind of a cell, as its number."""
    if declared is Kind.FLOAT:
        return f"case when {x} is null then 0 when {x} = 'nan' then {Kind.NAN} else {declared} end"
    if declared is not None:
        return f"case when {x} is null then 0 else {declared:d} end"
    cases = " ".join(
        f"when regexp_full_match({x}, {text(f'(?:{pattern})')}) then {kind:d}"
        for pattern, kind in _BY_TEXT
    )
    return f"case when {x} is null then 0 {cases} else {Kind.TEXT:d} end"


def code(a: str, b: str, declared: Sequence[Kind | None], tolerance: float) -> str:
    """side.Code of a cell in both tables, of which one may have no such row; 0 where it is the same."""
    before, after = kind(a, declared[0]), kind(b, declared[1])
    rows = [f"{x.partition('.')[0]}.n" for x in (a, b)]
    return (
        f"case when {rows[1]} is null then 1 + {before} + 16 * {ABSENT} "
        f"when {rows[0]} is null then 1 + {ABSENT} + 16 * {after} "
        f"when {a} is not distinct from {b} then 0 "
        f"else 1 + {before} + 16 * {after} + {_close(a, b, declared, tolerance)} end"
    )


def _close(a: str, b: str, declared: Sequence[Kind | None], tolerance: float) -> str:
    """256 where both are the same number. Columns that hold no numbers are not asked."""
    if any(one is not None and one not in NUMBERS for one in declared):
        return "0"
    if not tolerance and all(one is Kind.INT or one is Kind.DECIMAL for one in declared):
        return "0"
    numbers = ", ".join(str(int(one)) for one in sorted(NUMBERS))
    before, after = kind(a, declared[0]), kind(b, declared[1])
    x, y = number(a), number(b)
    exact = f"not ({is_long(a)} or {is_long(b)}) and {x} = {y}"
    near = f"abs({x} - {y}) <= {tolerance!r}::double * greatest(1.0, abs({x}), abs({y}))"
    if tolerance:
        equal = f"({exact}) or (isfinite({x}) and isfinite({y}) and {near})"
    else:
        floats = f"({Kind.FLOAT:d}, {Kind.NAN:d})"
        equal = f"({before} in {floats} or {after} in {floats}) and {exact}"
    is_number = f"{before} in ({numbers}) and {after} in ({numbers})"
    return f"case when {is_number} then case when {equal} then 256 else 0 end else 0 end"


def number(x: str) -> str:
    return f"(try_cast({x} as double) + 0.0)"


def is_long(x: str) -> str:
    cell = f"({x})::varchar"
    return f"(length(ltrim({cell}, '-')) > {LONGEST} and regexp_full_match({cell}, '-?[0-9]+'))"


def canonical(x: str) -> str:
    """Two values that are the same for two equal numbers."""
    value = f"case when isnan({number(x)}) then 'nan'::double else {number(x)} end"
    as_text = f"({is_long(x)} or {number(x)} is null)"
    return f"if({as_text}, null, {value}), if({as_text}, {x}, null)"


def key(x: str) -> str:
    cell = f"({x})::varchar"
    return (
        f"if(ends_with({cell}, '.0'), regexp_replace({cell}, {text(kinds.WHOLE)}, '\\1'), {cell})"
    )


# ------------------------------------------------------------------------------ parquet's types


def declared(type_: str) -> Kind:
    """The kind of a column of that type."""
    if type_.removeprefix("U") in _INTEGERS:
        return Kind.INT
    if type_.startswith("DECIMAL"):
        return Kind.DECIMAL
    if type_.startswith("TIMESTAMP"):
        return Kind.DATETIME
    return Kind.TEXT if type_.startswith("ENUM") else _TYPES.get(type_, Kind.OTHER)


def cell(column: str, type_: str) -> str:
    """A column as texts, in the form of `typed`."""
    x = name(column)
    if type_.startswith("DECIMAL") and not type_.endswith(",0)"):
        return f"rtrim(rtrim(({x})::varchar, '0'), '.')"
    if type_ == "FLOAT":
        return f"({x})::double::varchar"
    if type_ == "BLOB":
        return f"lower(hex({x}))"
    if type_.endswith("]") or type_.startswith(("STRUCT", "MAP")):
        return f"to_json({x})::varchar"
    return f"({x})::varchar"
