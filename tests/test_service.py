"""What an editor or a page asks of nb2pkg, and what it is answered."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nb2pkg.errors import Nb2pkgError
from nb2pkg.project import approvals
from nb2pkg.service.calls import CALLS, BadCallError, Service, schemas
from nb2pkg.service.jobs import Jobs

SAMPLE = Path(__file__).resolve().parent.parent / "sample_project"
NOTEBOOK, STORY = "penguins.ipynb", "penguins-package/notebooks/penguins.ipynb"
MEANS = 'typical = complete.groupby("species")["body_mass_g"].mean()'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The sample, with its package, in a folder of its own."""
    shutil.copytree(SAMPLE, tmp_path / "lab")
    return tmp_path / "lab"


@pytest.fixture
def ask(root: Path) -> Callable[..., Any]:
    """Ask the service, and hold its answer against its schema."""
    service = Service(root)

    def asked(call: str, **given: Any) -> Any:
        answer = json.loads(json.dumps(service.answer(call, given)))
        jsonschema.validate(answer, schemas()[call])
        return answer

    return asked


def edited(root: Path, **changes: str) -> str:
    """The text of the notebook with other sources of the cells with these ids."""
    document = json.loads((root / NOTEBOOK).read_text(encoding="utf-8"))
    for cell in document["cells"]:
        if (name := cell["id"].replace("-", "_")) in changes:
            cell["source"] = changes[name]
    return json.dumps(document)


def place(root: Path, name: str) -> int:
    cells = json.loads((root / NOTEBOOK).read_text(encoding="utf-8"))["cells"]
    return next(n for n, cell in enumerate(cells) if cell["id"] == name)


def badges(state: Any) -> dict[str, str]:
    return {cell["id"]: cell["badge"] for cell in state["cells"] if cell["badge"]}


# ---- the state of a notebook


def test_cells_have_badges_and_symbols(ask: Callable[..., Any]) -> None:
    state = ask("state", path=NOTEBOOK)
    found = badges(state)
    assert found["load"] == "validated"
    assert found["imports"] == "in step"
    assert "explore-counts" not in found
    (split,) = (cell for cell in state["cells"] if cell["id"] == "split")
    assert split["symbols"] == ["train.split"]
    assert state["package"]["name"] == "penguins"
    assert not state["package"]["is_story"]
    assert "split" in state["modules"]["train"]


def test_what_is_not_saved_counts(ask: Callable[..., Any], root: Path) -> None:
    state = ask("state", path=NOTEBOOK, text=edited(root, typical=MEANS))
    (cell,) = (cell for cell in state["cells"] if cell["id"] == "typical")
    assert cell["badge"] == "changed"
    assert cell["why"][0] == "the text of the cell changed since the promotion"
    assert badges(ask("state", path=NOTEBOOK))["typical"] == "validated"


def test_code_that_somebody_edited_shows_on_its_cell(ask: Callable[..., Any], root: Path) -> None:
    path = root / "penguins-package/src/penguins/look.py"
    path.write_text(path.read_text(encoding="utf-8").replace(".median()", ".mean()"), "utf-8")
    assert badges(ask("state", path=NOTEBOOK))["typical"] == "changed"
    assert badges(ask("state", path=STORY))["typical"] == "changed"
    state = ask("state", path=NOTEBOOK, text=edited(root, typical=MEANS))
    assert badges(state)["typical"] == "conflict"


def test_tags_that_were_not_promoted_wait_or_say_why_they_stay(
    ask: Callable[..., Any], root: Path
) -> None:
    document = json.loads((root / NOTEBOOK).read_text(encoding="utf-8"))
    for name, source in (("explore-counts", "sizes = len(notes)"), ("raw", "!head penguins.csv")):
        cell = document["cells"][place(root, name)]
        cell["source"], cell["metadata"] = source, {"tags": ["nb2pkg:look.size"]}
    state = ask("state", path=NOTEBOOK, text=json.dumps(document))
    found = {cell["id"]: cell for cell in state["cells"]}
    assert found["explore-counts"]["badge"] == "waiting"
    assert found["raw"]["badge"] == "stays"
    assert any("NB308" in why for why in found["raw"]["why"])


