# SPDX-License-Identifier: Apache-2.0
"""hotload query: values, formats, limits, what is allowed."""

import csv
import fcntl
import io
import json
import os
import pty
import signal
import struct
import subprocess
import termios
import time

import pytest

# A SQL value, the same as JSON, the same as text.
VALUES = [
    ("true", True, "true"),
    ("(-128)::TINYINT", -128, "-128"),
    ("18446744073709551615::UBIGINT", 18446744073709551615, "18446744073709551615"),
    ("12345678901234567890123::HUGEINT", 12345678901234567890123, "12345678901234567890123"),
    ("1.50::DECIMAL(10,2)", 1.5, "1.50"),
    ("(-0.05)::DECIMAL(4,2)", -0.05, "-0.05"),
    ("0.1::FLOAT", 0.1, "0.1"),
    ("1::DOUBLE", 1.0, "1.0"),
    ("'nan'::DOUBLE", "NaN", "NaN"),
    ("'-inf'::DOUBLE", "-Infinity", "-Infinity"),
    ("'a\"b, c'", 'a"b, c', 'a"b, c'),
    ("''", "", ""),
    ("NULL", None, ""),
    ("'\\xAA'::BLOB", "\\xAA", "\\xAA"),
    ("DATE '2024-02-29'", "2024-02-29", "2024-02-29"),
    ("DATE '1600-12-31'", "1600-12-31", "1600-12-31"),
    ("TIME '01:02:03.45'", "01:02:03.45", "01:02:03.45"),
    ("TIMESTAMP '1969-12-31 23:59:59.5'", "1969-12-31T23:59:59.5", "1969-12-31T23:59:59.5"),
    ("TIMESTAMPTZ '2024-01-01 00:00:00+02'", "2023-12-31T22:00:00Z", "2023-12-31T22:00:00Z"),
    (
        "TIMESTAMP_NS '2024-01-01 00:00:00.123456789'",
        "2024-01-01T00:00:00.123456789",
        "2024-01-01T00:00:00.123456789",
    ),
    ("'infinity'::TIMESTAMP", "infinity", "infinity"),
    ("INTERVAL '14 months 3 days 90 seconds'",) + ("1 year 2 months 3 days 00:01:30",) * 2,
    ("[1, NULL, 3]", [1, None, 3], "[1, null, 3]"),
    ("{'a': 1, 'b': [{'c': 'x'}]}", {"a": 1, "b": [{"c": "x"}]}, '{"a": 1, "b": [{"c": "x"}]}'),
    ("MAP {'k': 1.5}", {"k": 1.5}, '{"k": 1.5}'),
    ("array_value(1, 2)", [1, 2], "[1, 2]"),
    ("'x'::ENUM('w', 'x')", "x", "x"),
    ("uuid '00000000-0000-0000-0000-000000000001'",)
    + ("00000000-0000-0000-0000-000000000001",) * 2,
]


def test_values_are_right_in_json_and_csv(lake):
    sql = "SELECT " + ", ".join(f"{value[0]} AS c{i}" for i, value in enumerate(VALUES))
    (row,) = lake.rows(sql)
    assert list(row.values()) == [value[1] for value in VALUES]
    _, fields = csv.reader(io.StringIO(lake.run("query", "--csv", sql).stdout))
    assert fields == [value[2] for value in VALUES]


def test_nested_values_beyond_one_batch(lake):
    sql = (
        "SELECT i, [i, i + 1] AS l, {'x': 'v' || i} AS s, CASE WHEN i % 3 = 0 THEN NULL ELSE"
        " MAP {i: i * 2} END AS m FROM range(5000) t(i) ORDER BY i"
    )
    rows = lake.rows(sql)
    assert rows == [
        {
            "i": i,
            "l": [i, i + 1],
            "s": {"x": f"v{i}"},
            "m": None if i % 3 == 0 else {str(i): i * 2},
        }
        for i in range(5000)
    ]


def test_null_and_empty_text_differ_in_csv(lake):
    assert lake.run("query", "--csv", "SELECT NULL AS a, '' AS b, 'x' AS c").stdout == (
        'a,b,c\n,"",x\n'
    )


def test_a_table_is_aligned(lake):
    out = lake.run("query", "SELECT name, born FROM people ORDER BY name").stdout
    assert out == (
        "name    born\n------  ----\nAda     1815\nGrace   1906\nNobody  NULL\n(3 rows)\n"
    )


def test_wide_characters_and_control_characters(lake):
    out = lake.run("query", "SELECT '東京' AS a, 1 AS b UNION ALL SELECT chr(27) || 'x', 2").stdout
    lines = out.splitlines()
    assert "東京  1" in lines
    assert "?x    2" in lines
    assert "\x1b" not in out


