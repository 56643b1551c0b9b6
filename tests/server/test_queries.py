# SPDX-License-Identifier: Apache-2.0
"""Queries, their runs, and results in every format, by page."""

import io
import json
import time
from http.client import HTTPConnection

import pyarrow.parquet as pq
import pytest
from serving import ARROW, Server


@pytest.fixture
def numbers(database):
    database.load("t", [{"id": i, "name": f"n{i}"} for i in range(100)])
    return database


def test_a_query_answers_rows_and_keeps_them(numbers):
    answer = numbers.query(
        'SELECT id, name FROM "default"."main"."t" WHERE id < 2 ORDER BY id'
    ).json
    assert answer["columns"] == ["id", "name"]
    assert answer["rows"] == [[0, "n0"], [1, "n1"]]
    assert (answer["row_count"], answer["preview_row_count"], answer["total_row_count"]) == (
        2,
        2,
        2,
    )
    assert answer["truncated"] is False
    assert answer["nullable"] == [True, True]
    again = numbers.result(answer["result_id"], status=200).json
    assert (again["status"], again["rows"]) == ("ready", answer["rows"])


def test_asynchronous_queries_end_with_a_result_or_a_message(numbers):
    run = numbers.run_async("SELECT count(*) AS n FROM t")
    assert (run["status"], run["row_count"]) == ("succeeded", 1)
    table = numbers.result(run["result_id"], "?format=arrow", status=200).table
    assert table.to_pylist() == [{"n": 100}]
    failed = numbers.run_async("SELECT * FROM never_loaded")
    assert failed["status"] == "failed"
    assert "does not exist" in failed["error_message"]
    assert failed["result_id"] is None


def test_results_come_by_page_in_one_order(numbers):
    result = numbers.query("SELECT id FROM t ORDER BY id DESC").json["result_id"]
    seen = []
    path = "?offset=0&limit=33&format=arrow"
    while path:
        answer = numbers.result(result, path, status=200)
        assert answer.headers["content-type"] == ARROW
        assert answer.headers["x-total-row-count"] == "100"
        seen += answer.table["id"].to_pylist()
        link = answer.headers.get("link", "")
        path = "?" + link.partition("?")[2].partition(">")[0] if link else ""
    assert seen == list(range(99, -1, -1))
    empty = numbers.result(result, "?limit=0&format=arrow").table
    assert (empty.num_rows, empty.schema.names) == (0, ["id"])


def test_results_come_in_every_format(numbers):
    result = numbers.query("SELECT id, name FROM t WHERE id < 2 ORDER BY id").json["result_id"]
    assert numbers.result(result, Accept=ARROW).table.num_rows == 2
    csv = numbers.result(result, "?format=csv")
    assert csv.headers["content-type"].startswith("text/csv")
    assert csv.body.decode().split() == ["id,name", "0,n0", "1,n1"]
    markdown = numbers.result(result, "?format=md").body.decode()
    assert "| id | name |" in markdown
    parquet = numbers.result(result, "?format=parquet&offset=1", status=200)
    assert parquet.headers["content-type"] == "application/vnd.apache.parquet"
    assert pq.read_table(io.BytesIO(parquet.body)).to_pylist() == [{"id": 1, "name": "n1"}]
    assert numbers.result(result, "?format=xml").status == 400
    for accept, content_type in (
        ("text/csv;q=0.1, application/json", "application/json"),
        ("text/*", "text/csv"),
        (f"{ARROW};q=0, */*", "application/json"),
        (f"application/json;q=0.5, {ARROW}", ARROW),
        ("image/png", "application/json"),
    ):
        answer = numbers.result(result, Accept=accept, status=200)
        assert answer.headers["content-type"] == content_type, accept


def test_an_arrow_answer_to_the_query_itself(numbers):
    answer = numbers.server.post(
        "/v1/query", {"sql": "SELECT id FROM t"}, X_Database_Id=numbers.id, Accept=ARROW, status=200
    )
    assert answer.table.num_rows == 100
    assert answer.headers["x-result-id"]
    assert answer.headers["x-query-run-id"]


