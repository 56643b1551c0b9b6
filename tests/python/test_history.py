# SPDX-License-Identifier: Apache-2.0
"""Changes, differences, undo and publishing from Python."""

import hotload
import pytest


@pytest.fixture
def loads(database):
    database.load("t", [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}], mode="upsert", key="id",
                  load_id="one")  # fmt: skip
    database.load("t", [{"id": 2, "v": "c"}, {"id": 3, "v": "d"}], mode="upsert", key="id",
                  load_id="two")  # fmt: skip
    return database


def test_changes_are_arrow(loads):
    changed = loads.changes("main", "t", since="one").arrow()
    assert changed.column_names == ["_change", "_snapshot", "_load_id", "id", "v"]
    assert changed.drop_columns(["_snapshot"]).to_pylist() == [
        {"_change": "update_before", "_load_id": "two", "id": 2, "v": "b"},
        {"_change": "update_after", "_load_id": "two", "id": 2, "v": "c"},
        {"_change": "insert", "_load_id": "two", "id": 3, "v": "d"},
    ]
    assert len(loads.changes("main", "t").fetchall()) == 3


def test_events_and_differences_are_values(loads):
    events = loads.table_events(since="one")
    assert events == [hotload.TableEvent(events[0].snapshot, "two", "main", "t", "rows")]
    diff = loads.diff("one", "two")
    assert diff.tables == [hotload.TableDiff("main", "t", "changed", ["id"], 1, 1, 0, False)]
    assert loads.diff_rows("main", "t", "one").fetchall() == [
        ("update_before", 2, "b"),
        ("update_after", 2, "c"),
        ("insert", 3, "d"),
    ]


def test_undo_and_its_refusal(loads):
    with pytest.raises(hotload.Error, match="load two changed the same rows") as refused:
        loads.undo("one")
    assert refused.value.code == "failed_precondition"
    receipt = loads.undo("two")
    assert receipt.key == hotload.LoadKey("main", "", "undo:two")
    assert loads.undo("two") == receipt
    assert sorted(loads.query("SELECT * FROM t").fetchall()) == [(1, "a"), (2, "b")]


def test_a_fork_is_published(tmp_path):
    with hotload.open_workspace(tmp_path / "y.lake") as workspace:
        database = workspace.create_database("main")
        database.load("t", [{"id": 1}], load_id="one")
        fork = workspace.fork_database("main", "try")
        fork.load("t", [{"id": 2}], load_id="two")
        receipts = workspace.publish_database("try")
        assert [receipt.tables[0].inserted for receipt in receipts] == [1]
        assert workspace.publish_database("try") == receipts
        assert sorted(database.query("SELECT id FROM t").fetchall()) == [(1,), (2,)]
