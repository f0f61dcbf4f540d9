"""A page, or the text of a pull request, for two people to review what was promoted."""
