# SPDX-License-Identifier: Apache-2.0
"""Jobs stage one file each. What they stage becomes visible with the load's commit."""

import os
from typing import TYPE_CHECKING, cast

import sqlglot
from dlt.common.destination.client import RunnableLoadJob
from dlt.common.destination.configuration import CsvFormatConfiguration
from dlt.common.destination.typing import PreparedTableSchema
from dlt.common.schema.utils import is_complete_column
from dlt.common.storages.load_package import ParsedLoadJobFileName
from dlt.destinations.exceptions import LoadJobTerminalException

from hotload.dlt.configuration import HotloadClientConfiguration
from hotload.dlt.errors import to_dlt
from hotload.dlt.files import csv_as_utf8, referenced_file, typed_jsonl_as_jsonl, unpacked
from hotload.error import Error
from hotload.values import FileFormat

if TYPE_CHECKING:
    from hotload import Load
    from hotload.dlt.client import HotloadClient
    from hotload.dlt.connection import Connection

FILE_FORMATS = ("parquet", "jsonl", "typed-jsonl", "csv")
STAGED_FORMATS = (*FILE_FORMATS, "insert_values", "model", "reference")


class StageJob(RunnableLoadJob):
    """Checks a file and keeps it in the load. Running it again changes nothing."""

    def __init__(self, file_path: str) -> None:
        super().__init__(file_path)
        self._job_client: HotloadClient = None

    def run(self) -> None:
        try:
            self._job_client.stage(self._load_table, self._file_path)
        except Error as error:
            raise to_dlt(error) from error


def stage(
    load: "Load",
    connection: "Connection",
    config: HotloadClientConfiguration,
    table: PreparedTableSchema,
    file_path: str,
) -> None:
    """Stages a job's file, whatever its format."""
    job = ParsedLoadJobFileName.parse(file_path)
    job_id, file_format = job.job_id(), str(job.file_format)
    staging = _FileStaging(load, connection.csv_format, table, job_id)
    if file_format in FILE_FORMATS:
        staging.add(file_path, file_format, immutable=True)
    elif file_format == "reference":
        with referenced_file(file_path, config.staging_config) as path:
            # a staging destination may write over its files
            staging.add(path, format_of(file_path, path), immutable=False)
    elif file_format == "insert_values":
        rows = connection.session.query(insert_values_query(file_path))
        load.stage_stream(table["name"], job_id, rows)
    elif file_format == "sql":
        with unpacked(file_path, "r", encoding="utf-8") as file:
            load.run_sql(job_id, file.read())
    elif file_format == "model":
        rows = connection.session.query(model_query(file_path))
        load.stage_stream(table["name"], job_id, rows)
    else:
        raise LoadJobTerminalException(
            file_path,
            f"files of format `{file_format}` cannot be loaded; formats are"
            f" {', '.join(STAGED_FORMATS)}",
        )


class _FileStaging:
    """Where the rows of one job's file go."""

    def __init__(
        self, load: "Load", csv: CsvFormatConfiguration, table: PreparedTableSchema, job_id: str
    ) -> None:
        self._load = load
        self._csv = csv
        self._table = table
        self._job_id = job_id

    def add(self, path: str, file_format: str, immutable: bool) -> None:
        if file_format == "typed-jsonl":
            with typed_jsonl_as_jsonl(path) as plain:
                self._stage(plain, "jsonl", True)
        elif file_format == "csv":
            names = [] if self._csv.include_header else self._column_names()
            with csv_as_utf8(path, self._csv.encoding, names, self._csv.delimiter) as plain:
                self._stage(plain, "csv", immutable)
        else:
            self._stage(path, cast(FileFormat, file_format), immutable)

    def _column_names(self) -> list[str]:
        """As dlt writes them: all that have a type, in the order of its schema."""
        return [
            name for name, column in self._table["columns"].items() if is_complete_column(column)
        ]

    def _stage(self, path: str, file_format: FileFormat, immutable: bool) -> None:
        self._load.stage_file(
            self._table["name"],
            self._job_id,
            path,
            format=file_format,
            immutable=immutable,
            orjson_times=file_format == "jsonl",
            csv_delimiter=self._csv.delimiter,
        )


def format_of(reference: str, path: str) -> str:
    """The format of the file that a reference names: its name is all that tells."""
    extension = os.path.splitext(path.removesuffix(".gz"))[1].removeprefix(".")
    if extension not in FILE_FORMATS:
        raise LoadJobTerminalException(
            reference,
            f"the format of {path!r} is not to be seen from its name. Let the layout of the staging"
            " destination end in .{ext}",
        )
    return extension


def insert_values_query(file_path: str) -> str:
    """The rows of an insert_values file: `INSERT INTO {}(columns)`, `VALUES`, one row a line."""
    with unpacked(file_path, "r", encoding="utf-8") as file:
        header = file.readline()
        values = file.read().strip().rstrip(";")
    opening = header.find("(")
    if not header.startswith("INSERT INTO {}") or opening < 0 or not values.startswith("VALUES"):
        raise LoadJobTerminalException(file_path, "the file is no insert_values file")
    columns = header[opening:].strip()
    return f"SELECT * FROM ({values}) AS rows{columns}"


def model_query(file_path: str) -> str:
    """The SELECT of a model file, in the lake's dialect: `dialect: NAME`, then the statement.
    Between them an `attach:` line names datasets of other locations that the statement reads."""
    with unpacked(file_path, "r", encoding="utf-8") as file:
        dialect = file.readline().partition(":")[2].strip()
        statement: str = file.read()
    if statement.startswith("attach:"):
        raise LoadJobTerminalException(
            file_path,
            "the model reads a dataset of another location, which a lake cannot attach; load from"
            " that dataset's rows instead",
        )
    if dialect in ("", "duckdb"):
        return statement
    translated: str = sqlglot.transpile(statement, read=dialect, write="duckdb")[0]
    return translated
