# SPDX-License-Identifier: Apache-2.0
"""Arrow in and out, with every library that speaks the PyCapsule interface and is installed."""

import datetime
import decimal

import hotload
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hotload.rows import iter_rows

ROWS = pa.table(
    {
        "id": pa.array([1, 2, 3], pa.int64()),
        "name": pa.array(["a", None, "ü"], pa.string()),
        "price": pa.array(
            [decimal.Decimal("1.50"), None, decimal.Decimal("-2.25")], pa.decimal128(10, 2)
        ),
        "moment": pa.array(
            [datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, datetime.timezone.utc), None, None],
            pa.timestamp("us", tz="UTC"),
        ),
        "day": pa.array([datetime.date(2026, 1, 2), None, None], pa.date32()),
        "data": pa.array([b"\x00\xff", None, b""], pa.binary()),
        "ok": pa.array([True, None, False], pa.bool_()),
        "x": pa.array([1.5, None, -0.0], pa.float64()),
    }
)


def test_rows_come_back_as_they_went_in(database):
    database.load("t", ROWS)
    back = database.query("SELECT * FROM t ORDER BY id").arrow()
    assert back.to_pylist() == ROWS.to_pylist()
    assert back.schema.field("price").type == pa.decimal128(10, 2)
    assert back.schema.field("moment").type.tz is not None


def test_fetchall_gives_python_values(database):
    database.load("t", ROWS)
    rows = database.query("SELECT id, price, moment FROM t ORDER BY id LIMIT 1").fetchall()
    moment = datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, datetime.timezone.utc)
    assert rows == [(1, decimal.Decimal("1.50"), moment)]


@pytest.mark.parametrize(
    "sql",
    [
        "NULL",
        "true",
        "(-128)::TINYINT",
        "18446744073709551615::UBIGINT",
        "12345678901234567890123456789::HUGEINT",
        "1.5::FLOAT",
        "0.1",
        "-0.001::DECIMAL(38,9)",
        "'a\"b é'",
        "'\\x00\\xFF'::BLOB",
        "DATE '0001-01-01'",
        "DATE '9999-12-31'",
        "TIME '12:34:56.789012'",
        "TIMESTAMP '1969-12-31 23:59:59.999999'",
        "TIMESTAMPTZ '2024-02-29 12:34:56.5+02'",
        "TIMESTAMP_S '2024-02-29 12:34:56'",
        "TIMESTAMP_MS '1924-02-29 12:34:56.001'",
        "TIMESTAMP_NS '1924-02-29 12:34:56.123456'",
        "INTERVAL '1 month 2 days 3 seconds'",
        "'01234567-89ab-cdef-0123-456789abcdef'::UUID",
        "'{\"a\": 1}'::JSON",
        "'b'::ENUM('a', 'b')",
        "[1, NULL, 3]",
        "[[]::INTEGER[], NULL]",
        "{'a': 1, 'b': ['x'], 'c': {'d': DATE '2024-02-29'}}",
        "MAP {'k': 1, 'l': NULL}",
        "[MAP {1: [2]}]",
    ],
)
def test_fetchall_gives_what_pyarrow_gives(database, sql):
    # the value at an odd place, beside NULL and in a list
    query = (
        f"SELECT CASE WHEN range != 1 THEN v END AS v, CASE WHEN range = 2 THEN [v] END AS list "
        f"FROM range(3), (SELECT {sql} AS v) ORDER BY range"
    )
    table = database.query(query).arrow()
    rows = database.query(query).fetchall()
    assert rows == [row for batch in table.to_batches() for row in iter_rows(batch)]
    assert rows[1] == (None, None)
    for ours, theirs in zip(rows[2][1], table["list"][2].as_py(), strict=True):
        assert isinstance(theirs, type(ours)) or isinstance(ours, hotload.values.Interval)


def test_fetchall_names_what_python_cannot_hold(database):
    with pytest.raises(hotload.Error, match=r"column 'late'.*VARCHAR") as caught:
        database.query("SELECT TIMESTAMP '12024-02-29 00:00:00' AS late").fetchall()
    assert caught.value.code == "unsupported"


def test_times_finer_than_a_microsecond_are_cut(database, tmp_path):
    day = 86_400_000_000_000
    table = pa.table(
        {
            "time": pa.array([day - 1, 1_999, 0, None], pa.time64("ns")),
            "zoned": pa.array([1_999, -1_999, day - 1, None], pa.timestamp("ns", "UTC")),
        }
    )
    wanted = [
        pc.cast(table["time"], pa.time64("us"), safe=False).to_pylist(),
        pc.cast(table["zoned"], pa.timestamp("us", "UTC"), safe=False).to_pylist(),
    ]
    pq.write_table(table, tmp_path / "ns.parquet")
    for name, data in (("stream", table), ("file", tmp_path / "ns.parquet")):
        database.load(name, data)
        rows = database.query(f"SELECT time, zoned FROM {name}").fetchall()
        assert [list(column) for column in zip(*rows, strict=True)] == wanted


