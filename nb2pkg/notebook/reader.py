"""Reading a notebook, and writing its document back as it was written.

No nbformat here: it takes 0.2 s to import, invents ids for cells, and validates more than we need.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from nb2pkg import escape
from nb2pkg.errors import MissingFileError, NotebookError
from nb2pkg.files import changed, put
from nb2pkg.model import Cell, CellKind, Layout, Notebook, Output
from nb2pkg.notebook import language, repair, v3

OUTPUT_LIMIT = 4096

_BOM = b"\xef\xbb\xbf"
_FIRST_KEY = re.compile(r'\s*\{(\r?\n)([ \t]*)"')
_ESCAPED = re.compile(r"\\u(?!00[01])")  # of a character that JSON could hold as it is


def read(path: Path) -> Notebook:
    """The notebook in a file; NotebookError says what is wrong with it, and what to do."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise MissingFileError(path) from None
    except IsADirectoryError:
        raise NotebookError(f"{path}: is a folder", "Name one notebook in it.") from None
    except OSError as error:
        raise NotebookError(f"{path}: cannot be read: {error.strerror}") from error
    return parse(data, str(path))


def parse(data: bytes, name: str, *, without_code: bool = False) -> Notebook:
    """The notebook in the bytes of a file of that name. without_code: it may have none."""
    text = _decoded(data, name)
    document, repairs = repair.repaired(_current(_loaded(text, name), name))
    if complaint := language.complaint(document["metadata"]):
        raise NotebookError(f"{name}: {complaint[0]}", complaint[1])
    cells = _cells(document["cells"], name)
    if not without_code and not any(c.kind == "code" and c.source.strip() for c in cells):
        raise NotebookError(f"{name}: has no code", "There is nothing in it to promote.")
    return Notebook(name, PurePath(name).stem, cells, document, _layout(data, text), repairs)


def serialize(document: Mapping[str, Any], layout: Layout) -> str:
    """The text of the file, laid out as it was when it was read."""
    text = json.dumps(
        document,
        ensure_ascii=layout.ascii_only,
        indent=layout.indent,
        separators=(
            (",", ":") if layout.compact else (None if layout.indent is None else (",", ": "))
        ),
    )
    text = escape.surrogates(text)
    if layout.newline != "\n":
        text = text.replace("\n", layout.newline)
    return "\ufeff" * layout.bom + text + layout.newline * layout.trailing_newline


def save(path: Path, source: Notebook, document: Mapping[str, Any]) -> None:
    """Write the notebook anew, laid out as it was, in one step, if anything has changed."""
    data = serialize(document, source.layout).encode("utf-8")
    before = check_same(path, source)
    if data != before:
        put(path, data, before)


def check_same(path: Path, source: Notebook) -> bytes:
    """What is in the file of a notebook; ConflictError if that is not what was read before."""
    data = path.read_bytes()
    if parse(data, str(path), without_code=True).document != source.document:
        raise changed(path)
    return data


# ------------------------------------------------------------------------------------------ text


def _decoded(data: bytes, name: str) -> str:
    if not data or data.isspace():
        raise NotebookError(f"{name}: is empty", "Open it in Jupyter, add a cell and save it.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotebookError(
            f"{name}: is not UTF-8 text (byte {error.start})",
            "A notebook is JSON in UTF-8: save it again from Jupyter.",
        ) from None


