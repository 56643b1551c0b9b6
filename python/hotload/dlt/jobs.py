# SPDX-License-Identifier: Apache-2.0
"""Jobs stage one file each. What they stage becomes visible with the load's commit."""

from typing import TYPE_CHECKING, cast

import sqlglot
from dlt.common.destination.client import RunnableLoadJob
from dlt.common.storages import FileStorage
from dlt.common.storages.load_package import ParsedLoadJobFileName
from dlt.destinations.exceptions import LoadJobTerminalException

from hotload.dlt.errors import to_dlt
from hotload.error import Error
from hotload.values import FileFormat

if TYPE_CHECKING:
    from hotload import Load
    from hotload.dlt.client import HotloadClient
    from hotload.dlt.connection import Connection

FILE_FORMATS = ("parquet", "jsonl", "csv")
STAGED_FORMATS = (*FILE_FORMATS, "insert_values", "model")


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


def stage(load: "Load", connection: "Connection", file_path: str) -> None:
    """Stages a job's file, whatever its format."""
    job = ParsedLoadJobFileName.parse(file_path)
    table, job_id = job.table_name, job.job_id()
    if job.file_format in FILE_FORMATS:
        load.stage_file(
            table,
            job_id,
            file_path,
            format=cast(FileFormat, job.file_format),
            immutable=True,
            orjson_times=job.file_format == "jsonl",
            csv_delimiter=connection.csv_format.delimiter,
            csv_header=connection.csv_format.include_header,
        )
    elif job.file_format == "insert_values":
        load.stage_stream(table, job_id, connection.session.query(insert_values_query(file_path)))
    elif job.file_format == "model":
        load.stage_stream(table, job_id, connection.session.query(model_query(file_path)))
    else:
        raise LoadJobTerminalException(
            file_path,
            f"files of format `{job.file_format}` cannot be loaded; formats are"
            f" {', '.join(STAGED_FORMATS)}",
        )


def insert_values_query(file_path: str) -> str:
    """The rows of an insert_values file: `INSERT INTO {}(columns)`, `VALUES`, one row a line."""
    with FileStorage.open_zipsafe_ro(file_path, "r", encoding="utf-8") as file:
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
    with FileStorage.open_zipsafe_ro(file_path, "r", encoding="utf-8") as file:
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
