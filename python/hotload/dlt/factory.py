# SPDX-License-Identifier: Apache-2.0
"""The destination as dlt creates it. Imports without the native core."""

import os
from typing import TYPE_CHECKING, Any, Union

from dlt.common.data_writers.escape import escape_postgres_identifier
from dlt.common.destination import Destination, DestinationCapabilitiesContext
from dlt.common.destination.configuration import CsvFormatConfiguration
from dlt.common.normalizers.naming import NamingConvention
from dlt.common.utils import simple_repr, without_none

from hotload.dlt.configuration import HotloadClientConfiguration, HotloadCredentials
from hotload.dlt.literals import escape_literal
from hotload.dlt.types import HotloadTypeMapper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlt.common.schema import Schema
    from ibis import BaseBackend

    from hotload.dlt.client import HotloadClient


class hotload(Destination[HotloadClientConfiguration, "HotloadClient"]):
    """Loads into a lake, a folder that holds databases, or into a server's databases. Each load
    package is one atomic commit."""

    spec = HotloadClientConfiguration

    def __init__(
        self,
        credentials: Union[
            HotloadCredentials, dict[str, Any], str, "os.PathLike[str]", None
        ] = None,
        memory_limit_mb: int | None = None,
        threads: int | None = None,
        lock_timeout_ms: int = 60_000,
        retention_seconds: int | None = None,
        auto_maintenance: bool = True,
        csv_format: CsvFormatConfiguration | None = None,
        as_of: str | None = None,
        destination_name: str | None = None,
        environment: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Configures the destination. What is given here wins over environment and config files.

        Args:
            credentials: The lake's folder ("x.lake") or a server's URL, or `HotloadCredentials` to
                name a database there, and a server's key. Default: `<pipeline name>.lake` in dlt's
                local folder.
            memory_limit_mb: What the engine may use.
            threads: Threads of the engine.
            lock_timeout_ms: How long a commit waits for the writer before it.
            retention_seconds: Snapshots older than this may go; all are kept by default.
            auto_maintenance: Compact and sweep after commits when it pays.
            csv_format: How CSV files are written: delimiter, include_header, encoding.
            as_of: Read as of that load id, snapshot's number or ISO 8601 time. Nothing can be
                loaded then.
            destination_name: Name of the destination, for configuration sections.
            environment: Environment of the destination.
            **kwargs: Further configuration fields and capabilities.
        """
        super().__init__(
            credentials=credentials,
            memory_limit_mb=memory_limit_mb,
            threads=threads,
            lock_timeout_ms=lock_timeout_ms,
            retention_seconds=retention_seconds,
            auto_maintenance=auto_maintenance,
            csv_format=csv_format,
            as_of=as_of,
            destination_name=destination_name,
            environment=environment,
            **kwargs,
        )

    def __repr__(self) -> str:
        """As dlt has it, but for credentials that are plain values: they may be a key."""
        shown = {**self.spec(), **self.config_params}
        if isinstance(shown["credentials"], (str, dict)):
            shown["credentials"] = "***"
        return simple_repr(self.destination_type, **without_none(shown))

    @property
    def client_class(self) -> type["HotloadClient"]:
        from hotload.dlt.client import HotloadClient

        return HotloadClient

    @classmethod
    def adjust_capabilities(
        cls,
        caps: DestinationCapabilitiesContext,
        config: HotloadClientConfiguration,
        naming: NamingConvention | None,
    ) -> DestinationCapabilitiesContext:
        caps = super().adjust_capabilities(caps, config, naming)
        if config.max_parallel_load_jobs is not None:
            caps.max_parallel_load_jobs = config.max_parallel_load_jobs
        return caps

    def create_ibis_backend(
        self, client: "HotloadClient", read_only: bool = False, schemas: "Sequence[Schema]" = ()
    ) -> "BaseBackend":
        """An ibis backend over the client's dataset. It only reads."""
        from hotload.dlt.ibis_backend import HotloadBackend

        backend = HotloadBackend()
        backend.do_connect(client.sql_client)
        return backend

    def _raw_capabilities(self) -> DestinationCapabilitiesContext:
        caps = DestinationCapabilitiesContext()
        caps.preferred_loader_file_format = "parquet"
        caps.supported_loader_file_formats = [
            "parquet",
            "jsonl",
            "typed-jsonl",
            "insert_values",
            "csv",
            "model",
        ]
        caps.preferred_staging_file_format = "parquet"
        caps.supported_staging_file_formats = ["parquet", "jsonl", "csv"]
        caps.type_mapper = HotloadTypeMapper
        caps.escape_identifier = escape_postgres_identifier
        caps.escape_literal = escape_literal
        # Names keep their case but do not differ by it.
        caps.has_case_sensitive_identifiers = False
        caps.decimal_precision = (38, 9)
        caps.wei_precision = (38, 0)
        # dlt names its files by the table, with up to 50 bytes more, and a file's name has 255
        caps.max_identifier_length = 200
        caps.max_column_identifier_length = 200
        caps.max_query_length = 32 * 1024 * 1024
        caps.is_max_query_length_in_bytes = True
        caps.max_text_data_type_length = 1024 * 1024 * 1024
        caps.is_max_text_data_type_length_in_bytes = True
        caps.supports_ddl_transactions = True
        caps.alter_add_multi_column = False
        caps.supports_truncate_command = False
        caps.supports_nested_types = False
        # rows that exist have no value for a new column: it takes nulls, whatever was declared
        caps.enforces_nulls_on_alter = False
        caps.supported_merge_strategies = [
            "delete-insert",
            "upsert",
            "scd2",
            "insert-only",
            "cdc",
        ]
        caps.supported_replace_strategies = [
            "truncate-and-insert",
            "insert-from-staging",
            "staging-optimized",
        ]
        caps.sqlglot_dialect = "duckdb"
        caps.timestamp_precision = 6
        caps.max_timestamp_precision = 9
        caps.loader_parallelism_strategy = "parallel"
        return caps


hotload.register()
