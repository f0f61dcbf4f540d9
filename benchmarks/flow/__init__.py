"""Flows of public notebooks: are their values right, and what do they cost?"""
