"""Many attempts at a notebook, written at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nb2pkg.attempts import content, store, stream, text
from nb2pkg.attempts.model import Metric
from nb2pkg.attempts.record import record
from nb2pkg.attempts.stream import Commit


def make_many(path: Path, count: int) -> None:
    """So many attempts with a metric each; every hundredth is of a branch of its own. x = 1 changes."""
    place = store.required(path)
    first = store.tip(place, record(path).id)
    files = dict(store.files(place.repository, first.id))
    before = files[content.NOTEBOOK].decode("utf-8")
    commits = []
    for number in range(1, count):
        branch = "main" if number % 100 else f"branch {number}"
        metrics = (Metric("score", number % 37 / 37),)
        facts = replace(first.facts, why=f"try {number}", branch=branch, metrics=metrics)
        now = before.replace("x = 1", f"x = {number}\\ny = {number}")
        new = {content.NOTEBOOK: now.encode("utf-8"), content.FACTS: text.of_facts(facts)}
        parent = f":{number - 1}" if number > 1 else first.id
        author = ("Ada", "ada@example.org")
        commit = Commit(place.ref(branch), facts.why, author, 1_800_000_000 + number, (parent,))
        commits.append(replace(commit, files={**files, **new}))
    stream.write(place.repository, commits)
