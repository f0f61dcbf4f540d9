"""Look: length and depth of the bill already separate the species well."""

import matplotlib.pyplot as plt


# nb2pkg: penguins.ipynb#relative-mass
def relative_mass(some, *, typical):
    """Mass of each bird as a share of what is typical for its species."""
    return some["body_mass_g"] / some["species"].map(typical)


# nb2pkg: penguins.ipynb#plot-bills
def plot_bills(complete):
    """Length and depth of the bill already separate the species well."""
    fig, ax = plt.subplots(figsize=(5, 4))
    for species, group in complete.groupby("species"):
        ax.scatter(group["bill_length_mm"], group["bill_depth_mm"], s=12, label=species)
    ax.set_xlabel("bill length (mm)")
    ax.set_ylabel("bill depth (mm)")
    ax.legend()
    plt.show()
    return fig


# nb2pkg: penguins.ipynb#typical
def typical_masses(complete):
    """How heavy is a bird for its species? The median of the species is called typical.
    """
    typical = complete.groupby("species")["body_mass_g"].median()
    return typical
