# SPDX-License-Identifier: Apache-2.0
"""hotload load: modes, formats, receipts, what goes on after a crash."""

import gzip
import json
import signal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

BY_NAME = "SELECT name, born FROM people ORDER BY name"


def names(lake, table="people"):
    return [row["name"] for row in lake.rows(f"SELECT name FROM {table} ORDER BY ALL")]


def test_a_new_table_has_the_columns_of_its_file(lake):
    (table,) = lake.json("tables")
    assert [(c["name"], c["type"]) for c in table["columns"]] == [
        ("name", "VARCHAR"),
        ("born", "BIGINT"),
        ("version", "BIGINT"),
    ]
    assert table["rows"] == 3


def test_the_receipt_says_what_was_done(lake):
    (receipt,) = lake.json("load", "people.jsonl", "--table", "people", "--load-id", "a")
    assert receipt["key"] == {"schema": "main", "schema_name": "", "load_id": "a"}
    assert not receipt["already_committed"]
    (table,) = receipt["tables"]
    assert (table["table"], table["inserted"], table["files"]) == ("people", 2, 1)


def test_append_keeps_what_is_there(lake):
    lake.run("load", "people.jsonl", "--table", "people")
    assert names(lake) == ["Ada", "Ada", "Grace", "Linus", "Nobody"]


def test_replace_does_not(lake):
    lake.run("load", "people.jsonl", "--table", "people", "--mode", "replace")
    assert names(lake) == ["Ada", "Linus"]


def test_upsert_replaces_rows_of_the_same_key(lake):
    arguments = ("load", "people.jsonl", "--table", "people", "--mode", "upsert", "--key", "name")
    (receipt,) = lake.json(*arguments)
    (table,) = receipt["tables"]
    assert (table["inserted"], table["updated"], table["deleted"]) == (1, 1, 0)
    assert lake.rows(BY_NAME)[0] == {"name": "Ada", "born": 1816}
    assert names(lake) == ["Ada", "Grace", "Linus", "Nobody"]


def test_insert_only_keeps_rows_of_the_same_key(lake):
    arguments = ("load", "people.jsonl", "--table", "people", "--mode", "insert-only")
    lake.run(*arguments, "--key", "name")
    assert lake.rows(BY_NAME)[0] == {"name": "Ada", "born": 1815}
    assert names(lake) == ["Ada", "Grace", "Linus", "Nobody"]


def test_delete_insert_takes_keys_of_several_columns(lake):
    arguments = ("load", "people.jsonl", "--table", "people", "--mode", "delete-insert")
    lake.run(*arguments, "--key", "name,version")
    # Ada's version differs, so both rows of hers are there.
    assert names(lake) == ["Ada", "Ada", "Grace", "Linus", "Nobody"]


def test_scd2_keeps_old_versions(lake):
    arguments = ("--table", "v", "--mode", "scd2", "--row-version", "version", "--key", "name")
    lake.write("one.jsonl", '{"name": "Ada", "version": 1}\n{"name": "Grace", "version": 2}\n')
    lake.write("two.jsonl", '{"name": "Ada", "version": 3}\n')
    lake.run("load", "one.jsonl", *arguments)
    lake.run("load", "two.jsonl", *arguments)
    rows = lake.rows(
        "SELECT name, version, _dlt_valid_to IS NULL AS active,"
        " _dlt_valid_from IS NOT NULL AS begun FROM v ORDER BY version"
    )
    assert [(r["name"], r["version"], r["active"], r["begun"]) for r in rows] == [
        ("Ada", 1, False, True),
        ("Grace", 2, True, True),
        ("Ada", 3, True, True),
    ]


def test_several_files_are_one_commit(hotload):
    files = ("people.csv", "people.tsv", "people.jsonl")
    (receipt,) = hotload.json("--lake", "x.lake", "load", *files, "--table", "people")
    assert receipt["tables"][0]["inserted"] == 6
    assert len(hotload.json("history")) == 1


def test_a_file_that_fails_leaves_nothing_of_the_load(lake):
    lake.write("bad.jsonl", '{"name": "Zoe"}\n{"name": \n')
    error = lake.error("load", "people.jsonl", "bad.jsonl", "--table", "people", code=3)
    assert error["code"] == "bad_file"
    assert "bad.jsonl" in error["message"]
    assert names(lake) == ["Ada", "Grace", "Nobody"]
    assert lake.json("pending") == []


def test_values_that_do_not_fit_name_the_file(lake):
    lake.write("late.csv", "name,born\nZoe,soon\n")
    error = lake.error("load", "late.csv", "--table", "people", code=3)
    assert error["code"] in ("type_mismatch", "bad_file")
    assert "late.csv" in error["message"]
    assert "soon" in error["message"]


