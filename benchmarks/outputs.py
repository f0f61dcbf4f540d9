"""Cell outputs in a form in which two runs can be compared: what changes from run to run by
nature is masked."""

from __future__ import annotations

import base64
import datetime
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

Output = dict[str, Any]
Folders = list[tuple[str, str]]

PIXEL_STEP = 8  # a pixel differs when a channel differs by more
PIXEL_SHARE = 1e-4  # at most this share of the pixels may
MASKS = [
    (re.compile(r"0x[0-9a-fA-F]{5,}"), "0x"),
    (re.compile(r"\S*[/\\]ipykernel_\d+[/\\]\d+\.py"), "<cell>"),
    (re.compile(r"\(\d{5,}\.py, line \d+\)"), "(<cell>)"),
    (re.compile(r"CPU times: .*"), "CPU times"),
    (re.compile(r"Wall time: .*"), "Wall time"),
    (re.compile(r".* per loop \(mean ± std\. dev\. of .*"), "per loop"),
    (re.compile(r"The slowest run took .*\n.*\n?"), ""),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"\[\d\d:\d\d<[^\]]*\]"), "[progress]"),
    (re.compile(r"(Time:?\s+)\d\d:\d\d:\d\d"), r"\1<time>"),
    (re.compile(r"#T_[0-9a-f]{5}"), "#T_"),
]
WARNING_PLACE = re.compile(r"^\S[^\n]*?:\d+: (?=\w*Warning: )")
DAY_FORMATS = ["%Y-%m-%d", "%a, %d %b %Y", "%d %b %Y", "%a %b %d", "%B %d, %Y", "%m/%d/%y"]


def normalise(outputs: list[Output], folders: Folders) -> list[Output]:
    """Outputs of one cell: streams joined (stderr apart: its timing is chance), texts masked."""
    found: list[Output] = []
    errors = ""
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream" and output["name"] == "stderr":
            errors += output["text"]
        elif kind == "stream" and found and found[-1]["kind"] == "stdout":
            found[-1]["raw"] += output["text"]
        elif kind == "stream":
            found.append({"kind": "stdout", "raw": output["text"]})
        elif kind == "error":
            found.append({"kind": "error", "raw": f"{output['ename']}: {output['evalue']}"})
        else:
            found.append(
                {
                    "kind": kind,
                    "data": {k: _bundle(k, v, folders) for k, v in sorted(output["data"].items())},
                }
            )
    if errors:
        found.append({"kind": "stderr", "raw": _without_warning_places(errors)})
    for item in found:
        if "raw" in item:
            item["data"] = {"text": mask(item.pop("raw"), folders)}
    return found


def mask(text: str, folders: Folders) -> str:
    """Replace folders, addresses, timings and the present day by words."""
    for folder, word in folders:
        text = text.replace(folder, word)
    for pattern, word in MASKS:
        text = pattern.sub(word, text)
    today = datetime.date.today()
    for shape in DAY_FORMATS:
        day = re.escape(today.strftime(shape))
        text = re.sub(day + r"([ T,]+\d\d:\d\d(:\d\d)?([.,]\d+)?)?( \d{4})?", "<now>", text)
    return text


def difference(one: list[Output], two: list[Output]) -> str:
    """The first difference between the outputs of a cell in two runs; empty when there is none."""
    for a, b in zip(one, two):
        if a["kind"] != b["kind"]:
            return f"{a['kind']} became {b['kind']}"
        if a["data"].keys() != b["data"].keys():
            return f"{a['kind']}: {sorted(a['data'])} became {sorted(b['data'])}"
        for key, value in a["data"].items():
            if not _same(key, value, b["data"][key]):
                return f"{a['kind']} {key}: {_around(value, b['data'][key])}"
    if len(one) != len(two):
        longer, word = (one, "lost") if len(one) > len(two) else (two, "new")
        item = longer[min(len(one), len(two))]
        return f"{word} {item['kind']}: {next(iter(item['data'].values()))[:60]!r}"
    return ""


def shape(outputs: list[Output]) -> list[Any]:
    """What is compared of an unstable output: its kinds alone."""
    return [(item["kind"], sorted(item["data"])) for item in outputs]


def _bundle(mime: str, value: Any, folders: Folders) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    if mime.startswith("image/") and mime != "image/svg+xml":
        return text.replace("\n", "")
    if mime == "text/html":
        text = " ".join(_texts(text))
    if mime == "image/svg+xml":
        text = re.sub(
            r"<(dc:date|style)\b.*?</\1>",
            "",
            re.sub(r'(id|href|url\(|clip-path)[="#(]+[^")]*', "", text),
        )
    return mask(text, folders)


def _texts(html: str) -> Iterator[str]:
    """The words that a reader of the HTML sees."""
    found: list[str] = []
    hidden = 0

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, _attrs: Any) -> None:
            nonlocal hidden
            hidden += tag in ("script", "style")

        def handle_endtag(self, tag: str) -> None:
            nonlocal hidden
            hidden -= tag in ("script", "style")

        def handle_data(self, data: str) -> None:
            if not hidden and data.strip():
                found.append(" ".join(data.split()))

    Reader().feed(html)
    yield from found


def _without_warning_places(text: str) -> str:
    """Drop where a warning was raised, and the source shown below it: promotion moves code."""
    kept: list[str] = []
    after_warning = False
    for line in (part.rpartition("\r")[2] for part in text.split("\n")):
        shown_source = after_warning and line.startswith("  ")
        after_warning = bool(WARNING_PLACE.match(line))
        if not shown_source:
            kept.append(WARNING_PLACE.sub("", line))
    return "\n".join(kept)


def _same(mime: str, one: str, two: str) -> bool:
    if one == two:
        return True
    return mime in ("image/png", "image/jpeg") and _same_pixels(one, two)


def _same_pixels(one: str, two: str) -> bool:
    import numpy  # only images that are not byte for byte the same need it
    from PIL import Image

    images = [Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA") for data in (one, two)]
    if images[0].size != images[1].size:
        return False
    first, second = (numpy.asarray(image).astype(int) for image in images)
    return bool((abs(first - second).max(axis=2) > PIXEL_STEP).mean() <= PIXEL_SHARE)


def _around(one: str, two: str) -> str:
    start = next((i for i, (a, b) in enumerate(zip(one, two)) if a != b), min(len(one), len(two)))
    start = max(0, start - 10)
    return f"{one[start : start + 40]!r} became {two[start : start + 40]!r}"
