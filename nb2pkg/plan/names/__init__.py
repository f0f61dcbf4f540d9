"""What functions are called and what their docstrings say: by their author's words, else by what they do."""
