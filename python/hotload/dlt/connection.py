# SPDX-License-Identifier: Apache-2.0
"""What a client holds while it is connected. One thread at a time. Opening is cheap: the core
keeps one engine a lake, and for a moment after its last user."""

from typing import TYPE_CHECKING

from dlt.common import logger
from dlt.common.destination.configuration import CsvFormatConfiguration

import hotload
from hotload import waits
from hotload.dlt.configuration import HotloadClientConfiguration
from hotload.dlt.kept_id import keep_id, kept_id
from hotload.error import Error

if TYPE_CHECKING:
    from hotload import Database, Session, Workspace

waits.tell(lambda line: logger.warning(line))


def open_workspace(config: HotloadClientConfiguration, parallel: int | None = None) -> "Workspace":
    """`parallel`: tables that plain Hotdata takes at once."""
    limit = config.memory_limit_mb
    server_options = dict(config.server_options)
    if parallel is not None:
        server_options["parallel"] = parallel
    return hotload.open_workspace(
        config.credentials.location,
        memory_limit_bytes=None if limit is None else limit * 1024 * 1024,
        threads=config.threads,
        lock_timeout_ms=config.lock_timeout_ms,
        retention_seconds=config.retention_seconds,
        auto_maintenance=config.auto_maintenance,
        api_key=config.credentials.api_key or "",
        workspace_id=config.credentials.workspace_id or "",
        **server_options,
    )


def open_database(workspace: "Workspace", config: HotloadClientConfiguration) -> "Database":
    """The one that the pipeline has loaded into before, else the one of that name."""
    name = config.credentials.database
    try:
        if known := kept_id(config):
            return workspace.open_database(known)
    except Error as error:
        if error.code != "not_found":
            raise
    if config.create_database_if_missing:
        database = workspace.open_or_create_database(name)
    else:
        try:
            database = workspace.open_database(name)
        except Error as error:
            if error.code != "not_found":
                raise
            advice = config.advice_on_missing_database()
            raise Error(error.code, f"{error}. {advice}") from None
    keep_id(config, database.id)
    return database


class Connection:
    """A database, and a session in it once SQL is run: most clients only stage a file."""

    def __init__(
        self, config: HotloadClientConfiguration, schema: str, parallel: int | None = None
    ) -> None:
        self._schema = schema
        self._as_of = config.as_of or ""
        self._session: Session | None = None
        self.csv_format = config.csv_format or CsvFormatConfiguration()
        with open_workspace(config, parallel) as workspace:
            self.database = open_database(workspace, config)

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
