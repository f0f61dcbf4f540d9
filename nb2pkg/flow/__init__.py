"""The pipeline as tasks that an engine can run side by side: what travels together, and in which order."""
