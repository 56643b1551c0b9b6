# SPDX-License-Identifier: Apache-2.0
"""What docs/storage.md says about the folder is so."""

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXTENSION = ROOT / ".deps" / "extensions" / "ducklake.duckdb_extension"


def example():
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/storage.md").read_text(), re.S)
    assert "LOAD ducklake" in code
    return code.replace("LOAD ducklake", f"LOAD '{EXTENSION}'")


def test_any_duckdb_reads_the_folder(hotload, monkeypatch):
    hotload.run("--lake", "x.lake", "load", "people.csv", "--table", "people")
    hotload.run("load", "people.jsonl", "--table", "people", "--mode", "upsert", "--key", "name")
    monkeypatch.chdir(hotload.folder)
    names = {}
    exec(example(), names)
    names["connection"].close()
    people = [("Ada", 1816), ("Grace", 1906), ("Linus", 1969), ("Nobody", None)]
    assert names["people"] == people
    assert sum("load " in (message or "") for (message,) in names["loads"]) == 2
    assert sorted(row[0] for row in names["before"]) == ["Ada", "Grace", "Nobody"]
    # Reading from outside changes nothing: hotload goes on.
    hotload.run("load", "people.tsv", "--table", "people")
    assert hotload.rows("SELECT count(*) AS n FROM people") == [{"n": 5}]


def test_the_folder_holds_what_the_document_shows(lake):
    folder = lake.folder / "demo.lake"
    found = {str(p.relative_to(folder)) for p in folder.rglob("*")}
    assert {"hotload.json", "lock", "main/database.json", "main/catalog.ducklake"} <= found
    assert list(folder.glob("main/data/main/people/*.parquet"))
    assert not (folder / "main" / "catalog.ducklake.wal").exists()
    assert list((folder / "main" / "staging").iterdir()) == []


def test_a_lake_can_be_moved(lake):
    shutil.move(lake.folder / "demo.lake", lake.folder / "moved.lake")
    assert lake.rows("SELECT count(*) AS n FROM people") == [{"n": 3}]
    lake.run("load", "people.jsonl", "--table", "people", "--mode", "upsert", "--key", "name")
    assert lake.rows("SELECT count(*) AS n FROM people") == [{"n": 4}]
    assert lake.json("scrub")[0]["findings"] == []


def test_a_newer_format_is_left_alone(lake):
    (lake.folder / "demo.lake" / "hotload.json").write_text('{"format":99}\n')
    assert lake.error("tables", code=3)["code"] == "version"


@pytest.mark.parametrize("harm", ["overwritten", "flipped", "lost file"])
def test_damage_is_no_passing_trouble(lake, harm):
    (lake.folder / "many.csv").write_text("id\n" + "\n".join(str(i) for i in range(100_000)))
    lake.run("load", "many.csv", "--table", "many")
    (catalog,) = lake.folder.rglob("catalog.ducklake")
    if harm == "overwritten":
        catalog.write_bytes(b"garbage " * 4096)
    elif harm == "flipped":
        data = bytearray(catalog.read_bytes())
        data[4096 + 64 :] = bytes(len(data) - 4096 - 64)
        catalog.write_bytes(data)
    else:
        for file in lake.folder.rglob("*.parquet"):
            file.unlink()
    error = lake.error("query", "SELECT sum(id) FROM many", code=3)
    assert error["code"] == "corrupt"
    assert not error["transient"]
    assert "hotload scrub" in error["message"]
