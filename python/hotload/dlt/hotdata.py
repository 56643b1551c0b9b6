# SPDX-License-Identifier: Apache-2.0
"""The destination as users of hotdata-dlt-destination know it: its options, its variables, its one
schema. What it loads into is any server that speaks the Hotdata API."""

import dataclasses
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final, get_args

from dlt.common.configuration import configspec
from dlt.common.configuration.exceptions import ConfigurationValueError
from dlt.common.configuration.specs import known_sections
from dlt.common.destination import DestinationCapabilitiesContext
from dlt.common.destination.capabilities import TLoaderParallelismStrategy
from dlt.common.normalizers.naming import NamingConvention
from dlt.common.schema import Schema
from dlt.common.schema.typing import TLoaderMergeStrategy, TTableSchema
from dlt.common.schema.utils import get_columns_names_with_prop, is_nested_table
from dlt.extract import DltResource

from hotload.dlt.adapter import hotload_adapter
from hotload.dlt.configuration import HotloadClientConfiguration, HotloadCredentials, is_url
from hotload.dlt.factory import hotload
from hotload.values import PartitionField, SortColumn

DEFAULT_URL = "https://api.hotdata.dev"
DEFAULT_DATABASE_NAME = "dlt"
PARALLELISM_STRATEGIES: tuple[str, ...] = get_args(TLoaderParallelismStrategy)


@configspec(init=False)
class HotdataCredentials(HotloadCredentials):
    """The key. What else a connection needs is told by the destination's options."""

    __config_gen_annotations__: ClassVar[list[str]] = []

    def __init__(self, api_key: str | None = None, **more: Any) -> None:
        super().__init__(api_key=api_key, **more)

    def parse_native_representation(self, native_value: Any) -> None:
        if not isinstance(native_value, str):
            raise ValueError(f"Expected an API key, got {type(native_value).__name__}.")
        self.api_key = native_value

    def to_native_representation(self) -> str | None:
        return self.api_key

    def __str__(self) -> str:
        return f"hotdata://{self.workspace_id or ''}"


@configspec
class HotdataClientConfiguration(HotloadClientConfiguration):
    destination_type: Final[str] = dataclasses.field(  # type: ignore[misc]
        default="hotdata", init=False, repr=False, compare=False
    )
    credentials: HotdataCredentials = None
    workspace_id: str | None = None
    """Default: the key's one workspace."""
    api_base_url: str = DEFAULT_URL
    database_id: str | None = None
    """The database by its id, where its name is not unique."""
    database_name: str = DEFAULT_DATABASE_NAME
    """The database by its name; it is made when there is none."""
    schema: str = "public"
    """Where the tables lie, whatever the pipeline's dataset is called."""
    write_disposition: str = "append"
    """Of tables that say none."""
    declared_tables: list[str] | None = None
    """Taken for compatibility: a table is declared by its first load."""
    max_retries: int = 8
    """Attempts of calls that may be sent again."""
    retry_backoff_seconds: float = 1.5
    """Wait before the second attempt; it doubles from one to the next, up to 30 seconds."""
    max_state_files: int = 100
    """Taken for compatibility: rows of the pipeline's state stay."""
    max_table_nesting: int | None = None
    loader_parallelism_strategy: str | None = None

    __recommended_sections__: ClassVar[Sequence[str]] = (known_sections.DESTINATION, "hotdata", "")

    def on_resolved(self) -> None:
        keys = self.credentials
        if not (keys.api_key or "").strip():
            raise ConfigurationValueError(
                "The hotdata destination needs a key: set HOTDATA_API_KEY or pass `credentials`."
            )
        if not is_url(self.api_base_url):
            raise ConfigurationValueError(
                "api_base_url (HOTDATA_API_BASE_URL) must begin with http:// or https://, got"
                f" {self.api_base_url!r}"
            )
        self._check_limits()
        keys.location = self.api_base_url
        keys.workspace_id = self.workspace_id or keys.workspace_id
        keys.database = self.database_id or self.database_name
        # the server gives ids, so that none can be made under this one
        self.create_database_if_missing &= not self.database_id
        self.server_options = {
            "ask_environment": False,
            "max_attempts": self.max_retries,
            "first_wait_ms": round(self.retry_backoff_seconds * 1000),
        }
        super().on_resolved()

    def _check_limits(self) -> None:
        if self.max_retries < 1:
            raise ConfigurationValueError(
                f"max_retries (HOTDATA_MAX_RETRIES) must be >= 1, got {self.max_retries}"
            )
        wait = self.retry_backoff_seconds
        if not (math.isfinite(wait) and wait >= 0):
            raise ConfigurationValueError(
                "retry_backoff_seconds (HOTDATA_RETRY_BACKOFF_SECONDS) must be a number >= 0, got"
                f" {wait}"
            )
        strategy = self.loader_parallelism_strategy
        if strategy not in (None, *PARALLELISM_STRATEGIES):
            known = ", ".join(PARALLELISM_STRATEGIES)
            raise ConfigurationValueError(
                f"loader_parallelism_strategy must be one of {known}, got {strategy!r}"
            )

    def advice_on_missing_database(self) -> str:
        if self.database_id:
            return (
                "It is named by its id, database_id (HOTDATA_DATABASE_ID), and may have been"
                " dropped. Correct the id, or leave it out: the database is then found, or made,"
                " by database_name."
            )
        return (
            "Correct database_name (HOTDATA_DATABASE), or let it be made:"
            " create_database_if_missing=True."
        )

    def normalize_dataset_name(self, schema: Schema) -> str:
        return self.schema