@pytest.mark.parametrize(
    ("source", "printed", "badge"),
    [
        ("%%nbtest\nassert True", ["✓ assert True\n", "1 passed in 0.01 s\n"], "tests pass"),
        ("%%nbtest", "✗ assert x\n2 passed, 1 failed in 0.21 s\n", "tests fail"),
        ("%%nbtest -k no", "no tests in 0.00 s\n", "tests pass"),
        ("%%nbtest", "", ""),
        ("print()", "1 failed in 0.01 s\n", ""),
    ],
)
def test_cells_of_tests_say_how_they_went(
    ask: Callable[..., Any], root: Path, source: str, printed: str | list[str], badge: str
) -> None:
    (root / "penguins-package").rename(root / "away")
    document = json.loads((root / NOTEBOOK).read_text(encoding="utf-8"))
    cell = document["cells"][place(root, "explore-counts")]
    cell["source"] = source
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": printed}]
    state = ask("state", path=NOTEBOOK, text=json.dumps(document))
    assert badges(state).get("explore-counts", "") == badge


def test_a_proposed_tag_is_nobodys_yet(ask: Callable[..., Any], root: Path) -> None:
    (root / "penguins-package").rename(root / "away")
    document = json.loads((root / NOTEBOOK).read_text(encoding="utf-8"))
    metadata = {"tags": ["nb2pkg:look.size"], "nb2pkg": {"proposed": "nb2pkg:look.size"}}
    index = place(root, "explore-counts")
    document["cells"][index].update(metadata=metadata, source="sizes = len(notes)")
    text = json.dumps(document)
    assert badges(ask("state", path=NOTEBOOK, text=text))["explore-counts"] == "proposed"
    (cell,) = ask("accept", path=NOTEBOOK, text=text, cells=[index])["cells"]
    assert cell == {"index": index, "tags": ["nb2pkg:look.size"], "own": {}}


def test_a_cell_in_which_somebody_types_is_no_error(ask: Callable[..., Any], root: Path) -> None:
    state = ask("state", path=NOTEBOOK, text=edited(root, typical="typical = complete["))
    assert state["cells"] == []
    assert "typical" in state["error"] or "cell 19" in state["error"]
    assert state["package"]["name"] == "penguins"


# ---- previews and tags


def test_a_preview_is_what_promotion_writes(ask: Callable[..., Any], root: Path) -> None:
    module = (root / "penguins-package/src/penguins/clean_the_measurements.py").read_text("utf-8")
    answer = ask("preview", path=NOTEBOOK, cells=[place(root, "clean-units")])
    by_name = {each["symbol"]: each for each in answer["functions"]}
    assert by_name["clean_the_measurements.to_grams"]["code"] in module
    assert by_name["clean_the_measurements.lightest"]["cells"] == [place(root, "clean-units")]
    text = edited(root, clean_complete="complete = birds.dropna(how='all').copy()")
    answer = ask("preview", path=NOTEBOOK, text=text, cells=[place(root, "clean-complete")])
    (function,) = answer["functions"]
    assert function["symbol"] == "clean_the_measurements.drop_incomplete"
    assert 'return birds.dropna(how="all").copy()' in function["code"]


def test_a_preview_says_what_would_stay(ask: Callable[..., Any], root: Path) -> None:
    answer = ask("preview", path=NOTEBOOK, cells=[place(root, "raw")])
    assert answer["functions"] == []
    assert answer["remarks"][0]["code"] == "NB308"


def test_a_cell_has_neighbours(ask: Callable[..., Any], root: Path) -> None:
    found = ask("neighbours", path=NOTEBOOK, cell=place(root, "clean-complete"))
    assert found["before"] == [{"index": place(root, "clean-visits"), "names": ["birds"]}]
    behind = {each["index"]: each["names"] for each in found["behind"]}
    assert behind[place(root, "typical")] == ["complete"]


def test_tags_are_given_back_for_the_editor_to_set(ask: Callable[..., Any], root: Path) -> None:
    before = (root / NOTEBOOK).read_bytes()
    chosen = [place(root, "load"), place(root, "explore-counts"), place(root, "title")]
    cells = ask("tag", path=NOTEBOOK, cells=chosen, tag="nb2pkg:notes.read")["cells"]
    assert [(cell["index"], cell["tags"]) for cell in cells] == [
        (chosen[0], ["nb2pkg:notes.read"]),
        (chosen[1], ["nb2pkg:notes.read"]),
    ]
    (cell,) = ask("tag", path=NOTEBOOK, cells=chosen[:1], tag="")["cells"]
    assert cell["tags"] == []
    assert (root / NOTEBOOK).read_bytes() == before
    assert ask("check_tag", tag="nb2pkg:notes.class")["problem"]
    assert not ask("check_tag", tag="nb2pkg:notes.read")["problem"]
    with pytest.raises(Nb2pkgError, match="not understood"):
        ask("tag", path=NOTEBOOK, cells=chosen, tag="nb2pkg:1")


