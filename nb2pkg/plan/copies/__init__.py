"""Steps that are copies of each other become one function."""
