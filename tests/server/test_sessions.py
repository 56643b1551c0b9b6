# SPDX-License-Identifier: Apache-2.0
"""SQL sessions over HTTP: statements that write, transactions, the wall round a database."""

import threading
import time

import pyarrow as pa
import pytest
from serving import Server
from sessions import SqlSession


@pytest.fixture
def session(database):
    database.load("t", [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}])
    opened = SqlSession(database)
    yield opened
    opened.close()


def test_statements_that_write_say_how_many_rows(session):
    assert (
        session.run("CREATE TABLE u (id BIGINT NOT NULL, at DATE, note VARCHAR DEFAULT 'x')") == 0
    )
    assert session.run("INSERT INTO u (id, at) VALUES (1, '2026-01-01'), (2, NULL)") == 2
    assert session.run("INSERT INTO u BY NAME SELECT id + 10 AS id FROM t") == 2
    assert session.run("UPDATE u SET note = upper(note) || $1, at = NULL WHERE id > 1", "!") == 3
    assert session.run("UPDATE u AS x SET note = s.name FROM t AS s WHERE s.id = x.id - 10") == 2
    assert session.run("DELETE FROM u WHERE id IN (SELECT id FROM t WHERE name = 'a')") == 1
    assert session.rows("SELECT id, note FROM main.u ORDER BY id") == [
        [2, "X!"],
        [11, "a"],
        [12, "b"],
    ]
    assert session.run('DELETE FROM "default"."main"."u" AS d USING t WHERE d.id = t.id') == 1
    assert session.run("TRUNCATE u") == 2
    assert session.query("SELECT count(*) FROM u").headers["x-rows-changed"] == "-1"
    session.run("ALTER TABLE u ADD COLUMN more STRUCT(a INT, b DECIMAL(9, 2)[])")
    session.run("ALTER TABLE u RENAME COLUMN note TO remark")
    session.run("ALTER TABLE u ALTER id DROP NOT NULL")
    session.run("ALTER TABLE u DROP COLUMN at")
    session.run("ALTER TABLE u RENAME TO v")
    assert [row[0] for row in session.rows("DESCRIBE v")] == ["id", "remark", "more"]
    session.run("CREATE SCHEMA IF NOT EXISTS other")
    session.run("CREATE OR REPLACE TABLE other.w AS SELECT id, name FROM t WHERE id = $1", 2)
    session.run("CREATE VIEW other.seen (n) AS SELECT name FROM other.w")
    assert session.rows("SELECT n FROM other.seen") == [["b"]]
    session.run("DROP VIEW other.seen")
    session.run("DROP TABLE IF EXISTS v")
    session.run("DROP SCHEMA other CASCADE")
    assert session.query("SELECT * FROM other.w", status=404).error[0] == "NOT_FOUND"


def test_literals_are_kept_as_they_are_written(session):
    session.run("""INSERT INTO t VALUES (8, E'\\'); DROP TABLE t; --'), (9, $x$'); --$x$)""")
    rows = session.rows("SELECT name FROM t WHERE id > 7 ORDER BY id")
    assert rows == [["'); DROP TABLE t; --"], ["'); --"]]


def test_parameters_of_every_kind(session):
    row = session.rows(
        "SELECT $1 AS a, $2 AS b, $3 AS c, $4 AS d, $5 AS e, $6 AS f, isnan($7) AS g",
        *[None, True, 2**40, 1.5, "it's", {"bytes": "00ff"}, {"double": "NaN"}],
    )
    assert row == [[None, True, 2**40, 1.5, "it's", b"\x00\xff", True]]
    for wrong in ([1], {"bytes": "0"}, {"double": "x"}, {}):
        session.query("SELECT $1", wrong, status=400)


