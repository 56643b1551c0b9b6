# SPDX-License-Identifier: Apache-2.0
"""SQL over one database of the lake. Nested `with` blocks share a connection; the outermost one
closes it."""

import datetime
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import Any, AnyStr, ClassVar, cast
from uuid import UUID

from dlt.common.destination import DestinationCapabilitiesContext
from dlt.common.destination.dataset import DBApiCursor
from dlt.destinations.exceptions import (
    DatabaseTerminalException,
    DatabaseTransientException,
    DestinationConnectionError,
)
from dlt.destinations.sql_client import SqlClientBase, raise_database_error
from dlt.destinations.typing import DBApi, DBTransaction

from hotload.dlt.configuration import HotloadClientConfiguration
from hotload.dlt.connection import Connection
from hotload.dlt.cursor import HotloadCursor, ResultCursor
from hotload.dlt.errors import to_dlt
from hotload.error import Error


class HotloadDbApi:
    threadsafety = 1
    apilevel = "2.0"
    paramstyle = "format"


# A literal, a quoted name or a comment, in which %s is no placeholder; or a placeholder.
_PLACEHOLDER = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|(%s)|\$(?P<name>[A-Za-z_]\w*)""",
    re.DOTALL,
)


_MALFORMED = re.compile(r"^syntax error at |^The statement has more %s|values have no %s to go to")


class HotloadSqlClient(SqlClientBase[Connection], DBTransaction):
    dbapi: ClassVar[DBApi] = HotloadDbApi()

    def __init__(
        self,
        dataset_name: str,
        staging_dataset_name: str,
        config: HotloadClientConfiguration,
        capabilities: DestinationCapabilitiesContext,
    ) -> None:
        super().__init__(None, dataset_name, staging_dataset_name, capabilities)
        # dlt makes another client of the same kind from this one's names and `credentials`
        self.credentials = config
        self._connection: Connection | None = None
        self._opened = 0

    def open_connection(self) -> Connection:
        if self._connection is None:
            self._connection = self._connect()
        self._opened += 1
        return self._connection

    def _connect(self) -> Connection:
        """dlt takes a database that is not there for one that is empty. It is none of the
        pipeline's: where it is to be made, it has been."""
        caps = self.capabilities
        is_sequential = caps.loader_parallelism_strategy == "sequential"
        parallel = 1 if is_sequential else caps.max_parallel_load_jobs
        try:
            return Connection(self.credentials, self.dataset_name, parallel)
        except Error as error:
            if error.transient:
                name = type(self).__name__
                raise DestinationConnectionError(
                    name, self.dataset_name, str(error), error
                ) from error
            raise DatabaseTerminalException(error) from error

    def close_connection(self) -> None:
        self._opened = max(0, self._opened - 1)
        if self._connection is not None and self._opened == 0:
            connection, self._connection = self._connection, None
            connection.close()

    @property
    def native_connection(self) -> Connection | None:
        return self._connection

    @property
    def connection(self) -> Connection:
        self._ensure_native_conn()
        return self._connection

    @contextmanager
    @raise_database_error
    def begin_transaction(self) -> Iterator[DBTransaction]:
        session = self.connection.session
        session.begin()
        try:
            yield self
            # whoever holds the transaction may have ended it
            if session.in_transaction:
                session.commit()
        except BaseException:
            # the engine may have ended the transaction by itself
            with suppress(Error):
                if session.in_transaction:
                    session.rollback()
            raise

    @raise_database_error
    def commit_transaction(self) -> None:
        self.connection.session.commit()

    @raise_database_error
    def rollback_transaction(self) -> None:
        self.connection.session.rollback()

    def execute_sql(self, sql: AnyStr, *args: Any, **kwargs: Any) -> Sequence[Sequence[Any]] | None:
        with self.execute_query(sql, *args, **kwargs) as cursor:
            return None if cursor.description is None else cursor.fetchall()

    @contextmanager
    @raise_database_error
    def execute_query(self, query: AnyStr, *args: Any, **kwargs: Any) -> Iterator[DBApiCursor]:
        """`%s` takes the next of `args`, `$name` the one of `kwargs`. Values are bound, never put
        into the text."""
        text = query.decode("utf-8") if isinstance(query, bytes) else query
        parameters: list[Any] = []
        if args or kwargs:
            text, parameters = bind_parameters(text, args, kwargs)
        session = self.connection.session
        result = session.query(text, parameters)
        is_query = session.rows_changed < 0
        if not is_query:
            result.close()
        cursor = ResultCursor(result if is_query else None)
        try:
            yield HotloadCursor(cast(DBApiCursor, cursor))
        finally:
            cursor.close()

    @raise_database_error
    def has_dataset(self) -> bool:
        return self.connection.database.has_schema(self.dataset_name)

    @raise_database_error
    def create_dataset(self) -> None:
        if self.connection.session.in_transaction:
            super().create_dataset()
        elif self.has_dataset():
            raise Error("already_exists", f"Dataset {self.dataset_name} exists already.")
        else:
            self.ensure_dataset()

    @raise_database_error
    def ensure_dataset(self) -> None:
        """Also where another pipeline makes it at the same moment."""
        if not self.has_dataset():
            self.connection.database.create_schema(self.dataset_name)
            self.connection.reset_session()

    @raise_database_error
    def drop_dataset(self) -> None:
        if self.connection.session.in_transaction:
            super().drop_dataset()
        else:
            self.connection.reset_session()
            self.connection.database.drop_schema(self.dataset_name)

    @staticmethod
    def is_dbapi_exception(ex: Exception) -> bool:
        return isinstance(ex, Error)

    @staticmethod
    def _make_database_exception(ex: Exception) -> Exception:
        # dlt wants a statement that is no SQL, or does not fit its values, apart from one that the
        # database refuses
        if isinstance(ex, Error) and _MALFORMED.search(str(ex)):
            return DatabaseTransientException(ex)
        return to_dlt(ex)