def test_only_the_database_that_is_named_is_seen(numbers):
    other = numbers.server.create_database()
    other.load("secret", [{"id": 1}])
    numbers.query(f"SELECT * FROM {other.id}.main.secret", status=400)
    run = numbers.query("SELECT 1").json["query_run_id"]
    assert numbers.server.get(f"/v1/query-runs/{run}", X_Database_Id=other.id).status == 404
    assert numbers.server.get(f"/v1/query-runs/{run}").status == 400
    body = {"sql": "SELECT 1", "database_id": numbers.id}
    assert numbers.server.post("/v1/query", body, X_Database_Id=other.id).status == 400
    assert numbers.server.post("/v1/query", {"sql": "SELECT 1"}).status == 400


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE t",
        "INSERT INTO t VALUES (1, 'x')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "ATTACH 'x.db'",
        "SET memory_limit = '1GB'",
        "INSTALL httpfs",
        "SELECT 1; SELECT 2",
        "COPY t TO 'x.csv'",
        "SELEC 1",
        "SELECT getenv('HOTLOAD_API_KEY')",
    ],
)
def test_statements_that_are_no_queries_are_refused(numbers, sql):
    numbers.query(sql, status=400)
    assert numbers.rows("SELECT count(*) FROM t") == [[100]]


def test_databases_are_queried_together_once_attached(numbers):
    other = numbers.server.create_database()
    other.load("u", [{"id": 1, "more": "x"}])
    path = f"/v1/databases/{numbers.id}/catalogs"
    body = {"connection_id": other.connection, "alias": "other"}
    numbers.server.post(path, body, status=204)
    rows = numbers.rows("SELECT t.name, u.more FROM t JOIN other.main.u AS u USING (id)")
    assert rows == [["n1", "x"]]
    delete = f"/v1/databases/{other.id}"
    numbers.server.call("DELETE", delete, status=409)
    numbers.server.call("DELETE", f"{path}/{other.connection}", status=204)
    numbers.server.call("DELETE", delete, status=204)


def test_rows_that_are_too_many_for_one_json_answer_say_so(numbers):
    wide = "SELECT repeat('x', 10000) AS x FROM range(7000)"
    result = numbers.query(wide).json["result_id"]
    code, message = numbers.result(result, status=413).error
    assert code == "RESULT_TOO_LARGE"
    assert "arrow" in message
    assert len(numbers.result(result, "?limit=10", status=200).json["rows"]) == 10
    assert numbers.result(result, "?format=arrow", status=200).table.num_rows == 7000


def test_a_statement_that_is_too_long_is_not_remembered(numbers):
    numbers.query("SELECT '" + "x" * (1 << 20) + "'", status=400)
    runs = numbers.server.get("/v1/query-runs", X_Database_Id=numbers.id, status=200).json
    assert runs["query_runs"] == []


def test_runs_and_results_are_listed(numbers):
    numbers.rows("SELECT 1")
    numbers.query("SELECT nope", status=400)
    runs = numbers.server.get("/v1/query-runs", X_Database_Id=numbers.id, status=200).json
    assert [run["status"] for run in runs["query_runs"]] == ["failed", "succeeded"]
    results = numbers.server.get("/v1/results", X_Database_Id=numbers.id, status=200).json
    assert [result["status"] for result in results["results"]] == ["ready"]


def test_results_survive_a_restart(server):
    database = server.create_database()
    result = database.query("SELECT 42 AS x").json["result_id"]
    server.restart()
    assert database.result(result, status=200).json["rows"] == [[42]]


def test_a_server_that_stops_interrupts_its_queries(tmp_path):
    slow = "SELECT sum((a.range * b.range) % 7) FROM range(1000000) a, range(1000000) b"
    with Server(tmp_path / "root", "--stop-timeout", "1") as server:
        database = server.create_database()
        database.query(slow, status=202, **{"async": True})
        # Runs on a thread that has a request to answer.
        waiting = HTTPConnection("127.0.0.1", server.port, timeout=60)
        body = json.dumps({"sql": slow, "database_id": database.id})
        waiting.request("POST", "/v1/query", body, {"Authorization": f"Bearer {server.key}"})
        time.sleep(1)
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < 20
        waiting.close()
        server.start()
        answer = server.get("/v1/query-runs", X_Database_Id=database.id, status=200)
        statuses = [run["status"] for run in answer.json["query_runs"]]
        assert statuses == ["interrupted", "interrupted"]
