# SPDX-License-Identifier: Apache-2.0
"""Job files that are SQL, as the statements that read their rows. No lake is opened."""

import gzip

import pytest
from dlt.destinations.exceptions import LoadJobTerminalException
from hotload.dlt.files import csv_as_utf8
from hotload.dlt.jobs import insert_values_query, model_query


def job_file(tmp_path, text, name="t.f.0.model"):
    path = tmp_path / name
    path.write_text(text)
    return str(path)


def test_a_model_of_the_same_dialect_is_taken_as_it_is(tmp_path):
    assert model_query(job_file(tmp_path, "dialect: duckdb\nSELECT 1 AS a\n")) == "SELECT 1 AS a\n"


def test_a_model_of_another_dialect_is_translated(tmp_path):
    query = model_query(job_file(tmp_path, "dialect: tsql\nSELECT TOP 5 [a] FROM [t]\n"))
    assert query == 'SELECT "a" FROM "t" LIMIT 5'


def test_a_model_that_attaches_is_refused(tmp_path):
    path = job_file(tmp_path, "dialect: duckdb\nattach: []\nSELECT 1\n")
    with pytest.raises(LoadJobTerminalException, match="another location"):
        model_query(path)


def test_inserted_values_become_a_relation(tmp_path):
    text = 'INSERT INTO {}("a","b")\nVALUES\n(1,\'x;\'),\n(2,NULL);\n'
    expected = 'SELECT * FROM (VALUES\n(1,\'x;\'),\n(2,NULL)) AS rows("a","b")'
    assert insert_values_query(job_file(tmp_path, text)) == expected
    packed = tmp_path / "t.f.0.insert_values.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    assert insert_values_query(str(packed)) == expected


@pytest.mark.parametrize("harm", ["cut", "checksum", "pages"])
def test_packed_texts_that_are_cut_or_damaged_are_refused(tmp_path, harm):
    rows = "".join(f",\n({i})" for i in range(1000))
    data = gzip.compress(f'INSERT INTO {{}}("a")\nVALUES\n(0){rows};\n'.encode())
    half = len(data) // 2
    harmed = {
        "cut": data[:half],
        "checksum": data[:-8] + bytes(4) + data[-4:],
        "pages": data[:half] + bytes(64) + data[half + 64 :],
    }[harm]
    packed = tmp_path / "t.f.0.insert_values.gz"
    packed.write_bytes(harmed)
    for read in (insert_values_query, model_query):
        with pytest.raises(LoadJobTerminalException, match="cut short or damaged"):
            read(str(packed))
    text = csv_as_utf8(str(packed), "latin-1", [], ",")
    with pytest.raises(LoadJobTerminalException, match="cut short or damaged"), text:
        pass


def test_what_is_no_values_file_is_refused(tmp_path):
    with pytest.raises(LoadJobTerminalException):
        insert_values_query(job_file(tmp_path, "DROP TABLE t;\nVALUES (1)"))
