"""A long notebook of the kind that analysts write: headings, helpers, steps on a table, plots,
results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CELLS_OF_A_SECTION = (
    '''def clean_{n}(table, limit={n}):
    """Drop rows above a limit."""
    kept = table[table["x"] <= limit].copy()
    kept["ratio"] = kept["x"] / (kept["y"] + 1)
    return kept
''',
    """table_{n} = clean_{n}(raw, limit=100 + {n})
table_{n}["group"] = np.where(table_{n}["ratio"] > 0.5, "high", "low")
table_{n}.head()
""",
    """means_{n} = {{}}
for name, part in table_{n}.groupby("group"):
    means_{n}[name] = part["ratio"].mean()  # one number per group
spread_{n} = max(means_{n}.values()) - min(means_{n}.values())
""",
    """fig, ax = plt.subplots(figsize=(6, 4))
ax.bar(list(means_{n}), list(means_{n}.values()))
ax.set_title("Means of section {n}")
plt.show()
""",
    """results.append({{"section": {n}, "rows": len(table_{n}), "spread": spread_{n}}})
print(results[-1])
""",
)
FIRST = """import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

raw = pd.DataFrame({"x": np.arange(200), "y": np.arange(200)[::-1]})
results = []
"""


def sources(cells: int) -> list[str]:
    """Code of `cells` code cells."""
    sections = range(cells // len(CELLS_OF_A_SECTION) + 1)
    texts = [FIRST, *(text.format(n=n) for n in sections for text in CELLS_OF_A_SECTION)]
    return texts[:cells]


def write(path: Path, cells: int, output_bytes: int = 0) -> None:
    """Write a notebook with that many code cells, and outputs of that size altogether."""
    shown = "0123456789 abcdef\n" * (output_bytes // cells // 18)
    stream: dict[str, Any] = {"output_type": "stream", "name": "stdout", "text": shown}
    found: list[dict[str, Any]] = []
    for index, source in enumerate(sources(cells)):
        if index % len(CELLS_OF_A_SECTION) == 1:
            section = index // len(CELLS_OF_A_SECTION)
            text = f"## Section {section}\n\nWhat this part of the story is about."
            found.append(
                {"cell_type": "markdown", "id": f"text-{index}", "metadata": {}, "source": text}
            )
        found.append(
            {
                "cell_type": "code",
                "id": f"code-{index}",
                "metadata": {},
                "execution_count": index + 1,
                "source": source,
                "outputs": [stream] if shown else [],
            }
        )
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {
        "cells": found,
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(notebook), encoding="utf-8")