def test_a_result_streams_batch_by_batch(database):
    database.load("t", pa.table({"id": list(range(10_000))}))
    reader = database.query("SELECT id FROM t").reader()
    assert sum(batch.num_rows for batch in reader) == 10_000


def test_an_empty_result_has_its_types(database):
    database.load("t", ROWS)
    empty = database.query("SELECT id, name FROM t WHERE false").arrow()
    assert empty.num_rows == 0
    assert empty.schema.types == [pa.int64(), pa.string()]


def test_a_result_is_read_once(database):
    result = database.query("SELECT 1 AS a")
    result.arrow()
    with pytest.raises(hotload.Error, match="read already"):
        result.arrow()


def test_a_result_outlives_what_made_it(tmp_path):
    workspace = hotload.open_workspace(str(tmp_path / "x.lake"))
    database = workspace.create_database("main")
    database.load("t", pa.table({"id": list(range(5000))}))
    session = database.open_session()
    result = session.query("SELECT id FROM t")
    session.close()
    database.close()
    workspace.close()
    assert result.arrow().num_rows == 5000


def test_a_capsule_that_nobody_reads_is_released(database):
    database.load("t", ROWS)
    capsule = database.query("SELECT * FROM t").__arrow_c_stream__()
    del capsule
    assert database.query("SELECT count(*) FROM t").fetchall() == [(3,)]


def test_pandas_in_and_out(database):
    pandas = pytest.importorskip("pandas")
    database.load("t", pandas.DataFrame({"id": [1, 2], "name": ["a", "b"]}))
    frame = database.query("SELECT * FROM t ORDER BY id").df()
    assert frame["id"].tolist() == [1, 2]
    assert frame["name"].tolist() == ["a", "b"]


def test_polars_in_and_out(database):
    polars = pytest.importorskip("polars")
    database.load("t", polars.DataFrame({"id": [1, 2], "tags": [["a"], []]}))
    frame = polars.DataFrame(database.query("SELECT * FROM t ORDER BY id"))
    assert frame["id"].to_list() == [1, 2]
    assert frame["tags"].to_list() == [["a"], []]


def test_duckdb_in_and_out(database):
    duckdb = pytest.importorskip("duckdb")
    relation = duckdb.sql("SELECT range AS id, 'r' || range AS name FROM range(100)")
    database.load("t", relation)
    ours = pa.table(database.query("SELECT * FROM t"))
    connection = duckdb.connect()
    connection.register("ours", ours)
    assert connection.sql("SELECT count(*), max(name) FROM ours").fetchall() == [(100, "r99")]


def test_duckdb_reads_a_result_itself(database):
    duckdb = pytest.importorskip("duckdb")
    database.load("t", pa.table({"id": [1, 2, 3], "name": ["a", None, "c"]}))
    result = database.query("SELECT * FROM t ORDER BY id")
    assert duckdb.sql("SELECT id, name FROM result WHERE id > 1").fetchall() == [
        (2, None),
        (3, "c"),
    ]
    with pytest.raises(hotload.Error, match="read already"):
        result.__arrow_c_schema__()


def test_types_that_the_engine_does_not_read_are_cast(database):
    half = pa.array([1.5, -0.25, None], pa.float32()).cast(pa.float16())
    wide = pa.array([decimal.Decimal("1.23"), decimal.Decimal("-9.99"), None], pa.decimal256(38, 2))
    database.load("t", pa.table({"half": half, "wide": wide}))
    assert database.query("SELECT * FROM t").arrow().to_pydict() == {
        "half": [1.5, -0.25, None],
        "wide": [decimal.Decimal("1.23"), decimal.Decimal("-9.99"), None],
    }


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        ([], "invalid_argument", "no columns"),
        ([{}], "invalid_argument", "no columns"),
        ([{"a": 1}, {"a": "x"}], "invalid_argument", "Column 'a': "),
        (pa.table({"a": pa.array([{}], pa.struct([]))}), "unsupported", "Column 'a' .*struct<>"),
        (
            pa.table({"a": pa.RunEndEncodedArray.from_arrays(pa.array([1], pa.int32()), ["x"])}),
            "unsupported",
            "Column 'a' .*run_end_encoded",
        ),
    ],
)
def test_what_cannot_be_loaded_is_named(database, data, code, says):
    with pytest.raises(hotload.Error, match=says) as caught:
        database.load("t", data)
    assert caught.value.code == code
    assert database.columns("main", "t") is None
    assert database.pending_loads() == []


def test_a_failing_producer_leaves_nothing(database):
    def batches():
        yield pa.record_batch({"id": [1]})
        raise ValueError("the producer broke")

    reader = pa.RecordBatchReader.from_batches(pa.schema({"id": pa.int64()}), batches())
    with pytest.raises(hotload.Error, match="the producer broke"):
        database.load("t", reader)
    assert database.columns("main", "t") is None
    assert database.pending_loads() == []


def test_what_is_no_stream_is_refused(database):
    with pytest.raises(hotload.Error, match="__arrow_c_stream__") as caught:
        database.load("t", object())
    assert caught.value.code == "invalid_argument"
