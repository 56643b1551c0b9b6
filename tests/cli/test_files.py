# SPDX-License-Identifier: Apache-2.0
"""Files as they come: what is wrong with one is told before the commit, and harms nothing."""

import datetime
import decimal
import gzip
import math

import pyarrow as pa
import pytest
from pyarrow import parquet


def write(lake, name, columns, **options):
    parquet.write_table(pa.table(columns), lake.folder / name, **options)
    return name


def refused(lake, name, *arguments):
    error = lake.error("load", name, "--table", "people", *arguments, code=3)
    assert name in error["message"]
    assert lake.rows("SELECT count(*) AS n FROM people") == [{"n": 3}]
    assert lake.json("pending") == []
    return error["code"]


def test_a_file_that_is_cut_short(lake):
    write(lake, "cut.parquet", {"name": ["x"] * 1000})
    whole = (lake.folder / "cut.parquet").read_bytes()
    (lake.folder / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    assert refused(lake, "cut.parquet") == "bad_file"


@pytest.mark.parametrize("name", ["half.csv.gz", "half.jsonl.gz"])
def test_packed_text_that_is_cut_short(lake, name):
    texts = {"csv": "name\n" + "x\n" * 100_000, "jsonl": '{"name":"x"}\n' * 100_000}
    whole = gzip.compress(texts[name.split(".")[1]].encode())
    for harmed in (whole[: len(whole) // 2], whole[:-1], whole[:-8] + bytes(8), whole + b"x", b""):
        (lake.folder / name).write_bytes(harmed)
        assert refused(lake, name) == "bad_file"


def test_a_file_with_damaged_pages(lake):
    names = [f"name number {i}" for i in range(10_000)]
    write(lake, "bad.parquet", {"name": names}, use_dictionary=False, compression="zstd")
    data = bytearray((lake.folder / "bad.parquet").read_bytes())
    data[1000:1100] = bytes(100)
    (lake.folder / "bad.parquet").write_bytes(data)
    assert refused(lake, "bad.parquet") == "bad_file"


def test_an_empty_file_is_no_parquet(lake):
    (lake.folder / "empty.parquet").touch()
    assert refused(lake, "empty.parquet") == "bad_file"


@pytest.mark.parametrize("name", ["empty.csv", "empty.jsonl"])
def test_an_empty_text_is_no_rows(lake, name):
    (lake.folder / name).touch()
    error = lake.error("load", name, "--table", "fresh", code=3)
    assert error["code"] == "bad_file"
    assert "nothing tells the columns" in error["message"]
    assert lake.json("pending") == []
    lake.run("load", name, "--table", "people")
    assert lake.rows("SELECT count(*) AS n FROM people") == [{"n": 3}]
    lake.run("load", name, "--table", "fresh", "--columns", "id BIGINT")
    assert lake.rows("SELECT count(*) AS n FROM fresh") == [{"n": 0}]


def test_text_that_is_no_utf8(lake):
    bad = pa.array([b"\xff\xfe"], pa.binary()).cast(pa.binary())
    text = pa.Array.from_buffers(pa.string(), 1, bad.buffers())
    write(lake, "latin.parquet", {"name": text})
    assert refused(lake, "latin.parquet") == "bad_file"
    (lake.folder / "latin.csv").write_bytes(b"name\nJos\xe9\n")
    assert refused(lake, "latin.csv") == "bad_file"


def test_decimals_that_no_table_holds(lake):
    wide = pa.array([decimal.Decimal(1)], pa.decimal256(50, 2))
    write(lake, "wide.parquet", {"name": ["x"], "born": wide})
    assert refused(lake, "wide.parquet") == "type_mismatch"


def test_a_column_that_the_table_lacks(lake):
    write(lake, "more.parquet", {"name": ["x"], "shoe_size": [42]})
    assert refused(lake, "more.parquet") == "type_mismatch"
    lake.run("load", "more.parquet", "--table", "people", "--columns", "shoe_size BIGINT")
    assert lake.rows("SELECT shoe_size FROM people WHERE name = 'x'") == [{"shoe_size": 42}]


@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_rows_with_nan_are_found(lake, mode):
    values = [float(i) for i in range(1000)]
    values[1] = values[700] = math.nan
    columns = {"id": list(range(1000)), "x": values}
    write(lake, "nan.parquet", columns, row_group_size=100)
    key = ("--key", "id") if mode == "upsert" else ()
    lake.run("load", "nan.parquet", "--table", "t", "--mode", mode, *key)
    lake.run("load", "nan.parquet", "--table", "t", "--mode", mode, *key)
    copies = 2 if mode == "append" else 1
    # NaN is greater than any number, to the engine.
    assert lake.rows("SELECT count(*) AS n FROM t WHERE x > 1e9") == [{"n": 2 * copies}]
    assert lake.rows("SELECT count(*) AS n FROM t WHERE isnan(x)") == [{"n": 2 * copies}]
    assert lake.rows("SELECT id FROM t WHERE x = 555") == [{"id": 555}] * copies


def test_types_come_back_as_they_were(lake):
    day = datetime.date(2024, 2, 29)
    instant = datetime.datetime(2024, 2, 29, 1, 2, 3, 456789, datetime.timezone.utc)
    columns = {
        "i8": pa.array([-128], pa.int8()),
        "u32": pa.array([2**32 - 1], pa.uint32()),
        "money": pa.array([decimal.Decimal("12345678901234567890.12")], pa.decimal128(30, 2)),
        "day": [day],
        "local": pa.array([instant.replace(tzinfo=None)], pa.timestamp("ms")),
        "instant": [instant],
        "bytes": [b"\x00\xff"],
        "tags": [["a", None]],
        "point": [{"x": 1, "y": [2.5]}],
    }
    write(lake, "types.parquet", columns)
    lake.run("load", "types.parquet", "--table", "types")
    (row,) = lake.rows("SELECT * REPLACE (money::VARCHAR AS money) FROM types")
    assert row == {
        "i8": -128,
        "u32": 2**32 - 1,
        "money": "12345678901234567890.12",
        "day": "2024-02-29",
        "local": "2024-02-29T01:02:03.456",
        "instant": "2024-02-29T01:02:03.456789Z",
        "bytes": "\\x00\\xFF",
        "tags": ["a", None],
        "point": {"x": 1, "y": [2.5]},
    }


def test_jsonl_that_changes_its_mind(lake):
    lake.write("mixed.jsonl", '{"a": 1}\n{"a": 2.5, "b": {"c": [1]}}\n')
    lake.run("load", "mixed.jsonl", "--table", "mixed")
    assert lake.rows("SELECT a, b.c AS c FROM mixed ORDER BY a") == [
        {"a": 1.0, "c": None},
        {"a": 2.5, "c": [1]},
    ]


def test_the_users_file_is_left_alone(lake):
    write(lake, "mine.parquet", {"name": ["x"]})
    lake.run("load", "mine.parquet", "--table", "people")
    assert (lake.folder / "mine.parquet").stat().st_nlink == 1
    (lake.folder / "mine.parquet").write_bytes(b"changed")
    assert lake.rows("SELECT count(*) AS n FROM people WHERE name = 'x'") == [{"n": 1}]
