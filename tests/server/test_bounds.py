# SPDX-License-Identifier: Apache-2.0
"""Time-outs, stops and limits hold, whatever clients do."""

import contextlib
import json
import socket
import time
from http.client import IncompleteRead

import pytest
from serving import KEY, Server
from sessions import SqlSession

SLOW = "SELECT sum(hash(a.range + b.range)) FROM range(1000000) a, range(1000000) b"


def raw(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=60)


def send_query(connection, database, sql):
    body = json.dumps({"sql": sql, "database_id": database.id}).encode()
    connection.sendall(
        b"POST /v1/query HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + KEY.encode() + b"\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body) + body
    )


def runs(database):
    path = "/v1/query-runs"
    return database.server.get(path, X_Database_Id=database.id, status=200).json["query_runs"]


def until(seconds, done):
    """What `done()` gave when it came true in that time, else what it gave last."""
    deadline = time.monotonic() + seconds
    while not (came := done()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return came


def is_running(database):
    return [run["status"] for run in runs(database)] == ["running"]


def test_a_statement_for_which_the_planner_would_take_minutes_is_refused(database):
    answer = database.query(" UNION ALL ".join(["SELECT 1"] * 20_000), status=400)
    assert "too complex: more than 500 SELECTs" in answer.error[1]


def test_a_server_ends_when_its_stop_timeout_has_passed_whatever_runs(tmp_path):
    with Server(tmp_path / "root", "--stop-timeout", "2") as server:
        database = server.create_database()
        # The planner takes seconds for it, and heeds no interrupt.
        joins = (f"JOIN range(9) t{i} ON t{i}.range = t{i - 1}.range" for i in range(1, 64))
        hard = f"SELECT count(*) FROM range(9) t0 {' '.join(joins)}"
        database.query(hard, status=202, **{"async": True})
        assert until(20, lambda: is_running(database))
        server.process.terminate()
        begun = time.monotonic()
        assert server.process.wait(30) in (0, 4)
        assert time.monotonic() - begun < 4
        server.start()
        assert [run["status"] for run in runs(database)] == ["interrupted"]


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_query_ends_when_its_client_has_gone(database, how):
    connection = raw(database.server)
    send_query(connection, database, SLOW)
    assert until(20, lambda: is_running(database))
    if how == "reset":
        linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.close()
    assert until(10, lambda: not is_running(database))
    assert runs(database)[0]["error_message"] == "the query was canceled: its client has gone"


def test_a_client_that_only_says_no_more_or_more_already_gets_its_answer(database):
    slowly = "SELECT sum(hash(range)) IS NULL AS x FROM range(150000000)"
    with raw(database.server) as half, raw(database.server) as eager:
        send_query(half, database, slowly)
        half.shutdown(socket.SHUT_WR)
        send_query(eager, database, slowly)
        send_query(eager, database, "SELECT 'second' AS y")
        got = half.makefile("rb").read()
        answers = b""
        while b"second" not in answers:
            answers += eager.recv(4096)
    assert b"HTTP/1.1 200 OK" in got
    assert answers.count(b"HTTP/1.1 200 OK") == 2


def test_deleting_a_database_ends_its_queries_and_frees_their_slots(tmp_path):
    with Server(tmp_path / "root", "--engine-slots", "1") as server:
        busy, other = server.create_database(), server.create_database()
        busy.query(SLOW, status=202, **{"async": True})
        assert until(20, lambda: is_running(busy))
        server.call("DELETE", f"/v1/databases/{busy.id}", status=204)
        begun = time.monotonic()
        assert other.rows("SELECT 1") == [[1]]
        assert time.monotonic() - begun < 10


def test_a_run_is_interrupted_on_demand(database):
    run = database.query(SLOW, status=202, **{"async": True}).json["query_run_id"]
    path = f"/v1/hotload/databases/{database.id}/query-runs/{run}/interrupt"
    other = database.server.create_database()
    database.server.post(path.replace(database.id, other.id), {}, status=404)
    database.server.post(path, {}, status=204)
    assert until(10, lambda: not is_running(database))
    assert runs(database)[0]["status"] == "failed"
    assert "canceled" in runs(database)[0]["error_message"]
    database.server.post(path, {}, status=204)


def test_statements_of_sessions_end_when_queries_would(tmp_path):
    with Server(tmp_path / "root", "--query-timeout", "1") as server:
        database = server.create_database()
        session = SqlSession(database)
        session.run("CREATE TABLE t (id BIGINT)")
        session.run("BEGIN")
        session.run("INSERT INTO t VALUES (1)")
        begun = time.monotonic()
        assert session.query(SLOW, status=400).error[0] == "QUERY_TIMEOUT"
        assert time.monotonic() - begun < 10
        assert session.query("ROLLBACK", status=200).headers["x-transaction"] == "none"
        # Rows that are made while they are read, and a client that takes its time with them.
        endless = "SELECT a.range FROM range(100000000000) a WHERE hash(a.range) = 1"
        with contextlib.suppress(IncompleteRead):
            assert session.query(endless, status=None).status == 400
        assert time.monotonic() - begun < 20
        assert session.rows("SELECT count(*) FROM t") == [[0]]


def test_a_query_that_is_sent_away_leaves_no_run_behind(tmp_path):
    limits = ["--engine-slots", "1", "--max-waiting", "1"]
    with Server(tmp_path / "root", *limits) as server:
        database = server.create_database()
        answers = [database.query(SLOW, status=None, **{"async": True}) for _ in range(5)]
        assert [answer.status for answer in answers][-2:] == [429, 429]
        accepted = {answer.json["query_run_id"] for answer in answers if answer.status == 202}
        assert {run["id"] for run in runs(database)} == accepted


def busy_with_query(server, database):
    """A connection that waits for its answer; None: there is no room, an earlier one still goes."""
    connection = raw(server)
    send_query(connection, database, SLOW)
    connection.settimeout(1)
    try:
        connection.recv(1)
    except TimeoutError:
        return connection
    connection.close()
    return None


def test_beyond_the_connections_that_there_may_be_503_is_answered(tmp_path):
    with Server(tmp_path / "root", "--max-connections", "2") as server:
        database = server.create_database()
        with contextlib.ExitStack() as open_ones:
            for _ in range(2):
                open_ones.enter_context(until(10, lambda: busy_with_query(server, database)))
            with raw(server) as third:
                third.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                answer = third.makefile("rb").read()
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert b"Retry-After: 1" in answer
        assert until(10, lambda: b"200" in health(server)), "their clients have gone"


def health(server):
    with raw(server) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return connection.makefile("rb").readline()


def test_half_sent_headers_keep_nobody_out(tmp_path):
    with (
        Server(tmp_path / "root", "--max-connections", "20") as server,
        contextlib.ExitStack() as open_ones,
    ):
        for _ in range(20):
            half = open_ones.enter_context(raw(server))
            half.sendall(b"GET /health HTTP/1.1\r\nHos")
        time.sleep(1.5)
        for _ in range(5):
            assert b"200" in health(server)
