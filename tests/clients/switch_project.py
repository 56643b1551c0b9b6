# SPDX-License-Identifier: Apache-2.0
"""A project of hotdata-dlt-destination 0.17 as it stands. It runs with that package, and with
hotload in its place. Arguments: the newest event, the folder of its pipelines."""

import json
import sys

import dlt
from hotdata_dlt_destination import hotdata

upto, folder = int(sys.argv[1]), sys.argv[2]


@dlt.resource(name="events", write_disposition="append")
def events(newest=dlt.sources.incremental("id")):  # noqa: B008
    yield [{"id": n, "at": f"2026-01-{n:02}T00:00:00Z", "price": n / 4} for n in range(1, upto + 1)]


@dlt.resource(name="people", write_disposition="merge", primary_key="id")
def people():
    yield [{"id": n % 3, "seen": upto, "name": f"person {n % 3}"} for n in range(upto)]


pipeline = dlt.pipeline("switch", destination=hotdata(), pipelines_dir=folder)
pipeline.run([events(), people()])
pipeline.run([{"upto": upto, "parts": [{"n": 1}, {"n": 2}]}], table_name="runs")
with pipeline.sql_client() as client:
    found = {
        name: client.execute_sql(f'SELECT {columns} FROM "public"."{name}"')
        for name, columns in {
            "events": "id",
            "people": "id, seen",
            "runs": "upto",
            "runs__parts": "n",
            "_dlt_loads": "status",
        }.items()
    }
print(json.dumps({name: sorted(map(list, rows)) for name, rows in found.items()}))
