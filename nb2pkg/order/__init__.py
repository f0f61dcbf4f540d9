"""The order in which the cells of a notebook run: what is known, what is guessed, what was lost."""
