# SPDX-License-Identifier: Apache-2.0
"""Packages that hotload uses where they are there, and does not bring."""

import importlib
from typing import Any

from hotload.error import Error


def pyarrow() -> Any:
    return _module("pyarrow", "pip install pyarrow")


def has_pyarrow() -> bool:
    try:
        importlib.import_module("pyarrow")
    except ModuleNotFoundError:
        return False
    return True


def pandas() -> Any:
    return _module("pandas", "pip install pandas pyarrow")


def _module(name: str, command: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        raise Error("unsupported", f"This needs {name}, which is not here: {command}") from missing
