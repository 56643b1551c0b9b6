# SPDX-License-Identifier: Apache-2.0
"""Loads and reads a table with the installed package, directly and through dlt."""

import tempfile
from pathlib import Path

import dlt

import hotload

folder = Path(tempfile.mkdtemp())

with hotload.open_workspace(str(folder / "direct.lake")) as workspace:
    database = workspace.open_or_create_database("main")
    rows = [{"id": 1, "name": "first"}, {"id": 2, "name": "second"}]
    database.load("events", rows, mode="upsert", key="id")
    found = database.query("SELECT count(*) AS n, max(name) AS last FROM events").arrow()
    assert found.to_pylist() == [{"n": 2, "last": "second"}], found
    database.close()

pipeline = dlt.pipeline(
    "smoke",
    destination="hotload",
    dataset_name="shop",
    pipelines_dir=str(folder / "pipelines"),
)
pipeline.run([{"id": 1}, {"id": 2}], table_name="orders")
assert pipeline.dataset().orders.arrow().num_rows == 2
