"""The history of trial and error: each attempt at a notebook, kept in git beside the branches of the code."""
