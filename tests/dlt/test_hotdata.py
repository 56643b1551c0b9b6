# SPDX-License-Identifier: Apache-2.0
"""The destination under its name and options of hotdata-dlt-destination, on hotload's own server
and on plain Hotdata."""

import socket
import threading
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dlt
import pytest
from dlt.common.configuration.exceptions import ConfigurationValueError
from dlt.common.destination.exceptions import DestinationTerminalException
from dlt.destinations.exceptions import DatabaseTransientException
from dlt.pipeline.exceptions import PipelineStepFailed
from hotdata_dlt_destination.sources import hotdata_query, hotdata_table
from hotload import PartitionField, SortColumn
from hotload.destinations import hotdata, hotdata_adapter, hotload
from hotload.dlt.adapter import partition_of, sort_of
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
    with pytest.raises(PipelineStepFailed, match="there is no database 'dlt'") as failed:
        pipeline.run(ORDERS, table_name="orders")
    assert "create_database_if_missing=True" in str(failed.value)
    assert_ended_at_the_first_contact(pipeline, failed.value)
    assert databases(server) == []


def assert_ended_at_the_first_contact(pipeline, failure):
    assert failure.step == "sync"
    assert isinstance(failure.exception, DestinationTerminalException)
    assert not pipeline.has_pending_data


def test_a_pinned_database_that_is_not_there_is_no_empty_one(server, tmp_path):
    pipeline = pipeline_of(tmp_path, hotdata(database_id="dbnone"))
    with pytest.raises(PipelineStepFailed, match=r"HOTDATA_DATABASE_ID.*Correct the id") as failed:
        pipeline.run(ORDERS, table_name="orders")
    assert "there is no database 'dbnone'" in str(failed.value)
    assert_ended_at_the_first_contact(pipeline, failed.value)
    assert databases(server) == []


def test_a_pipeline_keeps_to_its_database_when_there_comes_another_of_its_name(server, tmp_path):
    pipeline_of(tmp_path).run(ORDERS, table_name="orders")
    ((_, first),) = databases(server)
    second = server.create_database(name="dlt").id
    pipeline = pipeline_of(tmp_path)
    pipeline.run(ORDERS, table_name="orders")
    assert len(pipeline.dataset().orders.select("id").fetchall()) == 4
    with pytest.raises(PipelineStepFailed, match="name one by its id") as failed:
        pipeline_of(tmp_path, folder="elsewhere").run(ORDERS, table_name="orders")
    assert first in str(failed.value)
    assert second in str(failed.value)
    for identity in (first, second):
        server.call("DELETE", f"/v1/databases/{identity}", status=204)
    pipeline_of(tmp_path).run(ORDERS, table_name="orders")
    assert [name for name, _ in databases(server)] == ["dlt"]


def test_who_knows_the_id_does_not_list_all_databases(server, tmp_path):
    pipeline_of(tmp_path).run(ORDERS, table_name="orders")
    for number in range(3):
        server.create_database(name=f"other {number}")
    with Watched(server) as watched:
        threading.Thread(target=watched.serve_forever, daemon=True).start()
        ((_, identity),) = [one for one in databases(server) if one[0] == "dlt"]
        pinned = hotdata(api_base_url=watched.url, database_id=identity)
        pipeline = pipeline_of(tmp_path, pinned, "elsewhere")
        assert len(pipeline.run(ORDERS, table_name="orders").loads_ids) == 1
        watched.shutdown()
    assert f"/v1/databases/{identity}" in watched.paths
    assert not [p for p in watched.paths if p.startswith(("/v1/databases?", "/v1/databases/by-"))]
    assert len(pipeline.dataset().orders.select("id").fetchall()) == 4


def test_a_name_of_hotload_may_be_an_id(server, tmp_path):
    identity = server.create_database(name="sales").id
    where = {"location": server.url, "database": identity, "api_key": server.key}
    pipeline_of(tmp_path, hotload(where)).run(ORDERS, table_name="orders")
    assert databases(server) == [("sales", identity)]


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


def test_the_key_of_hotload_goes_to_no_server_of_hotdata(server, tmp_path, monkeypatch):
    monkeypatch.setenv("HOTLOAD_API_KEY", server.key)
    monkeypatch.setenv("HOTLOAD_WORKSPACE_ID", "another")
    pipeline_of(tmp_path).run(ORDERS, table_name="orders")
    monkeypatch.delenv("HOTDATA_API_KEY")
    with pytest.raises((ConfigurationValueError, PipelineStepFailed), match="HOTDATA_API_KEY"):
        pipeline_of(tmp_path, folder="elsewhere").run(ORDERS, table_name="orders")


