"""The status of a package and its notebook: in step or not, validated, approved, verified."""
