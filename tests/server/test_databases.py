# SPDX-License-Identifier: Apache-2.0
"""Databases and what is declared in them."""

import json
import re
import subprocess
import time

from serving import PROGRAM


def test_a_database_has_the_defaults_of_the_api(shared_server):
    created = shared_server.post("/v1/databases", {"name": None, "schemas": None}, status=201).json
    assert created["default_catalog"] == "default"
    assert created["default_schema"] == "main"
    got = shared_server.get(f"/v1/databases/{created['id']}", status=200).json
    assert got["attachments"] == []
    assert got["default_connection_id"] == created["default_connection_id"]


def test_the_only_declared_schema_is_the_default_one(shared_server):
    schemas = [{"name": "Public", "tables": [{"name": "Orders", "key": ["ID"]}]}]
    database = shared_server.create_database(schemas=schemas)
    assert database.info["default_schema"] == "public"
    table = database.tables()["orders"]
    assert (table["schema"], table["synced"]) == ("public", False)
    assert (table["partition_by"], table["sorted_by"], table["constant_per_key"]) == ([], [], [])


def test_declaring_twice_says_that_it_already_exists(database):
    server = database.server
    schema = f"/v1/databases/{database.id}/schemas"
    server.post(schema, {"name": "s"}, status=201)
    code, message = server.post(schema, {"name": "S"}, status=409).error
    assert code == "CONFLICT"
    assert "already exists" in message
    server.post(f"{schema}/s/tables", {"name": "t"}, status=201)
    assert "already exists" in server.post(f"{schema}/s/tables", {"name": "t"}, status=409).error[1]


def test_a_table_in_a_schema_that_is_not_there_names_the_schema(database):
    path = f"/v1/databases/{database.id}/schemas/nowhere/tables"
    code, message = database.server.post(path, {"name": "t"}, status=404).error
    assert code == "NOT_FOUND"
    assert "schema" in message


def test_a_pattern_of_many_wildcards_is_answered_at_once(database):
    path = f"/v1/databases/{database.id}/schemas/main/tables"
    name = "a" * 60
    database.server.post(path, {"name": name}, status=201)
    assert database.tables("&table=" + "%25a" * 30 + "b") == {}
    assert list(database.tables("&table=" + "%25a" * 30)) == [name]


def test_databases_are_listed_newest_first_by_page(server):
    made = [server.create_database(name=f"d{i}").id for i in range(5)]
    page = server.get("/v1/databases?limit=3", status=200).json
    assert [item["id"] for item in page["databases"]] == made[:1:-1]
    assert page["has_more"]
    # What comes and goes between two pages moves nothing.
    late = server.create_database(name="late").id
    for gone in (made[4], made[2]):
        server.call("DELETE", f"/v1/databases/{gone}", status=204)
    rest = server.get(f"/v1/databases?cursor={page['next_cursor']}", status=200).json
    assert [item["id"] for item in rest["databases"]] == made[1::-1]
    assert not rest["has_more"]
    server.call("DELETE", f"/v1/databases/{late}", status=204)
    assert server.get("/v1/databases/count?search=D3").json == {"total": 1}
    assert server.get("/v1/databases/by-name?name=d3").json["id"] == made[3]


def test_a_deleted_database_is_gone_and_so_are_its_files(server):
    database = server.create_database()
    database.load("t", [{"id": 1}])
    folder = server.root / "ws1.lake" / database.id
    assert folder.exists()
    server.call("DELETE", f"/v1/databases/{database.id}", status=204)
    server.call("DELETE", f"/v1/databases/{database.id}", status=404)
    database.query("SELECT 1", status=404)
    assert not folder.exists()


def test_databases_survive_a_kill(server):
    database = server.create_database(
        name="kept", schemas=[{"name": "s", "tables": [{"name": "t"}]}]
    )
    before = server.get(f"/v1/databases/{database.id}").json
    server.kill()
    server.start()
    assert server.get(f"/v1/databases/{database.id}").json == before
    assert list(database.tables()) == ["t"]


def test_at_the_start_only_what_the_server_left_unfinished_goes(server):
    ours = server.create_database()
    server.stop()
    lake = server.root / "ws1.lake"
    for name in ("dbbyhand", "dbunfinished"):
        command = [PROGRAM, "--lake", lake, "fork", ours.id, name]
        subprocess.run(command, check=True, capture_output=True)
    line = {"kind": "database_pending", "id": "dbunfinished", "record": {"id": "dbunfinished"}}
    with (server.root / "ws1.server" / "journal.jsonl").open("a") as journal:
        journal.write(json.dumps(line) + "\n")
    server.start()
    assert (lake / "dbbyhand").exists()
    assert not (lake / "dbunfinished").exists()
    assert server.get(f"/v1/databases/{ours.id}", status=200)


