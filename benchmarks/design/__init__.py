"""Would a reader keep the names of functions? A hundred, drawn at random and judged by hand."""
