# SPDX-License-Identifier: Apache-2.0
"""nycflights13: the flights that left New York in 2013, airlines, airports, planes, weather."""

import io
import zipfile
from pathlib import Path

import dlt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

MONTHS = range(1, 13)
SMALL_TABLES = ("airlines", "airports", "planes", "weather")


def read_table(source) -> pa.Table:
    return csv.read_csv(source, convert_options=csv.ConvertOptions(strings_can_be_null=True))


def read_flights(folder: Path) -> pa.Table:
    with zipfile.ZipFile(folder / "flights.csv.zip") as archive:
        return read_table(io.BytesIO(archive.read("flights.csv")))


def small_tables(folder: Path):
    """Each is loaded anew: write disposition replace."""
    return [
        dlt.resource(
            lambda name=name: iter([read_table(folder / f"{name}.csv")]),
            name=name,
            write_disposition="replace",
        )
        for name in SMALL_TABLES
    ]


@dlt.resource(name="flights", write_disposition="append")
def flights(
    year: pa.Table,
    month: int,
    departure=dlt.sources.incremental("time_hour", row_order="asc"),  # noqa: B008
):
    """One month. dlt keeps the last departure it has seen in the destination and leaves out all
    that lies before it, so a month that was loaded is not loaded again."""
    yield year.filter(pc.equal(year["month"], month)).sort_by("time_hour")


def open_months(year: pa.Table, months, seen):
    """The months that are not loaded to their end, and the last one that is: rows with the
    cursor's own time may come late, and dlt knows which of those it has."""
    if seen is None:
        return list(months)
    ends = year.group_by("month").aggregate([("time_hour", "max")]).to_pylist()
    last = {row["month"]: row["time_hour_max"] for row in ends}
    return [month for month in months if last[month] >= seen]


def last_departure(pipeline: dlt.Pipeline):
    """The cursor in the pipeline's state; None before the first load."""
    state = pipeline.state.get("sources", {}).get(pipeline.default_schema_name or "", {})
    incremental = state.get("resources", {}).get("flights", {}).get("incremental", {})
    return incremental.get("time_hour", {}).get("last_value")
