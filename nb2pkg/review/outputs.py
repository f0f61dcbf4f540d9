"""What of a stored output may be shown, and how. Outputs are hostile: anybody may have made them.

text/plain is shown as text. A PNG or JPEG is shown if it is one. HTML loses all but a few tags and
is shown in a frame in which nothing can run, where no text says as much. Of every other kind only
the name is told.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from nb2pkg.review import markup

LIMIT = 5_000  # characters of one output
_MOST = 20  # outputs of one cell
_PICTURE_LIMIT = 200_000  # bytes
_MOST_PIXELS = 40_000_000  # a small file can unfold to more than a browser can hold

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?")
_OVERWRITTEN = re.compile(r"[^\n]*\r(?!\n)")
_ONLY_NAMED = re.compile(r"<[^\n]*>")  # <IPython.core.display.HTML object>
_MAGIC = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
_NAMED = ("image/svg+xml", "application/javascript", "text/latex", "text/markdown")


@dataclass(frozen=True, slots=True)
class Shown:
    """One output as it is shown. body is text, base64 of a picture, or markup for a frame."""

    kind: Literal["text", "picture", "frame", "note"]
    label: str
    body: str
    mime: str = ""
    size: tuple[int, int] = (0, 0)
    is_error: bool = False


def shown(raw: object, pictures: bool = False) -> tuple[Shown, ...]:
    """The outputs of a cell, as they stand in the document; pictures: however large they are."""
    if not isinstance(raw, list):
        return ()
    found: list[Shown] = []
    for label, text in _streams_joined(raw[: 50 * _MOST]):
        if isinstance(text, str):
            found += [_text(text, label, label == "error")] if text.strip() else []
        else:
            found += _of_bundle(text, label, pictures)
        if len(found) >= _MOST:
            return (*found[:_MOST], Shown("note", "", "further outputs of the cell are left out"))
    return tuple(found)


def joined(value: object, limit: int = 4 * LIMIT) -> str:
    """A text, or a list of lines; no more of it than is needed to see that it is too long."""
    if isinstance(value, str):
        return value[:limit]
    lines: list[str] = []
    length = 0
    for line in value if isinstance(value, list) else ():
        if not isinstance(line, str) or length >= limit:
            break
        lines.append(line[: limit - length])
        length += len(lines[-1])
    return "".join(lines)


def _streams_joined(raw: Sequence[object]) -> Iterator[tuple[str, str | Mapping[str, Any]]]:
    """Label and content of each output; what is printed piece by piece is one."""
    pending: tuple[str, str] | None = None
    for output in raw:
        if not isinstance(output, dict):
            continue
        kind = output.get("output_type")
        if kind == "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            text = joined(output.get("text"))
            if pending and pending[0] == name:
                pending = name, (pending[1] + text)[: 4 * LIMIT]
                continue
            if pending:
                yield pending
            pending = name, text
            continue
        if pending:
            yield pending
            pending = None
        if kind == "error":
            yield "error", _error(output)
        elif kind in ("execute_result", "display_data") and isinstance(output.get("data"), dict):
            yield ("result" if kind == "execute_result" else "display"), output["data"]
    if pending:
        yield pending


def _error(output: Mapping[str, Any]) -> str:
    trace = output.get("traceback")
    lines = [line for line in trace if isinstance(line, str)] if isinstance(trace, list) else []
    head = f"{joined(output.get('ename'))}: {joined(output.get('evalue'))}"
    return joined("\n".join(lines[:200])) or head


def _of_bundle(data: Mapping[str, Any], label: str, pictures: bool) -> Iterator[Shown]:
    """A picture if there is one; else the text, or HTML where the text only names an object.

    A table is as good to read as text, and two hundred frames take seconds to open.
    """
    words = joined(data.get("text/plain"))
    for mime in _MAGIC:
        if mime in data:
            yield _picture(data[mime], mime, words, pictures)
            return
    if "text/html" in data and (not words.strip() or _ONLY_NAMED.fullmatch(words.strip())):
        yield _frame(joined(data["text/html"], 20 * LIMIT), label)
        return
    if words.strip():
        yield _text(words, label, False)
        return
    named = [mime for mime in _NAMED if mime in data]
    if named:
        yield Shown("note", label, f"{', '.join(named)} is not shown")
    else:
        yield Shown("note", label, "an output of another kind is not shown")


def _text(text: str, label: str, is_error: bool) -> Shown:
    """Without what colours a terminal, and without what was overwritten on it."""
    plain = _OVERWRITTEN.sub("", _ESCAPES.sub("", text).replace("\r\n", "\n"))
    body = plain if len(plain) <= LIMIT else f"{plain[:LIMIT]}\n[cut at {LIMIT:,} characters]"
    return Shown("text", label, body.strip("\n"), is_error=is_error)


def _frame(text: str, label: str) -> Shown:
    body, is_whole = markup.cleaned(text, LIMIT)
    if not body.strip():
        return Shown("note", label, "HTML with nothing to show but scripts or styles is left out")
    cut = "" if is_whole else f", cut at {LIMIT:,} characters"
    return Shown("frame", f"{label} in HTML, without its scripts and styles{cut}", body)


def _picture(value: object, mime: str, words: str, pictures: bool) -> Shown:
    """The picture as base64 written anew, if its bytes are what the type says."""
    text = joined(value, 200_000_000)
    if len(text) * 3 // 4 > _PICTURE_LIMIT and not pictures:
        note = f"picture of {len(text) * 3 // 4000:,} kB left out; --pictures shows it"
        return Shown("note", "", note)
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data.startswith(_MAGIC[mime]):
        return Shown("note", "", f"an output that says it is {mime}, and is not, is left out")
    size = _png_size(data) if mime == "image/png" else (0, 0)
    if mime == "image/png" and not 0 < size[0] * size[1] <= _MOST_PIXELS:
        return Shown("note", "", f"a picture of {size[0]} by {size[1]} pixels is left out")
    label = " ".join(words.split())[:120]
    return Shown("picture", label, base64.b64encode(data).decode("ascii"), mime, size)


def _png_size(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR" or len(data) < 24:
        return 0, 0
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
