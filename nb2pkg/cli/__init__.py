"""The command line: arguments, text and exit codes."""
