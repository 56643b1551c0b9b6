# SPDX-License-Identifier: Apache-2.0
"""Atomic loads of many tables over HTTP: formats, repeated calls, kills, and the wall."""

import gzip
import io
import threading

import pyarrow as pa
import pytest
from packages import Package, column
from serving import parquet_bytes


def ids(*values):
    return parquet_bytes(pa.table({"id": pa.array(values, pa.int64())}))


def arrow_bytes(table, batch_rows=2):
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=batch_rows)
    return out.getvalue()


def stored(database, table):
    return [row[0] for row in database.rows(f"SELECT id FROM {table} ORDER BY id")]


def by_table(receipt):
    return {table["table"]: table for table in receipt["tables"]}


def test_what_a_package_holds_appears_in_one_commit(database):
    for load_id in ("1", "2"):
        package = Package(database, load_id, schema_name="shop")
        assert package.state() == "open"
        package.declare(
            {"name": "a", "columns": [column("id")]},
            {"name": "b", "columns": [column("id"), column("note", "VARCHAR")]},
        )
        assert package.state() == "pending"
        package.stage("a", "job/1", ids(1, 2))
        package.send("/rows", rows=[{"table": "b", "columns": ["id"], "values": ["7"]}])
        if load_id == "2":
            package.send("/truncations", tables=["a"])
            package.send("/deletions", rows=[{"table": "b", "column": "id", "value": "7"}])
            assert stored(database, "a") == [1, 2]
        receipt = package.commit().json
        assert receipt["key"] == {"schema": "main", "schema_name": "shop", "load_id": load_id}
        assert by_table(receipt)["a"]["inserted"] == 2
        assert package.outcome() == {"state": "committed", "receipt": receipt}
    assert by_table(receipt)["a"]["truncated"]
    assert by_table(receipt)["b"]["deleted"] == 1
    assert database.rows("SELECT * FROM b") == [[7, None]]
    drop = Package(database, "3")
    drop.send("/drops", tables=["a"])
    assert by_table(drop.commit().json)["a"]["dropped"]
    assert database.query("SELECT * FROM a", status=400).error[0] == "NOT_FOUND"


def test_every_call_may_be_repeated(database):
    package = Package(database, "1")
    spec = {"name": "t", "columns": [column("id")]}
    row = {"table": "t", "columns": ["id"], "values": ["9"]}
    for _ in range(3):
        package.declare(spec)
        package.stage("t", "job", ids(1, 2))
        package.send("/rows", rows=[row])
    receipts = []
    for _ in range(3):
        receipts.append(package.commit().json)
        package.abort()
    assert receipts[0] == receipts[1] == receipts[2]
    assert stored(database, "t") == [1, 2, 9]


def test_what_comes_after_the_commit_is_refused_and_not_lost(database):
    package = Package(database, "late")
    spec = {"name": "t", "columns": [column("id")]}
    row = {"table": "t", "columns": ["id"], "values": ["9"]}
    package.declare(spec)
    package.stage("t", "job", ids(1))
    receipt = package.commit().json
    upload = database.server.upload(ids(3))
    for answer in (
        package.stage("t", "job", ids(1), status=409),
        package.stage("t", "other", ids(2), status=409),
        package.stage_upload("t", "upload", upload, status=409),
        package.declare(spec, status=409),
        package.send("/publish-schema", rows=[row], status=409),
        package.send("/rows", rows=[row], status=409),
        package.send("/deletions", rows=[], status=409),
        package.send("/drops", tables=["t"], status=409),
        package.send("/truncations", tables=["t"], status=409),
    ):
        assert answer.error[0] == "CONFLICT"
        assert "load 'late' is committed" in answer.error[1]
        assert "retry-after" not in answer.headers
    assert package.commit().json == receipt
    assert stored(database, "t") == [1]
    other = Package(database, "next")
    other.stage_upload("t", "upload", upload)
    other.commit()
    assert stored(database, "t") == [1, 3]


