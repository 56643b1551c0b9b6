# SPDX-License-Identifier: Apache-2.0
"""Load real data with dlt into a lake: script/demo runs this.

    python demo/load.py LAKE DATA [MONTHS]

LAKE is the folder to load into, DATA the folder that script/fetch-deps has filled. What was
loaded before is not loaded again: dlt's cursor lies in the lake, with the rows that it counts.
"""

import os
import sys
import time
from pathlib import Path

os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
os.environ.setdefault("RUNTIME__LOG_LEVEL", "ERROR")

import dlt
import hotload
from flights import (
    MONTHS,
    flights,
    last_departure,
    open_months,
    read_flights,
    small_tables,
)
from hotload.destinations import hotload as hotload_destination
from webhooks import webhooks


class Timed:
    """Runs a pipeline's loads one after the other, and keeps how long each took."""

    def __init__(self):
        self.seconds = {}  # by load id

    def run(self, pipeline, data, what):
        print(f"  {what} ...", end="", flush=True)
        begun = time.monotonic()
        info = pipeline.run(data)
        info.raise_on_failed_jobs()
        took = time.monotonic() - begun
        for load_id in info.loads_ids:
            self.seconds[load_id] = took
        print(f" {took:.2f} s" if info.loads_ids else " nothing new", flush=True)


def make_pipeline(lake, dataset):
    """Its working folder lies beside the lake; what it must remember lies in the lake."""
    return dlt.pipeline(
        f"demo_{dataset}",
        destination=hotload_destination(str(lake)),
        dataset_name=dataset,
        pipelines_dir=str(lake.parent / ".demo_pipelines"),
    )


def load_flights(timed, lake, data, months):
    pipeline = make_pipeline(lake, "nyc")
    pipeline.sync_destination()
    timed.run(pipeline, small_tables(data / "nycflights13"), "airlines, airports, planes, weather")
    year = read_flights(data / "nycflights13")
    for month in open_months(year, months, last_departure(pipeline)):
        rows = flights(year, month)
        timed.run(pipeline, rows, f"flights of 2013-{month:02}")
    return pipeline


def load_webhooks(timed, lake, data, kinds=None):
    pipeline = make_pipeline(lake, "github")
    timed.run(pipeline, webhooks(data / "webhooks.json", kinds), "webhook payloads")
    return pipeline


def loaded_rows(lake, timed):
    """(table, rows, seconds, bytes) of what the loads of this start brought; seconds are those of
    the load, which may have brought other tables too."""
    database = hotload.open_workspace(str(lake)).open_database("main")
    found = {}  # by name: the tables' receipts, and seconds by load id
    for receipt in database.history():
        seconds = timed.seconds.get(receipt.key.load_id)
        tables = [t for t in receipt.tables if not t.table.startswith("_dlt")]
        if seconds is None:
            continue
        if receipt.key.schema == "github":
            groups = {f"github, {len(tables)} tables": tables}
        else:
            groups = {f"{receipt.key.schema}.{t.table}": [t] for t in tables}
        for name, members in groups.items():
            entry = found.setdefault(name, ([], {}))
            entry[0].extend(members)
            entry[1][receipt.key.load_id] = seconds
    return [
        (
            name,
            sum(t.inserted + t.updated for t in tables),
            sum(seconds.values()),
            sum(t.size_bytes for t in tables),
        )
        for name, (tables, seconds) in sorted(found.items())
    ]


def print_loaded(rows):
    print(f"\n{'table':<24}{'rows':>10}{'seconds':>10}{'bytes':>14}")
    for name, count, seconds, size in rows:
        print(f"{name:<24}{count:>10,}{seconds:>10.2f}{size:>14,}")


def main(lake, data, months=MONTHS):
    begun = time.monotonic()
    if (lake / "hotload.json").exists():
        print(f"This is not the first start: {lake} is there. Only what is new is loaded.")
    timed = Timed()
    pipeline = load_flights(timed, lake, data, months)
    load_webhooks(timed, lake, data)
    print_loaded(loaded_rows(lake, timed))
    print(
        f"\nflights are loaded up to {last_departure(pipeline):%Y-%m-%d %H:%M} UTC;"
        f" all took {time.monotonic() - begun:.1f} s"
    )


if __name__ == "__main__":
    count = int(sys.argv[3]) if len(sys.argv) > 3 else len(MONTHS)
    main(Path(sys.argv[1]).absolute(), Path(sys.argv[2]), MONTHS[:count])
