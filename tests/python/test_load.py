# SPDX-License-Identifier: Apache-2.0
import gzip
import json

import hotload
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hotload import Column, LoadKey, RowInsert, TableSpec


def ids(database, table="t"):
    return sorted(row[0] for row in database.query(f"SELECT id FROM {table}").fetchall())


def test_append_adds(database):
    database.load("t", [{"id": 1}])
    receipt = database.load("t", [{"id": 1}, {"id": 2}])
    assert ids(database) == [1, 1, 2]
    assert [(t.table, t.inserted) for t in receipt.tables] == [("t", 2)]


def test_rows_bring_keys_that_the_first_one_lacks(database):
    database.load("t", [{"id": 1}, {"id": 2, "name": "x"}])
    rows = database.query("SELECT id, name FROM t ORDER BY id").fetchall()
    assert rows == [(1, None), (2, "x")]


def test_replace_replaces(database):
    database.load("t", [{"id": 1}, {"id": 2}])
    database.load("t", [{"id": 3}], mode="replace")
    assert ids(database) == [3]


@pytest.mark.parametrize("mode", ["upsert", "delete-insert"])
def test_merge_updates_and_inserts(database, mode):
    database.load("t", [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}], mode=mode, key="id")
    database.load("t", [{"id": 2, "v": "c"}, {"id": 3, "v": "d"}], mode=mode, key="id")
    rows = database.query("SELECT id, v FROM t ORDER BY id").fetchall()
    assert rows == [(1, "a"), (2, "c"), (3, "d")]


def test_insert_only_keeps_what_is_there(database):
    database.load("t", [{"id": 1, "v": "a"}], mode="insert-only", key="id")
    database.load("t", [{"id": 1, "v": "x"}, {"id": 2, "v": "b"}], mode="insert-only", key="id")
    assert database.query("SELECT id, v FROM t ORDER BY id").fetchall() == [(1, "a"), (2, "b")]


def test_new_columns_are_added(database):
    database.load("t", [{"id": 1}])
    database.load("t", [{"id": 2, "name": "b"}])
    rows = database.query("SELECT id, name FROM t ORDER BY id").fetchall()
    assert rows == [(1, None), (2, "b")]


def test_the_same_load_id_loads_once(database):
    first = database.load("t", [{"id": 1}], load_id="l1")
    second = database.load("t", [{"id": 1}], load_id="l1")
    assert first == second
    assert ids(database) == [1]