def test_an_upload_is_staged_once_however_many_ask_at_once(database):
    package = Package(database, "uploads")
    package.declare({"name": "t", "columns": [column("id")]})
    for round in range(5):
        upload = database.server.upload(ids(*range(round * 1000, round * 1000 + 1000)))
        statuses = []

        def send(job, upload=upload, statuses=statuses):
            statuses.append(package.stage_upload("t", job, upload, status=None).status)

        threads = [threading.Thread(target=send, args=(f"{round}-{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [200, 409, 409, 409]
    package.commit()
    assert stored(database, "t") == list(range(5000))


def test_a_commit_has_all_that_was_answered_for_while_jobs_come(database):
    package = Package(database, "race")
    package.declare({"name": "t", "columns": [column("id")]})
    statuses = {}

    def send(value):
        statuses[value] = package.stage("t", f"job{value}", ids(value), status=None).status

    threads = [threading.Thread(target=send, args=(value,)) for value in range(12)]
    for thread in threads:
        thread.start()
    package.commit()
    for thread in threads:
        thread.join()
    assert set(statuses.values()) <= {200, 409}
    kept = [value for value, status in statuses.items() if status == 200]
    assert stored(database, "t") == sorted(kept)


def test_an_aborted_package_leaves_nothing(database):
    package = Package(database, "1")
    package.declare({"name": "t", "columns": [column("id")]})
    package.stage("t", "job", ids(1))
    assert [file["job_id"] for file in package.staged()] == ["job"]
    package.abort()
    assert package.state() == "open"
    assert package.staged() == []
    assert package.commit().json["tables"] == []
    assert database.query("SELECT * FROM t", status=400).error[0] == "NOT_FOUND"


def test_a_schema_can_be_published_before_its_rows(database):
    package = Package(database, "1")
    package.declare({"name": "t", "columns": [column("id")]})
    rows = [{"table": "t", "columns": ["id"], "values": ["1"]}]
    answer = package.call("POST", "/publish-schema", {"rows": rows}, status=200)
    assert answer.json == {"published": True}
    assert stored(database, "t") == [1]
    package.stage("t", "job", ids(2))
    assert stored(database, "t") == [1]
    package.commit()
    assert stored(database, "t") == [1, 2]


FORMS = {
    "parquet": (ids(1, 2, 3), ""),
    "arrow": (arrow_bytes(pa.table({"id": pa.array([1, 2, 3], pa.int64())})), "format=arrow"),
    "jsonl": (b'{"id":1}\n{"id":2}\n{"id":3}\n', "format=jsonl"),
    "jsonl.gz": (gzip.compress(b'{"id":1}\n{"id":2}\n{"id":3}\n'), "format=jsonl"),
    "csv": (b"id;x\n1;a\n2;b\n3;c\n", "format=csv&csv_delimiter=%3B"),
    "csv without header": (b"1,a\n2,b\n3,c\n", "format=csv&csv_header=false"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("way", ["body", "upload"])
def test_files_of_every_form_are_staged(database, form, way):
    content, query = FORMS[form]
    package = Package(database, "1")
    package.declare({"name": "t", "columns": [column("id"), column("x", "VARCHAR")]})
    if way == "body":
        staged = package.stage("t", "job", content, query).json
    else:
        options = dict(part.split("=") for part in query.split("&") if part)
        if "csv_delimiter" in options:
            options["csv_delimiter"] = ";"
        if "csv_header" in options:
            options["csv_header"] = False
        upload = database.server.upload(content)
        staged = package.stage_upload("t", "job", upload, **options).json
        assert package.stage_upload("t", "job", upload, **options).json == staged
    assert (staged["table"], staged["job_id"], staged["rows"]) == ("t", "job", 3)
    package.commit()
    assert stored(database, "t") == [1, 2, 3]


def test_the_columns_of_a_file_are_told(database):
    package = Package(database, "1")
    answer = package.call("POST", "/columns", b'{"id":1,"at":"2026-01-01"}', "format=jsonl")
    assert [(c["name"], c["type"]) for c in answer.json["columns"]] == [
        ("id", "BIGINT"),
        ("at", "DATE"),
    ]
    assert package.staged() == []


def test_what_is_wrong_with_a_file_is_said_and_nothing_of_it_stays(database):
    package = Package(database, "1")
    package.declare({"name": "t", "columns": [column("id")]})
    assert package.stage("t", "bad", b"PAR1 and no more", status=400).error[0] == "BAD_FILE"
    answer = package.stage("t", "bad", b"id\nx\n", "format=csv", status=409)
    assert answer.json["error"]["reason"] == "type_mismatch"
    package.stage("none", "bad", ids(1), status=404)
    package.stage("t", "bad", ids(1), "format=xml", status=400)
    package.declare({"name": "t", "columns": [column("id")], "colums": []}, status=400)
    package.declare({"name": "t", "columns": [column("id", "NO_TYPE")]}, status=400)
    assert package.staged() == []
    for schema in ("_hotload", "information_schema"):
        Package(database, "1", schema).declare({"name": "t"}, status=400)
    other = Package(database, "1")
    other.path = other.path.replace(database.id, "dbnone")
    other.commit(status=404)
    other.stage("t", "job", ids(1), status=404)


def test_conditions_read_nothing_but_the_tables_they_are_for(database):
    spec = {
        "name": "t",
        "columns": [column("id")],
        "disposition": "merge",
        "strategy": "delete-insert",
    }
    harmless = "id IN (SELECT max(s.id) FROM {staging_table} AS s) OR abs(id) < 0"
    package = Package(database, "1")
    package.declare(
        {**spec, "destination_scope": harmless, "source_filter": "upper('{{a') = '{{A'"}
    )
    package.stage("t", "job", ids(1))
    package.commit()
    assert stored(database, "t") == [1]
    for name in ("source_filter", "destination_scope"):
        for condition in (
            "id IN (SELECT 1 FROM t)",
            "id IN (SELECT 1 FROM _hotload.receipts)",
            "EXISTS (FROM '/etc/passwd')",
            "EXISTS (FROM read_text('/etc/passwd'))",
            "getenv('HOME') = ''",
            "current_setting('threads') = 1",
        ):
            answer = Package(database, "2").declare({**spec, name: condition}, status=400)
            assert answer.error[0] == "REFUSED", condition
        for condition in (
            "true --",
            "true) UNION (SELECT 1 FROM t WHERE (true",
            "true); DROP TABLE t; SELECT (1",
            "true /*",
        ):
            Package(database, "2").declare({**spec, name: condition}, status=400)
    assert stored(database, "t") == [1]


def test_one_job_that_comes_twice_at_once_is_staged_once(database):
    package = Package(database, "1")
    package.declare({"name": "t", "columns": [column("id")]})
    content = parquet_bytes(pa.table({"id": pa.array(range(200_000), pa.int64())}))
    statuses = []

    def send():
        statuses.append(package.stage("t", "job", content, status=None).status)

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 409}
    assert 200 in statuses
    assert package.commit().json["tables"][0]["inserted"] == 200_000


def test_a_body_larger_than_memory_of_a_request_is_staged(database):
    table = pa.table({"id": pa.array(range(6_000_000), pa.int64())})
    package = Package(database, "1")
    package.declare({"name": "t", "columns": [column("id")]})
    content = arrow_bytes(table, 100_000)
    assert len(content) > 40 << 20
    assert package.stage("t", "job", content, "format=arrow").json["rows"] == 6_000_000


def test_a_package_survives_a_kill_between_any_two_calls(server):
    database = server.create_database()
    package = Package(database, "1")
    row = {"table": "b", "columns": ["id"], "values": ["5"]}
    content = ids(1, 2)
    upload = server.upload(ids(3))
    steps = [
        lambda: package.declare(
            {"name": "a", "columns": [column("id")]}, {"name": "b", "columns": [column("id")]}
        ),
        lambda: package.call("POST", "/publish-schema", {"rows": [row]}, status=200),
        lambda: package.stage("a", "1", content),
        lambda: package.stage_upload("a", "2", upload),
        lambda: package.send("/truncations", tables=["a"]),
        lambda: package.send("/rows", rows=[row]),
        lambda: package.commit(),
    ]
    for step in steps:
        first = step()
        server.kill()
        server.start()
        again = step()  # a client that did not see the answer asks again
        assert again.status == first.status
    assert again.json == first.json
    assert package.outcome() == {"state": "committed", "receipt": first.json}
    assert stored(database, "a") == [1, 2, 3]


@pytest.mark.parametrize(
    "point", ["stage.synced", "commit.begun", "commit.stepped", "commit.synced", "commit.committed"]
)
def test_a_server_that_dies_at_work_does_it_once(tmp_path, monkeypatch, point, request):
    from serving import Server

    with Server(tmp_path / "root") as server:
        database = server.create_database()
        server.stop()
        monkeypatch.setenv("HOTLOAD_FAILPOINT", point)
        server.start()
        monkeypatch.delenv("HOTLOAD_FAILPOINT")
        package = Package(database, "1")
        died = 0
        for step in (
            lambda: package.declare({"name": "t", "columns": [column("id")]}),
            lambda: package.stage("t", "job", ids(1, 2)),
            lambda: package.commit(),
        ):
            try:
                step()
            except OSError:
                died += 1
                server.process.wait(60)
                server.start()
                step()
        assert died == 1
        assert stored(database, "t") == [1, 2]
        assert len(database.server.get(f"/v1/databases/{database.id}", status=200).json) > 0
