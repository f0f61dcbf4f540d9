"""AttemptDetails and comments as JSON, and back."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from nb2pkg import escape
from nb2pkg.attempts.model import (
    AttemptComment,
    AttemptDetails,
    DataFile,
    InstalledVersions,
    Metric,
    RunResult,
)
from nb2pkg.data.version import FileVersion
from nb2pkg.errors import Nb2pkgError

VERSION = 1


def of_facts(facts: AttemptDetails) -> bytes:
    """The facts as the text of attempt.json; what is empty is left out."""
    content = {
        "version": VERSION,
        "notebook": facts.notebook,
        "branch": facts.branch,
        "when": facts.when,
        "who": facts.who,
        "why": facts.why,
        "trigger": facts.trigger,
        "outputs": facts.outputs,
        "result": _of_result(facts.result),
        "metrics": [[m.name, to_json(m.value), m.cell] for m in facts.metrics],
        "python": facts.installed.python,
        "distributions": dict(facts.installed.distributions),
        "data": [[d.version.path, d.version.md5, d.version.size, d.modified] for d in facts.data],
        "formerly": list(facts.formerly),
    }
    return _encoded({key: value for key, value in content.items() if value not in ("", [], {})})


def _of_result(result: RunResult) -> dict[str, str]:
    return {"status": result.status, "reason": result.reason} if result.status else {}


def to_json(value: float) -> float | str:
    """A number as JSON has it; JSON has none that are infinite, or not a number."""
    return value if math.isfinite(value) else str(value)


def facts_of(data: bytes) -> AttemptDetails:
    """The facts in the text; Nb2pkgError if it holds none."""
    try:
        content = json.loads(data)
        if content["version"] != VERSION:
            raise ValueError(f"version {content['version']}")
        return _facts(content)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise Nb2pkgError(
            f"an attempt cannot be read ({error})",
            "Update nb2pkg: a newer one may have recorded it.",
        ) from error


def _facts(content: Mapping[str, Any]) -> AttemptDetails:
    texts = {key: str(content[key]) for key in ("notebook", "branch", "when")}
    others = {key: str(content.get(key, "")) for key in ("who", "why")}
    result = content.get("result", {})
    return AttemptDetails(
        **texts,
        **others,
        trigger=content.get("trigger", "command"),
        outputs=content.get("outputs", "keep"),
        result=RunResult(result.get("status", ""), str(result.get("reason", ""))),
        metrics=tuple(
            Metric(str(name), float(value), str(cell))
            for name, value, cell in content.get("metrics", [])
        ),
        installed=InstalledVersions(
            str(content.get("python", "")),
            {str(name): str(version) for name, version in content.get("distributions", {}).items()},
        ),
        data=tuple(
            DataFile(FileVersion(str(path), str(md5), int(size)), int(modified))
            for path, md5, size, modified in content.get("data", [])
        ),
        formerly=tuple(map(str, content.get("formerly", []))),
    )


def of_comments(comments: Iterable[AttemptComment]) -> bytes:
    """Comments as lines, each once, in the order in which they were made."""
    return b"".join(dict.fromkeys(_line(comment) for comment in comments))


def _line(comment: AttemptComment) -> bytes:
    content = {"when": comment.when, "who": comment.who, "text": comment.text}
    return _encoded({**content, **({"status": comment.status} if comment.status else {})}, None)


def comments_of(data: bytes) -> tuple[AttemptComment, ...]:
    """The comments in the lines, by time; a line that is no comment of ours is one without a date."""
    found = []
    for line in data.decode("utf-8", "replace").splitlines():
        try:
            content = json.loads(line)
            when, who, text = (str(content[key]) for key in ("when", "who", "text"))
            found.append(AttemptComment(when, who, text, content.get("status", "")))
        except (ValueError, KeyError, TypeError, AttributeError):
            if line.strip():  # a person may write notes with git itself
                found.append(AttemptComment("", "", line))
    return tuple(sorted(found, key=lambda comment: comment.when))


def _encoded(content: Mapping[str, Any], indent: int | None = 1) -> bytes:
    text = json.dumps(content, ensure_ascii=False, indent=indent)
    return (escape.surrogates(text) + "\n").encode("utf-8")
