"""Which data a notebook ran on: files by their content, and what changed between two of them."""
