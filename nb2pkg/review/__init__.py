"""A page, or the text of a pull request, by which two people review what was promoted."""
