# SPDX-License-Identifier: Apache-2.0
"""All types, through every file format."""

import datetime
import decimal
import gzip
import json
import zlib
from pathlib import Path

import dlt
import pyarrow as pa
import pytest
from dlt.common.destination.configuration import CsvFormatConfiguration
from dlt.pipeline.exceptions import PipelineStepFailed

PLACES = ("folder", "server")

UTC = datetime.timezone.utc
COLUMNS = {
    "id": {"data_type": "bigint"},
    "small": {"data_type": "bigint", "precision": 16},
    "wide": {"data_type": "bigint", "precision": 128},
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
    "wide": 2**62,
    "text": 'it\'s "ü" \\ \n\t',
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
FORMATS = ["parquet", "jsonl", "typed-jsonl", "insert_values"]
TEXT_FORMATS = ["jsonl", "typed-jsonl", "insert_values", "csv"]


@pytest.mark.parametrize("file_format", FORMATS)
def test_all_types(pipeline, file_format):
    empty = {**dict.fromkeys(ROW), "id": 1}
    resource = dlt.resource([ROW, empty], name="t", columns=COLUMNS)
    pipeline.run(resource, loader_file_format=file_format)
    names = list(COLUMNS)
    table = pipeline.dataset()["t"].select(*names).order_by("id").arrow()
    nothing, row = table.to_pylist()
    assert nothing == empty
    assert json.loads(row.pop("json")) == ROW["json"]
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
    resource = dlt.resource([{"moment": time}], name="t", columns={"moment": {"data_type": "time"}})
    pipeline.run(resource, loader_file_format=file_format)
    assert query(pipeline, "SELECT moment FROM t") == [(time,)]


@pytest.mark.parametrize("file_format", [*FORMATS, "csv"])
@pytest.mark.parametrize(
    ("column", "values"),
    [
        ({"data_type": "decimal"}, ["12345678901234567890123456789.123456789", "-1E-9", "1E+5"]),
        ({"data_type": "wei"}, ["1E+37", "12345678901234567890123456789012345678", "-1"]),
        # what is not the nearest double when it is computed from its digits
        ({"data_type": "double"}, [0.21548116922473226, 1e-300, -0.0, 12345678901234567.0, 3.0]),
        ({"data_type": "text"}, ["a\0b", "\0", "\0\\'\n\0"]),
    ],
    ids=lambda value: value["data_type"] if isinstance(value, dict) else "",
)
def test_values_of_a_file_do_not_change_each_other(pipeline, file_format, column, values):
    if column["data_type"] in ("decimal", "wei"):
        values = [decimal.Decimal(value) for value in values]
    rows = [{"id": n, "v": value} for n, value in enumerate([*values, None])]
    resource = dlt.resource(rows, name="t", columns={"v": column})
    pipeline.run(resource, loader_file_format=file_format)
    found = pipeline.dataset()["t"].order_by("id").select("v").fetchall()
    assert [repr(v) if isinstance(v, float) else v for (v,) in found] == [
        repr(v) if isinstance(v, float) else v for v in [*values, None]
    ]


@pytest.mark.parametrize("compressed", ["true", "false"])
def test_compressed_text_files(make_pipeline, query, monkeypatch, compressed):
    monkeypatch.setenv("NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION", compressed)
    pipeline = make_pipeline()
    for number, file_format in enumerate(TEXT_FORMATS):
        pipeline.run([{"id": number}], table_name="t", loader_file_format=file_format)
    assert query(pipeline, "SELECT id FROM t") == [(0,), (1,), (2,), (3,)]


def test_csv(pipeline, query):
    rows = [{"id": 1, "text": 'a,"b"\nc'}, {"id": 2, "text": None}]
    pipeline.run(rows, table_name="t", loader_file_format="csv")
    assert query(pipeline, "SELECT id, text FROM t") == [(1, 'a,"b"\nc'), (2, None)]


@pytest.mark.parametrize("compressed", ["true", "false"])
@pytest.mark.parametrize(
    ("delimiter", "header", "encoding"),
    [("|", True, "utf-8"), ("\t", False, "utf-8"), (";", False, "latin-1"), (",", True, "utf-16")],
)
def test_csv_options(make_pipeline, query, monkeypatch, compressed, delimiter, header, encoding):
    monkeypatch.setenv("NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION", compressed)
    options = {"DELIMITER": delimiter, "INCLUDE_HEADER": str(header), "ENCODING": encoding}
    for name, value in options.items():
        monkeypatch.setenv(f"NORMALIZE__DATA_WRITER__{name}", value)
    csv_format = CsvFormatConfiguration(
        delimiter=delimiter, include_header=header, encoding=encoding
    )
    pipeline = make_pipeline(csv_format=csv_format)
    rows = [{"id": 1, "text": f'é{delimiter}"b"\nc', "d": 0.5}, {"id": 2, "text": None, "d": None}]
    pipeline.run(rows, table_name="t", loader_file_format="csv")
    expected = [(1, f'é{delimiter}"b"\nc', 0.5), (2, None, None)]
    assert query(pipeline, "SELECT id, text, d FROM t") == expected


def test_csv_options_from_the_environment(make_pipeline, query, monkeypatch):
    for section in ("NORMALIZE__DATA_WRITER", "DESTINATION__HOTLOAD__CSV_FORMAT"):
        monkeypatch.setenv(f"{section}__DELIMITER", "|")
        monkeypatch.setenv(f"{section}__INCLUDE_HEADER", "false")
    pipeline = make_pipeline()
    pipeline.run([{"id": 1, "text": "a"}], table_name="t", loader_file_format="csv")
    assert query(pipeline, "SELECT id, text FROM t") == [(1, "a")]


def test_csv_without_header_goes_by_the_order_of_the_schema(make_pipeline, query, monkeypatch):
    """Which need not be the order of the columns in the lake."""
    pipeline = make_pipeline()
    pipeline.run([{"a": "a", "b": "b"}], table_name="t")
    monkeypatch.setenv("NORMALIZE__DATA_WRITER__INCLUDE_HEADER", "false")
    csv_format = CsvFormatConfiguration(include_header=False)
    other = make_pipeline("q", csv_format=csv_format)
    other.run([{"b": "B", "a": "A"}], table_name="t", loader_file_format="csv")
    assert query(other, "SELECT a, b FROM t") == [("A", "B"), ("a", "b")]


@pytest.mark.parametrize("line", [b"1", b"1,x,l,i,more", b"1,x,l"])
@pytest.mark.parametrize("header", [True, False])
def test_csv_with_lines_of_another_length_is_refused(make_pipeline, query, line, header):
    pipeline = make_pipeline(csv_format=CsvFormatConfiguration(include_header=header))
    pipeline.extract([{"id": 1, "x": "y"}], table_name="t", loader_file_format="csv")
    pipeline.normalize()
    (path,) = Path(pipeline.working_dir, "load", "normalized").glob("*/new_jobs/t.*")
    names = b"id,x,_dlt_load_id,_dlt_id\n" if header else b""
    path.write_bytes(gzip.compress(names + 3 * (line + b"\n")))
    with pytest.raises(PipelineStepFailed):
        pipeline.load()
    assert query(pipeline, "SELECT id FROM t") == []


@pytest.mark.parametrize("file_format", ["jsonl", "csv", "typed-jsonl", "insert_values"])
def test_a_packed_file_that_is_cut_at_the_end_of_a_line_is_refused(
    make_pipeline, query, file_format
):
    pipeline = make_pipeline()
    rows = [{"id": i} for i in range(100)]
    pipeline.extract(rows, table_name="t", loader_file_format=file_format)
    pipeline.normalize()
    (path,) = Path(pipeline.working_dir, "load", "normalized").glob("*/new_jobs/t.*")
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    packer = zlib.compressobj(wbits=31)
    path.write_bytes(packer.compress(b"".join(lines[:60])) + packer.flush(zlib.Z_SYNC_FLUSH))
    with pytest.raises(PipelineStepFailed, match="cut short"):
        pipeline.load()
    assert query(pipeline, "SELECT id FROM t") == []


@pytest.mark.folder
def test_arrow_tables_are_adopted(pipeline, query, lake):
    table = pa.table({"id": range(20_000), "name": [f"n{i}" for i in range(20_000)]})
    pipeline.run(table, table_name="t")
    assert query(pipeline, "SELECT count(*), max(name) FROM t") == [(20_000, "n9999")]
    (receipt,) = query(pipeline, "SELECT receipt FROM _hotload.receipts")
    adopted = {table["table"]: table["adopted"] for table in json.loads(receipt[0])["tables"]}
    assert adopted["t"] == 1


def test_nested_arrow_is_json(pipeline, query):
    nested = {
        "list": pa.array([["a, b", None, 'c"'], None]),
        "struct": pa.array([{"a": 1, "b": [{"c": "x"}]}, None]),
        "map": pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int64())),
    }
    pipeline.run(pa.table({"id": [1, 2], **nested}), table_name="t")
    (first, second) = query(pipeline, "SELECT id, list, struct, map FROM t")
    assert [json.loads(text) for text in first[1:]] == [
        ["a, b", None, 'c"'],
        {"a": 1, "b": [{"c": "x"}]},
        {"k": 1},
    ]
    assert second == (2, None, None, "{}")
    assert query(pipeline, "SELECT struct->'b'->0->>'c' FROM t WHERE id = 1") == [("x",)]


