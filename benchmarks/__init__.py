"""Measurements of nb2pkg on hazards and public notebooks; see README.md beside this file."""