# ---- decisions


def test_what_people_decide_is_recorded(ask: Callable[..., Any], root: Path) -> None:
    index = place(root, "typical")
    text = edited(root, typical=MEANS)
    answer = ask("validate", path=NOTEBOOK, text=text, cells=[index], by="Ada", why="as agreed")
    assert answer == {"subjects": ["typical"], "who": "Ada"}
    assert ask("review", project="penguins-package", symbols=["split"], what="approve", by="Eve")
    from nb2pkg.paths import Project

    one, two = approvals.read(Project(root / "penguins-package"))[-2:]
    assert (one.what, one.subject, one.who, one.why) == ("validated", "typical", "Ada", "as agreed")
    assert (two.what, two.subject, two.who) == ("approved", "train.split", "Eve")
    lacking = ask("status", project="penguins-package")["lacking"]
    assert lacking["approved"] == 14


def test_conflicts_are_shown_with_both_texts(ask: Callable[..., Any], root: Path) -> None:
    assert ask("conflicts", path=NOTEBOOK)["conflicts"] == []
    path = root / "penguins-package/src/penguins/look.py"
    path.write_text(path.read_text(encoding="utf-8").replace(".median()", ".max()"), "utf-8")
    (root / NOTEBOOK).write_text(edited(root, typical=MEANS), encoding="utf-8")
    (found,) = ask("conflicts", path=NOTEBOOK)["conflicts"]
    assert found["symbol"] == "typical_masses"
    assert ".mean()" in found["notebook"]
    assert ".max()" in found["package"]


def test_a_folder_has_its_notebooks_and_packages(ask: Callable[..., Any], root: Path) -> None:
    found = ask("folder")
    assert found["notebooks"] == ["islands.ipynb", STORY, NOTEBOOK]
    (project,) = found["projects"]
    assert (project["folder"], project["symbols"]) == ("penguins-package", 15)
    assert project["lacking"] == {"validated": 0, "approved": 15, "verified": 0}
    (root / "penguins-package/.nb2pkg/manifest.json").write_text("{", encoding="utf-8")
    (project,) = ask("folder")["projects"]
    assert "manifest" in project["error"]


# ---- what is refused

BAD = {
    "an unknown call": ("remove", {}),
    "a missing value": ("state", {}),
    "a value of another type": ("state", {"path": 3}),
    "a value that it does not take": ("state", {"path": NOTEBOOK, "python": "/bin/sh"}),
    "a path above": ("state", {"path": "../secret.ipynb"}),
    "an absolute path": ("state", {"path": "/etc/hosts.ipynb"}),
    "a link that leads out": ("state", {"path": "out/secret.ipynb"}),
    "another file": ("state", {"path": "penguins.csv"}),
    "a cell that is not there": ("preview", {"path": NOTEBOOK, "cells": [99]}),
    "a cell that is no number": ("preview", {"path": NOTEBOOK, "cells": [True]}),
    "a project above": ("status", {"project": ".."}),
    "a job elsewhere": ("start", {"command": "promote", "path": "../secret.ipynb"}),
    "options that are no texts": (
        "start",
        {"command": "promote", "path": NOTEBOOK, "options": [["--verify"]]},
    ),
    "symbols that are no texts": ("review", {"project": ".", "symbols": [3], "what": "approve"}),
    "an unknown decision": ("review", {"project": ".", "symbols": [], "what": "delete"}),
}


@pytest.mark.parametrize(("call", "given"), BAD.values(), ids=BAD.keys())
def test_a_bad_call_is_refused(root: Path, call: str, given: dict[str, Any]) -> None:
    shutil.copy(root / NOTEBOOK, root.parent / "secret.ipynb")
    os.symlink(root.parent, root / "out")
    with pytest.raises(BadCallError):
        Service(root).answer(call, given)


@pytest.mark.parametrize(
    ("command", "options"),
    [("shell", []), ("promote", ["--python=/bin/sh"]), ("verify", ["--python", "/bin/sh"]), ("promote", ["--output", "/tmp"])],
)  # fmt: skip
def test_a_job_runs_nothing_else(root: Path, command: str, options: list[str]) -> None:
    with pytest.raises(Nb2pkgError, match="job"):
        Service(root).answer("start", {"command": command, "path": NOTEBOOK, "options": options})


