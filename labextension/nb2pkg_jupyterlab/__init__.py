"""nb2pkg in JupyterLab: the panel, and the calls of the service behind the login of the Jupyter server."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "nb2pkg-jupyterlab"}]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "nb2pkg_jupyterlab"}]


def _load_jupyter_server_extension(server_app: Any) -> None:
    from nb2pkg_jupyterlab.handlers import add_to

    add_to(server_app)
