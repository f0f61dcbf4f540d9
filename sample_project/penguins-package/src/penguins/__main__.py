"""Run the analysis: python -m penguins."""

from __future__ import annotations

import argparse
import reprlib
from collections.abc import Sequence

from .config import DATA, SEED, TEST_SIZE, in_data_dir


def head(value: object) -> str:
    """The first rows of a table, or the beginning of what is not one."""
    return f"\n{value.head()}" if hasattr(value, "head") else reprlib.repr(value)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the pipeline with parameters from the command line, and show its results."""
    parser = argparse.ArgumentParser(prog="python -m penguins", description="Penguins")
    parser.add_argument("--data", type=str, default=DATA, help="default: %(default)s")
    parser.add_argument(
        "--test-size", type=float, default=TEST_SIZE, help="default: %(default)s"
    )
    parser.add_argument("--seed", type=int, default=SEED, help="default: %(default)s")
    options = vars(parser.parse_args(arguments))
    with in_data_dir():  # where libraries look for their settings when they are imported
        from .pipeline import run
    for name, value in run(**options).items():
        print(f"{name}: {head(value)}")


if __name__ == "__main__":
    main()
