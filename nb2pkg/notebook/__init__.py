"""Reading a notebook: its cells, magics, tags, headings, and the log of executions."""
