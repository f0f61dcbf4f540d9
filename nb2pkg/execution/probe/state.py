"""What is the state of the process, apart from the variables? Random generators, options,
environment, folder, logging, open figures. Each setting is a short text."""

from __future__ import annotations

import gc
import hashlib
import locale
import logging
import marshal
import os
import random
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from . import insides, quiet
from .quiet import IGNORE

ADDRESS = re.compile(r"0x[0-9a-fA-F]{5,}")
# Set by the kernel, the shell or the machinery around, and different in each run.
VOLATILE = re.compile(
    r"^(HOME|PWD|OLDPWD|TMPDIR|PYTHONHASHSEED|SHLVL|_|(JPY|IPYTHON|KERNEL|PYDEVD|JUPYTER)_?.*)$"
)
_THREADS_OF_OTHERS = frozenset({"ipykernel", "IPython", "zmq", "tornado", "tqdm"})
_SIMPLE = (int, float, complex, str, bytes, bool, type(None))
_SEQUENCES = (list, tuple)


def process_state(scrub: Callable[[str], str]) -> dict[str, dict[str, str]]:
    """Groups of named settings; a group of a library that is not loaded is left out."""
    found = {}
    for name, read in _GROUPS.items():
        try:
            group = read()
        except Exception as error:  # of a library that is half loaded, or of another version
            group = {"unreadable": type(error).__name__}
        if group:
            found[name] = {key: scrub(_text(value)) for key, value in group.items()}
    return found


def _text(value: Any) -> str:
    """A setting as text; an object of a class that may have code of its own is its type."""
    if type(value) in _SIMPLE:
        return str(value)
    if type(value) in _SEQUENCES:
        return "[" + ", ".join(map(_text, value)) + "]"
    if type(value) is dict:
        return "{" + ", ".join(f"{_text(k)}: {_text(v)}" for k, v in value.items()) + "}"
    name = getattr(value, "__name__", None)
    if type(name) is str:  # a formatter is known by its name
        return name
    if insides.top_of(insides.module_of(type(value))) in ("matplotlib", "cycler", "builtins"):
        return ADDRESS.sub("0x", repr(value))
    return insides.name_of(type(value))


def _short(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=12).hexdigest()


def _random() -> dict[str, Any]:
    return {"python": _short(marshal.dumps(random.getstate(), 2))}


def _numpy_random() -> dict[str, Any]:
    generator = getattr(insides.loaded("numpy.random.mtrand"), "_rand", None)
    if generator is None:
        return {}
    name, keys, position, has_gauss, gauss = generator.get_state()
    rest = repr((name, int(position), int(has_gauss), float(gauss))).encode()
    return {"legacy": _short(keys.tobytes() + rest)}


def _torch_random() -> dict[str, Any]:
    torch = insides.loaded("torch")
    if not hasattr(torch, "get_rng_state"):
        return {}
    return {"cpu": _short(torch.get_rng_state().numpy().tobytes())}


def _numpy_options() -> dict[str, Any]:
    numpy = insides.loaded("numpy")
    if not hasattr(numpy, "get_printoptions"):
        return {}
    errors = {f"error {kind}": way for kind, way in numpy.geterr().items()}
    return {**numpy.get_printoptions(), **errors}


def _pandas_options() -> dict[str, Any]:
    config = insides.loaded("pandas._config.config")
    found: dict[str, Any] = {}
    todo = [("", getattr(config, "_global_config", {}))]
    while todo:
        prefix, options = todo.pop()
        for name, value in options.items():
            if isinstance(value, dict) and prefix + name not in _DICT_OPTIONS:
                todo.append((f"{prefix}{name}.", value))
            else:
                found[prefix + name] = value
    return dict(sorted(found.items()))


def _rc_params() -> dict[str, Any]:
    """Read as the dict that it is: to ask for the backend would choose one."""
    parameters = getattr(insides.loaded("matplotlib"), "rcParams", None)
    return dict(dict.items(parameters)) if isinstance(parameters, dict) else {}


def _pyplot() -> dict[str, Any]:
    managers = getattr(insides.loaded("matplotlib._pylab_helpers"), "Gcf", None)
    return {"figures": len(managers.figs)} if managers is not None else {}


def _warnings() -> dict[str, Any]:
    lines = []
    for entry in warnings.filters:
        if entry is IGNORE:
            continue
        action, message, category, module, line = entry
        patterns = [getattr(part, "pattern", part) or "" for part in (message, module)]
        lines.append(f"{action} {patterns[0]} {insides.name_of(category)} {patterns[1]} {line}")
    return {"filters": "\n".join(lines)}


def _environment() -> dict[str, Any]:
    """Digests: the environment may hold passwords."""
    kept = {name: value for name, value in os.environ.items() if not VOLATILE.match(name)}
    return {name: _short(value.encode("utf-8", "surrogateescape")) for name, value in kept.items()}


def _folder() -> dict[str, Any]:
    return {"cwd": os.getcwd()}


def _logging() -> dict[str, Any]:
    root = logging.root
    found: dict[str, Any] = {
        "level": root.level,
        "handlers": _types(root.handlers),
        "disabled": logging.root.manager.disable,
    }
    for name, logger in sorted(logging.root.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger) and (settings := _of_logger(logger)):
            found[f"of {name}"] = settings
    return found


def _of_logger(logger: logging.Logger) -> dict[str, Any]:
    """What is not as it is when a logger is made."""
    found = {
        "level": logger.level or "",
        "propagate": "" if logger.propagate else "no",
        "disabled": logger.disabled or "",
        "handlers": _types(logger.handlers),
        "filters": _types(logger.filters),
    }
    return {name: value for name, value in found.items() if value}


def _types(values: Iterable[Any]) -> list[str]:
    return [insides.name_of(type(value)) for value in values]


def _decimal() -> dict[str, Any]:
    decimal = insides.loaded("decimal")
    return {"context": repr(decimal.getcontext())} if decimal is not None else {}


def _interpreter() -> dict[str, Any]:
    """What `sys` and its like are told; the probe itself changes some of it while it looks."""
    return {
        "recursion limit": quiet.AS_IT_WAS.get("limit", sys.getrecursionlimit()),
        "collects garbage": quiet.AS_IT_WAS.get("collecting", gc.isenabled()),
        "gc threshold": gc.get_threshold(),
        "switch interval": sys.getswitchinterval(),
        "longest number": getattr(sys, "get_int_max_str_digits", int)(),
        "locale": locale.setlocale(locale.LC_ALL),
        "timeout of sockets": getattr(insides.loaded("socket"), "getdefaulttimeout", int)(),
    }


def _threads() -> dict[str, Any]:
    """How many there are, but for those of the kernel and of progress bars."""
    tops = [insides.top_of(insides.module_of(type(thread))) for thread in threading.enumerate()]
    return {"running": len([top for top in tops if top not in _THREADS_OF_OTHERS])}


_DICT_OPTIONS = frozenset({"display.formatters"})
_GROUPS: dict[str, Callable[[], dict[str, Any]]] = {
    "random": _random,
    "numpy random": _numpy_random,
    "torch random": _torch_random,
    "environ": _environment,
    "folder": _folder,
    "warnings": _warnings,
    "logging": _logging,
    "interpreter": _interpreter,
    "threads": _threads,
    "decimal": _decimal,
    "numpy options": _numpy_options,
    "pandas": _pandas_options,
    "pyplot": _pyplot,
    "rc": _rc_params,
}
