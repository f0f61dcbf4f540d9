"""What is read from a notebook, and read off it: cells, magics, tags, headings, the log of executions."""
