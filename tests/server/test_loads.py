# SPDX-License-Identifier: Apache-2.0
"""Uploads and loads: every mode, formats, receipts, what survives a kill."""

import gzip
import hashlib
import json
import time
import urllib.parse
from http.client import HTTPConnection

import pyarrow as pa
import pytest
from packages import Package, column
from serving import parquet_bytes


def people(*pairs):
    return [{"id": i, "name": name} for i, name in pairs]


def stored(database, table="t"):
    return database.rows(f"SELECT id, name FROM {table} ORDER BY id")


def finished(server, job):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        state = server.get(f"/v1/jobs/{job}", status=200).json
        if state["status"] not in ("pending", "running"):
            return state
        time.sleep(0.02)
    raise AssertionError("the job does not end")


def test_the_modes_do_what_they_are_called(database):
    receipt = database.load("t", people((1, "a"), (2, "b")), "replace").json
    assert receipt["row_count"] == 2
    assert receipt["connection_id"] == database.connection
    assert (receipt["schema_name"], receipt["table_name"]) == ("main", "t")
    assert database.load("t", people((3, "c"))).json["row_count"] == 3
    assert (
        database.load("t", people((2, "B"), (4, "d")), "upsert", key=["id"]).json["row_count"] == 4
    )
    assert (
        database.load("t", people((1, "A"), (9, "z")), "update", key=["id"]).json["row_count"] == 4
    )
    assert database.load("t", [{"id": 3}], "delete", key=["id"]).json["row_count"] == 3
    assert stored(database) == [[1, "A"], [2, "B"], [4, "d"]]
    assert database.load("t", people((7, "g")), "replace").json["row_count"] == 1
    assert stored(database) == [[7, "g"]]


def test_replace_takes_the_columns_of_the_batch_and_zero_rows_empty_it(database):
    database.load("t", people((1, "a")), "replace")
    database.load("t", [{"other": "x"}], "replace")
    assert database.query("SELECT * FROM t").json["columns"] == ["other"]
    empty = pa.table({"id": pa.array([], pa.int64())})
    assert database.load("t", empty, "replace").json["row_count"] == 0
    answer = database.query("SELECT * FROM t").json
    assert (answer["columns"], answer["rows"]) == (["id"], [])


def test_append_adds_columns_fills_what_is_missing_and_widens(database):
    database.load("t", pa.table({"id": pa.array([1], pa.int32()), "a": ["x"]}))
    database.load("t", pa.table({"id": pa.array([2**40], pa.int64()), "b": [1.5]}))
    assert database.rows("SELECT id, a, b FROM t ORDER BY id") == [
        [1, "x", None],
        [2**40, None, 1.5],
    ]


@pytest.mark.parametrize("as_text", [False, True])
def test_integers_become_double_where_a_double_comes(database, as_text):
    database.load("t", pa.table({"id": pa.array([1, 2, 3], pa.int32())}))
    batch = b"id\n2.5\n" if as_text else pa.table({"id": [2.5]})
    database.load("t", batch, "append", **({"format": "csv"} if as_text else {}))
    assert database.rows("SELECT id FROM t WHERE id > 2 ORDER BY id") == [[2.5], [3.0]]
    database.load("big", pa.table({"id": [2**53 + 1]}))
    _, message = database.load("big", pa.table({"id": [2.5]}), status=409).error
    assert str(2**53 + 1) in message
    assert database.rows("SELECT id FROM big") == [[2**53 + 1]]


def test_types_that_do_not_fit_are_a_conflict_and_change_nothing(database):
    database.load("t", people((1, "a")))
    code, _ = database.load("t", pa.table({"id": ["text"]}), status=409).error
    assert code == "CONFLICT"
    assert stored(database) == [[1, "a"]]


def test_keys_come_from_the_declaration_or_the_request(database):
    schema = f"/v1/databases/{database.id}/schemas"
    database.server.post(f"{schema}/main/tables", {"name": "t", "key": ["ID"]}, status=201)
    database.load("t", people((1, "a")), "upsert")
    database.load("t", people((1, "b")), "upsert", key=None)
    assert stored(database) == [[1, "b"]]
    _, message = database.load("t", people((1, "c")), "upsert", key=[], status=400).error
    assert "no declared key" in message
    _, message = database.load("u", people((1, "c")), "upsert", status=400).error
    assert "no declared key" in message
    database.load("t", people((1, "c")), "upsert", key=["nope"], status=400)


def test_updates_and_deletes_want_a_table(database):
    for mode in ("update", "delete"):
        assert database.load("none", people((1, "a")), mode, key=["id"], status=404)


