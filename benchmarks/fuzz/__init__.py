"""Notebooks that nobody wrote: damaged ones for every command, generated ones that are run."""
