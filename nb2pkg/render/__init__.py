"""From the plan to the text of the package's files. Nothing is decided here."""