def test_a_transaction_is_seen_by_others_when_it_is_committed(session):
    database = session.database
    assert session.step("begin")
    session.run("INSERT INTO t VALUES (3, 'c')")
    session.run("CREATE TABLE fresh AS SELECT max(id) AS id FROM t")
    assert session.rows("SELECT id FROM fresh") == [[3]]
    session.run("CREATE TABLE IF NOT EXISTS fresh AS SELECT 9 AS id")
    session.run("ALTER TABLE fresh RENAME TO fresher")
    assert session.rows("SELECT id FROM fresher") == [[3]]
    session.query("SELECT * FROM fresh", status=404)
    assert database.rows("SELECT count(*) FROM t") == [[2]]
    assert not session.step("commit")
    assert database.rows("SELECT count(*) FROM t") == [[3]]
    assert database.rows("SELECT * FROM fresher") == [[3]]
    assert session.query("BEGIN").headers["x-transaction"] == "open"
    session.run("DELETE FROM t")
    assert session.rows("SELECT count(*) FROM t") == [[0]]
    session.run("DROP TABLE fresher")
    session.query("SELECT * FROM fresher", status=404)
    assert not session.step("rollback")
    assert database.rows("SELECT count(*) FROM t") == [[3]]
    assert session.rows("SELECT * FROM fresher") == [[3]]
    assert session.step("commit", status=400).error[0] == "BAD_REQUEST"


def test_a_call_that_is_sent_again_is_done_once(session):
    for _ in range(3):
        answer = session.query("INSERT INTO t VALUES (7, 'g')", sequence=50)
        assert answer.headers["x-rows-changed"] == "1"
    assert session.rows("SELECT count(*) FROM t WHERE id = 7") == [[1]]
    for _ in range(2):
        assert session.step("begin", sequence=51)
    session.query("DELETE FROM t WHERE id = 7", sequence=52)
    for _ in range(2):
        assert not session.step("commit", sequence=53)
    assert session.rows("SELECT count(*) FROM t WHERE id = 7") == [[0]]


def test_several_statements_are_one_transaction(session):
    session.run("DELETE FROM t; INSERT INTO t VALUES (1, ';'), (2, $a$;$a$); -- ; end")
    assert session.rows("SELECT * FROM t ORDER BY id") == [[1, ";"], [2, ";"]]
    session.query("DELETE FROM t; INSERT INTO t VALUES ('x', 'x')", status=400)
    assert session.rows("UPDATE t SET id = id + 1; SELECT id FROM t ORDER BY id") == [[2], [3]]
    session.query("BEGIN; DELETE FROM t; INSERT INTO t VALUES ('x', 'x'); COMMIT", status=400)
    assert session.rows("SELECT id FROM t ORDER BY id") == [[2], [3]]
    session.query("BEGIN; DELETE FROM t", status=200)
    session.run("ROLLBACK; DELETE FROM t WHERE id = 2")
    assert session.rows("SELECT id FROM t") == [[3]]


def test_a_session_that_only_reads_and_one_of_the_past(session):
    database = session.database
    reader = SqlSession(database, read_only=True)
    assert reader.rows("SELECT count(*) FROM t") == [[2]]
    assert reader.query("DELETE FROM t", status=400).error[0] == "REFUSED"
    history = f"/v1/hotload/databases/{database.id}/history"
    snapshot = database.server.get(history, status=200).json["receipts"][0]["snapshot"]
    session.run("DELETE FROM t WHERE id = 1")
    past = SqlSession(database, as_of=str(snapshot))
    assert past.rows("SELECT id FROM t ORDER BY id") == [[1], [2]]
    assert past.rows('SELECT name FROM "default"."main"."t" AS x WHERE x.id = 1') == [["a"]]
    assert past.query("DELETE FROM t", status=400).error[0] == "REFUSED"
    assert session.rows("SELECT id FROM t") == [[2]]
    SqlSession(database, status=404, as_of="99999")


