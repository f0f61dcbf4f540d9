"""Which distribution brings an imported module: a list from wheels, and who knows it."""
