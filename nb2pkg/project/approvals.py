"""What people decided: which cells are validated, which code is approved; who, when and why.

A line for each decision, in the order in which they were made, and none is ever changed: git is told
to keep the lines of both sides, so that two branches always merge.
"""

from __future__ import annotations

import datetime
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal, get_args

from nb2pkg.errors import Nb2pkgError
from nb2pkg.files import alone, apply, compare
from nb2pkg.paths import Folder, bare
from nb2pkg.project.manifest import FOLDER

PATH = f"{FOLDER}/decisions.jsonl"
What = Literal["validated", "approved", "rejected"]
_KEYS = {"upstream_digest": "fed"}  # fields that have another name on disk


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision. subject: the id of a cell that was validated, or a symbol that was reviewed.

    digest: of the source of that cell, or of the code of that symbol; upstream_digest: of the cell and all that
    feeds it. It holds as long as these are the same.
    """

    what: What
    subject: str
    digest: str
    upstream_digest: str
    who: str
    when: str
    why: str

    @property
    def text(self) -> str:
        """Who and on which day."""
        return f"{self.who or 'somebody'}, {self.day}"

    @property
    def day(self) -> str:
        return self.when[:10]


def read(project: Folder) -> tuple[Decision, ...]:
    """All decisions, the oldest first."""
    path = project / PATH
    if not path.is_file():
        return ()
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [_parsed(path, number, line) for number, line in enumerate(lines, start=1) if line]
    return tuple(sorted(dict.fromkeys(found), key=lambda decision: decision.when))


def _parsed(path: Path, number: int, line: str) -> Decision:
    try:
        content = json.loads(line)
        if content["what"] not in get_args(What):
            raise ValueError(f"{content['what']} is not a decision")
        texts = [str(content[_KEYS.get(field.name, field.name)]) for field in fields(Decision)]
        return Decision(content["what"], *texts[1:])
    except (ValueError, KeyError, TypeError) as error:
        raise Nb2pkgError(
            f"{path}, line {number}: is not a decision ({error})",
            "Take the line out, or bring the file back from version control.",
        ) from error


def latest(decisions: Iterable[Decision], *what: What) -> Mapping[str, Decision]:
    """The last decision of these kinds for each subject."""
    return {d.subject: d for d in decisions if d.what in what}


def record(project: Folder, new: Iterable[Decision]) -> None:
    """Write more decisions down."""
    with alone(bare(project)):
        files = with_new(project, new)
        apply(project, files, compare(project, files, ()))


def with_new(project: Folder, new: Iterable[Decision]) -> dict[str, str]:
    """Path to text of the files that hold the decisions, with more of them."""
    path = project / PATH
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    ended = before if before.endswith("\n") or not before else before + "\n"
    lines = (f"{json.dumps(_entry(d), ensure_ascii=False)}\n" for d in new)
    return {PATH: ended + "".join(lines)}


def _entry(decision: Decision) -> dict[str, str]:
    return {_KEYS.get(key, key): text for key, text in asdict(decision).items()}


# ----------------------------------------------------------------------------------- who and when


def author(project: Folder) -> str:
    """The name in git's configuration, as it is for that folder; empty if there is none."""
    folder = bare(project)
    git = shutil.which("git")
    if git is None:
        return ""
    inside = next(place for place in (folder, *folder.resolve().parents) if place.is_dir())
    done = subprocess.run(
        [git, "config", "user.name"], cwd=inside, capture_output=True, encoding="utf-8"
    )
    return done.stdout.strip()


def required_author(folder: Folder, given: str) -> str:
    """The name that a person gave, or git's; Nb2pkgError if there is none."""
    found = given.strip() or author(folder)
    if not found:
        raise Nb2pkgError(
            "nobody knows who decides this",
            'Tell git who you are (git config --global user.name "Ada Lovelace"), or give --by.',
        )
    return found


def now() -> str:
    """The time to the second, in UTC; that of SOURCE_DATE_EPOCH, by which builds are repeatable."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    zone = datetime.timezone.utc
    moment = (
        datetime.datetime.fromtimestamp(int(epoch), zone) if epoch else datetime.datetime.now(zone)
    )
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
