"""The rules, one file for each family. A rule is a small pure function from what was examined to
findings; the decorator names the codes that it can give."""
