"""From the plan to the text of the package's files. Nothing is decided here."""

from nb2pkg.render.package import around, code

__all__ = ["around", "code"]