REFUSED = [
    "ATTACH '/tmp/x.db'",
    "COPY t TO '/tmp/x.csv'",
    "COPY t FROM '/etc/passwd'",
    "EXPORT DATABASE '/tmp/x'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET threads = 1",
    "PRAGMA database_list",
    "CALL duckdb_settings()",
    "USE memory",
    "CHECKPOINT",
    "VACUUM",
    "CREATE MACRO f(x) AS x",
    "CREATE TEMP TABLE x (a INT)",
    "CREATE SEQUENCE s",
    "CREATE TYPE e AS ENUM ('a')",
    "CREATE INDEX i ON t (id)",
    "CREATE SECRET (TYPE s3)",
    "COMMENT ON TABLE t IS 'x'",
    "EXPLAIN SELECT 1",
    "EXPLAIN ANALYZE DELETE FROM t",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "MERGE INTO t USING t AS s ON t.id = s.id WHEN MATCHED THEN DELETE",
    "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
    "INSERT INTO t SELECT 1, content FROM read_text('/etc/passwd')",
    "INSERT INTO t FROM '/etc/passwd'",
    'INSERT INTO t SELECT 1, a FROM "x.csv"',
    "INSERT INTO t VALUES (1, getenv('HOME'))",
    "INSERT INTO t VALUES (1, (SELECT content FROM read_text('/etc/passwd')))",
    "INSERT INTO t SELECT 1, current_setting('home_directory')",
    "INSERT INTO t SELECT 1, name FROM HIDDEN.main.secret",
    "INSERT INTO HIDDEN.main.secret VALUES (1)",
    "INSERT INTO t SELECT snapshot_id, 'x' FROM __ducklake_metadata_HIDDEN.ducklake_snapshot",
    "INSERT INTO _hotload.receipts VALUES (1)",
    "INSERT INTO t VALUES (1, 'x') RETURNING getenv('HOME')",
    "INSERT INTO t VALUES (1, 'x') ON CONFLICT DO NOTHING",
    "UPDATE t SET name = getenv('HOME')",
    "UPDATE t SET name = (SELECT content FROM read_text('/etc/passwd'))",
    "UPDATE t SET name = 'x' FROM read_text('/etc/passwd')",
    "UPDATE t SET name = 'x' WHERE getenv('HOME') = '/root'",
    "UPDATE t SET name = 'x' WHERE EXISTS (FROM HIDDEN.main.secret)",
    "UPDATE t SET name = 'x' RETURNING getenv('HOME')",
    "UPDATE t SET (id, name) = (1, 'x')",
    "UPDATE t SET name = 'x'), id = (SELECT 1",
    "UPDATE HIDDEN.main.secret SET id = 1",
    "UPDATE _hotload.receipts SET load_id = 'x'",
    "DELETE FROM t USING read_text('/etc/passwd') WHERE true",
    "DELETE FROM t WHERE EXISTS (FROM '/etc/passwd')",
    "DELETE FROM t RETURNING getenv('HOME')",
    "DELETE FROM _hotload.receipts",
    "DELETE FROM HIDDEN.main.secret",
    "DELETE FROM t WHERE true /*",
    "DELETE FROM t WHERE (true",
    "DELETE FROM t; ATTACH '/tmp/x.db'",
    "DELETE FROM t; SELECT getenv('HOME')",
    'DELETE FROM t; INSERT INTO t SELECT 1, a FROM "x.csv"',
    "TRUNCATE _hotload.receipts",
    "TRUNCATE HIDDEN.main.secret",
    "CREATE TABLE x AS FROM read_text('/etc/passwd')",
    "CREATE TABLE x AS SELECT * FROM HIDDEN.main.secret",
    "CREATE TABLE HIDDEN.main.x (a INT)",
    "CREATE TABLE memory.main.x (a INT)",
    "CREATE TABLE _hotload.x (a INT)",
    "CREATE TABLE x (a INT DEFAULT getenv('HOME'))",
    "CREATE TABLE x (a INT CHECK (getenv('HOME') = ''))",
    "CREATE TABLE x (a INT, b INT AS (getenv('HOME')))",
    "CREATE TABLE x (a INT REFERENCES HIDDEN.main.secret(id))",
    "CREATE TABLE x (a HIDDEN.main.sometype)",
    "CREATE VIEW x AS FROM read_text('/etc/passwd')",
    "CREATE VIEW x AS FROM HIDDEN.main.secret",
    "CREATE OR REPLACE VIEW _hotload.receipts AS SELECT 1 AS a",
    "CREATE SCHEMA _hotload",
    "CREATE SCHEMA HIDDEN.x",
    "CREATE SCHEMA memory.x",
    "DROP SCHEMA _hotload CASCADE",
    "DROP SCHEMA HIDDEN.main",
    "DROP TABLE _hotload.receipts",
    "DROP TABLE HIDDEN.main.secret",
    "DROP DATABASE HIDDEN",
    "DROP MACRO to_unixtime",
    "ALTER TABLE t ADD COLUMN x VARCHAR DEFAULT getenv('HOME')",
    "ALTER TABLE t ALTER id TYPE VARCHAR USING getenv('HOME')",
    "ALTER TABLE t ALTER name SET DEFAULT getenv('HOME')",
    "ALTER TABLE t SET SCHEMA _hotload",
    "ALTER TABLE _hotload.receipts ADD COLUMN x INT",
    "ALTER TABLE HIDDEN.main.secret ADD COLUMN x INT",
    "ALTER VIEW v RENAME TO w",
    "ALTER DATABASE HIDDEN RENAME TO x",
    "SELECT * FROM HIDDEN.main.secret",
    "SELECT getenv('HOME')",
    "",
    ";",
    "\"INSERT\" INTO t VALUES (1, 'x')",
]


