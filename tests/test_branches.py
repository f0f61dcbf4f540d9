"""Two people promote on two branches, and git merges them: real commits, real merges."""

from __future__ import annotations

import os
import re
import subprocess
from itertools import combinations
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nb2pkg.cli.main import cli
from nb2pkg.project import manifest
from nb2pkg.status.look import look
from tests import build

ATTEMPT = re.compile(r', "attempt": "[0-9a-f]{40}"|"attempt": "[0-9a-f]{40}"')
SECTIONS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")
ME = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}


def cells(tagged: set[str]) -> str:
    """A section with a step and a function for each word; those that are named are tagged."""
    parts = ['# %% id="start" tags=["nb2pkg:start.numbers"]\nnumbers = list(range(9))']
    for word in SECTIONS:
        tag = f' tags=["nb2pkg:{word}"]' if word in tagged else ""
        parts.append(f'# %% [markdown] id="{word}-title"\n# ## {word.title()}')
        parts.append(
            f'# %% id="{word}"{tag}\ndef double_{word}(x):\n    return 2 * x\n\n\n'
            f"{word} = [double_{word}(n) + len({word!r}) for n in numbers]"
        )
        parts.append(f'# %% id="{word}-look"\nprint({word}[:2])')
    return "\n".join(parts) + "\n"


def git(folder: Path, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", *words],
        cwd=folder,
        env={**os.environ, **ME},
        capture_output=True,
        encoding="utf-8",
        check=check,
    )


def promote(folder: Path, tagged: set[str], *words: str) -> Result:
    folder.mkdir(exist_ok=True)
    result = CliRunner().invoke(cli, ["promote", str(build.write(folder, cells(tagged))), *words])
    assert result.exit_code == 0, result.exception
    return result


def branched(folder: Path, one: str, other: str) -> list[str]:
    """Paths in which the two promotions conflict. Both are promoted from what main has."""
    folder.mkdir(exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    promote(folder, set())
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "start")
    for word in (one, other):
        git(folder, "checkout", "-q", "-b", word, "main")
        promote(folder, {word})
        git(folder, "add", "-A")
        git(folder, "commit", "-qm", word)
    git(folder, "checkout", "-q", one)
    git(folder, "merge", "-q", other, "-m", "both", check=False)
    return git(folder, "diff", "--name-only", "--diff-filter=U").stdout.split()


@pytest.mark.parametrize(("one", "other"), list(combinations(SECTIONS[:4], 2)))
def test_manifests_merge_where_the_code_does(tmp_path: Path, one: str, other: str) -> None:
    conflicts = branched(tmp_path, one, other)
    ours = [path for path in conflicts if "/.nb2pkg/" in path and "/base/" not in path]
    assert ours == []
    project = tmp_path / "analysis-package"
    assert manifest.read(project) is not None
    made = {item.symbol for item in manifest.required(project).made}
    assert {f"{word}.double_{word}" for word in (one, other)} <= made


def test_what_was_merged_is_promoted_as_if_it_had_been_one_branch(tmp_path: Path) -> None:
    conflicts = branched(tmp_path / "git", "alpha", "zeta")
    # What lists all steps in one place has both at the same line: there a person has to look.
    lists = ("README.md", "notebooks/analysis.ipynb", "src/analysis/pipeline.py")
    assert conflicts == [f"analysis-package/{path}" for path in lists]
    for path in conflicts:
        _keep_both(tmp_path / "git" / path)
    git(tmp_path / "git", "commit", "-qam", "both")
    promote(tmp_path / "git", {"alpha", "zeta"}, "--conflicts", "ours")
    promote(tmp_path / "fresh", {"alpha", "zeta"})
    merged, fresh = ({**code(tmp_path / folder)} for folder in ("git", "fresh"))
    assert merged == fresh
    status = look(tmp_path / "git" / "analysis-package")
    assert status.out_of_step == ()
    assert "alpha.double_alpha" in {row.symbol for row in status.rows}


def _keep_both(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [x for x in lines if not x.startswith(("<<<<<<<", "=======", ">>>>>>>"))]
    path.write_text("".join(kept), encoding="utf-8")


def code(folder: Path) -> dict[str, str]:
    """All that is generated but the README, and with it what nb2pkg remembers; not from which attempt."""
    project = folder / "analysis-package"
    return {
        path.relative_to(project).as_posix(): ATTEMPT.sub("", path.read_text(encoding="utf-8"))
        for path in sorted(project.rglob("*"))
        if path.is_file() and path.name not in ("README.md", "decisions.jsonl")
    }


def test_the_same_cell_on_both_branches_is_a_conflict_of_code_too(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    promote(tmp_path, {"alpha"})
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "start")
    for branch, number in (("one", "3"), ("two", "4")):
        git(tmp_path, "checkout", "-q", "-b", branch, "main")
        text = cells({"alpha"}).replace("return 2 * x", f"return {number} * x")
        path = build.write(tmp_path, text)
        assert CliRunner().invoke(cli, ["promote", str(path)]).exit_code == 0
        git(tmp_path, "commit", "-qam", branch)
    git(tmp_path, "merge", "-q", "one", check=False)
    conflicts = git(tmp_path, "diff", "--name-only", "--diff-filter=U").stdout.split()
    assert "analysis-package/src/analysis/alpha.py" in conflicts
    assert "analysis-package/.nb2pkg/manifest.json" in conflicts
    result = CliRunner().invoke(cli, ["status", str(tmp_path / "analysis-package")])
    assert "it has the markers of a merge in it" in str(result.exception)
