# SPDX-License-Identifier: Apache-2.0
"""Python's duckdb on a lake, in this process and in another, while hotload has it open."""

import subprocess
import sys
import time
from pathlib import Path

import duckdb
import hotload
import pytest

IDLE_SECONDS = 4  # a lake is kept open two seconds after its last use
EXTENSION = Path(__file__).parents[2] / ".deps" / "extensions" / "ducklake.duckdb_extension"
ATTACH = """
import duckdb
connection = duckdb.connect()
connection.execute("LOAD '{extension}'")
connection.execute(
    "ATTACH 'ducklake:{lake}/main/catalog.ducklake' AS other"
    " (DATA_PATH '{lake}/main/data/', OVERRIDE_DATA_PATH true{options})"
)
"""


def attach_here(text):
    names = {}
    exec(text, names)
    return names["connection"]


def attach_elsewhere(text):
    done = subprocess.run([sys.executable, "-c", text], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise duckdb.IOException(done.stderr)


@pytest.mark.parametrize("options", ["", ", READ_ONLY"])
@pytest.mark.parametrize("attach", [attach_here, attach_elsewhere])
def test_an_open_catalog_is_closed_to_other_engines(tmp_path, attach, options):
    lake = tmp_path / "x.lake"
    text = ATTACH.format(extension=EXTENSION, lake=lake, options=options)
    with hotload.open_workspace(lake) as workspace:
        database = workspace.open_or_create_database("main")
        for number in (1, 2):
            database.load("t", [{"id": number}], load_id=str(number))
            with pytest.raises(duckdb.IOException, match="Could not set lock"):
                attach(text)
        assert database.query("SELECT id FROM t ORDER BY id").fetchall() == [(1,), (2,)]


def test_a_catalog_that_another_engine_has_open_is_not_opened(tmp_path):
    lake = tmp_path / "x.lake"
    with hotload.open_workspace(lake) as workspace:
        database = workspace.open_or_create_database("main")
        database.load("t", [{"id": 1}], load_id="1")
        database.close()
    time.sleep(IDLE_SECONDS)
    other = attach_here(ATTACH.format(extension=EXTENSION, lake=lake, options=""))
    for _ in range(2):
        with hotload.open_workspace(lake) as workspace, pytest.raises(hotload.Error) as refused:
            workspace.open_database("main").query("SELECT 1 FROM t")
        assert refused.value.code == "locked"
        time.sleep(IDLE_SECONDS)
    other.execute("INSERT INTO other.main.t VALUES (2)")
    other.execute("DETACH other")
    with hotload.open_workspace(lake) as workspace:
        database = workspace.open_database("main")
        assert database.query("SELECT id FROM t ORDER BY id").fetchall() == [(1,), (2,)]
        assert not database.scrub().findings