def _flag(value: str) -> bool:
    return value.lower() in ("1", "true", "yes")


def _names(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]


# Options by variables; each is empty or says a value.
_VARIABLES: dict[str, tuple[str, Callable[[str], Any]]] = {
    "credentials": ("HOTDATA_API_KEY", str),
    "workspace_id": ("HOTDATA_WORKSPACE", str),
    "api_base_url": ("HOTDATA_API_BASE_URL", str),
    "database_id": ("HOTDATA_DATABASE_ID", str),
    "database_name": ("HOTDATA_DATABASE", str),
    "schema": ("HOTDATA_SCHEMA", str),
    "write_disposition": ("HOTDATA_WRITE_DISPOSITION", str),
    "declared_tables": ("HOTDATA_DECLARED_TABLES", _names),
    "create_database_if_missing": ("HOTDATA_CREATE_DATABASE_IF_MISSING", _flag),
    "max_retries": ("HOTDATA_MAX_RETRIES", int),
    "retry_backoff_seconds": ("HOTDATA_RETRY_BACKOFF_SECONDS", float),
}


def _of_environment() -> dict[str, Any]:
    options: dict[str, Any] = {}
    for option, (name, parse) in _VARIABLES.items():
        text = os.environ.get(name)
        if not text:
            continue
        try:
            options[option] = parse(text)
        except ValueError:
            raise ValueError(f"{name} must be a number, got {text!r}") from None
    return options


def _strategies_of(
    supported: Sequence[TLoaderMergeStrategy], *, table_schema: TTableSchema
) -> Sequence[TLoaderMergeStrategy]:
    """The first is what a table is merged by that does not say how: upsert, where it has a key."""
    has_key = get_columns_names_with_prop(table_schema, "primary_key")
    if has_key or is_nested_table(table_schema):
        return sorted(supported, key=lambda strategy: strategy != "upsert")
    return supported


