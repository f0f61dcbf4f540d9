"""Where a package and its notebook stand: in step or not, validated, approved, verified."""
