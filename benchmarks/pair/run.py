"""The pair workflow on public notebooks: nothing is run, everything is promoted with --all.

    python -m benchmarks.pair.run --python PYTHON [--limit 100] [--seed 5]

Of each notebook three things are asked. Is everything in step once it is promoted? Does a narrative in
which nothing changed change nothing, and one with a remark in every cell give the same code? Can code
that was edited in the package be put back into its cell, so that both sides are in step again?
"""

from __future__ import annotations

import ast
import json
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

import click

from benchmarks.check.run import CACHE, fetched
from nb2pkg import inline
from nb2pkg.check import walk
from nb2pkg.errors import Nb2pkgError
from nb2pkg.project import manifest
from nb2pkg.project.manifest import Made
from nb2pkg.promote import source as origin
from nb2pkg.promote.build import Promotion, Request, promote
from nb2pkg.promote.update import update, write
from nb2pkg.status.look import look

STEPS = 6  # of a notebook that are edited


@click.command()
@click.option("--python", type=click.Path(path_type=Path), default=sys.executable)
@click.option("--cache", type=click.Path(path_type=Path), default=CACHE, help="Archives.")
@click.option("--limit", default=100, show_default=True, help="Notebooks.")
@click.option("--seed", default=5, show_default=True)
def main(python: Path, cache: Path, limit: int, seed: int) -> None:
    """Promote notebooks of the corpus, and go on from there."""
    paths = list(walk.notebooks([fetched(cache, python)]))
    random.Random(seed).shuffle(paths)
    counts: Counter[str] = Counter()
    for path in paths[:limit]:
        with tempfile.TemporaryDirectory() as folder:
            counts.update(of_notebook(path, Path(folder)))
    for what, count in sorted(counts.items()):
        click.echo(f"{count:>6}  {what}")


def of_notebook(path: Path, folder: Path) -> Counter[str]:
    copy = folder / "book.ipynb"
    copy.write_bytes(path.read_bytes())
    try:
        promotion = promote(copy, Request(everything=True))
    except Nb2pkgError:
        return Counter(["notebooks that give no package"])
    write(update(promotion))
    found = Counter(["notebooks"])
    found["in step"] += not look(promotion.project).out_of_step
    found.update(gone_on(promotion))
    found.update(edited(promotion))
    return found


def gone_on(promotion: Promotion) -> Counter[str]:
    """From the narrative: as it is, and with a remark at the end of every cell of code."""
    found: Counter[str] = Counter()
    story = promotion.project / "notebooks/book.ipynb"
    here = origin.requested(story, Request())
    before = promote(here.path, here.wanted, source=here.source)
    found["narratives that change nothing"] += update(before, origin=here).change.is_empty
    document = json.loads(story.read_text(encoding="utf-8"))
    for cell in document["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and not source.lstrip().startswith("%%"):
            cell["source"] = f"{source}\n# remark"
    story.write_text(json.dumps(document), encoding="utf-8")
    here = origin.requested(story, Request())
    after = promote(here.path, here.wanted, source=here.source)
    update(after, origin=here)
    carried = here.carried
    found["cells of narratives carried back"] += len(carried.taken) if carried else 0
    found["cells of narratives left as they are"] += len(carried.left) if carried else 0
    found["remarks that leave the code as it was"] += trees(after) == trees(before)
    return found


def trees(promotion: Promotion) -> dict[str, str]:
    """The code of the package, without its comments."""
    modules = {p: t for p, t in promotion.files.items() if p.startswith("src/") and p[-3:] == ".py"}
    return {path: ast.dump(ast.parse(text)) for path, text in modules.items()}


def edited(promotion: Promotion) -> Counter[str]:
    """An edit in each of some steps, put back into its cell."""
    found: Counter[str] = Counter()
    for made in manifest.required(promotion.project).made[:STEPS]:
        module = promotion.project / f"src/book/{made.symbol.rpartition('.')[0]}.py"
        before = module.read_text(encoding="utf-8")
        after = with_edit(before, made)
        if after is None:
            continue
        module.write_text(after, encoding="utf-8")
        try:
            inline.write(inline.inline(promotion.project, made.symbol))
            found["edits that were put back"] += 1
            found["edits that are in step then"] += not look(promotion.project).out_of_step
        except Nb2pkgError:
            found["edits that were refused"] += 1
            module.write_text(before, encoding="utf-8")
    return found


def with_edit(text: str, made: Made) -> str | None:
    """The module with another value in the first assignment of a step; None if it has none."""
    name = made.symbol.rpartition(".")[2]
    functions = (n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef))
    node = next((n for n in functions if n.name == name and made.step), None)
    bound = (n.value for n in (node.body if node else ()) if isinstance(n, ast.Assign))
    value = next((v for v in bound if v.lineno == v.end_lineno), None)
    if value is None:
        return None
    lines = text.split("\n")
    line = lines[value.lineno - 1].encode()
    first, last = value.col_offset, value.end_col_offset
    new = b"(%s if True else None)" % line[first:last]
    lines[value.lineno - 1] = (line[:first] + new + line[last or first :]).decode()
    return "\n".join(lines)


if __name__ == "__main__":
    main()
