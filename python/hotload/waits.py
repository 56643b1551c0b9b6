# SPDX-License-Identifier: Apache-2.0
"""Calls to a server that are sent again say what they wait for: one line for each wait of a second
or more, as warnings of the logger "hotload", or of dlt's where its destination is used."""

import logging
from collections.abc import Callable

_listener: Callable[[str], object] = logging.getLogger("hotload").warning


def say(line: str) -> None:
    _listener(line)


def tell(listener: Callable[[str], object]) -> None:
    global _listener
    _listener = listener