def test_the_same_upload_into_the_same_table_loads_once(database):
    upload = database.server.upload(parquet_bytes(people((1, "a"))))
    first = database.load("t", b"", upload_id=upload).json
    database.load("t", people((2, "b")))
    assert database.load("t", b"", upload_id=upload).json == first
    assert stored(database) == [[1, "a"], [2, "b"]]


def test_an_upload_is_of_one_request_alone(database):
    server = database.server
    upload = server.upload(parquet_bytes(people((1, "a"))))
    failed = {"upload_id": upload, "columns": {"id": "NO_TYPE"}, "status": 400}
    database.load("t", b"", **failed)
    first = database.load("t", b"", "upsert", upload_id=upload, key=["id"]).json
    again = f"/v1/databases/{database.id}/schemas/main/tables/T/loads"
    body = {"mode": "upsert", "upload_id": upload, "key": ["ID"], "async": True, "extra": 1}
    assert server.post(again, body, status=200).json == first
    other = server.create_database()
    for where, table, mode, more in (
        (database, "t", "append", {}),
        (database, "t", "upsert", {"key": ["name"]}),
        (database, "t", "upsert", {"key": ["id"], "columns": {"id": "DOUBLE"}}),
        (database, "t", "upsert", {"key": ["id"], "format": "parquet"}),
        (database, "u", "upsert", {"key": ["id"]}),
        (other, "t", "upsert", {"key": ["id"]}),
        (database, "t", "replace", {"async": True, "async_after_ms": 5000}),
    ):
        answer = where.load(table, b"", mode, upload_id=upload, status=409, **more)
        assert answer.error[0] == "CONFLICT", (table, mode, more)
        assert "upload the file again" in answer.error[1]
    assert stored(database) == [[1, "a"]]


def forget_receipts(server):
    """As a kill between a load's commit and its receipt leaves the journal."""
    server.stop()
    path = server.root / "ws1.server" / "journal.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    last = {line["id"]: line for line in lines if line["kind"] == "receipt"}
    with path.open("a") as journal:
        for line in last.values():
            assert line["record"].pop("receipt")
            journal.write(json.dumps(line) + "\n")
    server.start()


def test_a_load_whose_receipt_was_not_written_is_not_done_twice(server):
    database = server.create_database()
    upload = server.upload(parquet_bytes(people((1, "a"))))
    inline = {"upload_id": None, "data": "id,name\n2,b\n", "idempotency_key": "k"}
    first = database.load("t", b"", upload_id=upload).json
    keyed = database.load("u", b"", **inline).json
    forget_receipts(server)
    other = database.load("u", b"", "replace", status=409, upload_id=upload)
    assert other.error[0] == "CONFLICT"
    code, _ = database.load("u", b"", "replace", status=409, **inline).error
    assert code == "IDEMPOTENCY_KEY_CONFLICT"
    assert database.load("t", b"", upload_id=upload).json == first
    assert database.load("u", b"", **inline).json == keyed
    assert (stored(database), stored(database, "u")) == ([[1, "a"]], [[2, "b"]])


@pytest.mark.parametrize("how", ["drop", "drop and make", "package"])
def test_a_receipt_is_no_answer_once_its_table_was_dropped(database, how):
    server = database.server
    upload = server.upload(parquet_bytes(people((1, "a"))))
    inline = {"upload_id": None, "data": "id,name\n1,a\n", "idempotency_key": "k"}
    database.load("t", b"", upload_id=upload)
    first = database.load("u", b"", **inline).json
    for table in ("t", "u"):
        if how == "package":
            package = Package(database, f"drop {table}")
            package.send("/drops", tables=[table])
            package.commit()
        else:
            path = f"/v1/connections/{database.connection}/schemas/main/tables/{table}"
            server.call("DELETE", path, status=204)
        if how == "drop and make":
            database.load(table, people((7, "g")))
    assert database.load("t", b"", upload_id=upload, status=409).error[0] == "CONFLICT"
    again = database.load("u", b"", **inline).json
    before = 1 if how == "drop and make" else 0
    assert again == {**first, "row_count": 1 + before}
    assert database.load("u", b"", **inline).json == again
    assert [row for row in stored(database, "u") if row[0] == 1] == [[1, "a"]]
    database.load("u", people((2, "b")), "replace")
    assert database.load("u", b"", **inline).json == again


