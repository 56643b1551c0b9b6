# SPDX-License-Identifier: Apache-2.0
"""The destination under its name and options of hotdata-dlt-destination, on hotload's own server
and on plain Hotdata."""

import dlt
import pytest
from dlt.common.configuration.exceptions import ConfigurationValueError
from dlt.destinations.exceptions import DatabaseTransientException
from dlt.pipeline.exceptions import PipelineStepFailed
from hotload.destinations import hotdata, hotdata_adapter
from serving import WORKSPACE, Server


@pytest.fixture(params=[(), ("--plain",)], ids=["server", "plain"])
def server(request, tmp_path, monkeypatch):
    monkeypatch.setenv("HOTLOAD_STATE_DIR", str(tmp_path / "state"))
    with Server(tmp_path / "served", *request.param) as server:
        monkeypatch.setenv("HOTDATA_API_KEY", server.key)
        monkeypatch.setenv("HOTDATA_API_BASE_URL", server.url)
        yield server


def pipeline_of(tmp_path, destination="hotdata", folder="pipelines"):
    return dlt.pipeline("p", destination=destination, pipelines_dir=str(tmp_path / folder))


def databases(server):
    return [(one["name"], one["id"]) for one in server.get("/v1/databases").json["databases"]]


ORDERS = [{"id": 1, "items": [{"sku": "a"}, {"sku": "b"}]}, {"id": 2, "items": []}]
HINTS = {"table_name": "orders", "write_disposition": "merge", "primary_key": "id"}


def test_every_run_finds_the_database_of_the_first(server, tmp_path, query):
    pipeline_of(tmp_path).run(ORDERS, **HINTS)
    later = pipeline_of(tmp_path, folder="elsewhere")
    later.run([{"id": 2, "items": [{"sku": "c"}]}], **HINTS)
    assert [name for name, _ in databases(server)] == ["dlt"]
    assert query(later, 'SELECT id FROM "public"."orders"') == [(1,), (2,)]
    assert sorted(later.dataset().orders__items.select("sku").fetchall()) == [
        ("a",),
        ("b",),
        ("c",),
    ]


@pytest.mark.parametrize("strategy", ["delete-insert", "upsert", "insert-only", "scd2"])
def test_strategies(server, tmp_path, strategy):
    pipeline = pipeline_of(tmp_path)
    merge = {"disposition": "merge", "strategy": strategy}
    for rows in ([{"id": 1, "v": "a"}, {"id": 2, "v": "b"}], [{"id": 2, "v": "c"}]):
        pipeline.run(dlt.resource(rows, name="t", primary_key="id", write_disposition=merge))
    found = sorted(pipeline.dataset().t.select("id", "v").fetchall())
    assert (
        found
        == {
            "delete-insert": [(1, "a"), (2, "c")],
            "upsert": [(1, "a"), (2, "c")],
            "insert-only": [(1, "a"), (2, "b")],
            "scd2": [(1, "a"), (2, "b"), (2, "c")],
        }[strategy]
    )


def test_a_merge_that_says_neither_key_nor_strategy_adds_rows(server, tmp_path):
    pipeline = pipeline_of(tmp_path)
    for part in (1, 2):
        rows = [{"id": part, "tags": ["a"]}]
        pipeline.run(rows, table_name="t", write_disposition="merge")
    assert sorted(pipeline.dataset().t.select("id").fetchall()) == [(1,), (2,)]
    assert len(pipeline.dataset().t__tags.fetchall()) == 2


def test_options_name_the_database_and_the_schema(server, tmp_path, monkeypatch):
    monkeypatch.setenv("HOTDATA_DATABASE", "by_variable")
    monkeypatch.setenv("HOTDATA_SCHEMA", "raw")
    first = pipeline_of(tmp_path)
    first.run(ORDERS, table_name="orders")
    ((name, identity),) = databases(server)
    assert name == "by_variable"
    monkeypatch.delenv("HOTDATA_DATABASE")
    by_id = pipeline_of(
        tmp_path,
        hotdata(database_id=identity, workspace_id=WORKSPACE, max_table_nesting=0),
        "other",
    )
    by_id.run(ORDERS, table_name="flat")
    assert len(databases(server)) == 1
    with by_id.sql_client() as client:
        assert client.execute_sql("SELECT count(*) FROM raw.orders") == [(2,)]
        assert client.execute_sql("SELECT count(*) FROM raw.flat") == [(2,)]
    assert "flat__items" not in by_id.default_schema.tables


def test_a_missing_database_ends_the_run_where_none_is_to_be_made(server, tmp_path):
    pipeline = pipeline_of(tmp_path, hotdata(create_database_if_missing=False))
    with pytest.raises(PipelineStepFailed, match="there is no database 'dlt'"):
        pipeline.run(ORDERS, table_name="orders")
    assert databases(server) == []


def test_a_server_that_goes_while_rows_are_read_may_come_back(server, tmp_path):
    pipeline = pipeline_of(tmp_path, hotdata(max_retries=1))
    pipeline.run(ORDERS, table_name="orders")
    many = "SELECT * FROM range(8000000)"
    with pipeline.sql_client() as client, client.execute_query(many) as cursor:
        assert len(cursor.fetchmany(10)) == 10
        server.kill()
        with pytest.raises(DatabaseTransientException):
            for _ in cursor.iter_arrow(100_000):
                pass


def test_a_wrong_key_is_said_at_once(server, tmp_path):
    with pytest.raises(PipelineStepFailed, match="key") as failed:
        pipeline_of(tmp_path, hotdata("wrong-key")).run(ORDERS, table_name="orders")
    assert "wrong-key" not in str(failed.value)


def test_no_key(tmp_path, monkeypatch):
    monkeypatch.delenv("HOTLOAD_API_KEY", raising=False)
    monkeypatch.delenv("HOTDATA_API_KEY", raising=False)
    with pytest.raises((ConfigurationValueError, PipelineStepFailed), match="HOTDATA_API_KEY"):
        pipeline_of(tmp_path).run(ORDERS, table_name="orders")


def test_a_variable_that_is_no_number(monkeypatch):
    monkeypatch.setenv("HOTDATA_MAX_RETRIES", "many")
    with pytest.raises(ValueError, match="HOTDATA_MAX_RETRIES must be a number, got 'many'"):
        hotdata()


def test_the_adapter_of_the_other_package():
    events = hotdata_adapter(
        dlt.resource([{"id": 1}], name="events"),
        partition_by=[("day", "identity"), "region"],
        sorted_by=["id", ("at", "desc", "last")],
    )
    columns = events.compute_table_schema()["columns"]
    assert set(columns) == {"day", "region", "id", "at"}