def test_parquet_and_gzip_by_their_names(lake):
    text = (lake.folder / "people.jsonl").read_bytes()
    (lake.folder / "more.jsonl.gz").write_bytes(gzip.compress(text))
    lake.run("load", "more.jsonl.gz", "--table", "more")
    assert names(lake, "more") == ["Ada", "Linus"]
    parquet = next((lake.folder / "demo.lake" / "main" / "data").glob("main/more/*.parquet"))
    (lake.folder / "copy.parquet").write_bytes(parquet.read_bytes())
    (receipt,) = lake.json("load", "copy.parquet", "--table", "copy")
    assert receipt["tables"][0]["adopted"] == 0, "so few rows are inserted"
    assert names(lake, "copy") == ["Ada", "Linus"]


def test_parquet_of_some_size_is_adopted(lake):
    table = pa.table({"id": range(100_000), "name": [f"name {i}" for i in range(100_000)]})
    pq.write_table(table, lake.folder / "many.parquet")
    (receipt,) = lake.json("load", "many.parquet", "--table", "many")
    assert receipt["tables"][0]["adopted"] == 1
    assert receipt["tables"][0]["size_bytes"] == (lake.folder / "many.parquet").stat().st_size


def test_standard_input_and_pipes(lake):
    text = '{"name": "Zoe"}\n'
    lake.run("load", "-", "--table", "people", stdin=text)
    done = lake.shell("hotload load <(printf 'name\\nYan\\n') --table people --format csv")
    assert done.returncode == 0, done.stderr
    assert names(lake) == ["Ada", "Grace", "Nobody", "Yan", "Zoe"]


def test_declared_columns_are_added_and_typed(lake):
    lake.write("rich.csv", "name,money\nZoe,12.345\n")
    columns = "money DECIMAL(12,3)"
    lake.run("load", "rich.csv", "--table", "people", "--columns", columns)
    rows = lake.run("query", "--csv", "SELECT money FROM people WHERE name = 'Zoe'").stdout
    assert rows == "money\n12.345\n"
    (table,) = lake.json("tables")
    assert table["columns"][-1] == {"name": "money", "type": "DECIMAL(12,3)", "nullable": True}


def test_csv_without_header_and_with_another_delimiter(hotload):
    hotload.write("plain.csv", "1;one\n2;two\n")
    hotload.run(
        *("--lake", "x.lake", "load", "plain.csv", "--table", "t", "--no-header"),
        *("--delimiter", ";", "--columns", "id BIGINT, name VARCHAR"),
    )
    assert hotload.rows("SELECT * FROM t ORDER BY id") == [
        {"id": 1, "name": "one"},
        {"id": 2, "name": "two"},
    ]


def test_a_load_id_is_committed_once(lake):
    arguments = ("load", "people.jsonl", "--table", "people", "--load-id", "again")
    (first,) = lake.json(*arguments)
    (second,) = lake.json(*arguments)
    assert second.pop("already_committed")
    assert not first.pop("already_committed")
    assert second == first
    assert "was committed before" in lake.run(*arguments).stdout
    assert len(names(lake)) == 5


@pytest.mark.parametrize(
    "point",
    ["stage.linked", "stage.converted", "commit.prepared", "commit.recorded", "commit.committed"],
)
def test_killed_and_run_again_with_its_load_id(lake, point):
    arguments = ("load", "people.jsonl", "people.tsv", "--table", "people", "--load-id", "k")
    killed = {"HOTLOAD_FAILPOINT": point}
    lake.run(*arguments, code=-signal.SIGKILL, env=killed)
    lake.run(*arguments)
    assert names(lake) == ["Ada", "Ada", "Grace", "Kurt", "Linus", "Nobody"]
    assert lake.json("pending") == []
    assert len(lake.json("history")) == 2


def test_a_load_does_not_bring_what_its_command_does_not_name(lake):
    killed = {"HOTLOAD_FAILPOINT": "commit.prepared"}
    arguments = ("--table", "people", "--load-id", "k")
    lake.run("load", "people.jsonl", *arguments, code=-signal.SIGKILL, env=killed)
    error = lake.error("load", "people.tsv", *arguments, code=3)
    assert "people.jsonl" in error["message"]
    (pending,) = lake.json("pending")
    assert pending["key"]["load_id"] == "k"
    lake.run("abort", "k")
    lake.run("load", "people.tsv", *arguments)
    assert names(lake) == ["Ada", "Grace", "Kurt", "Nobody"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--mode", "upsert"),
        ("--key", "name"),
        ("--mode", "scd2"),
        ("--row-version", "version"),
        ("--mode", "sideways"),
        ("--columns", "a"),
        ("--columns", "a NOTYPE"),
        ("--columns", "a BIGINT,"),
        ("people.csv",),
        (".",),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_made(hotload, arguments):
    load = ("--lake", "x.lake", "load", "people.csv", "--table", "t")
    error = hotload.error(*load, *arguments, code=2)
    assert error["code"] == "invalid_argument"
    assert not (hotload.folder / "x.lake").exists()


def test_no_progress_on_a_pipe(lake):
    done = lake.run("load", "people.jsonl", "--table", "people")
    assert done.stderr == ""
    assert json.loads(lake.run("--json", "tables").stdout)
