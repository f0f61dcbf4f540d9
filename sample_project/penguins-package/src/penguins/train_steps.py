"""Train: A quarter of the birds is put aside, with all species in proportion."""

measurements = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")


# nb2pkg: penguins.ipynb#features
def features_of(some):
    """The four measurements of each bird, in the order that the model knows."""
    return some[list(measurements)]
