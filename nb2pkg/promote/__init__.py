"""From a notebook to a project, again and again: build, verify, merge, share, restore."""