def test_no_message_tells_where_the_server_keeps_its_files(database):
    server = database.server
    torn = b"PAR1 nothing"
    answers = [database.load("t", torn, status=400)]
    job = database.load("t", torn, status=202, **{"async": True}).json["id"]
    assert "magic bytes" in finished(server, job)["error_message"]
    answers.append(server.get(f"/v1/jobs/{job}"))
    answers.append(database.load("t", b"", status=400, upload_id=None, data="a\n1\n2,3\n"))
    package = Package(database, "1")
    package.declare({"name": "t", "columns": [column("id")]})
    answers.append(package.stage("t", "job", torn, status=400))
    used = server.upload(parquet_bytes(people((1, "a"))))
    database.load("u", b"", upload_id=used)
    answers.append(package.stage_upload("t", "job", used, status=409))
    for answer in answers:
        assert str(server.root) not in answer.body.decode()
        assert "ws1.server" not in answer.body.decode()


def test_a_key_that_the_batch_or_the_table_lacks_is_named(database):
    database.load("t", people((1, "a"), (2, "b")))
    result = database.query("SELECT 1 AS x").json["result_id"]
    for mode in ("delete", "update", "upsert"):
        for source in ({}, {"upload_id": None, "result_id": result}):
            answer = database.load("t", [{"x": 1}], mode, key=["id"], status=400, **source)
            assert "the batch has no column 'id'" in answer.error[1]
        answer = database.load("t", [{"x": 1}], mode, key=["x"], status=400)
        assert "table 'main.t' has no column 'x'" in answer.error[1]
    answer = database.load("t", [{"id": 1, "x": 1}], "delete", key=["id"], status=400)
    assert "has no column 'x'" in answer.error[1]
    database.load("t", b"", "delete", key=["id"], status=400, upload_id=None, data="name\na\n")
    assert database.query("SELECT * FROM t ORDER BY id").json["rows"] == [[1, "a"], [2, "b"]]


@pytest.mark.parametrize("text", [True, False])
def test_what_does_not_fit_says_what_is_there_what_came_and_what_to_do(database, text):
    database.load("t", people((1, "a")))
    content = b"id,name\nx,b\n" if text else parquet_bytes([{"id": "x", "name": "b"}])
    code, message = database.load("t", content, status=409).error
    assert code == "CONFLICT"
    for part in ("table t", "BIGINT", "VARCHAR", "replace the table"):
        assert part in message, part
    assert stored(database) == [[1, "a"]]


TEXTS = {"csv": b"id,name\n1,a\n2,\n", "json": b'{"id":1,"name":"a"}\n{"id":2}\n'}
PACKERS = {
    "plain": bytes,
    "gzip": gzip.compress,
    "zstd": lambda content: pa.compress(content, codec="zstd", asbytes=True),
}


@pytest.mark.parametrize("packed", PACKERS)
@pytest.mark.parametrize("form", TEXTS)
@pytest.mark.parametrize("stated", [True, False])
def test_text_formats_are_found_out_or_stated(database, form, packed, stated):
    upload = database.server.upload(PACKERS[packed](TEXTS[form]))
    database.load("t", b"", upload_id=upload, format=form if stated else None)
    assert stored(database) == [[1, "a"], [2, None]]


@pytest.mark.parametrize("packed", PACKERS)
def test_numbers_alone_are_csv_and_broken_json_is_neither(database, packed):
    database.load("t", b"", upload_id=database.server.upload(PACKERS[packed](b"1\n2\n")))
    assert database.rows('SELECT "1" FROM t') == [[2]]
    broken = database.server.upload(PACKERS[packed](b'{"id":1}\n{"id":2\n{"id":3}\n'))
    database.load("u", b"", upload_id=broken, status=400)
    database.load("u", b"", upload_id=broken, format="xml", status=400)
    database.query("SELECT * FROM u", status=400)


