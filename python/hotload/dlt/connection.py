# SPDX-License-Identifier: Apache-2.0
"""What a client holds while it is connected. One thread at a time."""

from typing import TYPE_CHECKING, Optional

from hotload.dlt.configuration import HotloadClientConfiguration
from hotload.dlt.lakes import pool

if TYPE_CHECKING:
    from hotload import Database, Session


class Connection:
    """A database, and a session in it once SQL is run: most clients only stage a file."""

    def __init__(self, config: HotloadClientConfiguration, schema: str) -> None:
        self._schema = schema
        self._session: Optional["Session"] = None
        self._session_schema = ""
        self._pool = pool()
        self._lake = self._pool.borrow(config)
        try:
            self.database: "Database" = self._lake.workspace.open_or_create_database(
                config.credentials.database
            )
        except BaseException:
            self._pool.give_back(self._lake)
            raise

    @property
    def session(self) -> "Session":
        """Names without a schema resolve in the dataset, as soon as there is one."""
        if self._session is not None:
            if self._session_schema or self._session.in_transaction:
                return self._session
            if not self.database.has_schema(self._schema):
                return self._session
            self._session.close()
            self._session = None
        self._session_schema = self._schema if self.database.has_schema(self._schema) else ""
        self._session = self.database.open_session(schema=self._session_schema)
        return self._session

    def reset_session(self) -> None:
        """The next statement gets a session that knows the dataset as it is then."""
        if self._session is not None and not self._session.in_transaction:
            self._session.close()
            self._session = None

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None
        self.database.close()
        self._pool.give_back(self._lake)
