"""nb2pkg ci: files that make CI check notebooks, gate on their status, and test the package."""
