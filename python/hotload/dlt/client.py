# SPDX-License-Identifier: Apache-2.0
"""The job client. Within a load package of dlt: schema changes, truncations, drops and jobs become
intents of one load, new tables are published early, and complete_load commits all of it with the
`_dlt_loads` row. Nothing goes through a staging dataset: the load itself is the stage."""

import datetime
import os
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, cast

from dlt.common import logger
from dlt.common.destination import DestinationCapabilitiesContext
from dlt.common.destination.client import (
    FollowupJobRequest,
    JobClientBase,
    LoadJob,
    PreparedTableSchema,
    SupportsStagingDestination,
)
from dlt.common.destination.exceptions import DestinationTerminalException
from dlt.common.destination.utils import resolve_replace_strategy
from dlt.common.json import json
from dlt.common.schema import Schema, TSchemaTables, TTableSchemaColumns
from dlt.common.schema.typing import TColumnSchema, TColumnType
from dlt.common.schema.utils import (
    loads_table,
    normalize_table_identifiers,
    version_table,
)
from dlt.destinations.job_client_impl import SqlJobClientWithStagingDataset
from dlt.destinations.sql_client import raise_database_error

from hotload.dlt.configuration import HotloadClientConfiguration
from hotload.dlt.errors import to_dlt
from hotload.dlt.jobs import STAGED_FORMATS, StageJob, stage
from hotload.dlt.load_context import Package, current_package, load_of, now
from hotload.dlt.specs import chain_names, table_spec
from hotload.dlt.sql_client import HotloadSqlClient
from hotload.values import RowDelete, RowInsert, TableSpec

if TYPE_CHECKING:
    from hotload import Database, Load