@pytest.mark.parametrize("text", ["id,v\n2,b\n3,c,x\n", "id,v\n2,b\n3\n", "id,v\n2,b,x\n"])
@pytest.mark.parametrize("mode", ["append", "replace", "upsert"])
@pytest.mark.parametrize("inline", [True, False])
def test_csv_rows_of_other_lengths_are_refused_and_change_nothing(database, text, mode, inline):
    database.load("t", b"", "replace", upload_id=None, data="id,v\n1,a\n")
    if inline:
        source = {"upload_id": None, "data": text}
    else:
        source = {"upload_id": database.server.upload(text.encode())}
    code, message = database.load("t", b"", mode, key=["id"], status=400, **source).error
    assert code == "BAD_FILE"
    assert "Line: " in message
    assert database.rows("SELECT * FROM t") == [[1, "a"]]


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
@pytest.mark.parametrize("form", ["csv", "json"])
@pytest.mark.parametrize("stated", [True, False])
def test_packed_text_that_is_cut_short_is_refused(database, packing, form, stated):
    first, line = {"csv": ("id\n", "%d\n"), "json": ("", '{"id":%d}\n')}[form]
    text = first + "".join(line % i for i in range(50_000))
    packed = PACKERS[packing](text.encode())
    upload = database.server.upload(packed[: len(packed) // 2])
    body = {"upload_id": upload, "format": form if stated else None}
    _, message = database.load("t", b"", status=400, **body).error
    assert "cut short" in message


def test_inline_data_is_csv_with_stated_types_and_an_idempotency_key(database):
    body = {"data": "id,name\n1,007\n", "columns": {"name": "VARCHAR"}, "idempotency_key": "k"}
    database.load("t", b"", upload_id=None, **body)
    database.load("t", b"", upload_id=None, **body)
    assert stored(database) == [[1, "007"]]
    code, _ = database.load(
        "t", b"", upload_id=None, **{**body, "data": "id,name\n2,8\n"}, status=409
    ).error
    assert code == "IDEMPOTENCY_KEY_CONFLICT"
    big = "id\n" + "1\n" * (2 << 20)
    assert database.load("t", b"", upload_id=None, data=big, status=413)


def test_a_result_can_be_loaded(database):
    database.load("t", people((1, "a"), (2, "b")))
    result = database.query("SELECT id * 10 AS id, name FROM t").json["result_id"]
    database.load("u", b"", "replace", upload_id=None, result_id=result)
    assert stored(database, "u") == [[10, "a"], [20, "b"]]


def test_asynchronous_loads_answer_at_once_or_by_a_job(database):
    soon = database.load("t", people((1, "a")), **{"async": True, "async_after_ms": 10000})
    assert soon.json["row_count"] == 1
    job = database.load("t", people((2, "b")), status=202, **{"async": True}).json
    state = finished(database.server, job["id"])
    assert (state["status"], state["job_type"]) == ("succeeded", "managed_load")
    assert state["result"]["row_count"] == 2
    failed = database.load(
        "t", b"PAR1 nothing", status=400, **{"async": True, "async_after_ms": 10000}
    )
    assert failed.error[0] == "BAD_FILE"
    assert stored(database) == [[1, "a"], [2, "b"]]


def test_a_job_is_of_one_database(database):
    server = database.server
    other = server.create_database()
    upload = server.upload(parquet_bytes(pa.table({"id": pa.array(range(700_000))})))
    answers = [
        d.load("t", b"", upload_id=upload, status=202, **{"async": True}) for d in (database, other)
    ]
    first, second = (answer.json["id"] for answer in answers)
    assert first != second
    assert finished(server, first)["result"]["connection_id"] == database.connection
    state = finished(server, second)
    assert state["status"] == "failed" or state["result"]["connection_id"] == other.connection


def test_a_body_as_deep_as_is_taken_is_kept_and_read_again(server):
    database = server.create_database()
    deep = json.loads('{"x":' * 30 + "1" + "}" * 30)
    job = database.load("t", people((1, "a")), status=202, extra=deep, **{"async": True}).json["id"]
    assert finished(server, job)["status"] == "succeeded"
    upload = server.upload(parquet_bytes(people((2, "b"))))
    load = {"upload_id": upload, "extra": deep, "async": True}
    job = database.load("t", b"", status=202, **load).json["id"]
    server.kill()
    server.start()
    assert finished(server, job)["status"] == "succeeded"
    assert stored(database) == [[1, "a"], [2, "b"]]


def test_parts_may_come_in_any_order_and_twice(database):
    server = database.server
    names = [f"{i:060}" for i in range(400_000)]
    content = ("id,name\n" + "".join(f"{i},{name}\n" for i, name in enumerate(names))).encode()
    session = server.post("/v1/uploads", {"filename": "x.csv"}, status=201).json
    assert (session["mode"], session.get("part_urls")) == ("multipart", None)
    size = session["part_size"]
    token = {"X_Upload_Finalize_Token": session["finalize_token"]}
    path = f"/v1/uploads/{session['upload_id']}"
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    assert len(pieces) > 2
    etags = {}
    for number in [*range(len(pieces), 0, -1), 1]:
        (part,) = server.post(f"{path}/parts", {"part_numbers": [number]}, **token).json["parts"]
        etags[number] = server.put_url(part["url"], pieces[number - 1]).headers["etag"]
    parts = [{"part_number": n, "e_tag": etags[n]} for n in sorted(etags)]
    wrong = [{**parts[0], "e_tag": '"other"'}, *parts[1:]]
    server.post(f"{path}/finalize", {"parts": wrong}, status=400, **token)
    server.post(f"{path}/finalize", {"parts": parts}, status=404, X_Upload_Finalize_Token="no")
    server.kill()
    server.start()
    done = server.post(f"{path}/finalize", {"parts": parts}, status=200, **token).json
    assert done["size_bytes"] == len(content)
    server.post(f"{path}/finalize", {"parts": parts}, status=400, **token)
    database.load("t", b"", upload_id=session["upload_id"])
    assert database.rows("SELECT count(*), min(name), max(name) FROM t") == [
        [400_000, names[0], names[-1]]
    ]


def test_what_is_finalized_is_written_no_more(database):
    server = database.server
    session = server.post("/v1/uploads", {"filename": "x.csv"}, status=201).json
    token = {"X_Upload_Finalize_Token": session["finalize_token"]}
    path = f"/v1/uploads/{session['upload_id']}"
    numbers = {"part_numbers": [1, 2]}
    first, second = server.post(f"{path}/parts", numbers, **token).json["parts"]
    etag = server.put_url(first["url"], b"id,name\n1,a\n").headers["etag"]
    late = HTTPConnection("127.0.0.1", server.port, timeout=60)
    late.putrequest("PUT", urllib.parse.urlsplit(second["url"]).path)
    late.putheader("Content-Length", "8")
    late.endheaders(b"2,b\n")
    time.sleep(0.5)
    finalize = {"parts": [{"part_number": 1, "e_tag": etag}]}
    server.post(f"{path}/finalize", finalize, status=200, **token)
    late.send(b"3,c\n")
    assert late.getresponse().status == 409
    late.close()
    server.put_url(second["url"], b"4,d\n", status=403)
    server.post(f"{path}/finalize", finalize, status=400, **token)
    assert server.root.joinpath("ws1.server/uploads", session["upload_id"]).stat().st_size == 12
    database.load("t", b"", upload_id=session["upload_id"])
    assert stored(database) == [[1, "a"]]


def test_uploads_that_are_not_what_was_declared_are_refused(shared_server):
    right = hashlib.sha256(b"content").hexdigest()
    fields = {"checksum_algo": "sha256", "checksum_value": right}
    assert shared_server.upload(b"content", **fields)
    for extra in ({"declared_size_bytes": 8}, {**fields, "checksum_value": "0" * 64}):
        body = {"declared_size_bytes": 7, **extra}
        session = shared_server.post("/v1/uploads", body, status=201).json
        shared_server.put_url(session["url"], b"content")
        path = f"/v1/uploads/{session['upload_id']}/finalize"
        token = session["finalize_token"]
        shared_server.post(path, {}, status=400, X_Upload_Finalize_Token=token)
    shared_server.put_url(session["url"].rpartition("/")[0] + "/wrong", b"x", status=403)


def test_a_load_between_upload_and_kill_happens_once(server):
    database = server.create_database()
    upload = server.upload(parquet_bytes(people(*[(i, "x") for i in range(1000)])))
    database.load("t", b"", upload_id=upload, status=202, **{"async": True})
    server.kill()
    server.start()
    receipt = database.load("t", b"", upload_id=upload, **{"async": True, "async_after_ms": 30000})
    assert receipt.json["row_count"] == 1000
    assert database.rows("SELECT count(*) FROM t") == [[1000]]


def test_a_table_is_listed_as_synced_with_its_columns_and_can_be_deleted(database):
    database.load(
        "t", pa.table({"id": [1], "at": pa.array([0], pa.timestamp("us", "UTC")), "tags": [["a"]]})
    )
    table = database.tables("&include_columns=true")["t"]
    assert table["synced"]
    assert table["last_sync"]
    assert [(c["name"], c["data_type"]) for c in table["columns"]] == [
        ("id", "int64"),
        ("at", "timestamp[us, tz=UTC]"),
        ("tags", "list<item: Utf8>"),
    ]
    assert list(database.tables("&table=t%25")) == ["t"]
    for pattern in ("%25", "%25t%25", "t", "%25%25t"):
        assert list(database.tables(f"&table={pattern}")) == ["t"]
    for pattern in ("u%25", "t%25t", "%25t%25t", "%25x"):
        assert list(database.tables(f"&table={pattern}")) == []
    path = f"/v1/connections/{database.connection}/schemas/main/tables/t"
    database.server.call("DELETE", path, status=204)
    database.server.call("DELETE", path, status=404)
    assert database.tables() == {}
    database.load("t", people((5, "again")))
    assert stored(database) == [[5, "again"]]
