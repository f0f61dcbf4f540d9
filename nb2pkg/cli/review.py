"""nb2pkg review"""

from __future__ import annotations

from pathlib import Path

import click

from nb2pkg.errors import Nb2pkgError
from nb2pkg.review import markdown, page
from nb2pkg.review.gather import gather


@click.command(name="review")
@click.argument("project", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "-o",
    "--output",
    default="",
    metavar="FILE",
    help="File to write, - for standard output; default: PROJECT-review.html beside the project.",
)
@click.option(
    "--markdown", "as_text", is_flag=True, help="Write the text of a pull request instead."
)
@click.option("--pictures", is_flag=True, help="Show pictures of more than 200 kB too.")
def command(project: Path, output: str, as_text: bool, pictures: bool) -> None:
    """Write a page by which two people review the package in PROJECT.

    It shows each promoted function beside the cells that it came from, what stayed in the notebook
    and why, what people have changed since, and questions to the data scientist. PROJECT is the
    folder that nb2pkg promote wrote; nothing in it changes, and nothing is run. The page is one
    file, loads nothing and runs no script. --markdown goes to standard output.
    """
    review = gather(project, pictures)
    text = markdown.render(review) if as_text else page.render(review)
    if output == "-" or (as_text and not output):
        click.echo(text.encode("utf-8"), nl=False)
        return
    path = Path(output) if output else _beside(project)
    try:
        path.write_bytes(text.encode("utf-8"))
    except OSError as error:
        raise Nb2pkgError(
            f"{path}: cannot be written: {error.strerror}", "Name another file with -o."
        ) from error
    click.echo(path)


def _beside(project: Path) -> Path:
    """The page does not go into the project, which stays as it is."""
    folder = project if project.name not in ("", "..") else project.resolve()
    return folder.with_name(f"{folder.name}-review.html")
