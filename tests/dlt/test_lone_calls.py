# SPDX-License-Identifier: Apache-2.0
"""The job client outside of a load package: each call is a load of its own."""

import json

import dlt
import pytest
from dlt.common.schema.utils import new_column, new_table

STRATEGIES = {"truncate-and-insert": [1, 2], "insert-from-staging": [2], "staging-optimized": [2]}


@pytest.fixture
def schema():
    schema = dlt.Schema("lone")
    schema.update_table(new_table("t", columns=[new_column("id", "bigint")]))
    return schema


def client_of(pipeline, schema):
    pipeline._inject_schema(schema)
    return pipeline.destination_client(schema.name)


def load_row(client, folder, row):
    path = folder / f"t.{row['id']}0000000.0.jsonl"
    path.write_text(json.dumps(row) + "\n")
    table = client.prepare_load_table("t")
    job = client.create_load_job(table, str(path), "1")
    job.set_run_vars(load_id="1", schema=client.schema, load_table=table)
    job.run_managed(client, None)
    assert job.state() == "completed", job.failed_message()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_job_replaces_where_no_truncation_is_a_call_of_its_own(
    make_pipeline, tmp_path, schema, strategy
):
    schema.tables["t"]["write_disposition"] = "replace"
    pipeline = make_pipeline(replace_strategy=strategy)
    with client_of(pipeline, schema) as client:
        client.initialize_storage()
        client.update_stored_schema()
        load_row(client, tmp_path, {"id": 1})
        load_row(client, tmp_path, {"id": 2})
        rows = client.sql_client.execute_sql("SELECT id FROM t ORDER BY id")
    assert [row[0] for row in rows] == STRATEGIES[strategy]


def test_tables_are_made_whose_rows_could_not_be_merged_yet(pipeline, schema):
    schema.tables["t"]["write_disposition"] = "merge"
    schema.update_table(
        new_table("t__child", parent_table_name="t", columns=[new_column("x", "bigint")])
    )
    with client_of(pipeline, schema) as client:
        client.initialize_storage()
        assert set(client.update_stored_schema()) >= {"t", "t__child"}
        assert client.get_storage_table("t__child")[0]


def test_a_new_column_takes_nulls_whatever_was_declared(pipeline, schema):
    with client_of(pipeline, schema) as client:
        client.initialize_storage()
        client.update_stored_schema()
        schema.tables["t"]["columns"]["must"] = new_column("must", "text", nullable=False)
        schema._bump_version()
        client.update_stored_schema()
        assert client.get_storage_table("t")[1]["must"]["nullable"]