class HotloadClient(SqlJobClientWithStagingDataset, SupportsStagingDestination):
    sql_client: HotloadSqlClient  # type: ignore[assignment]
    # for raise_database_error
    _make_database_exception = staticmethod(to_dlt)

    def __init__(
        self,
        schema: Schema,
        config: HotloadClientConfiguration,
        capabilities: DestinationCapabilitiesContext,
    ) -> None:
        dataset_name, staging_dataset_name = self.create_dataset_names(schema, config)
        sql_client = HotloadSqlClient(dataset_name, staging_dataset_name, config, capabilities)
        super().__init__(schema, config, sql_client)
        self.config: HotloadClientConfiguration = config
        self.type_mapper = capabilities.get_type_mapper()

    # Storage

    def is_storage_initialized(self) -> bool:
        return not self.in_staging_dataset_mode and super().is_storage_initialized()

    @raise_database_error
    def initialize_storage(self, truncate_tables: Iterable[str] | None = None) -> None:
        if self.in_staging_dataset_mode:
            return
        self.sql_client.ensure_dataset()
        if names := self._existing(truncate_tables or ()):
            with self._load() as load:
                load.truncate_tables(names)

    @raise_database_error
    def drop_tables(self, *tables: str, delete_schema: bool = True) -> None:
        if self.in_staging_dataset_mode:
            return
        with self._load() as load:
            self._drop(load, tables, delete_schema)

    # Schema

    @raise_database_error
    def update_stored_schema(
        self,
        only_tables: Iterable[str] | None = None,
        expected_update: TSchemaTables | None = None,
        force: bool = False,
    ) -> TSchemaTables | None:
        JobClientBase.update_stored_schema(self, only_tables, expected_update, force)
        if self.in_staging_dataset_mode:
            return {}
        package = current_package()
        names = list(only_tables or self.schema.tables.keys())
        dropped = package.dropped_tables if package else set()
        # a drop takes all versions of this schema with it
        is_stored = not dropped and self._is_stored()
        if is_stored and not force:
            if package:
                self._declare(names, package)
            return {}
        update = self._schema_update(names, dropped)
        rows = [] if is_stored else [self._version_row(package)]
        specs = self._specs(names, package)
        if package is None:
            # no rows come with this, so that it does not matter how they would be merged
            for spec in specs:
                spec.disposition, spec.parent = "append", ""
        with self._load() as load:
            load.declare(specs)
            if package is None or not load.publish_schema(rows):
                load.insert_rows(rows)
        return update

    def get_storage_tables(
        self, table_names: Iterable[str]
    ) -> Iterable[tuple[str, TTableSchemaColumns]]:
        for name in table_names:
            columns: TTableSchemaColumns = {}
            for column in self._database.columns(self._dataset, name) or ():
                kind = self._from_db_type(column.type, None, None)
                columns[column.name] = cast(
                    TColumnSchema, {"name": column.name, "nullable": column.nullable, **kind}
                )
            yield name, columns

    # Jobs

    def create_load_job(
        self, table: PreparedTableSchema, file_path: str, load_id: str, restore: bool = False
    ) -> LoadJob:
        return StageJob(file_path)

    def stage(self, table: PreparedTableSchema, file_path: str) -> None:
        """Adds a job's file to the load."""
        package = current_package()
        with self._load() as load:
            if package is None:
                load.declare([self._lone_spec(table)])
            stage(load, self.sql_client.connection, self.config, table, file_path)

    def should_truncate_table_before_load_on_staging_destination(self, table_name: str) -> bool:
        return self.config.truncate_tables_on_staging_destination_before_load

    def should_load_data_to_staging_dataset(self, table_name: str) -> bool:
        return False

    def create_table_chain_completed_followup_jobs(
        self, table_chain: Sequence[PreparedTableSchema], completed_table_chain_jobs: Any = None
    ) -> list[FollowupJobRequest]:
        return []

    @raise_database_error
    def complete_load(self, load_id: str) -> None:
        package = current_package()
        if package is None:
            with self._load() as load:
                load.insert_rows([self._loads_row(load_id, package)])
            return
        with self._load() as load:
            if load.receipt is not None:
                return
            with_jobs = {job.table_name for job in package.completed_jobs()}
            names = [*chain_names(self.schema, with_jobs), self.schema.loads_table_name]
            load.declare(self._specs(names, package))
            self._repeat_refresh(load, package)
            self._restage_missing(load, package)
            load.insert_rows([self._loads_row(load_id, package)])
            receipt = load.commit()
        logger.info(f"Load {load_id} is snapshot {receipt.snapshot} of {self.config.credentials}")

    # Details

    @property
    def _database(self) -> "Database":
        return self.sql_client.connection.database

    @property
    def _dataset(self) -> str:
        return self.sql_client.dataset_name

    def _load(self) -> AbstractContextManager["Load"]:
        if self.config.as_of:
            raise DestinationTerminalException(
                f"The destination reads {self.config.credentials} as of {self.config.as_of!r}:"
                " nothing can be loaded into the past."
            )
        return load_of(self._database, self._dataset, self.schema.name, current_package())

    def _existing(self, tables: Iterable[str]) -> list[str]:
        return [t for t in tables if self._database.columns(self._dataset, t) is not None]

    def _is_stored(self) -> bool:
        return self.get_stored_schema_by_hash(self.schema.stored_version_hash) is not None

    def _schema_update(self, names: Iterable[str], dropped: Iterable[str]) -> TSchemaTables:
        """What is new in these tables, against the lake as it will be after the drops."""
        update: TSchemaTables = {}
        for name, columns in self.get_storage_tables(names):
            if name in dropped:
                columns = {}
            new_columns = self._create_table_update(name, columns)
            if new_columns:
                self._check_table_update_hints(name, new_columns, generate_alter=bool(columns))
                table = self.prepare_load_table(name)
                table["columns"] = {column["name"]: column for column in new_columns}
                update[name] = table
        return update

    def _specs(self, names: Iterable[str], package: Package | None) -> list[TableSpec]:
        """With the parents that nested tables name."""
        created_at = package.created_at if package else None
        wanted: list[str] = []
        for name in names:
            while name and name not in wanted:
                wanted.append(name)
                name = self.schema.tables[name].get("parent")
        specs = (
            table_spec(self.schema, self.prepare_load_table(n), self.capabilities, created_at)
            for n in wanted
        )
        return [spec for spec in specs if spec.columns]

    def _lone_spec(self, table: PreparedTableSchema) -> TableSpec:
        """A job outside of a package: what it brings is added, or merged by the root's keys, or
        takes the place of what is there, unless the truncation of replaced tables is a call of its
        own."""
        spec = table_spec(
            self.schema, table, self.capabilities, datetime.datetime.now(datetime.timezone.utc)
        )
        strategy = resolve_replace_strategy(table, self.config.replace_strategy, self.capabilities)
        if spec.disposition == "replace":
            is_added = strategy == "truncate-and-insert"
        else:
            is_added = bool(spec.parent)
        if is_added:
            spec.disposition = "append"
        spec.parent = ""
        return spec

    def _declare(self, names: Iterable[str], package: Package) -> None:
        with self._load() as load:
            load.declare(self._specs(names, package))

    def _drop(self, load: "Load", tables: Iterable[str], delete_schema: bool) -> None:
        version = self.schema.version_table_name
        if names := self._existing(tables):
            load.drop_tables(names)
        if delete_schema and self._database.columns(self._dataset, version) is not None:
            column = self.schema.naming.normalize_path("schema_name")
            load.delete_rows([RowDelete(version, column, self.schema.name)])

    @raise_database_error
    def _update_schema_in_storage(self, schema: Schema) -> None:
        """dlt would write the row by SQL, which plain Hotdata does not take."""
        with self._load() as load:
            load.insert_rows([self._version_row(None, schema)])

    def _repeat_refresh(self, load: "Load", package: Package) -> None:
        """dlt drops and truncates once a package; the lake may have lost that since. What the load
        holds already is not added twice."""
        if package.dropped_tables:
            self._drop(load, package.dropped_tables, delete_schema=True)
            load.insert_rows([self._version_row(package)])
        if names := self._existing(package.truncated_tables):
            load.truncate_tables(names)

    def _restage_missing(self, load: "Load", package: Package) -> None:
        """dlt may count a job as done that the lake has lost: its staged loads expire by age."""
        staged = {(file.table, file.job_id) for file in load.staged()}
        referenced = package.referenced_files()
        for job in package.completed_jobs():
            if job.file_format != "reference" and (job.table_name, job.file_id) in referenced:
                continue  # it went to the staging destination; its reference brings the rows
            path = package.completed_path(job)
            if job.file_format == "sql":
                self._stage_again(load, job.table_name, path)  # the load keeps it once
            elif job.file_format in STAGED_FORMATS and (job.table_name, job.job_id()) not in staged:
                if not os.path.exists(path):
                    raise DestinationTerminalException(
                        f"Load package {package.load_id} cannot be completed: neither the lake nor"
                        f" dlt has the rows of job {job.file_name()} any more. Abort the package"
                        " and run the pipeline again."
                    )
                logger.warning(f"Staging {job.file_name()} again: the lake has lost it")
                self._stage_again(load, job.table_name, path)
                staged.add((job.table_name, job.job_id()))

    def _stage_again(self, load: "Load", table: str, path: str) -> None:
        prepared = self.prepare_load_table(table)
        stage(load, self.sql_client.connection, self.config, prepared, path)

    def _version_row(self, package: Package | None, schema: Schema | None = None) -> RowInsert:
        schema = schema or self.schema
        values = (
            schema.version,
            schema.ENGINE_VERSION,
            package.time_of("schema") if package else now(),
            schema.name,
            schema.stored_version_hash,
            json.dumps(schema.to_dict()),
        )
        columns = normalize_table_identifiers(version_table(), schema.naming)["columns"]
        return RowInsert(schema.version_table_name, list(columns), [str(v) for v in values])

    def _loads_row(self, load_id: str, package: Package | None) -> RowInsert:
        schema = self.schema
        moment = package.time_of("complete") if package else now()
        values = (load_id, schema.name, 0, moment, schema.version_hash)
        columns = normalize_table_identifiers(loads_table(), schema.naming)["columns"]
        return RowInsert(schema.loads_table_name, list(columns), [str(v) for v in values])

    def _from_db_type(self, db_type: str, precision: int | None, scale: int | None) -> TColumnType:
        return self.type_mapper.from_destination_type(db_type, precision, scale)
