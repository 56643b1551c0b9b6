# SPDX-License-Identifier: Apache-2.0
"""The one exception of hotload."""


class Error(Exception):
    """What failed, and what to do about it. `code` is a word such as "not_found" or "locked";
    `transient` says whether the same call may succeed later."""

    def __init__(self, code: str, message: str, transient: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.transient = transient

    def __reduce__(self) -> tuple[type["Error"], tuple[str, str, bool]]:
        return type(self), (self.code, str(self), self.transient)
