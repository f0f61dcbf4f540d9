"""A promoted project as it stands: where it is, its manifest, its code, what people decided."""
