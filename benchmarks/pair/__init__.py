"""Promoting again, from the narrative and back into the notebook, on public notebooks."""
