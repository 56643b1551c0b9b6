# SPDX-License-Identifier: Apache-2.0
"""A lake whose catalog an older DuckLake wrote: tests/vectors/lake-of-ducklake-0.3.tar.gz holds one
as DuckDB 1.4.4 made it, a table s.t of 1,000 rows of which 10 are deleted."""

import tarfile
from pathlib import Path

import hotload
import pyarrow as pa
import pytest

VECTORS = Path(__file__).resolve().parent.parent / "vectors"


@pytest.fixture
def older(tmp_path):
    with tarfile.open(VECTORS / "lake-of-ducklake-0.3.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "older.lake"


def rows(database, sql):
    return pa.table(database.query(sql)).to_pylist()


def test_an_older_catalog_is_upgraded_and_the_lake_goes_on(older):
    before = (older / "main/catalog.ducklake").stat().st_ino
    with hotload.open_workspace(older) as workspace:
        database = workspace.open_database("main")
        assert rows(database, "SELECT count(*) AS n, sum(id) AS s FROM s.t") == [
            {"n": 990, "s": 499455}
        ]
        load = database.open_load(hotload.LoadKey("s", "", "new"))
        load.stage_stream("t", "job", pa.table({"id": [1], "v": ["one"]}))
        load.commit()
        assert rows(database, "SELECT count(*) AS n FROM s.t") == [{"n": 991}]
        assert database.scrub().findings == []
        database.close()
    assert (older / "main/catalog.ducklake.old").stat().st_ino == before
    with hotload.open_workspace(older) as workspace:
        again = workspace.open_database("main")
        assert rows(again, "SELECT count(*) AS n FROM s.t") == [{"n": 991}]


def test_a_copy_that_a_crash_left_is_made_anew(older):
    (older / "main/catalog.ducklake.new").write_bytes(b"half a catalog")
    with hotload.open_workspace(older) as workspace:
        database = workspace.open_database("main")
        assert rows(database, "SELECT count(*) AS n FROM s.t") == [{"n": 990}]
        database.close()
    assert not (older / "main/catalog.ducklake.new").exists()