def test_a_key_of_a_file_ends_with_a_line_break(server, tmp_path, monkeypatch):
    monkeypatch.setenv("HOTDATA_API_KEY", server.key + "\n")
    monkeypatch.setenv("HOTDATA_WORKSPACE", f" {WORKSPACE}\n")
    pipeline_of(tmp_path).run(ORDERS, table_name="orders")
    split = hotdata(f"{server.key}\r\nX-More: 1")
    with pytest.raises(PipelineStepFailed, match="a line break or another control") as failed:
        pipeline_of(tmp_path, split, "elsewhere").run(ORDERS, table_name="orders")
    assert "X-More" not in str(failed.value)


class Watched(ThreadingHTTPServer):
    """Passes requests on to a server, loads of tables slowly, and counts those at once."""

    def __init__(self, server):
        super().__init__(("127.0.0.1", 0), Passing)
        self.server, self.lock = server, threading.Lock()
        self.now = self.most = 0
        self.paths = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    @contextmanager
    def counted(self, path):
        self.paths.append(path)
        if not path.endswith("/loads"):
            yield
            return
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.1)
        yield
        with self.lock:
            self.now -= 1


class Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.counted(self.path):
            connection = HTTPConnection("127.0.0.1", self.server.server.port, timeout=60)
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            content = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = pass_on


@pytest.mark.parametrize("server", [("--plain",)], indirect=True, ids=["plain"])
@pytest.mark.parametrize(
    ("options", "at_once"),
    [({"loader_parallelism_strategy": "sequential"}, 1), ({"max_parallel_load_jobs": 2}, 2)],
)
def test_as_many_tables_load_at_once_as_is_said(server, tmp_path, options, at_once):
    with Watched(server) as watched:
        threading.Thread(target=watched.serve_forever, daemon=True).start()
        pipeline = pipeline_of(tmp_path, hotdata(api_base_url=watched.url, **options))
        tables = [dlt.resource([{"id": 1}], name=f"t{i}") for i in range(5)]
        pipeline.run(tables)
        watched.shutdown()
    assert watched.most == at_once


def test_a_wrong_key_is_said_at_once(server, tmp_path):
    with pytest.raises(PipelineStepFailed, match="key") as failed:
        pipeline_of(tmp_path, hotdata("wrong-key")).run(ORDERS, table_name="orders")
    assert "wrong-key" not in str(failed.value)


def test_no_key(tmp_path, monkeypatch):
    monkeypatch.delenv("HOTLOAD_API_KEY", raising=False)
    monkeypatch.delenv("HOTDATA_API_KEY", raising=False)
    with pytest.raises((ConfigurationValueError, PipelineStepFailed), match="HOTDATA_API_KEY"):
        pipeline_of(tmp_path).run(ORDERS, table_name="orders")


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        ("HOTDATA_MAX_RETRIES", "many", " must be a number, got 'many'"),
        ("HOTDATA_MAX_RETRIES", "0", r"\) must be >= 1, got 0"),
        ("HOTDATA_RETRY_BACKOFF_SECONDS", "-1", r"\) must be a number >= 0, got -1.0"),
        ("HOTDATA_RETRY_BACKOFF_SECONDS", "nan", r"\) must be a number >= 0, got nan"),
        ("HOTDATA_API_BASE_URL", "127.0.0.1:8080", r"\) must begin with http:// or https://"),
    ],
)
def test_variables_that_make_no_sense(tmp_path, monkeypatch, variable, text, said):
    monkeypatch.setenv("HOTDATA_API_KEY", "key")
    monkeypatch.setenv(variable, text)
    with pytest.raises((ValueError, PipelineStepFailed), match=variable + said):
        pipeline_of(tmp_path, hotdata()).run(ORDERS, table_name="orders")


def test_a_strategy_that_there_is_not(tmp_path):
    bogus = hotdata("key", loader_parallelism_strategy="bogus")
    with pytest.raises(PipelineStepFailed, match="loader_parallelism_strategy must be one of"):
        pipeline_of(tmp_path, bogus).run(ORDERS, table_name="orders")