@pytest.fixture(scope="module")
def walled(shared_server):
    hidden = shared_server.create_database()
    hidden.load("secret", [{"id": 1, "name": "s"}])
    database = shared_server.create_database()
    database.load("t", [{"id": 1, "name": "a"}])
    return SqlSession(database), hidden


@pytest.mark.parametrize("sql", REFUSED)
def test_what_reaches_beyond_the_database_is_refused(walled, sql):
    session, hidden = walled
    answer = session.query(sql.replace("HIDDEN", f"lake_{hidden.id}"), status=None)
    assert answer.status in (400, 404, 409, 501), answer.body[:300]
    assert answer.json["error"]["reason"] != "internal", answer.body[:300]
    assert "/root" not in answer.body.decode()
    assert session.rows("SELECT id, name FROM t") == [[1, "a"]]
    assert hidden.rows("SELECT * FROM secret") == [[1, "s"]]


def test_attached_databases_are_read_and_not_written(shared_server):
    other = shared_server.create_database(name="other")
    other.load("o", [{"id": 5}])
    database = shared_server.create_database()
    body = {"connection_id": other.connection, "alias": "near"}
    shared_server.post(f"/v1/databases/{database.id}/catalogs", body, status=204)
    session = SqlSession(database)
    session.run("CREATE TABLE mine AS SELECT id FROM near.main.o")
    session.run("INSERT INTO mine SELECT id + 1 FROM near.main.o")
    assert session.rows("SELECT id FROM mine ORDER BY id") == [[5], [6]]
    for sql in (
        "INSERT INTO near.main.o VALUES (1)",
        "DELETE FROM near.main.o",
        "CREATE TABLE near.main.x (a INT)",
        "DROP TABLE near.main.o",
    ):
        assert session.query(sql, status=400).error[0] == "REFUSED", sql


def test_a_long_statement_is_interrupted(session):
    answers = []
    sql = "SELECT count(*) FROM range(1000000) a, range(1000000) b"
    thread = threading.Thread(target=lambda: answers.append(session.query(sql, status=None)))
    thread.start()
    deadline = time.monotonic() + 30
    while thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.1)
        session.call("interrupt", status=204)
        thread.join(0.1)
    assert not thread.is_alive()
    assert answers[0].json["error"]["reason"] == "canceled"
    assert session.rows("SELECT 1") == [[1]]


def test_sessions_belong_to_nobody_else_and_end(session):
    session.query("SELECT 1 AS one", status=200)
    stray = SqlSession(session.database)
    stray.close()
    assert stray.query("SELECT 1", status=404).error[0] == "NOT_FOUND"
    unknown = f"/v1/hotload/sessions/{'ses' + '0' * 32}/query"
    session.server.post(unknown, {"sql": "SELECT 1"}, status=404)


