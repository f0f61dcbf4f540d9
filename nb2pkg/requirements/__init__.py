"""What code depends on: which distributions, in which versions, and what requires them."""
