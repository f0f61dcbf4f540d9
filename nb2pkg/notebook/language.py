"""Is a notebook one of Python 3? Its metadata tells the language, and its code the version."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any

_VERSION = re.compile(r"(\d+)\.(\d+)")
_OF_PYTHON_2 = re.compile(r"^(?:Missing parentheses in call to '(?:print|exec)'|invalid token 0\d)")
_PYTHON = frozenset({"python", "ipython", "python3", "python2"})

# Names of kernels that say their language, for files that say it nowhere else. Any other name
# (``venv``, ``conda-env-lab-py``) is a person's name for a Python.
_KERNELS = (
    (r"ir\d*|.*\br\Z", "R"),
    (r"julia", "Julia"),
    (r"i?ruby", "Ruby"),
    (r"\.net-csharp|icsharp", "C#"),
    (r"\.net-fsharp|ifsharp", "F#"),
    (r"\.net-powershell|powershell", "PowerShell"),
    (r"xcpp|xeus-cling", "C++"),
    (r"(?:calysto_)?bash", "Bash"),
    (r"i?matlab", "MATLAB"),
    (r"x?octave", "Octave"),
    (r"i?haskell", "Haskell"),
    (r"i?javascript|jslab|nodejs", "JavaScript"),
    (r"tslab|typescript|deno", "TypeScript"),
    (r"scala|almond|spylon-kernel|sparkkernel|apache_toree_scala", "Scala"),
    (r"kotlin", "Kotlin"),
    (r"i?java|rapaio", "Java"),
    (r"rust|evcxr", "Rust"),
    (r"gophernotes|gonb|lgo", "Go"),
    (r"sas", "SAS"),
    (r"stata|pystata|nbstata", "Stata"),
    (r"wolframlanguage|mathematica", "Wolfram Language"),
    (r"sagemath", "SageMath"),
    (r"xsqlite|x?sql", "SQL"),
    (r"[xi]?lua", "Lua"),
    (r"i?perl", "Perl"),
    (r"ocaml", "OCaml"),
    (r"clojure|clojupyter", "Clojure"),
)


def complaint(metadata: Mapping[str, Any]) -> tuple[str, str] | None:
    """What is wrong with the language of the notebook, and a hint; None if it is Python 3."""
    spec, info = _dict(metadata, "kernelspec"), _dict(metadata, "language_info")
    language = _language(spec, info)
    if language.lower() not in _PYTHON:
        return (
            f"is a notebook of {language}, not of Python",
            "nb2pkg makes Python packages; if its code is Python, choose a Python kernel for it.",
        )
    return None


def needed_python(metadata: Mapping[str, Any], message: str) -> tuple[str, str] | None:
    """Which Python code is of that this one cannot read, and a hint; None if it is wrong in all.

    message is that of the SyntaxError. Much that says it is of Python 2 runs on Python 3: only code
    that does not is of Python 2.
    """
    spec, info = _dict(metadata, "kernelspec"), _dict(metadata, "language_info")
    if _is_python_2(spec, info) or _OF_PYTHON_2.search(message):
        return (
            "is a notebook of Python 2",
            "Port it first (2to3, then run it with a Python 3 kernel and save it).",
        )
    return newer_python(metadata)


def newer_python(metadata: Mapping[str, Any]) -> tuple[str, str] | None:
    """What to say of code that this Python cannot read, if the notebook was run with a newer one."""
    version = _VERSION.match(str(_dict(metadata, "language_info").get("version", "")))
    if version and (int(version[1]), int(version[2])) > sys.version_info[:2]:
        needed = f"Python {version[1]}.{version[2]}"
        return (
            f"is not valid Python {sys.version_info[0]}.{sys.version_info[1]} (it was run with {needed})",
            f"Run nb2pkg with {needed} or newer, or fix it.",
        )
    return None


def _language(spec: Mapping[str, Any], info: Mapping[str, Any]) -> str:
    for said in (spec.get("language"), info.get("name")):
        if isinstance(said, str) and said.strip():
            return said.strip()
    kernel = str(spec.get("name", "")).lower()
    whole = ((rf"(?:{pattern})(?![a-z])", name) for pattern, name in _KERNELS)
    return next((name for pattern, name in whole if re.match(pattern, kernel)), "python")


def _is_python_2(spec: Mapping[str, Any], info: Mapping[str, Any]) -> bool:
    """The version is what last ran the notebook; without one, the kernel that it asks for.

    PyCharm writes version 2.7.6 into every new notebook, whatever its kernel is.
    """
    if spec.get("name") == "python3":
        return False
    version = info.get("version")
    if isinstance(version, str) and version:
        return version.startswith("2")
    shown = f"{spec.get('name', '')} {spec.get('display_name', '')}".lower()
    return re.search(r"\bpython ?2\b", shown) is not None


def _dict(metadata: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = metadata.get(key)
    return value if isinstance(value, dict) else {}
