"""Cell outputs in a form in which two runs can be compared: what changes from run to run by
nature is masked."""

from __future__ import annotations

import base64
import datetime
import io
import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

from nb2pkg.execution.model import Shown

Folders = Sequence[tuple[str, str]]

_PIXEL_STEP = 8  # a pixel differs when a channel differs by more
_PIXEL_SHARE = 1e-4  # at most this share of the pixels may
_PICTURES = ("image/png", "image/jpeg")
_MARKUP = ("text/html", "image/svg+xml", "application/javascript")
_BLANKS = " \t\n\r\f"  # what HTML takes for one space: no other space is among them
_BREAKS = re.compile(f"[{_BLANKS}]+")
CUT = "\n[{} more characters, digest {}]\n"  # at the end of what is too long to be kept
_WAS_CUT = re.compile(r"\n\[\d+ more characters, digest \w+\]\n$")
_LONGEST = 60
# A pattern that begins with "anything" is anchored: an output may be one line of five megabytes.
_MASKS = [
    (re.compile(r"0x[0-9a-fA-F]{5,}"), "0x"),
    (re.compile(r"(?<!\S)\S*[/\\]ipykernel_\d+[/\\]\d+\.py"), "<cell>"),
    (re.compile(r"\(\d{5,}\.py, line \d+\)"), "(<cell>)"),
    (re.compile(r"CPU times: .*"), "CPU times"),
    (re.compile(r"Wall time: .*"), "Wall time"),
    (re.compile(r"^.* per loop \(mean ± std\. dev\. of .*", re.MULTILINE), "per loop"),
    (re.compile(r"The slowest run took .*\n.*\n?"), ""),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"\[\d\d:\d\d<[^\]]*\]"), "[progress]"),
    (re.compile(r"(Time:?\s+)\d\d:\d\d:\d\d"), r"\1<time>"),
    (re.compile(r"#T_[0-9a-f]{5}"), "#T_"),
    (re.compile(r"\b(passed|failed|errors?|skipped|left out|no tests) in \d+\.\d\d ?s"), r"\1"),
]
_WARNING_PLACE = re.compile(r"^\S[^\n]*?:\d+: (?=\w*Warning: )")
_DAY_FORMATS = ["%Y-%m-%d", "%a, %d %b %Y", "%d %b %Y", "%a %b %d", "%B %d, %Y", "%m/%d/%y"]
_SECONDS = re.compile(r"\b\d{10}(?:\d{3}){0,3}(?:\.\d+)?\b")  # or milliseconds and so on
_DAY_SECONDS = 86_400
_CLOCK = r"([ T,]+\d\d:\d\d(:\d\d)?([.,]\d+)?)?( \d{4})?"


def normalise(outputs: Iterable[Any], folders: Folders) -> list[Shown]:
    """Outputs of one cell: streams joined (stderr apart: its timing is chance), texts masked."""
    found: list[dict[str, Any]] = []
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
            data = {k: bundle(k, v, folders) for k, v in sorted(output["data"].items())}
            markup = {k: mask(_text(v), folders) for k, v in output["data"].items() if k in _MARKUP}
            found.append({"kind": kind, "data": data, "markup": markup})
    if errors:
        found.append({"kind": "stderr", "raw": _without_warning_places(errors)})
    for item in found:
        if "raw" in item:
            item["data"] = {"text": mask(item.pop("raw"), folders)}
    return list(found)


def mask(text: str, folders: Folders, with_times: bool = False) -> str:
    """Replace folders, addresses, timings and the present day by words.

    with_times: also seconds since 1970, if they are of these days.
    """
    for folder, word in folders:
        text = text.replace(folder, word)
    for pattern, word in _MASKS:
        text = pattern.sub(word, text)
    today = datetime.date.today()
    for shape in _DAY_FORMATS:
        text = re.sub(re.escape(today.strftime(shape)) + _CLOCK, "<now>", text)
    return _SECONDS.sub(_unless_of_today, text) if with_times else text


def _unless_of_today(found: re.Match[str]) -> str:
    passed = time.time() - int(found[0][:10])
    return "<now>" if abs(passed) < _DAY_SECONDS else found[0]


