# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys
import threading
import time

import hotload
import pytest


@pytest.fixture
def session(database):
    database.load("t", [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}])
    with database.open_session() as session:
        yield session


def test_parameters_are_bound(session):
    rows = session.query("SELECT id FROM t WHERE name = $1 OR id = $2", ["a", 2]).fetchall()
    assert sorted(rows) == [(1,), (2,)]


def test_every_kind_of_parameter(session):
    values = [None, True, 7, 2**62, 1.5, "it's", b"\x00\x01"]
    marks = ", ".join(f"${i + 1}" for i in range(len(values)))
    assert session.query(f"SELECT {marks}", values).fetchall() == [tuple(values)]


def test_changed_rows_are_counted(session):
    session.query("UPDATE t SET name = 'c' WHERE id = 1")
    assert session.rows_changed == 1
    session.query("SELECT 1").close()
    assert session.rows_changed == -1


def test_a_transaction_is_rolled_back(session, database):
    session.begin()
    assert session.in_transaction
    session.query("DELETE FROM t")
    session.rollback()
    assert not session.in_transaction
    assert database.query("SELECT count(*) FROM t").fetchall() == [(2,)]


def test_a_transaction_is_committed(session, database):
    session.begin()
    session.query("DELETE FROM t WHERE id = 1")
    assert database.query("SELECT count(*) FROM t").fetchall() == [(2,)]
    session.commit()
    assert database.query("SELECT count(*) FROM t").fetchall() == [(1,)]


def test_a_missing_table_is_not_found(session):
    with pytest.raises(hotload.Error, match="nowhere") as caught:
        session.query("SELECT * FROM nowhere")
    assert caught.value.code == "not_found"


def test_a_syntax_error_is_an_invalid_argument(session):
    with pytest.raises(hotload.Error) as caught:
        session.query("SELEC 1")
    assert caught.value.code == "invalid_argument"


def test_a_read_only_session_refuses_writes(session, database):
    with database.open_session(read_only=True) as reader:
        assert reader.query("SELECT count(*) FROM t").fetchall() == [(2,)]
        with pytest.raises(hotload.Error) as caught:
            reader.query("DELETE FROM t")
    assert caught.value.code == "permission"


def test_interrupt_ends_a_statement(session):
    caught = []

    def run():
        try:
            session.query("SELECT count(*) FROM range(1000000) a, range(1000000) b").fetchall()
        except Exception as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    while thread.is_alive():
        session.interrupt()
        time.sleep(0.01)
    thread.join()
    assert len(caught) == 1


def test_what_is_answered_does_not_depend_on_the_zone_of_the_machine(tmp_path):
    script = """
import hotload, sys
sql = "SELECT t, t::DATE AS day FROM (SELECT TIMESTAMPTZ '2026-01-01 02:00:00+00' AS t)"
with hotload.open_workspace(sys.argv[1]) as workspace:
    database = workspace.open_or_create_database("main")
    for asked in (database, database.open_session()):
        rows = asked.query(sql).arrow()
        print(rows.schema.field("t").type, rows["day"][0])
"""
    command = [sys.executable, "-c", script, tmp_path / "x.lake"]
    zone = {**os.environ, "TZ": "America/New_York"}
    said = subprocess.run(command, env=zone, text=True, capture_output=True, check=True).stdout
    assert said.splitlines() == ["timestamp[us, tz=UTC] 2026-01-01"] * 2
