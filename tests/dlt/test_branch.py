# SPDX-License-Identifier: Apache-2.0
"""A pipeline's branch: load there, look, then publish or throw away. Changes as a resource."""

import dlt
import hotload
import hotload.dlt
import pytest

PLACES = ("folder", "server")

BY_ID = dlt.sources.incremental("id")
ROWS = [{"id": i, "v": f"v{i}"} for i in range(1, 10)]


@dlt.resource(name="events", write_disposition="append")
def events(upto, cursor=BY_ID):
    yield [row for row in ROWS if row["id"] <= upto]


def ids(pipeline, table="events"):
    return sorted(row[0] for row in pipeline.dataset()[table].select("id").fetchall())


def databases(lake):
    with hotload.open_workspace(lake) as workspace:
        return workspace.list_databases()


def test_what_is_published_is_loaded_once(pipeline, lake):
    pipeline.run(events(3))
    with hotload.dlt.branch(pipeline, "try") as trial:
        trial.pipeline.run(events(6))
        trial.pipeline.run([{"n": 1}], table_name="more")
        assert ids(trial.pipeline) == [1, 2, 3, 4, 5, 6]
        assert ids(pipeline) == [1, 2, 3]
        assert {(t.table, t.kind, t.inserted) for t in trial.diff().tables} >= {
            ("events", "changed", 3),
            ("more", "created", 1),
        }
        (receipt,) = trial.publish()
    assert receipt.key.load_id.startswith("publish:")
    assert databases(lake) == ["main"]
    assert ids(pipeline) == [1, 2, 3, 4, 5, 6]
    assert pipeline.dataset()["more"].select("n").fetchall() == [(1,)]
    pipeline.run(events(8))
    assert ids(pipeline) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_what_is_thrown_away_leaves_nothing(pipeline, lake):
    pipeline.run(events(3))
    with hotload.dlt.branch(pipeline, "try") as trial:
        trial.pipeline.run(events(6))
    assert databases(lake) == ["main"]
    pipeline.run(events(5))
    assert ids(pipeline) == [1, 2, 3, 4, 5]


def test_a_branch_is_gone_on_with_and_refused_when_the_parent_moved(pipeline):
    pipeline.run(events(3))
    hotload.dlt.branch(pipeline, "try").pipeline.run(events(4))
    trial = hotload.dlt.branch(pipeline, "try")
    trial.pipeline.run(events(5))
    assert ids(trial.pipeline) == [1, 2, 3, 4, 5]
    moved = pipeline.run(events(4)).loads_ids[0]
    with pytest.raises(hotload.Error, match=f"load {moved}"):
        trial.publish()
    trial.drop()
    trial.drop()
    assert ids(pipeline) == [1, 2, 3, 4]


def changed(pipeline):
    rows = pipeline.dataset()["t_changes"].select("_change", "id", "v").fetchall()
    return [tuple(row) for row in rows]


def test_changes_are_loaded_as_they_come(pipeline, make_pipeline):
    merge = {"table_name": "t", "write_disposition": "merge", "primary_key": "id"}
    audit = make_pipeline("audit", dataset_name="audit")
    first = pipeline.run([{"id": 1, "v": "a"}, {"id": 2, "v": "b"}], **merge).loads_ids[0]
    audit.run(hotload.dlt.changes(pipeline, "t"))
    assert sorted(changed(audit)) == [("insert", 1, "a"), ("insert", 2, "b")]
    audit.run(hotload.dlt.changes(pipeline, "t"))
    assert len(changed(audit)) == 2
    second = pipeline.run([{"id": 2, "v": "c"}, {"id": 3, "v": "d"}], **merge).loads_ids[0]
    audit.run(hotload.dlt.changes(pipeline, "t"))
    assert sorted(changed(audit))[2:] == [
        ("insert", 3, "d"),
        ("update_after", 2, "c"),
        ("update_before", 2, "b"),
    ]
    loads = audit.dataset()["t_changes"].select("_load_id").fetchall()
    assert {row[0] for row in loads} == {first, second}
    hotload.dlt.undo(pipeline, second)
    audit.run(hotload.dlt.changes(pipeline, "t"))
    assert sorted(changed(audit))[0] == ("delete", 3, "d")


def test_a_table_that_was_made_anew_is_told_as_deletes_and_inserts(pipeline, make_pipeline):
    audit = make_pipeline("audit", dataset_name="audit")
    pipeline.run([{"id": 1, "v": "a"}], table_name="t")
    audit.run(hotload.dlt.changes(pipeline, "t"))
    pipeline.run([{"id": 2, "v": "b"}], table_name="t", refresh="drop_sources")
    audit.run(hotload.dlt.changes(pipeline, "t"))
    assert sorted(changed(audit)) == [("delete", 1, "a"), ("insert", 1, "a"), ("insert", 2, "b")]


def test_a_database_that_is_no_branch_is_left_alone(pipeline, lake):
    pipeline.run(events(3))
    with hotload.open_workspace(lake) as workspace:
        workspace.create_database("prod").close()
    for name in ("main", "prod"):
        with pytest.raises(hotload.Error, match="no branch of pipeline") as caught:
            hotload.dlt.branch(pipeline, name)
        assert caught.value.code == "already_exists"
    assert databases(lake) == ["main", "prod"]
    assert ids(pipeline) == [1, 2, 3]


def test_a_branch_that_is_gone_on_with_tells_all_that_it_brings(pipeline, lake):
    pipeline.run(events(3))
    first = hotload.dlt.branch(pipeline, "try")
    first.pipeline.run(events(6))
    with hotload.dlt.branch(pipeline, "try") as again:
        again.pipeline.run(events(7))
        (changed,) = [t for t in again.diff().tables if t.table == "events"]
        assert changed.inserted == 4