def test_arrow_of_narrower_integers(pipeline, query):
    pipeline.run(pa.table({"id": pa.array([2**40], pa.int64())}), table_name="t")
    pipeline.run(pa.table({"id": pa.array([2], pa.int32())}), table_name="t")
    assert query(pipeline, "SELECT id FROM t") == [(1099511627776,), (2,)]


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


def test_numbers_that_are_none(pipeline, query):
    table = pa.table({"id": [1, 2, 3], "x": [float("nan"), float("inf"), 1.5]})
    pipeline.run(table, table_name="t")
    assert query(pipeline, "SELECT id FROM t WHERE isnan(x)") == [(1,)]
    assert query(pipeline, "SELECT id FROM t WHERE x > 1e308") == [(1,), (2,)]


def test_long_decimals(pipeline, query):
    numbers = [decimal.Decimal("-0.000000001"), decimal.Decimal(10**28)]
    pipeline.run([{"n": n} for n in numbers], table_name="t")
    assert sorted(row[0] for row in query(pipeline, "SELECT n FROM t")) == numbers


@pytest.mark.parametrize("precision", [0, 3, 6])
def test_times_of_any_precision(pipeline, precision):
    """Parquet holds the coarse ones as integers of milliseconds."""
    columns = {"at": {"data_type": "time", "precision": precision}}
    rows = [{"at": datetime.time(10, 20, 30)}, {"at": datetime.time(23, 59, 59)}]
    pipeline.run(dlt.resource(rows, name="t", columns=columns), loader_file_format="parquet")
    table = pipeline.dataset()["t"].select("at").order_by("at").arrow()
    assert table.to_pylist() == rows


def test_binary_in_csv_is_text(pipeline, query):
    """dlt writes it so, where the bytes are text."""
    rows = [{"id": 1, "b": "grün".encode()}, {"id": 2, "b": None}]
    pipeline.run(rows, table_name="t", loader_file_format="csv")
    assert query(pipeline, "SELECT b FROM t WHERE id = 1") == [("grün".encode(),)]
    assert query(pipeline, "SELECT id FROM t WHERE b IS NULL") == [(2,)]


@pytest.mark.parametrize("header", [True, False])
def test_csv_of_another_shape(make_pipeline, tmp_path, query, header):
    (tmp_path / "x.csv").write_text(("id|name\n" if header else "") + '1|"a|b"\n2|\n')
    columns = [{"name": "id", "data_type": "bigint"}, {"name": "name", "data_type": "text"}]
    hints = dlt.mark.make_hints(columns=columns)
    pipeline = make_pipeline(
        csv_format=CsvFormatConfiguration(delimiter="|", include_header=header)
    )
    item = dlt.mark.with_file_import(str(tmp_path / "x.csv"), "csv", 2, hints=hints)
    pipeline.run([item], table_name="t")
    assert query(pipeline, "SELECT id, name FROM t") == [(1, "a|b"), (2, None)]
