# SPDX-License-Identifier: Apache-2.0
"""Reading a database as it was; the examples of docs/history.md."""

import re
from pathlib import Path

import hotload
import pytest

HISTORY = Path(__file__).resolve().parents[2] / "docs" / "history.md"


@pytest.fixture
def loads(database):
    first = database.load("t", [{"id": 1}], mode="upsert", key="id", load_id="first")
    second = database.load("t", [{"id": 2}], mode="upsert", key="id", load_id="second")
    return first, second


def count(database, as_of):
    return database.query("SELECT count(*) FROM t", as_of=as_of).fetchall()[0][0]


def test_a_load_a_snapshot_and_a_time(database, loads):
    first, _ = loads
    assert count(database, "first") == 1
    assert count(database, str(first.snapshot)) == 1
    assert count(database, first.committed_at.replace(first.committed_at[:4], "2999", 1)) == 2
    assert count(database, "second") == 2
    with database.open_session(as_of="first") as session:
        assert session.query("SELECT id FROM main.t").fetchall() == [(1,)]


def test_the_past_is_read_only(database, loads):
    with (
        database.open_session(as_of="first") as session,
        pytest.raises(hotload.Error) as caught,
    ):
        session.query("CREATE TABLE n(i INTEGER)")
    assert caught.value.code == "permission"


def test_before_the_retention_is_expired(database, loads):
    database.maintain(retention_seconds=0)
    with pytest.raises(hotload.Error, match="retention") as caught:
        count(database, "first")
    assert caught.value.code == "expired"
    assert count(database, "second") == 2


def test_the_document_s_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", HISTORY.read_text(), flags=re.M | re.S)
    alone = [block for block in blocks if block.startswith("import hotload\n")]
    assert len(alone) == 2
    for block in alone:
        exec(compile(block, str(HISTORY), "exec"), {})