def difference(one: Sequence[Shown], two: Sequence[Shown], exact_pictures: bool = True) -> str:
    """The first difference between the outputs of a cell in two runs; empty when there is none.

    Pictures are compared by their pixels: to the last one, or within a tolerance for those that
    are not the same in two runs of one notebook either.
    """
    for a, b in zip(one, two):
        if a["kind"] != b["kind"]:
            return f"{a['kind']} became {b['kind']}"
        if a["data"].keys() != b["data"].keys():
            return f"{a['kind']}: {sorted(a['data'])} became {sorted(b['data'])}"
        for key, value in a["data"].items():
            if not _same(key, value, b["data"][key], exact_pictures):
                return f"{a['kind']} {key}: {_around(key, value, b['data'][key])}"
    if len(one) != len(two):
        longer, word = (one, "lost") if len(one) > len(two) else (two, "new")
        item = longer[min(len(one), len(two))]
        return f"{word} {item['kind']}: {next(iter(item['data'].values()), '')[:_LONGEST]!r}"
    return ""


def mark_cut(outputs: Sequence[Any], cut: Mapping[str, Sequence[Any]]) -> None:
    """Say in the last output of each stream that was cut how much of it is not there."""
    for name, (count, digest) in cut.items():
        for output in [one for one in outputs if one.get("name") == name][-1:]:
            output["text"] += CUT.format(count, digest)


def is_cut(outputs: Sequence[Shown]) -> bool:
    """Was one of them so long that its end is known by a digest alone?"""
    texts = (value for item in outputs for value in item["data"].values())
    return any(isinstance(text, str) and _WAS_CUT.search(text[-100:]) for text in texts)


def shape(outputs: Sequence[Shown]) -> list[Any]:
    """What is compared of an unstable output: its kinds alone."""
    return [(item["kind"], sorted(item["data"])) for item in outputs]


def same_markup(one: Sequence[Shown], two: Sequence[Shown]) -> bool:
    """Is what a browser gets the same to the letter: drawings, scripts and styles too?"""
    return [item.get("markup") for item in one] == [item.get("markup") for item in two]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def bundle(mime: str, value: Any, folders: Folders) -> str:
    """One form of an output, in a form in which two runs can be compared."""
    text = _text(value)
    if mime.startswith("image/") and mime != "image/svg+xml":
        return text.replace("\n", "")
    if mime == "text/html":
        text = " ".join(_texts(text))
    if mime == "image/svg+xml":
        text = re.sub(r'(id|href|url\(|clip-path)[="#(]+[^")]*', "", text)
        text = re.sub(r"<(dc:date|style)\b.*?</\1>", "", text)
    return mask(text, folders)


def _texts(html: str) -> Iterator[str]:
    """The words that a reader of the HTML sees."""
    found: list[str] = []
    hidden = 0

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: Any) -> None:
            nonlocal hidden
            hidden += tag in ("script", "style")

        def handle_endtag(self, tag: str) -> None:
            nonlocal hidden
            hidden -= tag in ("script", "style")

        def handle_data(self, data: str) -> None:
            if not hidden and data.strip(_BLANKS):
                found.append(" ".join(_BREAKS.split(data.strip(_BLANKS))))

    Reader().feed(html)
    yield from found


def _without_warning_places(text: str) -> str:
    """Drop where a warning was raised, and the source shown below it: promotion moves code."""
    kept: list[str] = []
    after_warning = False
    for line in (part.rpartition("\r")[2] for part in text.split("\n")):
        shown_source = after_warning and line.startswith("  ")
        after_warning = bool(_WARNING_PLACE.match(line))
        if not shown_source:
            kept.append(_WARNING_PLACE.sub("", line))
    return "\n".join(kept)


def _same(mime: str, one: str, two: str, exact: bool) -> bool:
    if one == two:
        return True
    return mime in _PICTURES and _same_pixels(one, two, exact)


def _same_pixels(one: str, two: str, exact: bool) -> bool:
    from PIL import Image, ImageChops  # only pictures that are not byte for byte the same need it

    first, second = (
        Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA") for data in (one, two)
    )
    if first.size != second.size:
        return False
    deviation = ImageChops.difference(first, second)
    if exact:
        # The box of what differs: of RGB and alpha apart, since a box leaves out transparent pixels.
        return all(band.getbbox() is None for band in deviation.split())
    worst = deviation.split()[0]
    for band in deviation.split()[1:]:
        worst = ImageChops.lighter(worst, band)
    differing = sum(worst.histogram()[_PIXEL_STEP + 1 :])
    return differing <= _PIXEL_SHARE * first.size[0] * first.size[1]


def _around(mime: str, one: str, two: str) -> str:
    """The place where two texts part; of pictures nothing that a person could read."""
    if mime in _PICTURES:
        return "another picture"
    start = next((i for i, (a, b) in enumerate(zip(one, two)) if a != b), min(len(one), len(two)))
    start = max(0, start - 10)
    return f"{one[start : start + 40]!r} became {two[start : start + 40]!r}"
