"""In which order do the cells of a notebook run? What is known, what is guessed, what was lost."""