class hotdata(hotload):
    """Loads into databases of Hotdata, or of any server that speaks its API."""

    spec = HotdataClientConfiguration  # type: ignore[assignment]

    def __init__(
        self,
        credentials: HotdataCredentials | dict[str, Any] | str | None = None,
        workspace_id: str | None = None,
        database_id: str | None = None,
        database_name: str | None = None,
        schema: str | None = None,
        write_disposition: str | None = None,
        declared_tables: list[str] | None = None,
        create_database_if_missing: bool | None = None,
        api_base_url: str | None = None,
        max_retries: int | None = None,
        retry_backoff_seconds: float | None = None,
        max_state_files: int | None = None,
        max_table_nesting: int | None = None,
        loader_parallelism_strategy: str | None = None,
        destination_name: str | None = None,
        environment: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Configures the destination. What is given here wins over the variables HOTDATA_API_KEY,
        HOTDATA_WORKSPACE, HOTDATA_API_BASE_URL, HOTDATA_DATABASE_ID, HOTDATA_DATABASE, ..., and
        those over dlt's configuration.

        Args:
            credentials: The API key.
            workspace_id: Default: the key's one workspace.
            database_id: The database by its id.
            database_name: The database by its name, "dlt" by default; made when there is none.
            schema: Where the tables lie; "public" by default.
            write_disposition: Of tables that say none.
            declared_tables: Taken for compatibility; tables are declared by their first load.
            create_database_if_missing: Otherwise a missing database ends the run.
            api_base_url: The server.
            max_retries: Attempts of calls that may be sent again.
            retry_backoff_seconds: Wait before the second attempt; it doubles.
            max_state_files: Taken for compatibility.
            max_table_nesting: How deep nested data become tables.
            loader_parallelism_strategy: "parallel" by default.
            destination_name: Name of the destination, for configuration sections.
            environment: Environment of the destination.
            **kwargs: Further configuration fields and capabilities.
        """
        if isinstance(credentials, dict) and "workspace_id" in credentials:
            workspace_id = workspace_id or credentials["workspace_id"]
        given = {
            "credentials": credentials,
            "workspace_id": workspace_id,
            "database_id": database_id,
            "database_name": database_name,
            "schema": schema,
            "write_disposition": write_disposition,
            "declared_tables": declared_tables,
            "create_database_if_missing": create_database_if_missing,
            "api_base_url": api_base_url,
            "max_retries": max_retries,
            "retry_backoff_seconds": retry_backoff_seconds,
            "max_state_files": max_state_files,
            "max_table_nesting": max_table_nesting,
            "loader_parallelism_strategy": loader_parallelism_strategy,
        }
        options = {
            **_of_environment(),
            **{option: value for option, value in given.items() if value is not None},
        }
        super().__init__(
            destination_name=destination_name, environment=environment, **options, **kwargs
        )

    def _raw_capabilities(self) -> DestinationCapabilitiesContext:
        caps = super()._raw_capabilities()
        caps.supports_ddl_transactions = False
        caps.merge_strategies_selector = _strategies_of
        return caps

    @classmethod
    def adjust_capabilities(
        cls,
        caps: DestinationCapabilitiesContext,
        config: HotloadClientConfiguration,
        naming: NamingConvention | None,
    ) -> DestinationCapabilitiesContext:
        caps = super().adjust_capabilities(caps, config, naming)
        if isinstance(config, HotdataClientConfiguration):
            if config.max_table_nesting is not None:
                caps.max_table_nesting = config.max_table_nesting
            if config.loader_parallelism_strategy is not None:
                strategy: Any = config.loader_parallelism_strategy
                caps.loader_parallelism_strategy = strategy
        return caps


def hotdata_adapter(
    data: Any, partition_by: Iterable[Any] | None = None, sorted_by: Iterable[Any] | None = None
) -> DltResource:
    """The layout of a table as hotdata-dlt-destination has it: `partition_by` of columns or
    (column, transform), `sorted_by` of columns or (column, "asc" or "desc", ...); each may also be
    a mapping, or an object, of these names."""
    fields = [_parts_of(f, "transform") for f in partition_by or ()]
    keys = [_parts_of(k, "direction") for k in sorted_by or ()]
    for column, direction in keys:
        if direction not in ("", "asc", "desc"):
            raise ValueError(f"Column {column!r}: the direction is asc or desc, got {direction!r}.")
    return hotload_adapter(
        data,
        partition=[PartitionField(transform or "identity", column) for column, transform in fields],
        sort=[SortColumn(column, direction == "desc") for column, direction in keys],
    )


def _parts_of(entry: Any, what: str) -> tuple[str, str]:
    """Column and, in small letters, its transform or direction; "" where none is said."""
    if isinstance(entry, str):
        return entry, ""
    if isinstance(entry, Mapping):
        column, said = entry.get("column"), entry.get(what)
    elif isinstance(entry, Sequence):
        column, said = [*entry, None, None][:2]
    else:
        column, said = getattr(entry, "column", None), getattr(entry, what, None)
    if not isinstance(column, str) or not column:
        raise ValueError(f"{entry!r} names no column.")
    return column, str(said or "").lower()


hotdata.register()