def _loaded(text: str, name: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise _not_json(text, name, error) from None
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits; 10,000 brackets
        raise NotebookError(
            f"{name}: cannot be read as JSON: {error}", "Open it in Jupyter and save it again."
        ) from None
    if not isinstance(document, dict) or not isinstance(document.get("nbformat"), int):
        raise NotebookError(
            f"{name}: is JSON, but not a notebook", "Give a file that Jupyter saved as .ipynb."
        )
    return document


def _not_json(text: str, name: str, error: json.JSONDecodeError) -> NotebookError:
    where = f"line {error.lineno}, column {error.colno}"
    if text.startswith("version https://git-lfs"):
        return NotebookError(f"{name}: is only a Git LFS pointer", "Fetch it: `git lfs pull`.")
    if not text.lstrip().startswith("{"):
        convert = "`jupytext --to ipynb FILE` makes one from a script."
        return NotebookError(f"{name}: is not a notebook", f"Give a .ipynb file; {convert}")
    if re.search(r"^<{7} ", text, re.MULTILINE):
        return NotebookError(
            f"{name}: has a merge conflict that is not resolved",
            "Look for <<<<<<< in it; nbdime merges notebooks.",
        )
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return NotebookError(
            f"{name}: is cut off in the middle ({where})",
            "Copy or download it again, or restore it from a checkpoint.",
        )
    return NotebookError(f"{name}: is not JSON: {error.msg} ({where})", "Fix it, or restore it.")


def _layout(data: bytes, text: str) -> Layout:
    """How the file was written. A file by Jupyter or nbformat comes back byte by byte."""
    head = text[:200]
    first = _FIRST_KEY.match(head)
    newline, space = first.groups() if first else ("\n", None)
    indent: int | str | None = None
    if space is not None:
        indent = space if "\t" in space else len(space)
    return Layout(
        indent=indent,
        trailing_newline=text.endswith("\n"),
        ascii_only=text.isascii() and _has_escapes(text),
        compact=indent is None and re.match(r'\s*\{"\w+":\S', head) is not None,
        newline=newline,
        bom=data.startswith(_BOM),
    )


def _has_escapes(text: str) -> bool:
    """Whether a character is written as \\uXXXX; after another backslash that is only text."""
    for match in _ESCAPED.finditer(text):
        before = text[max(0, match.start() - 64) : match.start()]
        if (len(before) - len(before.rstrip("\\"))) % 2 == 0:
            return True
    return False


# ----------------------------------------------------------------------------------------- cells


def _current(document: dict[str, Any], name: str) -> dict[str, Any]:
    """The document in format 4, with a list of cells that are dicts."""
    version = document["nbformat"]
    if version > 4:
        raise NotebookError(
            f"{name}: has the notebook format {version}; nb2pkg knows 3 and 4",
            "Save it as format 4: `jupyter nbconvert --to notebook --nbformat 4 FILE`.",
        )
    if version < 3:
        raise NotebookError(
            f"{name}: has the notebook format {version}, which is older than IPython 1",
            "Convert it: `jupyter nbconvert --to notebook FILE`.",
        )
    broken = NotebookError(
        f"{name}: is JSON, but not a notebook: it has no list of cells",
        "Open it in Jupyter and save it again.",
    )
    if version == 3:
        if not _dicts(document.get("worksheets")):
            raise broken
        if not all(_dicts(sheet.get("cells", [])) for sheet in document["worksheets"]):
            raise broken
        document = v3.from_3(document)
    if not _dicts(document.get("cells")):
        raise broken
    return document


def _dicts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _cells(raw: list[dict[str, Any]], name: str) -> tuple[Cell, ...]:
    ids = repair.ids(raw)
    return tuple(_cell(cell, index, ids[index], name) for index, cell in enumerate(raw))


def _cell(raw: dict[str, Any], index: int, cell_id: str, name: str) -> Cell:
    kind: CellKind = raw["cell_type"]
    tags = raw.get("metadata", {}).get("tags")
    return Cell(
        index=index,
        id=cell_id,
        kind=kind,
        source=_source(raw.get("source"), index, name),
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        execution_count=raw.get("execution_count"),
        outputs=_outputs(raw.get("outputs", [])) if kind == "code" else (),
    )


def _source(value: object, index: int, name: str) -> str:
    """The text of a cell. Python and IPython read \\r\\n and a lone \\r as line ends too."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    if not isinstance(value, str | None):
        raise NotebookError(
            f"{name}: the source of cell {index + 1} is not text",
            "Open it in Jupyter and save it again.",
        )
    text = value or ""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


# --------------------------------------------------------------------------------------- outputs


def _outputs(raw: list[Any]) -> tuple[Output, ...]:
    outputs = (_output(output) for output in raw if isinstance(output, dict))
    return tuple(output for output in outputs if output)


def _output(raw: dict[str, Any]) -> Output | None:
    kind = raw.get("output_type")
    if kind == "stream":
        return Output("stream", _beginning(raw.get("name")), _beginning(raw.get("text")))
    if kind == "error":
        return Output("error", _beginning(raw.get("ename")), _beginning(raw.get("evalue")))
    if kind not in ("execute_result", "display_data"):
        return None
    data = raw.get("data")
    text = _beginning(data.get("text/plain")) if isinstance(data, dict) else ""
    return Output("result" if kind == "execute_result" else "display", "", text)


def _beginning(value: object) -> str:
    """The first characters of a text, or of a list of lines without joining the rest of it."""
    if isinstance(value, str):
        return value[:OUTPUT_LIMIT]
    lines: list[str] = []
    length = 0
    for line in value if isinstance(value, list) else ():
        if not isinstance(line, str) or length >= OUTPUT_LIMIT:
            break
        lines.append(line[: OUTPUT_LIMIT - length])
        length += len(lines[-1])
    return "".join(lines)
