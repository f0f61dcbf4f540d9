"""Make penguins.csv: invented birds of three real species, with the faults of real field notes.

    python make_data.py

No bird in it was ever measured. Means and spreads are close to what is published for the species.
"""

from __future__ import annotations

import csv
from pathlib import Path
from random import Random

# species: number of birds, islands, then mean and spread of each measurement
SPECIES = {
    "Adelie": (
        146,
        ("Biscoe", "Dream", "Torgersen"),
        (38.8, 2.1),
        (18.3, 1.0),
        (190, 6),
        (3700, 380),
    ),
    "Chinstrap": (68, ("Dream",), (48.8, 2.8), (18.4, 0.9), (196, 6), (3730, 330)),
    "Gentoo": (118, ("Biscoe",), (47.5, 2.6), (15.0, 0.8), (217, 6), (5080, 430)),
}
HEADER = (
    "bird",
    "species",
    "island",
    "bill_length_mm",
    "bill_depth_mm",
    "flipper_length_mm",
    "body_mass_g",
)
MISSING = 0.012  # of the measurements
TWICE = 9  # birds that were noted a second time
KILOGRAMS = 6  # masses that were noted in kilograms


def birds(random: Random) -> list[list[object]]:
    """One row per bird; a big bird is big in all of its measurements."""
    rows: list[list[object]] = []
    for species, (count, islands, length, depth, flipper, mass) in SPECIES.items():
        for _ in range(count):
            size = random.gauss(0, 1)
            values = [
                mean + spread * (0.5 * size + 0.86 * random.gauss(0, 1))
                for mean, spread in (length, depth, flipper, mass)
            ]
            shape = [
                round(values[0], 1),
                round(values[1], 1),
                round(values[2]),
                round(values[3] / 25) * 25,
            ]
            rows.append([species, random.choice(islands), *shape])
    random.shuffle(rows)
    return [[f"P{number:03}", *row] for number, row in enumerate(rows, start=1)]


def with_faults(rows: list[list[object]], random: Random) -> list[list[object]]:
    """Some masses in kilograms, some measurements missing, some birds noted twice."""
    for row in random.sample(rows, KILOGRAMS):
        row[-1] = float(str(row[-1])) / 1000
    for row in rows:
        for column in range(3, len(HEADER)):
            if random.random() < MISSING:
                row[column] = ""
    for row in random.sample(rows, TWICE):
        rows.insert(random.randrange(len(rows)), list(row))
    return rows


def main() -> None:
    random = Random(7)
    rows = with_faults(birds(random), random)
    with Path(__file__).with_name("penguins.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