def test_a_session_does_not_outlive_the_server_but_its_commits_do(server):
    database = server.create_database()
    session = SqlSession(database)
    session.run("CREATE TABLE t (id BIGINT)")
    session.step("begin")
    session.run("INSERT INTO t VALUES (1)")
    server.kill()
    server.start()
    session.query("SELECT 1", status=404)
    session = SqlSession(database)
    assert session.rows("SELECT * FROM t") == []
    session.step("begin")
    session.run("INSERT INTO t VALUES (2)")
    session.step("commit")
    session.step("begin")
    session.run("INSERT INTO t VALUES (3)")
    server.kill()
    server.start()
    assert database.rows("SELECT * FROM t") == [[2]]


def test_rows_are_streamed_with_their_types(session):
    table = session.query("SELECT range AS n, {'a': [1]} AS s FROM range(300000)").table
    assert table.num_rows == 300_000
    assert table.schema.field("s").type == pa.struct([("a", pa.list_(pa.int32()))])


def test_the_history_of_a_database_is_told(shared_server):
    database = shared_server.create_database()
    own = f"/v1/hotload/databases/{database.id}"
    database.load("t", [{"id": 1}])
    database.load("t", [{"id": 2}])
    server = shared_server
    receipts = server.get(f"{own}/history", status=200).json["receipts"]
    assert len(server.get(f"{own}/history?limit=1", status=200).json["receipts"]) == 1
    last, first = (receipt["key"]["load_id"] for receipt in receipts)
    assert server.get(f"{own}/schemas", status=200).json["schemas"] == ["main"]
    tables = server.get(f"{own}/schemas/main/tables", status=200).json["tables"]
    assert [(t["name"], t["rows"]) for t in tables] == [("t", 2)]
    columns = server.get(f"{own}/schemas/main/tables/t/columns", status=200).json["columns"]
    assert columns == [{"name": "id", "type": "BIGINT", "nullable": True}]
    server.get(f"{own}/schemas/main/tables/none/columns", status=404)
    span = f"since={first.replace(':', '%3A')}"
    diff = server.get(f"{own}/diff?{span}", status=200).json
    assert [(t["table"], t["inserted"]) for t in diff["tables"]] == [("t", 1)]
    assert server.get(f"{own}/diff/main/t?{span}", status=200).table.to_pylist() == [
        {"_change": "insert", "id": 2}
    ]
    changes = server.get(f"{own}/changes/main/t?{span}", status=200).table
    assert changes["id"].to_pylist() == [2]
    kinds = [e["kind"] for e in server.get(f"{own}/events?{span}", status=200).json["events"]]
    assert kinds == ["rows"]
    fork = server.post(f"/v1/databases/{database.id}/fork", {"name": "f"}, status=201).json["id"]
    receipt = server.post(f"{own}/undo", {"load_id": last}, status=200).json
    assert server.post(f"{own}/undo", {"load_id": last}, status=200).json == receipt
    assert database.rows("SELECT id FROM t") == [[1]]
    error = server.post(f"/v1/hotload/databases/{fork}/publish", {}, status=None)
    assert error.status in (200, 409)
    assert server.post(f"{own}/scrub", {}, status=200).json["findings"] == []
    report = server.post(f"{own}/maintain", {"dry_run": True}, status=200).json
    assert report["loads_expired"] == 0
    assert server.get(f"{own}/loads", status=200).json["loads"] == []
    server.call("PUT", f"{own}/schemas/x", status=204)
    server.call("PUT", f"{own}/schemas/x", status=204)
    server.call("DELETE", f"{own}/schemas/x", status=204)
    server.call("DELETE", f"{own}/schemas/x", status=404)


def test_an_idle_transaction_lets_others_go_on(tmp_path):
    with Server(tmp_path / "root", "--transaction-timeout", "1") as server:
        database = server.create_database()
        database.load("t", [{"id": 1}])
        session = SqlSession(database)
        session.step("begin")
        session.run("INSERT INTO t VALUES (2)")
        database.load("t", [{"id": 3}])
        assert database.rows("SELECT id FROM t ORDER BY id") == [[1], [3]]
        session.query("SELECT 1", status=404)