def test_a_pipe_gets_every_row_and_max_rows_is_told(lake):
    sql = "SELECT i FROM range(2500) t(i)"
    assert lake.run("query", sql).stdout.splitlines()[-1] == "(2,500 rows)"
    short = lake.run("query", "--max-rows", "10", sql)
    assert short.stdout.splitlines()[-1] == "(first 10 rows; --max-rows 0 shows all)"
    assert len(lake.json("query", "--max-rows", "10", sql)) == 10


def on_terminal(program, *arguments, columns=40):
    """What the program writes to a terminal of that many columns."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [program.path, *arguments],
        cwd=program.folder,
        env=program.environment,
        stdin=subprocess.DEVNULL,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    out = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        out += part
    os.close(master)
    assert process.wait(timeout=60) == 0
    return out.decode().replace("\r\n", "\n")


def test_a_terminal_gets_lines_of_its_width_and_a_hundred_rows(lake):
    out = on_terminal(lake, "query", "SELECT i, repeat('ab', 100) AS t FROM range(500) r(i)")
    lines = out.splitlines()
    assert max(map(len, lines[:-1])) == 40
    assert lines[2].endswith("…")
    assert lines[-1].startswith("(first 100 rows")


def test_a_terminal_gets_progress(lake):
    out = on_terminal(lake, "load", "people.jsonl", "--table", "people", columns=80)
    assert "staging 1 of 1: people.jsonl" in out or "committing" in out


def test_statements_that_write_need_write(lake):
    error = lake.error("query", "DELETE FROM people", code=3)
    assert error["code"] == "permission"
    assert "--write" in error["message"]
    assert lake.json("query", "--write", "DELETE FROM people WHERE name = 'Ada'") == [
        {"rows_changed": 1}
    ]
    assert lake.rows("SELECT count(*) AS n FROM people") == [{"n": 2}]


def test_files_and_settings_are_out_of_reach(lake):
    for sql in ("SELECT * FROM read_csv('/etc/passwd')", "ATTACH 'x.db'", "SET threads = 1"):
        assert lake.error("query", sql, code=3)["code"] == "permission"


def test_schema_and_statement_from_standard_input(lake):
    lake.run("load", "people.jsonl", "--table", "people", "--schema", "raw")
    done = lake.run("query", "--schema", "raw", "-", stdin="SELECT count(*) AS n\nFROM people")
    assert done.stdout.splitlines()[2].strip() == "2"


@pytest.mark.parametrize("sql", ["SELEC 1", "SELECT nope FROM people", "SELECT * FROM nowhere", ""])
def test_a_wrong_statement_is_one_line_and_terminal(lake, sql):
    done = lake.run("query", sql, code=3)
    assert done.stderr.startswith("hotload: ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_an_error_in_the_middle_of_the_rows_is_an_error(lake):
    sql = (
        "SELECT CASE WHEN i = 9000 THEN error('here it ends') ELSE i END AS x FROM range(9999) t(i)"
    )
    done = lake.run("query", "--csv", sql, code=3)
    assert "here it ends" in done.stderr


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_a_query(lake, sent):
    sql = "SELECT count(*) FROM range(1000000000000) a(i) WHERE i % 7 = 3"
    process = lake.start("query", sql)
    time.sleep(2)
    process.send_signal(sent)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.count("\n") == 1
    assert lake.rows("SELECT count(*) AS n FROM people") == [{"n": 3}]


def test_a_full_disk_is_not_a_short_result(lake):
    done = lake.shell("hotload query --csv 'SELECT * FROM range(100000)' > /dev/full")
    assert done.returncode == 4
    assert "standard output" in done.stderr


def test_errors_are_json_where_asked(lake):
    done = lake.run("--json", "query", "SELECT * FROM nowhere", code=3)
    error = json.loads(done.stderr)["error"]
    assert error["code"] == "not_found"
    assert error["transient"] is False


def test_the_past_is_read(lake):
    lake.run("load", "people.jsonl", "--table", "people", "--mode", "upsert", "--key", "name")
    newest, first = lake.json("history")
    for as_of, people in ((first["key"]["load_id"], 3), (newest["snapshot"], 4)):
        rows = lake.json("query", "--as-of", str(as_of), "SELECT count(*) AS n FROM people")
        assert rows == [{"n": people}]
    assert lake.error("query", "--as-of", "1970-01-01", "SELECT 1", code=3)["code"] == "not_found"
    refused = lake.error("query", "--as-of", "1", "--write", "SELECT 1", code=2)
    assert refused["code"] == "invalid_argument"
