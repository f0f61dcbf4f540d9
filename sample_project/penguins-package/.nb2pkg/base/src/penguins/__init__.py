"""Penguins."""
