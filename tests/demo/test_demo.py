# SPDX-License-Identifier: Apache-2.0
"""The demo's pipelines on the real data: two months of flights, some kinds of webhooks."""

import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import hotload
import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / ".deps" / "demo"
KINDS = {"issues", "push", "deploy_key"}

sys.path.insert(0, str(ROOT / "demo"))

import flights  # noqa: E402
import load  # noqa: E402
import webhooks  # noqa: E402


@pytest.fixture(scope="module")
def data():
    subprocess.run([ROOT / "script" / "fetch-deps", ROOT / "demo" / "data.lock.json"], check=True)
    return DATA


def rows(lake, sql):
    database = hotload.open_workspace(str(lake)).open_database("main")
    return database.query(sql).fetchall()


def test_a_second_start_loads_no_flight_twice(tmp_path, data):
    lake = tmp_path / "demo.lake"
    year = flights.read_flights(data / "nycflights13")
    expected = Counter(year["month"].to_pylist())
    by_month = "SELECT month, count(*) FROM nyc.flights GROUP BY month ORDER BY month"

    load.load_flights(load.Timed(), lake, data, [1])
    assert rows(lake, by_month) == [(1, expected[1])]
    timed = load.Timed()
    load.load_flights(timed, lake, data, [1, 2])
    assert rows(lake, by_month) == [(1, expected[1]), (2, expected[2])]
    # One load of the small tables, one of February: January has nothing new.
    assert len(timed.seconds) == 2

    timed = load.Timed()
    load.load_flights(timed, lake, data, [1, 2])
    assert rows(lake, by_month) == [(1, expected[1]), (2, expected[2])]
    for name in flights.SMALL_TABLES:
        table = flights.read_table(data / "nycflights13" / f"{name}.csv")
        assert rows(lake, f"SELECT count(*) FROM nyc.{name}") == [(table.num_rows,)]
    assert "nyc.flights" not in [row[0] for row in load.loaded_rows(lake, timed)]


def test_the_cursor_lies_in_the_lake(tmp_path, data):
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    load.load_flights(load.Timed(), first / "demo.lake", data, [1])
    second.mkdir()
    hotload.close_idle_workspaces()
    shutil.copytree(first / "demo.lake", second / "demo.lake")  # without the pipelines' folder
    pipeline = load.load_flights(load.Timed(), second / "demo.lake", data, [1])
    assert rows(second / "demo.lake", "SELECT count(*) FROM nyc.flights") == [(27004,)]
    assert f"{flights.last_departure(pipeline):%Y-%m-%d %H}" == "2013-02-01 04"


def test_webhooks_are_merged_with_their_nested_rows(tmp_path, data):
    lake = tmp_path / "demo.lake"
    payloads = [e for e in webhooks.read_events(data / "webhooks.json") if e[0] in KINDS]
    labels = sum(len(p["issue"].get("labels", [])) for kind, p in payloads if kind == "issues")
    assert labels > 0
    for _ in range(2):
        load.load_webhooks(load.Timed(), lake, data, KINDS)
        for kind, count in Counter(kind for kind, _ in payloads).items():
            assert rows(lake, f"SELECT count(*) FROM github.{kind}") == [(count,)]
        assert rows(lake, "SELECT count(*) FROM github.issues__issue__labels") == [(labels,)]