def test_files_of_each_format(database, tmp_path):
    pq.write_table(pa.table({"id": [1, 2]}), tmp_path / "a.parquet")
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"id": i}) + "\n" for i in (3, 4)))
    (tmp_path / "a.csv").write_text("id\n5\n6\n")
    for name in ("a.parquet", "a.jsonl", "a.csv"):
        database.load("t", tmp_path / name)
    assert ids(database) == [1, 2, 3, 4, 5, 6]
    assert (tmp_path / "a.parquet").exists()


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.csv.gz"])
def test_an_empty_text_is_no_rows_of_a_table_that_is_there(database, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(gzip.compress(b"") if name.endswith(".gz") else b"\n")
    with pytest.raises(hotload.Error, match="nothing tells the columns") as caught:
        database.load("t", path)
    assert caught.value.code == "bad_file"
    assert database.columns("main", "t") is None
    database.load("t", [{"id": 1}])
    for mode in ({}, {"mode": "upsert", "key": "id"}):
        database.load("t", path, **mode)
    assert ids(database) == [1]


def test_a_text_fills_the_types_of_the_table(database, tmp_path):
    database.load("t", [{"id": 1, "name": "x", "size": 0.5}])
    (tmp_path / "a.csv").write_text("id,name,size\n2,2026-01-02,3\n3,7,\n")
    database.load("t", tmp_path / "a.csv")
    assert database.query("SELECT * FROM t ORDER BY id").fetchall() == [
        (1, "x", 0.5),
        (2, "2026-01-02", 3.0),
        (3, "7", None),
    ]
    (tmp_path / "b.jsonl").write_text('{"id": 1.5}\n')
    database.load("t", tmp_path / "b.jsonl")
    assert database.query("SELECT id FROM t WHERE id < 3 ORDER BY id").fetchall() == [
        (1.0,),
        (1.5,),
        (2.0,),
    ]
    (tmp_path / "c.jsonl").write_text('{"id": "x"}\n')
    with pytest.raises(hotload.Error, match=r'in line 1: .*"x"$') as caught:
        database.load("t", tmp_path / "c.jsonl")
    assert caught.value.code == "bad_file"


def test_a_users_file_may_change_after_the_load(database, tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": [1, 2]}), path)
    database.load("t", path)
    path.write_bytes(b"something else")
    assert ids(database) == [1, 2]


@pytest.mark.parametrize(
    ("data", "options", "code"),
    [
        ("none.parquet", {}, "not_found"),
        ("none.txt", {}, "invalid_argument"),
        ([{"id": 1}], {"mode": "upsert"}, "invalid_argument"),
        ([{"id": 1}], {"mode": "append", "key": "id"}, "invalid_argument"),
        ([{"id": 1}], {"mode": "overwrite"}, "invalid_argument"),
    ],
)
def test_what_makes_no_sense_is_refused(database, data, options, code):
    with pytest.raises(hotload.Error) as caught:
        database.load("t", data, **options)
    assert caught.value.code == code
    assert database.columns("main", "t") is None
    assert database.pending_loads() == []


def test_a_damaged_file_is_named(database, tmp_path):
    path = tmp_path / "broken.parquet"
    path.write_bytes(b"PAR1 this is no parquet PAR1")
    with pytest.raises(hotload.Error, match=r"broken\.parquet") as caught:
        database.load("t", path)
    assert caught.value.code == "bad_file"


def test_nothing_is_visible_before_the_commit(database):
    load = database.open_load(LoadKey("main", "", "l1"))
    load.declare(
        [TableSpec("a", [Column("id", "BIGINT")]), TableSpec("b", [Column("id", "BIGINT")])]
    )
    load.stage_stream("a", "1", pa.table({"id": [1]}))
    load.stage_stream("b", "1", pa.table({"id": [2]}))
    assert database.columns("main", "a") is None
    assert [(s.table, s.job_id, s.rows) for s in load.staged()] == [("a", "1", 1), ("b", "1", 1)]
    receipt = load.commit()
    assert receipt.key == LoadKey("main", "", "l1")
    assert ids(database, "a") == [1]
    assert ids(database, "b") == [2]


def test_a_job_staged_twice_counts_once(database):
    load = database.open_load(LoadKey("main", "", "l1"))
    load.declare([TableSpec("t", [Column("id", "BIGINT")])])
    load.stage_stream("t", "1", pa.table({"id": [1]}))
    load.stage_stream("t", "1", pa.table({"id": [1]}))
    load.commit()
    assert ids(database) == [1]


def test_a_load_is_continued_by_its_key(database):
    load = database.open_load(LoadKey("main", "", "l1"))
    load.declare([TableSpec("t", [Column("id", "BIGINT")])])
    load.stage_stream("t", "1", pa.table({"id": [1]}))
    load.close()
    assert [p.key.load_id for p in database.pending_loads()] == ["l1"]
    again = database.open_load(LoadKey("main", "", "l1"))
    again.stage_stream("t", "2", pa.table({"id": [2]}))
    again.commit()
    assert ids(database) == [1, 2]
    assert database.pending_loads() == []


def test_an_aborted_load_leaves_nothing(database):
    load = database.open_load(LoadKey("main", "", "l1"))
    load.declare([TableSpec("t", [Column("id", "BIGINT")])])
    load.stage_stream("t", "1", pa.table({"id": [1]}))
    load.abort()
    assert database.columns("main", "t") is None
    assert database.pending_loads() == []
    assert database.history() == []


def test_published_schema_and_literal_rows(database):
    load = database.open_load(LoadKey("main", "", "l1"))
    columns = [Column("id", "BIGINT"), Column("at", "TIMESTAMP WITH TIME ZONE")]
    load.declare([TableSpec("t", columns)])
    assert load.publish_schema([RowInsert("t", ["id", "at"], ["1", None])])
    assert ids(database) == [1]
    load.insert_rows([RowInsert("t", ["id", "at"], ["2", "2026-01-02T03:04:05+00:00"])])
    assert ids(database) == [1]
    load.commit()
    assert ids(database) == [1, 2]


def test_history_is_newest_first(database):
    database.load("t", [{"id": 1}], load_id="first")
    database.load("t", [{"id": 2}], load_id="second")
    assert [r.key.load_id for r in database.history()] == ["second", "first"]
    assert [r.key.load_id for r in database.history(1)] == ["second"]


def test_a_scrubbed_lake_has_no_findings(database):
    database.load("t", [{"id": 1}])
    report = database.scrub()
    assert report.findings == []
    assert report.tables >= 1
    assert report.rows >= 1


def test_a_spec_of_wrong_types_is_a_type_error(database):
    load = database.open_load(LoadKey("main", "", "l1"))
    with pytest.raises(TypeError):
        load.declare([TableSpec("t", [Column("id", "BIGINT")], disposition="overwrite")])


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("compression", ["none", "snappy"])
def test_pages_must_match_their_checksums(database, tmp_path, version, compression):
    path = tmp_path / "a.parquet"
    table = pa.table({"id": list(range(1000)), "text": [f"row {i % 7}" for i in range(1000)]})
    options = {"data_page_version": version, "compression": compression, "data_page_size": 1000}
    pq.write_table(table, path, write_page_checksum=True, row_group_size=400, **options)
    database.load("t", path)
    assert ids(database) == list(range(1000))
    group = pq.ParquetFile(path).metadata.row_group(1)
    for column in range(2):
        whole = path.read_bytes()
        chunk = group.column(column)
        start = chunk.dictionary_page_offset or chunk.data_page_offset
        at = start + chunk.total_compressed_size - 1  # of the last page
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(hotload.Error, match=f"'{chunk.path_in_schema}'.* checksum") as raised:
            database.load("t", path)
        assert raised.value.code == "bad_file"
        assert str(path) in str(raised.value)
        path.write_bytes(whole)