def test_a_database_that_cannot_go_yet_does_not_keep_others(server):
    gone = [server.create_database(expires_at="3s").id for _ in range(2)]
    kept = server.create_database(expires_at="3s")
    user = server.create_database(name="user")
    attached = {"connection_id": kept.connection, "alias": "kept"}
    server.post(f"/v1/databases/{user.id}/catalogs", attached)
    time.sleep(3)
    server.restart()  # tidies up
    deadline = time.monotonic() + 30
    while any(server.get(f"/v1/databases/{id}").status == 200 for id in gone):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert server.get(f"/v1/databases/{kept.id}", status=200)


def test_a_fork_has_the_rows_and_then_its_own(server):
    database = server.create_database(name="from")
    database.load("t", [{"id": 1}])
    fork_path = f"/v1/databases/{database.id}/fork"
    forked = server.post(fork_path, {"name": "to"}, status=201).json
    assert forked["forked_from"]["database_id"] == database.id
    other = type(database)(server, forked)
    other.load("t", [{"id": 2}])
    assert other.rows("SELECT id FROM t ORDER BY id") == [[1], [2]]
    assert database.rows("SELECT id FROM t") == [[1]]


def test_contexts_are_kept_beside_a_database(database):
    path = f"/v1/databases/{database.id}/context"
    database.server.post(path, {"name": "notes", "content": "old"}, status=200)
    database.server.post(path, {"name": "notes", "content": "new"}, status=200)
    entries = database.server.get(path, status=200).json["contexts"]
    assert [(entry["name"], entry["content"]) for entry in entries] == [("notes", "new")]
    entry = database.server.get(f"{path}/notes", status=200).json["context"]
    assert entry["content"] == "new"
    database.server.call("DELETE", f"{path}/notes", status=204)
    database.server.get(f"{path}/notes", status=404)


def test_health_needs_no_key_and_metrics_count(shared_server):
    assert shared_server.get("/health", Authorization=None, status=200).json["status"] == "ok"
    assert shared_server.get("/ready", Authorization=None, status=200).json["status"] == "ready"
    shared_server.get("/metrics", Authorization=None, status=401)
    shared_server.get("/v1/nothing", status=404)
    text = shared_server.get("/metrics", status=200).body.decode()
    counts = dict(re.findall(r'requests_total\{status="(\dxx)"\} (\d+)', text))
    assert int(counts["2xx"]) >= 2
    assert int(counts["4xx"]) >= 2


def test_what_cannot_be_meant_says_why(shared_server):
    code, message = shared_server.post("/v1/secrets", {"name": "a"}, status=501).error
    assert code == "NOT_IMPLEMENTED"
    assert "keeps no secrets" in message


def test_who_has_no_key_or_names_another_workspace_is_refused(shared_server):
    path = "/v1/databases"
    assert shared_server.get(path, Authorization=None).status == 401
    assert shared_server.get(path, Authorization="Bearer wrong").error[0] == "UNAUTHORIZED"
    for scheme in ("bearer", "BEARER", "Bearer "):
        shared_server.get(path, Authorization=f"{scheme} {shared_server.key}", status=200)
    for wrong in ("Basic", "Bearer", "", "Bearerx"):
        shared_server.get(path, Authorization=f"{wrong} {shared_server.key}x", status=401)
    assert shared_server.get(path, X_Workspace_Id="other").status == 404
    assert shared_server.get("/v1/nothing").status == 404
    assert shared_server.call("PATCH", path).status == 405


def test_who_has_no_key_may_not_send_much(shared_server):
    shared_server.post("/v1/auth/jwt", b" " * 100_000, status=413, Authorization=None)


def test_bodies_that_make_no_sense_are_refused(shared_server):
    assert shared_server.post("/v1/databases", b"{", status=400).error[0] == "BAD_REQUEST"
    assert shared_server.post("/v1/databases", [], status=400).error[0] == "BAD_REQUEST"
    assert "name" in shared_server.post("/v1/databases", {"name": 1}, status=400).error[1]
    shared_server.post("/v1/databases", {"default_catalog": "hotdata"}, status=400)
    for when in ("soon", "9999999999999d", "99999999999999999999s", "-1d", "1dd", "400000000d"):
        shared_server.post("/v1/databases", {"expires_at": when}, status=400)
    shared_server.post("/v1/databases", {"expires_at": "36500d"}, status=201)


def test_default_is_a_name_of_a_queries_own_database(shared_server):
    database = shared_server.create_database(default_catalog="mycat")
    database.load("t", [{"id": 7}])
    for name in ('"mycat"."main"."t"', '"default"."main"."t"', "main.t", "t"):
        assert database.rows(f"SELECT id FROM {name}") == [[7]], name
    sql = 'SELECT "default"."main"."t"."id" FROM "default"."main"."t"'
    assert database.rows(sql) == [[7]]
    database.query("SELECT id FROM other.main.t", status=400)
