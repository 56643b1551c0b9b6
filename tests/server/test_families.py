# SPDX-License-Identifier: Apache-2.0
"""Saved queries, batches of databases and of uploads, lineage, usage, all indexes."""

import datetime
import time

import pyarrow as pa
import pytest
from serving import parquet_bytes


def test_a_saved_query_has_versions_and_runs_at_any_of_them(database):
    server = database.server
    body = {"name": "answer", "sql": "SELECT 41 AS n", "tags": ["a", "b"], "description": None}
    made = server.post("/v1/queries", body, status=201).json
    path = f"/v1/queries/{made['id']}"
    assert (made["latest_version"], made["tags"], made["description"]) == (1, ["a", "b"], "")
    changed = {"sql": "SELECT 42 AS n", "name": None}
    updated = server.call("PUT", path, changed, status=200).json
    assert (updated["name"], updated["sql"], updated["latest_version"]) == (
        "answer",
        "SELECT 42 AS n",
        2,
    )
    server.call("PUT", path, {"sql": "SELECT 42 AS n", "tags": []}, status=200)
    versions = server.get(f"{path}/versions", status=200).json
    assert [(v["version"], v["sql"]) for v in versions["versions"]] == [
        (2, "SELECT 42 AS n"),
        (1, "SELECT 41 AS n"),
    ]
    run = f"{path}/execute"
    scope = {"X_Database_Id": database.id}
    latest = server.post(run, {}, **scope, status=200).json
    assert latest["rows"] == [[42]]
    assert server.post(run, {"version": 1}, **scope, status=200).json["rows"] == [[41]]
    assert server.call("POST", run, status=200, **scope).json["rows"] == [[42]]
    server.post(run, {"version": 3}, **scope, status=404)
    server.post(run, {}, status=400)
    runs = server.get(f"/v1/query-runs?saved_query_id={made['id']}", **scope).json["query_runs"]
    assert len(runs) == 3
    assert latest["query_run_id"] in [r["id"] for r in runs]
    server.call("DELETE", path, status=204)
    server.get(path, status=404)


def test_saved_queries_are_listed_by_page_and_survive_a_kill(server):
    for i in range(3):
        server.post("/v1/queries", {"name": f"q{i}", "sql": "SELECT 1"}, status=201)
    server.kill()
    server.start()
    page = server.get("/v1/queries?limit=2&offset=1", status=200).json
    assert [q["name"] for q in page["queries"]] == ["q1", "q0"]
    assert (page["count"], page["has_more"], page["offset"]) == (2, False, 1)
    newest = server.get("/v1/queries?limit=1", status=200).json
    server.call("DELETE", f"/v1/queries/{newest['queries'][0]['id']}", status=204)
    rest = server.get(f"/v1/queries?limit=1&cursor={newest['next_cursor']}", status=200).json
    assert [q["name"] for q in rest["queries"]] == ["q1"]
    server.get(f"/v1/jobs?cursor={newest['next_cursor']}", status=400)
    server.post("/v1/queries", {"name": "", "sql": "SELECT 1"}, status=400)
    server.post("/v1/queries", {"name": "q"}, status=400)


def filled(server, batch):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        job = server.get(batch["status_url"], status=200).json
        if job["status"] not in ("pending", "running"):
            return job
        time.sleep(0.05)
    raise AssertionError("the batch is not filled")


def test_a_batch_makes_its_databases_once_also_over_a_kill(server):
    schemas = [{"name": "s", "tables": [{"name": "t", "key": ["id"]}]}]
    body = {"count": 12, "name_template": "tenant-{index}", "schemas": schemas}
    body["idempotency_key"] = "k"
    batch = server.post("/v1/databases/bulk", body, status=202).json
    server.kill()
    server.start()
    assert server.post("/v1/databases/bulk", body, status=202).json["batch_id"] == batch["batch_id"]
    job = filled(server, batch)
    assert job["job_type"] == "bulk_create_databases"
    assert job["result"] == {
        "batch_id": batch["batch_id"],
        "requested": 12,
        "created": 12,
        "cancelled": False,
    }
    listed = server.get(f"/v1/databases?batch={batch['batch_id']}", status=200).json["databases"]
    assert sorted(d["name"] for d in listed) == [
        f"tenant-{i:02}-{batch['batch_id']}" for i in range(12)
    ]
    assert {d["default_schema"] for d in listed} == {"s"}
    for other in ({"count": 13}, {"schemas": []}, {"expires_at": "1d"}, {"name_template": None}):
        answer = server.post("/v1/databases/bulk", {**body, **other}, status=409)
        assert answer.error[0] == "IDEMPOTENCY_KEY_CONFLICT"
    same = dict(reversed({**body, "default_catalog": None}.items()))
    assert server.post("/v1/databases/bulk", same, status=202).json["batch_id"] == batch["batch_id"]
    path = f"/v1/databases/bulk/{batch['batch_id']}"
    assert server.get(path, status=200).json["created_count"] == 12
    assert server.call("DELETE", path, status=200).json["deleted_count"] == 12
    after = server.get(path, status=200).json
    assert (after["created_count"], after["cancel_requested"]) == (0, True)
    assert server.get("/v1/databases/count").json == {"total": 0}


