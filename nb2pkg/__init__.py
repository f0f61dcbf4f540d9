"""nb2pkg: validated code settles from a notebook into a tested package."""

__version__ = "0.1.0"
