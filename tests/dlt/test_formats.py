# SPDX-License-Identifier: Apache-2.0
"""All types, through every file format."""

import datetime
import decimal

import dlt
import pyarrow as pa
import pytest

UTC = datetime.timezone.utc
COLUMNS = {
    "id": {"data_type": "bigint"},
    "small": {"data_type": "bigint", "precision": 16},
    "text": {"data_type": "text"},
    "double": {"data_type": "double"},
    "bool": {"data_type": "bool"},
    "timestamp": {"data_type": "timestamp"},
    "naive": {"data_type": "timestamp", "timezone": False},
    "date": {"data_type": "date"},
    "time": {"data_type": "time"},
    "decimal": {"data_type": "decimal"},
    "money": {"data_type": "decimal", "precision": 10, "scale": 2},
    "wei": {"data_type": "wei"},
    "binary": {"data_type": "binary"},
    "json": {"data_type": "json"},
}
ROW = {
    "id": 2**62,
    "small": -7,
    "text": "it's \"ü\" \\ \n\t",
    "double": 1.5e300,
    "bool": True,
    "timestamp": datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
    "naive": datetime.datetime(2026, 1, 2, 3, 4, 5, 100000),
    "date": datetime.date(1969, 12, 31),
    "time": datetime.time(10, 20, 30),
    "decimal": decimal.Decimal("12345678901234567890.123456789"),
    "money": decimal.Decimal("-99999999.99"),
    "wei": decimal.Decimal(2**100),
    "binary": b"\x00\xff\x10",
    "json": {"a": [1, {"b": None}], "c": "x"},
}
FORMATS = ["parquet", "jsonl", "insert_values"]


@pytest.mark.parametrize("file_format", FORMATS)
def test_all_types(pipeline, file_format):
    empty = {**dict.fromkeys(ROW), "id": 1}
    resource = dlt.resource([ROW, empty], name="t", columns=COLUMNS)
    pipeline.run(resource, loader_file_format=file_format)
    names = list(COLUMNS)
    table = pipeline.dataset()["t"].select(*names).order_by("id").arrow()
    nothing, row = table.to_pylist()
    assert nothing == empty
    assert dlt.common.json.json.loads(row.pop("json")) == ROW["json"]
    assert row == {name: value for name, value in ROW.items() if name != "json"}


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize(
    "time",
    [
        datetime.time(0, 0),
        datetime.time(10, 20, 30, 1),
        datetime.time(10, 20, 30, 120000),
        datetime.time(23, 59, 59, 999999),
    ],
)
def test_times_of_day(pipeline, query, file_format, time):
    resource = dlt.resource([{"at": time}], name="t", columns={"at": {"data_type": "time"}})
    pipeline.run(resource, loader_file_format=file_format)
    assert query(pipeline, "SELECT at FROM t") == [(time,)]


@pytest.mark.parametrize("compressed", ["true", "false"])
def test_compressed_text_files(make_pipeline, query, monkeypatch, compressed):
    monkeypatch.setenv("NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION", compressed)
    pipeline = make_pipeline()
    for number, file_format in enumerate(["jsonl", "insert_values", "csv"]):
        pipeline.run([{"id": number}], table_name="t", loader_file_format=file_format)
    assert query(pipeline, "SELECT id FROM t") == [(0,), (1,), (2,)]


def test_csv(pipeline, query):
    rows = [{"id": 1, "text": 'a,"b"\nc'}, {"id": 2, "text": None}]
    pipeline.run(rows, table_name="t", loader_file_format="csv")
    assert query(pipeline, "SELECT id, text FROM t") == [(1, 'a,"b"\nc'), (2, None)]


def test_arrow_tables_are_adopted(pipeline, query, lake):
    table = pa.table({"id": list(range(1000)), "name": [f"n{i}" for i in range(1000)]})
    pipeline.run(table, table_name="t")
    assert query(pipeline, "SELECT count(*), max(name) FROM t") == [(1000, "n999")]


def test_arrow_and_rows_in_one_table(pipeline, query):
    pipeline.run(pa.table({"id": pa.array([1], pa.int32())}), table_name="t")
    pipeline.run([{"id": 2**40}], table_name="u")
    pipeline.run(pa.table({"id": pa.array([2], pa.int32())}), table_name="u")
    assert query(pipeline, "SELECT id FROM u") == [(2,), (2**40,)]


def test_a_model_job_selects_within_the_lake(pipeline, query):
    pipeline.run([{"id": i} for i in range(5)], table_name="source")

    @dlt.resource(name="copy", columns={"id": {"data_type": "bigint"}})
    def copy():
        yield pipeline.dataset()("SELECT id FROM source WHERE id > 2")

    pipeline.run(copy())
    assert query(pipeline, "SELECT id FROM copy") == [(3,), (4,)]


def test_the_default_format_is_parquet(pipeline):
    info = pipeline.run([{"id": 1}], table_name="t")
    jobs = info.load_packages[0].jobs["completed_jobs"]
    assert {job.job_file_info.file_format for job in jobs} == {"parquet"}


def test_a_huge_and_a_negative_number(pipeline, query):
    rows = [{"n": decimal.Decimal("-0.000000001"), "x": float("nan")}, {"n": decimal.Decimal(10**28), "x": float("inf")}]
    pipeline.run(rows, table_name="t")
    assert query(pipeline, "SELECT count(*) FROM t WHERE isnan(x) OR isinf(x)") == [(2,)]
