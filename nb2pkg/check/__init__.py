"""nb2pkg check: what is likely to go wrong with a notebook, few things and sure ones."""