def bind_parameters(query: str, args: Sequence[Any], kwargs: Any) -> tuple[str, list[Any]]:
    """The text with $1, $2, ... and the values in that order."""
    if len(args) == 1 and isinstance(args[0], (list, tuple)):
        args = args[0]
    values: list[Any] = []
    positional = iter(args)

    def place(match: "re.Match[str]") -> str:
        if match.group(1):
            try:
                value = next(positional)
            except StopIteration:
                raise Error(
                    "invalid_argument",
                    f"The statement has more %s than the {len(args)} values given.",
                ) from None
        elif (name := match.group("name")) and name in kwargs:
            value = kwargs[name]
        else:
            return match.group(0)
        if isinstance(value, (dict, list)):
            from dlt.common.json import json

            value = json.dumps(value)
        values.append(_bindable(value))
        return _typed(f"${len(values)}", value)

    text = _PLACEHOLDER.sub(place, query)
    if (left := len(list(positional))) > 0:
        raise Error("invalid_argument", f"{left} of {len(args)} values have no %s to go to.")
    return text, values


def _bindable(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (datetime.date, datetime.time)) else value


def _typed(placeholder: str, value: Any) -> str:
    """What is bound as text says what it is."""
    if isinstance(value, datetime.datetime):
        kind = "TIMESTAMP" if value.tzinfo is None else "TIMESTAMP WITH TIME ZONE"
    elif isinstance(value, datetime.date):
        kind = "DATE"
    elif isinstance(value, datetime.time):
        kind = "TIME"
    elif isinstance(value, UUID):
        kind = "UUID"
    elif isinstance(value, Decimal) and value.is_finite():
        digits = value.as_tuple()
        scale = max(0, -int(digits.exponent))
        kind = f"DECIMAL(38,{min(scale, 38)})"
    else:
        return placeholder
    return f"CAST({placeholder} AS {kind})"