def test_a_server_that_is_not_there_is_waited_for_aloud(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(dlt.common.logger, "warning", said.append, raising=False)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    absent = hotdata("key", api_base_url=url, max_retries=3, retry_backoff_seconds=0.9)
    with pytest.raises(PipelineStepFailed, match="Could not connect"):
        pipeline_of(tmp_path, absent).run(ORDERS, table_name="orders")
    assert said, "nobody was told"
    assert all(f"waiting for {url}: " in line for line in said)
    assert "attempt 2 of 3" in said[-1]


def test_no_key_is_shown(tmp_path, monkeypatch):
    monkeypatch.setenv("HOTDATA_API_KEY", "secret")
    known = [hotdata("secret"), hotdata({"api_key": "secret"}), hotload({"api_key": "secret"})]
    for destination in [hotdata(), *known]:
        pipeline = pipeline_of(tmp_path, destination)
        shown = f"{destination!r} {destination} {pipeline!r} {pipeline.destination!r}"
        assert "secret" not in shown
        assert "***" in repr(destination)


def test_the_adapter_of_the_other_package():
    events = hotdata_adapter(
        dlt.resource([{"id": 1}], name="events"),
        partition_by=[("day", "identity"), "region"],
        sorted_by=["id", ("at", "desc", "last")],
    )
    columns = events.compute_table_schema()["columns"]
    assert set(columns) == {"day", "region", "id", "at"}


class Key:
    """As hotdata-framework has them."""

    def __init__(self, column, transform=None, direction=None):
        self.column, self.transform, self.direction = column, transform, direction


def test_the_adapter_takes_what_the_other_package_takes():
    def layout(partition, sort):
        columns = hotdata_adapter(
            dlt.resource([{"id": 1}], name="events", columns=FILLED),
            partition_by=partition,
            sorted_by=sort,
        ).compute_table_schema()
        return partition_of(columns), sort_of(columns)

    day, at = [PartitionField("day", "at")], [SortColumn("at", True), SortColumn("id")]
    assert layout([("at", "DAY")], [("at", "DESC"), ("id",)]) == (day, at)
    by_name = {"column": "at", "transform": "day", "direction": "desc", "nulls": "last"}
    assert layout([by_name], [by_name, {"column": "id"}]) == (day, at)
    assert layout([Key("at", "day")], [Key("at", direction="desc"), Key("id")]) == (day, at)
    for partition, sort, said in (
        ([], [("at", "down")], "asc or desc"),
        ([{"transform": "day"}], [], "names no column"),
        ([("at", "fortnight")], [], "Unknown transform"),
    ):
        with pytest.raises(ValueError, match=said):
            layout(partition, sort)


FILLED = {"id": {"data_type": "bigint"}, "at": {"data_type": "timestamp"}}


def test_tables_and_queries_are_sources(server, tmp_path, monkeypatch):
    origin = pipeline_of(tmp_path)
    origin.run([{"id": n, "v": f"v{n}"} for n in range(7)], table_name="orders")
    ((_, identity),) = databases(server)
    monkeypatch.setenv("SOURCES__HOTDATA__DATABASE_ID", identity)
    monkeypatch.setenv("SOURCES__HOTDATA__WORKSPACE_ID", WORKSPACE)
    monkeypatch.setenv("SOURCES__HOTDATA__CREDENTIALS__API_KEY", server.key)
    monkeypatch.setenv("SOURCES__HOTDATA__API_BASE_URL", server.url)
    copied = dlt.pipeline("copy", destination=hotload(str(tmp_path / "copy.lake")))
    copied.run(
        [
            hotdata_table("orders", included_columns=["id"], batch_rows=2, primary_key="id"),
            hotdata_query("SELECT v FROM public.orders WHERE id > 4 ORDER BY id", name="some"),
            hotdata_query("SELECT v FROM public.orders WHERE id > 9", name="none"),
            hotdata_table("orders", limit=3, name="few"),
        ]
    )
    read = copied.dataset()
    assert sorted(read.orders.select("id").fetchall()) == [(n,) for n in range(7)]
    assert read.some.select("v").fetchall() == [("v5",), ("v6",)]
    assert read.none.select("v").fetchall() == []
    assert len(read.few.select("v").fetchall()) == 3
    sizes = [len(b) for b in hotdata_table("orders", batch_rows=4)]
    assert sizes == [4, 3]


def test_names_of_a_source_do_not_make_a_statement():
    options = {"database_id": "d", "workspace_id": "w", "credentials": {"api_key": "k"}}
    for wrong in ({"table": "a; b"}, {"table": "t", "schema": "a.b"}, {"table": ""}):
        with pytest.raises(ValueError, match="is no plain name"):
            hotdata_table(**wrong, **options)
    with pytest.raises(ValueError, match="is a list of names"):
        hotdata_table("t", included_columns="id", **options)