def test_a_batch_does_not_hold_up_a_stop_and_goes_on_after_it(server):
    batch = server.post("/v1/databases/bulk", {"count": 120}, status=202).json
    for _ in range(4):  # more often than a job is tried
        begun = time.monotonic()
        server.restart()
        assert time.monotonic() - begun < 10
    assert filled(server, batch)["result"]["created"] == 120
    assert server.get("/v1/databases/count").json == {"total": 120}


@pytest.mark.parametrize("wrong", [{}, {"count": 0}, {"count": 10001}, {"name_template": "x"}])
def test_batches_that_make_no_sense_are_refused(shared_server, wrong):
    body = {"count": 1, **wrong} if "name_template" in wrong else wrong
    shared_server.post("/v1/databases/bulk", body, status=400)


def test_lineage_goes_on_past_deleted_generations(server):
    first = server.create_database(name="first")
    ids = [first.id]
    for name in ("second", "third"):
        path = f"/v1/databases/{ids[-1]}/fork"
        ids.append(server.post(path, {"name": name}, status=201).json["id"])
    server.call("DELETE", f"/v1/databases/{ids[1]}", status=204)
    server.restart()
    lineage = server.get(f"/v1/databases/{ids[2]}/lineage", status=200).json
    assert [(a["database_id"], a["name"], a["exists"]) for a in lineage["ancestors"]] == [
        (ids[1], "second", False),
        (ids[0], "first", True),
    ]
    assert (lineage["root_id"], lineage["ancestors_truncated"]) == (ids[0], False)
    top = server.get(f"/v1/databases/{ids[0]}/lineage", status=200).json
    assert (top["ancestors"], top["root_id"], top["fork_count"]) == ([], ids[0], 1)
    assert [(f["database_id"], f["exists"]) for f in top["forks"]] == [(ids[1], False)]


def test_many_uploads_are_opened_at_once(database):
    server = database.server
    sizes = [{"declared_size_bytes": len(parquet_bytes([{"id": i}]))} for i in range(3)]
    sessions = server.post("/v1/uploads/batch", {"uploads": sizes}, status=201).json["uploads"]
    for i, session in enumerate(sessions):
        server.put_url(session["url"], parquet_bytes([{"id": i}]))
        path = f"/v1/uploads/{session['upload_id']}/finalize"
        server.post(path, {}, status=200, X_Upload_Finalize_Token=session["finalize_token"])
        database.load("t", b"", upload_id=session["upload_id"])
    assert database.rows("SELECT id FROM t ORDER BY id") == [[0], [1], [2]]
    server.post("/v1/uploads/batch", {"uploads": []}, status=400)


def test_usage_counts_queries_and_bytes(server):
    before = server.get("/v1/usage", status=200).json
    database = server.create_database()
    database.load("t", [{"id": i, "name": f"{i * 7919:030}"} for i in range(100_000)])
    database.query("SELECT count(*) FROM t")
    after = server.get("/v1/usage", status=200).json
    assert (before["query_count"], after["query_count"]) == (0, 1)
    assert after["storage_bytes"] > before["storage_bytes"] + 100_000
    assert server.get("/v1/usage?since=2999-01-01T00:00:00Z").json["query_count"] == 0
    server.get("/v1/usage?since=yesterday", status=400)


