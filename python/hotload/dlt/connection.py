# SPDX-License-Identifier: Apache-2.0
"""What a client holds while it is connected. One thread at a time. Opening is cheap: the core
keeps one engine a lake, and for a moment after its last user."""

from typing import TYPE_CHECKING

from dlt.common.destination.configuration import CsvFormatConfiguration

import hotload
from hotload.dlt.configuration import HotloadClientConfiguration

if TYPE_CHECKING:
    from hotload import Session, Workspace


def open_workspace(config: HotloadClientConfiguration) -> "Workspace":
    limit = config.memory_limit_mb
    return hotload.open_workspace(
        config.credentials.location,
        memory_limit_bytes=None if limit is None else limit * 1024 * 1024,
        threads=config.threads,
        lock_timeout_ms=config.lock_timeout_ms,
        retention_seconds=config.retention_seconds,
        auto_maintenance=config.auto_maintenance,
        api_key=config.credentials.api_key or "",
        workspace_id=config.credentials.workspace_id or "",
        **config.server_options,
    )


class Connection:
    """A database, and a session in it once SQL is run: most clients only stage a file."""

    def __init__(self, config: HotloadClientConfiguration, schema: str) -> None:
        self._schema = schema
        self._as_of = config.as_of or ""
        self._session: Session | None = None
        self.csv_format = config.csv_format or CsvFormatConfiguration()
        with open_workspace(config) as workspace:
            name = config.credentials.database
            if config.create_database:
                self.database = workspace.open_or_create_database(name)
            else:
                self.database = workspace.open_database(name)

    @property
    def session(self) -> "Session":
        """Names without a schema resolve in the dataset, if it is there when this is first used."""
        if self._session is None:
            self._session = self.database.open_session(schema=self._schema, as_of=self._as_of)
        return self._session

    def reset_session(self) -> None:
        """The next statement gets a session that knows the datasets as they are then."""
        if self._session is not None and not self._session.in_transaction:
            self._session.close()
            self._session = None

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None
        self.database.close()
