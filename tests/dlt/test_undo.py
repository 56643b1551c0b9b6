# SPDX-License-Identifier: Apache-2.0
"""A load taken back with what the pipeline remembers of it."""

import dlt
import hotload
import hotload.dlt
import pytest

PLACES = ("folder", "server")

BY_ID = dlt.sources.incremental("id")
USERS_BY_ID = dlt.sources.incremental("id")
ROWS = [{"id": i, "v": f"v{i}", "tags": ["x"]} for i in range(1, 10)]


@dlt.resource(name="events", write_disposition="append")
def events(upto, cursor=BY_ID):
    yield [row for row in ROWS if row["id"] <= upto]


@dlt.resource(name="users", primary_key="id", write_disposition="merge")
def users(upto, version, cursor=USERS_BY_ID):
    yield [{**row, "v": version} for row in ROWS if row["id"] <= upto]


def ids(pipeline, table="events"):
    return sorted(row[0] for row in pipeline.dataset()[table].select("id").fetchall())


def load_ids(pipeline):
    return [row[0] for row in pipeline.dataset()["_dlt_loads"].select("load_id").fetchall()]


def run(pipeline, resource):
    return pipeline.run(resource).loads_ids[0]


def test_the_next_run_brings_the_rows_again_once(pipeline):
    run(pipeline, events(3))
    second = run(pipeline, events(6))
    assert ids(pipeline) == [1, 2, 3, 4, 5, 6]
    receipt = hotload.dlt.undo(pipeline, second)
    assert receipt.key.load_id == f"undo:{second}"
    assert ids(pipeline) == [1, 2, 3]
    assert len(pipeline.dataset()["events__tags"].fetchall()) == 3
    assert second not in load_ids(pipeline)
    run(pipeline, events(7))
    assert ids(pipeline) == [1, 2, 3, 4, 5, 6, 7]
    run(pipeline, events(9))
    assert ids(pipeline) == [1, 2, 3, 4, 5, 6, 7, 8, 9]


@pytest.mark.folder
def test_also_where_the_undo_was_made_elsewhere(make_pipeline):
    """The next process finds the older state in the lake."""
    pipeline = make_pipeline()
    run(pipeline, events(3))
    second = run(pipeline, events(6))
    with hotload.open_workspace("x.lake") as workspace:
        database = workspace.open_database("main")
        first_receipt = database.undo(second)
        assert database.undo(second) == first_receipt
        database.close()
    again = make_pipeline()
    run(again, events(6))
    assert ids(again) == [1, 2, 3, 4, 5, 6]
    # and one that has never seen the pipeline
    fresh = make_pipeline(pipelines_dir="elsewhere")
    assert run(fresh, events(7))
    assert ids(fresh) == [1, 2, 3, 4, 5, 6, 7]


def test_the_first_load_too(pipeline, make_pipeline):
    first = run(pipeline, events(3))
    hotload.dlt.undo(pipeline, first)
    assert ids(pipeline) == []
    run(pipeline, events(4))
    assert ids(pipeline) == [1, 2, 3, 4]


def test_loads_are_undone_from_the_last(pipeline):
    loads = [run(pipeline, events(upto)) for upto in (2, 4, 6)]
    with pytest.raises(hotload.Error, match=f"load {loads[2]} moved the state") as refused:
        hotload.dlt.undo(pipeline, loads[1])
    assert refused.value.code == "failed_precondition"
    hotload.dlt.undo(pipeline, loads[2])
    hotload.dlt.undo(pipeline, loads[1])
    assert ids(pipeline) == [1, 2]
    run(pipeline, events(6))
    assert ids(pipeline) == [1, 2, 3, 4, 5, 6]


def test_another_pipeline_of_the_dataset_is_left_alone(pipeline, make_pipeline):
    run(pipeline, events(3))
    second = run(pipeline, events(6))
    other = make_pipeline("other")
    run(other, users(5, "a"))
    hotload.dlt.undo(pipeline, second)
    assert ids(pipeline) == [1, 2, 3]
    run(other, users(9, "b"))
    assert sorted(other.dataset()["users"].select("id", "v").fetchall())[4:6] == [
        (5, "a"),
        (6, "b"),
    ]
    run(pipeline, events(6))
    assert ids(pipeline) == [1, 2, 3, 4, 5, 6]


def test_a_merge_brings_the_rows_of_before_back(pipeline):
    run(pipeline, users(5, "a"))
    second = run(pipeline, users(7, "b"))
    hotload.dlt.undo(pipeline, second)
    rows = sorted(pipeline.dataset()["users"].select("id", "v").fetchall())
    assert rows == [(i, "a") for i in range(1, 6)]
    tags = (
        "SELECT count(*) AS n FROM users AS u JOIN users__tags AS t ON t._dlt_parent_id = u._dlt_id"
    )
    assert pipeline.dataset()(tags).fetchall() == [(5,)]


def test_a_schema_whose_state_lies_in_another_package(pipeline):
    def sources(upto):
        return [
            dlt.source(lambda: users(upto, "a"), name="first")(),
            dlt.source(lambda: events(upto), name="second")(),
        ]

    pipeline.run(sources(3))
    info = pipeline.run(sources(6))
    packages = {package.schema_name: package.load_id for package in info.load_packages}
    second, first = packages["second"], packages["first"]
    with pytest.raises(hotload.Error, match=f"lies in load {first} of schema 'first'") as refused:
        hotload.dlt.undo(pipeline, second)
    assert refused.value.code == "failed_precondition"
    assert ids(pipeline) == [1, 2, 3, 4, 5, 6]
    receipt = hotload.dlt.undo(pipeline, first)
    assert receipt.key.load_id == f"undo:{first}"
    assert ids(pipeline) == ids(pipeline, "users") == [1, 2, 3]
    assert hotload.dlt.undo(pipeline, first) == receipt
    hotload.dlt.undo(pipeline, second)
    pipeline.run(sources(7))
    assert ids(pipeline) == ids(pipeline, "users") == [1, 2, 3, 4, 5, 6, 7]


def test_the_rows_of_a_schema_alone(pipeline):
    pipeline.run(users(3, "a"), schema=dlt.Schema("first"))
    # nothing was remembered: there is nothing that could lie elsewhere
    plain = pipeline.run([{"id": 1}], table_name="t", schema=dlt.Schema("second"))
    assert [p.schema_name for p in plain.load_packages] == ["second", "first"]
    later = pipeline.run([{"id": 2}], table_name="t", schema=dlt.Schema("second"))
    assert [p.schema_name for p in later.load_packages] == ["second"]
    hotload.dlt.undo(pipeline, later.loads_ids[0])
    with pytest.raises(hotload.Error, match="lies in load"):
        hotload.dlt.undo(pipeline, plain.loads_ids[0])
    hotload.dlt.undo(pipeline, plain.loads_ids[0], rows_only=True)
    assert ids(pipeline, "t") == []


def test_ids_of_a_clock_that_went_ahead(pipeline, monkeypatch):
    """dlt reads the state of the highest load id: that of the undo is higher than all."""
    ahead = iter(range(5))
    monkeypatch.setattr(
        "dlt.extract.storage.create_load_id", lambda: f"{99_999_999_990 + next(ahead)}.5"
    )
    run(pipeline, events(3))
    second = run(pipeline, events(6))
    hotload.dlt.undo(pipeline, second)
    run(pipeline, events(7))
    assert ids(pipeline) == [1, 2, 3, 4, 5, 6, 7]
