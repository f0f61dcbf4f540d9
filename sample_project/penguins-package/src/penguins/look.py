from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

if TYPE_CHECKING:
    import pandas as pd


# nb2pkg: penguins.ipynb#relative-mass
def relative_mass(some, *, typical):
    """Mass of each bird as a share of what is typical for its species."""
    return some["body_mass_g"] / some["species"].map(typical)


# nb2pkg: penguins.ipynb#plot-bills
def plot_bills(complete: pd.DataFrame) -> None:
    """Draw length against depth of the bill. The species hardly overlap."""
    fig, ax = plt.subplots(figsize=(5, 4))
    for species, group in complete.groupby("species"):
        ax.scatter(group["bill_length_mm"], group["bill_depth_mm"], s=12, label=species)
    ax.set_xlabel("bill length (mm)")
    ax.set_ylabel("bill depth (mm)")
    ax.legend()
    plt.show()


# nb2pkg: penguins.ipynb#typical
def typical_masses(complete: pd.DataFrame) -> pd.Series:
    """Find the typical mass of each species: the median."""
    return complete.groupby("species")["body_mass_g"].median()


# nb2pkg: penguins.ipynb#plot-masses
def plot_relative_masses(complete: pd.DataFrame, typical: pd.Series) -> None:
    """Compare the mass of each bird with what is typical.

    Adds a column to complete: relative_mass (float).
    """
    complete["relative_mass"] = relative_mass(complete, typical=typical)
    plt.figure(figsize=(5, 3))
    plt.hist(complete["relative_mass"], bins=24)
    plt.xlabel("mass / typical mass of the species")
    plt.ylabel("birds")
    plt.show()
