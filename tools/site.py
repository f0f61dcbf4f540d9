"""A hook of mkdocs: the changelog, which stands above docs, is a page of the site."""

from __future__ import annotations

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from tools.pythons import ROOT


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Called by mkdocs with the files below docs; links into that folder lose its name."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").replace("](docs/", "](")
    files.append(File.generated(config, "changelog.md", content=text))
    return files
