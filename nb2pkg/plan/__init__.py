"""What becomes of each statement: small passes over frozen values. Nothing is run, nothing is written."""
