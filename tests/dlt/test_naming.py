# SPDX-License-Identifier: Apache-2.0
"""Every naming convention of dlt: a merge with nested rows, and the state on its way back."""

import dlt
import pytest

NAMINGS = ["snake_case", "duck_case", "direct", "sql_cs_v1", "sql_ci_v1", "s3_tables"]
LONG = "n" * 300


@pytest.mark.parametrize("naming", NAMINGS)
def test_a_pipeline_under_each_naming_convention(make_pipeline, monkeypatch, naming):
    monkeypatch.setenv("SCHEMA__NAMING", naming)

    @dlt.resource(name="Order Items", write_disposition="merge", primary_key="ID")
    def items(version, cursor=dlt.sources.incremental("ID")):  # noqa: B008
        for i in range(cursor.last_value + 1 if cursor.last_value is not None else 0, version * 3):
            yield {"ID": i, "Größe": version, "select": "x", LONG: i, "Tags": [{"Name": "ä"}]}

    first = make_pipeline()
    first.run(items(1))
    # another machine: state and schema come from the lake alone
    second = make_pipeline(pipelines_dir="elsewhere")
    loaded = second.run(items(2))
    schema = second.default_schema
    named = schema.naming.normalize_table_identifier("Order Items")
    child = schema.naming.make_path("Order Items", "Tags")
    table = schema.tables[named]
    column = schema.naming.normalize_identifier
    assert {column("ID"), column("Größe"), column("select"), column(LONG)} <= set(table["columns"])
    rows = second.dataset()[named].select(column("ID"), column("Größe"), column(LONG)).fetchall()
    assert sorted(rows) == [(i, 1 + i // 3, i) for i in range(6)]
    tags = second.dataset()[schema.naming.normalize_tables_path(child)]
    assert [row[0] for row in tags.select(column("Name")).fetchall()] == ["ä"] * 6
    with second.destination_client() as client:
        stored = client.get_stored_schema(schema.name)
        assert stored.version_hash == schema.stored_version_hash
        assert client.get_stored_schema_by_hash(stored.version_hash).schema == stored.schema
        assert client.get_stored_schema_by_hash("none") is None
        assert client.get_stored_schema("none") is None
        assert client.get_stored_schema(None).version_hash == stored.version_hash
        assert client.get_stored_state("p")._dlt_load_id == loaded.loads_ids[-1]
        assert client.get_stored_state("none") is None


def test_a_long_table_name_and_those_of_its_nested_tables_are_shortened(pipeline, query):
    """dlt names its own files by the table."""
    rows = [{"id": 1, LONG: [{LONG: [{"v": 1}]}]}]
    for file_format in ("parquet", "typed-jsonl"):
        options = {"write_disposition": "merge", "primary_key": "id"}
        pipeline.run(rows, table_name=LONG, loader_file_format=file_format, **options)
    names = pipeline.default_schema.data_table_names()
    assert max(map(len, names)) == 200
    assert [query(pipeline, f"SELECT count(*) FROM {name}") for name in names] == [[(1,)]] * 3


def test_a_long_column_name_may_be_of_any_letters(pipeline, query, monkeypatch):
    monkeypatch.setenv("SCHEMA__NAMING", "direct")
    name = "列" * 200
    merge = {"write_disposition": "merge", "primary_key": name}
    for file_format in ("parquet", "jsonl", "csv", "insert_values"):
        row = {name: 1, "v": file_format}
        pipeline.run([row], table_name="t", loader_file_format=file_format, **merge)
        assert query(pipeline, f'SELECT "{name}", v FROM t') == [(1, file_format)]


@pytest.mark.parametrize("naming", ["direct", "sql_cs_v1"])
def test_names_that_differ_in_case_alone_are_refused_with_both(make_pipeline, monkeypatch, naming):
    monkeypatch.setenv("SCHEMA__NAMING", naming)
    with pytest.raises(Exception, match=r"(?s)\bAb\b.*\baB\b|\baB\b.*\bAb\b"):
        make_pipeline().run([{"Ab": 1, "aB": 2}], table_name="t")
