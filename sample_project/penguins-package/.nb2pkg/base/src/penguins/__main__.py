"""Run the analysis: python -m penguins."""

from __future__ import annotations

import argparse
import contextlib
import reprlib
from collections.abc import Sequence

from .config import DATA, SEED, TEST_SIZE, in_data_dir


def described(value: object) -> str:
    """A value in a few words: tables and arrays by their shape."""
    kind = type(value).__name__
    with contextlib.suppress(
        Exception
    ):  # whatever a class of a library may raise when asked
        shape = getattr(value, "shape", None)
        return f"{kind} of shape {shape}" if shape else reprlib.repr(value)
    return kind


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the pipeline with parameters from the command line, and tell what it made."""
    parser = argparse.ArgumentParser(prog="python -m penguins", description="Penguins")
    parser.add_argument("--data", type=str, default=DATA, help="default: %(default)s")
    parser.add_argument(
        "--test-size", type=float, default=TEST_SIZE, help="default: %(default)s"
    )
    parser.add_argument("--seed", type=int, default=SEED, help="default: %(default)s")
    options = vars(parser.parse_args(arguments))
    with in_data_dir():  # where libraries look for their settings when they are imported
        from .pipeline import run
    values = run(**options)
    for name, value in values.items():
        print(f"{name}: {described(value)}")


if __name__ == "__main__":
    main()
