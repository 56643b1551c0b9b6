# SPDX-License-Identifier: Apache-2.0
"""An error of hotload as the exception that tells dlt what to do."""

import re

from dlt.destinations.exceptions import (
    DatabaseTerminalException,
    DatabaseTransientException,
    DatabaseUndefinedRelation,
)

from hotload.error import Error

# A column that is not there is a fault of the statement, which no pipeline can mend by creating
# the dataset: dlt wants it apart from missing tables and schemas.
_COLUMN = re.compile(r"\bcolumn\b", re.IGNORECASE)
_RELATION = re.compile(r"\b(table|schema|dataset|database)\b", re.IGNORECASE)


def to_dlt(error: Exception) -> Exception:
    """What is no error of hotload comes back as it is."""
    if not isinstance(error, Error):
        return error
    if error.transient:
        return DatabaseTransientException(error)
    if error.code == "not_found" and not _names_a_column(str(error)):
        return DatabaseUndefinedRelation(error)
    return DatabaseTerminalException(error)


def _names_a_column(message: str) -> bool:
    column, relation = _COLUMN.search(message), _RELATION.search(message)
    return column is not None and (relation is None or column.start() < relation.start())
