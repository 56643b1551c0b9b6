# SPDX-License-Identifier: Apache-2.0
"""Schema evolution, state, refresh and drop."""

import shutil

import dlt
from dlt.pipeline.helpers import pipeline_drop

PLACES = ("folder", "server")


def column_names(pipeline, table):
    with pipeline.destination_client() as client:
        return list(client.get_storage_table(table)[1])


def test_new_columns_and_tables(pipeline, query):
    pipeline.run([{"id": 1}], table_name="t")
    pipeline.run([{"id": 2, "name": "b", "tags": ["x"]}], table_name="t")
    assert query(pipeline, "SELECT id, name FROM t") == [(1, None), (2, "b")]
    assert query(pipeline, "SELECT value FROM t__tags") == [("x",)]


def test_a_conflicting_type_becomes_a_variant(pipeline, query):
    pipeline.run([{"id": 1, "v": 5}], table_name="t")
    pipeline.run([{"id": 2, "v": "five"}], table_name="t")
    assert query(pipeline, "SELECT id, v, v__v_text FROM t") == [(1, 5, None), (2, None, "five")]


def test_columns_that_others_added_stay(pipeline, query):
    pipeline.run([{"id": 1}], table_name="t")
    with pipeline.sql_client() as client:
        client.execute_sql("ALTER TABLE t ADD COLUMN note VARCHAR")
        client.execute_sql("UPDATE t SET note = 'mine'")
    pipeline.run([{"id": 2, "more": True}], table_name="t")
    assert query(pipeline, "SELECT id, note FROM t") == [(1, "mine"), (2, None)]


def test_a_table_dropped_by_hand_comes_back_with_a_new_schema(pipeline, query):
    pipeline.run([{"id": 1}], table_name="t")
    with pipeline.sql_client() as client:
        client.execute_sql("DROP TABLE t")
    pipeline.run([{"id": 2, "new": 1}], table_name="t")
    assert query(pipeline, "SELECT id, new FROM t") == [(2, 1)]


def test_state_comes_back_from_an_empty_folder(make_pipeline, tmp_path, query):
    @dlt.resource(name="t")
    def rows():
        state = dlt.current.resource_state()
        state["n"] = state.get("n", 0) + 1
        yield {"n": state["n"]}

    make_pipeline().run(rows())
    shutil.rmtree(tmp_path / "pipelines")
    pipeline = make_pipeline()
    pipeline.run(rows())
    assert query(pipeline, "SELECT n FROM t") == [(1,), (2,)]
    assert pipeline.default_schema.tables["t"]


def test_sync_of_a_pipeline_that_never_ran(pipeline):
    pipeline.sync_destination()
    assert pipeline.first_run


def test_the_schema_is_stored_once_a_version(pipeline, query):
    pipeline.run([{"id": 1}], table_name="t")
    pipeline.run([{"id": 2}], table_name="t")
    versions = query(pipeline, "SELECT version_hash FROM _dlt_version")
    assert len(versions) == len(set(versions)) == 1
    loads = query(pipeline, "SELECT status, schema_name FROM _dlt_loads")
    assert loads == [(0, "p"), (0, "p")]


def test_drop_storage_removes_the_dataset(pipeline):
    pipeline.run([{"id": 1}], table_name="t")
    with pipeline.destination_client() as client:
        client.drop_storage()
        assert not client.is_storage_initialized()
    pipeline.sync_destination()
    assert pipeline.first_run


FROM_THE_START = dlt.sources.incremental("id", initial_value=0)


@dlt.source(name="src")
def two_tables(n):
    @dlt.resource(name="a", primary_key="id")
    def a(at=FROM_THE_START):
        yield [{"id": i, "tags": ["x"]} for i in range(1, n + 1)]

    @dlt.resource(name="b")
    def b():
        yield [{"id": n}]

    return a, b


def test_refresh_drop_sources(pipeline, query):
    pipeline.run(two_tables(2))
    pipeline.run(two_tables(1).with_resources("a"), refresh="drop_sources")
    assert query(pipeline, "SELECT id FROM a") == [(1,)]
    assert column_names(pipeline, "b") == []
    assert len(query(pipeline, "SELECT * FROM _dlt_version WHERE schema_name = 'src'")) == 1


def test_refresh_drop_resources(pipeline, query):
    pipeline.run(two_tables(2))
    pipeline.run(two_tables(1).with_resources("a"), refresh="drop_resources")
    assert query(pipeline, "SELECT id FROM a") == [(1,)]
    assert query(pipeline, "SELECT value FROM a__tags") == [("x",)]
    assert query(pipeline, "SELECT id FROM b") == [(2,)]


def test_refresh_drop_data(pipeline, query):
    pipeline.run(two_tables(2))
    pipeline.run(two_tables(1).with_resources("a"), refresh="drop_data")
    assert query(pipeline, "SELECT id FROM a") == [(1,)]
    assert query(pipeline, "SELECT value FROM a__tags") == [("x",)]
    assert query(pipeline, "SELECT id FROM b") == [(2,)]


def test_pipeline_drop_removes_the_resource(pipeline, query):
    pipeline.run(two_tables(2))
    pipeline_drop(pipeline, resources=["a"])()
    assert column_names(pipeline, "a") == []
    assert column_names(pipeline, "a__tags") == []
    assert query(pipeline, "SELECT id FROM b") == [(2,)]
    pipeline.run(two_tables(3))
    assert query(pipeline, "SELECT id FROM a") == [(1,), (2,), (3,)]


def test_names_in_another_case_and_alphabet(pipeline, query):
    pipeline.run([{"Größe": 1, "UserName": "a"}], table_name="Straße")
    rows = pipeline.dataset()[pipeline.default_schema.data_table_names()[0]].fetchall()
    assert rows[0][:2] == (1, "a")


def test_two_schemas_in_one_dataset(pipeline, query):
    pipeline.run([{"id": 1}], table_name="a", schema=dlt.Schema("one"))
    pipeline.run([{"id": 2}], table_name="b", schema=dlt.Schema("two"))
    names = query(pipeline, "SELECT schema_name FROM _dlt_loads")
    assert set(names) == {("one",), ("two",)}
    assert query(pipeline, "SELECT id FROM b") == [(2,)]