def test_all_indexes_of_a_database_are_listed(database):
    database.load("t", [{"id": 1, "v": [1.0, 2.0]}])
    database.load("u", [{"id": 1}])
    tables = f"/v1/connections/{database.connection}/tables/main"
    for table, name in (("t", "a"), ("u", "b")):
        body = {"index_name": name, "columns": ["id"]}
        database.server.post(f"{tables}/{table}/indexes", body, status=201)
    scope = {"X_Database_Id": database.id}
    listed = database.server.get("/v1/indexes", **scope, status=200).json["indexes"]
    assert [(i["schema_name"], i["table_name"], i["index_name"]) for i in listed] == [
        ("main", "t", "a"),
        ("main", "u", "b"),
    ]
    page = database.server.get("/v1/indexes?table=u&limit=1", **scope, status=200).json
    assert [i["index_name"] for i in page["indexes"]] == ["b"]
    page = database.server.get("/v1/indexes?limit=1", **scope, status=200).json
    database.server.post(f"{tables}/t/indexes", {"index_name": "0", "columns": ["id"]}, status=201)
    query = f"/v1/indexes?cursor={page['next_cursor']}"
    rest = database.server.get(query, **scope, status=200).json
    assert [i["index_name"] for i in rest["indexes"]] == ["b"]


def test_constant_columns_are_declared_and_listed(database):
    database.load("t", [{"id": 1, "name": "a"}])
    for path in (f"/v1/databases/{database.id}", f"/v1/connections/{database.connection}"):
        put = f"{path}/schemas/main/tables/t/constant-per-key"
        answer = database.server.call("PUT", put, {"constant_per_key": ["Name"]}, status=200).json
        assert answer["constant_per_key"] == ["name"]
        database.server.call("PUT", put, {"constant_per_key": ["no"]}, status=400)
    assert database.tables()["t"]["constant_per_key"] == ["name"]
    missing = f"/v1/databases/{database.id}/schemas/main/tables/none/constant-per-key"
    database.server.call("PUT", missing, {"constant_per_key": []}, status=404)


def profile_of(database, table, status=200):
    path = f"/v1/connections/{database.connection}/tables/main/{table}/profile"
    return database.server.get(path, status=status)


def test_a_profile_tells_what_is_in_the_columns(database):
    day = datetime.date(2026, 1, 1)
    columns = {
        "id": pa.array([3, 1, 2, None], pa.int64()),
        "price": pa.array([0.5, 1.5, float("inf"), 1.0], pa.float64()),
        "kind": ["b", "a", "b", None],
        "name": ["x", "yy", "zzzz", None],
        "ok": [True, False, True, None],
        "day": [day, None, day, day.replace(day=9)],
        "tags": [["a"], ["a"], ["b"], None],
        "none": pa.array([None] * 4, pa.string()),
        'odd "name"': [1, 1, 1, 1],
    }
    database.load("t", pa.table(columns))
    found = profile_of(database, "t").json
    assert (found["table"], found["schema"], found["row_count"]) == ("t", "main", 4)
    assert found["connection"] == database.connection
    assert found["synced_at"] == database.tables()["t"]["last_sync"]
    told = {column["name"]: column for column in found["columns"]}
    assert list(told) == list(columns)
    assert [c["cardinality"] for c in told.values()] == [3, 4, 2, 3, 2, 2, 2, 0, 1]
    assert [c["null_count"] for c in told.values()] == [1, 0, 1, 1, 1, 1, 1, 4, 0]
    assert (told["id"]["data_type"], told["id"]["null_percentage"]) == ("int64", 25.0)
    numeric = {"type": "numeric", "min": "1", "max": "3", "mean": 2.0}
    assert told["id"]["profile"] == numeric
    assert told["price"]["profile"] == {**numeric, "min": "0.5", "max": "inf", "mean": 1.0}
    assert told["kind"]["profile"] == {
        "type": "categorical",
        "values": [
            {"value": "b", "count": 2},
            {"value": "a", "count": 1},
            {"value": None, "count": 1},
        ],
    }
    text = {"type": "text", "min_length": 1, "max_length": 4, "avg_length": 7 / 3}
    assert told["name"]["profile"] == pytest.approx(text)
    assert told["ok"]["profile"] == {"type": "boolean", "true_count": 2, "false_count": 1}
    dates = {"type": "temporal", "min": "2026-01-01", "max": "2026-01-09"}
    assert told["day"]["profile"] == dates
    assert told["tags"]["profile"] is told["none"]["profile"] is None


def test_a_profile_is_of_a_table_that_has_been_loaded(database):
    path = f"/v1/databases/{database.id}/schemas/main/tables"
    database.server.post(path, {"name": "declared"}, status=201)
    for table in ("declared", "none"):
        assert "not found" in profile_of(database, table, 404).error[1]
    database.load("empty", pa.table({"id": pa.array([], pa.int64())}))
    (column,) = profile_of(database, "empty").json["columns"]
    assert (column["cardinality"], column["null_percentage"], column["profile"]) == (0, 0.0, None)
