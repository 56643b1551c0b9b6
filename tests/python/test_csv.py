# SPDX-License-Identifier: Apache-2.0
"""CSV as it comes: each row is loaded or the file is refused. Nothing of it is skipped."""

import gzip
import json
from pathlib import Path

import hotload
import pytest
from hotload import Column, LoadKey, TableSpec

VECTORS = Path(__file__).resolve().parent.parent / "vectors" / "csv.json"
CASES = json.loads(VECTORS.read_text())["cases"]
TAKEN = [case for case in CASES if "rows" in case]
REFUSED = [case for case in CASES if "refused" in case]


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    folder = tmp_path_factory.mktemp("csv")
    with hotload.open_workspace(folder / "x.lake") as workspace:
        yield workspace.open_or_create_database("main")


@pytest.fixture(params=["plain", "gzip"])
def write(tmp_path, request):
    def write(text):
        path = tmp_path / ("a.csv" if request.param == "plain" else "a.csv.gz")
        content = text.encode()
        path.write_bytes(gzip.compress(content) if request.param == "gzip" else content)
        return path

    return write


def stored(database, table):
    rows = database.query(f'SELECT * FROM "{table}"').fetchall()
    return sorted((list(row) for row in rows), key=lambda row: [(v is None, str(v)) for v in row])


def named(request):
    """A name for a table, one a test."""
    return "t" + "".join(c if c.isalnum() else "_" for c in request.node.name)[-50:]


@pytest.mark.parametrize("case", TAKEN, ids=lambda case: case["name"])
def test_all_rows_come_with_and_without_a_table(database, write, request, case):
    table = named(request)
    for copies in (1, 2):
        database.load(table, write(case["text"]))
        columns = [column.name for column in database.columns("main", table)]
        assert columns == case["columns"]
        assert stored(database, table) == [row for row in case["rows"] for _ in range(copies)]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["name"])
def test_what_cannot_be_read_whole_is_refused_with_and_without_a_table(
    database, write, request, case
):
    table = named(request)
    for mode in ("append", "replace"):
        with pytest.raises(hotload.Error) as caught:
            database.load(table, write(case["text"]), mode=mode)
        assert caught.value.code == "bad_file"
        assert case["refused"] in str(caught.value)
    assert database.columns("main", table) is None

    names = ("a", "b", "c", "id", "v", "x", "y")
    rows = [dict.fromkeys(names, "kept")]
    database.load(table, rows)
    for mode in ("append", "replace"):
        with pytest.raises(hotload.Error) as caught:
            database.load(table, write(case["text"]), mode=mode)
        assert caught.value.code == "bad_file"
        assert stored(database, table) == [["kept"] * len(names)]


@pytest.mark.parametrize("text", ["1,x,5\n2,y\n", "1,x\n2,y,5\n"])
@pytest.mark.parametrize("declared", [True, False])
def test_rows_without_a_header_have_as_many_fields(database, write, request, text, declared):
    load = database.open_load(LoadKey("main", "csv", named(request)))
    columns = [Column("a", "BIGINT"), Column("b", "VARCHAR")]
    load.declare([TableSpec(named(request), columns=columns if declared else [])])
    with pytest.raises(hotload.Error, match=r"Line: [12]") as caught:
        load.stage_file(named(request), "j", write(text), format="csv", csv_header=False)
    assert caught.value.code == "bad_file"
    load.abort()


def test_a_long_row_far_down_is_found(database, write, request):
    text = "a,b\n" + "1,2\n" * 300_000 + "3,4,5\n" + "1,2\n" * 10
    with pytest.raises(hotload.Error, match="Line: 300002"):
        database.load(named(request), write(text))
