"""nb2pkg ci: files by which servers check notebooks, gate on their status, and test the package."""
