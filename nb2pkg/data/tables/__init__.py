"""Tables in files: reading them, and counting what differs between two, by duckdb or without."""
