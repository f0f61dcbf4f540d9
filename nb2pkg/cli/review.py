"""nb2pkg review"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from nb2pkg.cli import project_options
from nb2pkg.cli.report import give, say
from nb2pkg.errors import Nb2pkgError
from nb2pkg.files import put
from nb2pkg.paths import Project
from nb2pkg.project import locate, manifest
from nb2pkg.project.approvals import What
from nb2pkg.project.manifest import Made
from nb2pkg.review import markdown, page
from nb2pkg.review.gather import gather
from nb2pkg.service.decide import reviewed


@click.command(name="review")
@click.argument("words", nargs=-1, metavar="[PROJECT | approve SYMBOL... | reject SYMBOL...]")
@click.option(
    "-o",
    "--output",
    default="",
    metavar="FILE",
    help="File to write, - for standard output; default: PROJECT-review.html beside the project.",
)
@click.option(
    "--markdown", "as_text", is_flag=True, help="Write the text for a pull request instead."
)
@click.option("--pictures", is_flag=True, help="Also show pictures larger than 200 kB.")
@click.option(
    "-m", "--message", "why", default="", metavar="WHY", help="Why it is approved or not."
)
@click.option("--by", default="", metavar="NAME", help="Who decides; default: git's user.name.")
@project_options.project
@project_options.notebook
def command(
    words: tuple[str, ...],
    output: str,
    as_text: bool,
    pictures: bool,
    why: str,
    by: str,
    folder: Path | None,
    notebook: str,
) -> None:
    """Write a page for two people to review the package in PROJECT.

    It shows what to decide, then each promoted function beside the cells that it came from, what
    stayed in the notebook and why, and what people have changed since. PROJECT is the
    folder that nb2pkg promote wrote; nothing in it changes, and nothing is run. The page is one
    file, loads nothing and runs no script. --markdown goes to standard output.

    With approve or reject it records what a reviewer decides of the code of a symbol (module.name;
    all stands for every one), with a digest of that code: the decision goes stale when it changes.
    """
    if words and words[0] in ("approve", "reject"):
        _decide(words[0], _meant(words, project_options.project_folder(folder), notebook), why, by)
        return
    if len(words) > 1:
        raise click.UsageError("Name one project, or: approve SYMBOL, reject SYMBOL.")
    project = project_options.project_folder(_named(words) or folder)
    review = gather(locate.only(project, notebook), pictures)
    text = markdown.render(review) if as_text else page.render(review)
    if output == "-" or (as_text and not output):
        click.echo(text.encode("utf-8"), nl=False)
        return
    path = Path(output) if output else _beside(project)
    if not path.parent.is_dir():
        raise Nb2pkgError(
            f"{path}: cannot be written: its folder does not exist", "Name another file with -o."
        )
    put(path, text.encode("utf-8"), path.read_bytes() if path.is_file() else None)
    give(path)


def _named(words: tuple[str, ...]) -> Path | None:
    """The project that is named without an option."""
    return project_options.SettledPath().convert(words[0], None, None) if words else None


def _meant(words: tuple[str, ...], folder: Path, notebook: str) -> dict[Project, tuple[Made, ...]]:
    """The symbols that are named, by the package that has them."""
    names = words[1:]
    if not names:
        raise click.UsageError(f"Name the symbols to {words[0]}: module.name, or all.")
    places = [locate.only(folder, notebook)] if notebook else locate.all_in(folder)
    if names == ("all",):
        return {place: locate.named_now(place).made for place in places or [Project(folder)]}
    found: dict[Project, tuple[Made, ...]] = {}
    for name in names:
        place, inner = (places[0], name) if notebook else locate.having(folder, name)
        made = manifest.named(locate.named_now(place), inner)
        found[place] = (*found.get(place, ()), made)
    return found


def _decide(word: str, meant: Mapping[Project, tuple[Made, ...]], why: str, by: str) -> None:
    """Record what a reviewer says of the code as it is on disk."""
    what: What = "approved" if word == "approve" else "rejected"
    for project, made in meant.items():
        decided = reviewed(project, made, what, why, by)
        for symbol in decided.subjects:
            say(f"{symbol} is {what} by {decided.who}")


def _beside(project: Path) -> Path:
    """The page does not go into the project, which stays as it is."""
    folder = project if project.name not in ("", "..") else project.resolve()
    return folder.with_name(f"{folder.name}-review.html")
