# SPDX-License-Identifier: Apache-2.0
"""A bare `pip install hotload`: Python's own library and the core. Each script runs in a process
where pyarrow and pandas cannot be imported."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import hotload
import pytest

START = """
import sys
sys.modules["pyarrow"] = sys.modules["pandas"] = None
import hotload
database = hotload.open_workspace("x.lake").open_or_create_database("main")
def rows(sql="SELECT * FROM t ORDER BY ALL"):
    return database.query(sql).fetchall()
def refusal(call):
    try:
        call()
    except hotload.Error as error:
        return error.code, str(error)
"""


@pytest.fixture
def run(tmp_path):
    def run(script):
        done = subprocess.run(
            [sys.executable, "-c", START + textwrap.dedent(script)],
            cwd=tmp_path,
            env=dict(os.environ, PYTHONPATH=str(Path(hotload.__file__).resolve().parents[1])),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    return run


def test_the_first_example_runs(run):
    run("""
    for name in ("first", "second"):
        database.load("t", [{"id": 1, "name": name}], mode="upsert", key="id")
    assert rows() == [(1, "second")]
    """)


def test_rows_of_all_that_json_says(run):
    run("""
    nested = {"a": [1, None], "b": {"c": "x"}}
    database.load("t", [{"i": 2**62, "f": 1, "ok": True, "s": 'a"\\u00e9\\n\\0', "n": nested},
                        {"f": 0.1, "none": None, "n": {}}])
    assert rows("SELECT i, f, ok, s, n, none FROM t ORDER BY f DESC") == [
        (2**62, 1.0, True, 'a"\\u00e9\\n\\0', nested, None),
        (None, 0.1, None, None, {"a": None, "b": None}, None),
    ]
    assert [c.type for c in database.columns("main", "t")] == [
        "BIGINT", "DOUBLE", "BOOLEAN", "VARCHAR",
        'STRUCT("a" BIGINT[], "b" STRUCT("c" VARCHAR))', "VARCHAR"]
    assert refusal(lambda: database.load("u", [{"a": 1}, {"a": "x"}]))[0] == "invalid_argument"
    assert refusal(lambda: database.load("u", [{"a": 2**64}]))[0] == "invalid_argument"
    assert refusal(lambda: database.load("u", [{}]))[0] == "invalid_argument"
    assert database.columns("main", "u") is None
    """)


def test_a_polars_frame_goes_in_and_comes_out(run):
    run("""
    import datetime, polars
    frame = polars.DataFrame({"id": [1, 2], "name": ["a", None], "tags": [["x"], []],
                              "at": [datetime.time(23, 59, 59, 999999), None],
                              "kind": polars.Series(["k", "k"], dtype=polars.Categorical)})
    database.load("t", frame)
    database.load("t", frame, mode="replace")
    assert rows() == [(1, "a", ["x"], datetime.time(23, 59, 59, 999999), "k"),
                      (2, None, [], None, "k")]
    assert polars.DataFrame(database.query("SELECT id, name FROM t")).shape == (2, 2)
    """)


def test_files_of_text(run):
    run("""
    open("a.jsonl", "w").write('{"id": 1}\\n{"id": 2, "name": "x"}\\n')
    open("b.csv", "w").write("name,id,more\\n007,3,\\n")
    database.load("t", "a.jsonl")
    database.load("t", "b.csv")
    assert rows("SELECT id, name, more FROM t ORDER BY id") == [
        (1, None, None), (2, "x", None), (3, "007", None)]
    """)


def test_what_needs_pyarrow_says_so(run):
    run("""
    import datetime
    for call in (lambda: database.query("SELECT 1").arrow(),
                 lambda: database.query("SELECT 1").reader(),
                 lambda: database.query("SELECT 1").df(),
                 lambda: database.load("t", [{"day": datetime.date(2026, 1, 2)}])):
        code, text = refusal(call)
        assert code == "unsupported", text
        assert "pip install " in text, text
        assert "pyarrow" in text, text
    assert database.columns("main", "t") is None
    """)