def test_every_answer_has_a_schema() -> None:
    assert schemas().keys() == CALLS.keys()
    for schema in schemas().values():
        jsonschema.Draft202012Validator.check_schema(schema)


# ---- jobs


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    found = Jobs()
    yield found
    found.close()


def ended(jobs: Jobs, name: str, seconds: float = 60) -> Any:
    until = time.monotonic() + seconds
    while (job := jobs.look(name)).state == "running" and time.monotonic() < until:
        time.sleep(0.05)
    return job


def test_a_job_says_what_the_command_says(jobs: Jobs, root: Path) -> None:
    started = jobs.start("promote", root / "islands.ipynb", ["--dry-run"])
    assert started.state == "running"
    job = ended(jobs, started.id)
    assert (job.state, job.exit) == ("done", 0)
    assert any("read_notes" in line for line in job.lines)
    assert jobs.look(started.id, since=job.next).lines == ()


def test_a_job_that_fails_says_so(jobs: Jobs, root: Path) -> None:
    (root / "islands.ipynb").write_text("{", encoding="utf-8")
    job = ended(jobs, jobs.start("promote", root / "islands.ipynb").id)
    assert job.state == "failed"
    assert job.exit == 1
    assert any("cut off in the middle" in line for line in job.lines)


def test_a_job_can_be_stopped(jobs: Jobs, root: Path) -> None:
    document = json.loads((root / "islands.ipynb").read_text(encoding="utf-8"))
    document["cells"][1]["source"] = "import time\ntime.sleep(300)\nopen('late.txt', 'w')"
    (root / "islands.ipynb").write_text(json.dumps(document), encoding="utf-8")
    started = jobs.start("check", root / "islands.ipynb", ["--run"])
    time.sleep(3)
    jobs.cancel(started.id)
    job = ended(jobs, started.id, seconds=20)
    assert job.state == "cancelled"
    assert job.exit != 0


# ---- without a panel


def test_watch_prints_the_state_on_each_save(root: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "nb2pkg", "watch", str(root / NOTEBOOK)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        first = process.stdout.readline()
        assert first.strip().endswith("13 validated, 4 in step")
        (root / NOTEBOOK).write_text(edited(root, typical=MEANS), encoding="utf-8")
        assert "1 changed" in process.stdout.readline()
        line = process.stdout.readline()
        assert "cell 19  [nb2pkg:look.typical_masses]  changed: the text of the cell" in line
    finally:
        process.send_signal(signal.SIGINT)
        process.stdout.close()
        process.wait(30)
    assert process.returncode == 130


# ---- what was tried


def test_attempts_are_recorded_compared_and_gone_back_to(
    ask: Callable[..., Any], root: Path
) -> None:
    path = root / NOTEBOOK
    before = path.read_bytes()
    assert ask("attempts", path=NOTEBOOK) == {"current": "", "rows": []}
    (first,) = ask("record_attempt", path=NOTEBOOK, why="the median")["rows"]
    assert (first["number"], first["why"], first["metrics"]) == (1, "the median", {})
    path.write_text(edited(root, typical=MEANS), encoding="utf-8")
    (part,) = ask("attempt_diff", path=NOTEBOOK, old=first["id"])["parts"]
    assert part["words"] == f"cell {place(root, 'typical') + 1}: changed"
    assert any(line.startswith("+") and ".mean()" in line for line in part["lines"])
    changed = path.read_bytes()
    done = ask("restore_attempt", path=NOTEBOOK, attempt="1")
    assert done["is_changed"]
    assert path.read_bytes() == before
    rows = ask("comment_attempt", path=NOTEBOOK, attempt=first["id"], comment="the better")["rows"]
    assert [row["id"] for row in rows] == [done["before"], first["id"]]
    assert rows[1]["comments"][0].endswith(": the better")
    ask("restore_attempt", path=NOTEBOOK, attempt=done["before"])
    assert json.loads(path.read_bytes()) == json.loads(changed)


def test_an_attempt_that_does_not_exist_is_an_error(ask: Callable[..., Any]) -> None:
    ask("record_attempt", path=NOTEBOOK, why="")
    with pytest.raises(Nb2pkgError, match="there is no attempt 7"):
        ask("restore_attempt", path=NOTEBOOK, attempt="7")
    with pytest.raises(BadCallError, match="is not a notebook"):
        ask("record_attempt", path="penguins.csv", why="")
    with pytest.raises(BadCallError, match="not in the folder"):
        ask("record_attempt", path="../other.ipynb", why="")
