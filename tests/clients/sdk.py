# SPDX-License-Identifier: Apache-2.0
"""The published SDK (any of its versions): a 40 MiB multipart upload, loads, queries, results."""

import io
import os

import hotdata
import pyarrow as pa
import pyarrow.parquet as pq
from hotdata import models
from hotdata.arrow import ResultsApi
from hotdata.uploads import UploadsApi

ROWS = 700_000


def big_parquet():
    """At least 40 MiB that do not compress."""
    payload = [os.urandom(64).hex()[:64] for _ in range(1000)]
    names = [payload[i % 1000] for i in range(ROWS)]
    table = pa.table({"id": range(ROWS), "name": names})
    out = io.BytesIO()
    pq.write_table(table, out, compression="none", use_dictionary=False)
    assert out.tell() > 40 << 20
    return out.getvalue()


def load(client, database, upload_id, mode, **fields):
    request = models.LoadManagedTableRequest(mode=mode, upload_id=upload_id, **fields)
    api = hotdata.ConnectionsApi(client)
    return api.load_managed_table(database.default_connection_id, "public", "big", request)


def main():
    configuration = hotdata.Configuration(
        host=os.environ["HOTDATA_API_URL"],
        api_key=os.environ["HOTDATA_API_KEY"],
        workspace_id=os.environ["HOTDATA_WORKSPACE"],
    )
    client = hotdata.ApiClient(configuration)
    databases = hotdata.DatabasesApi(client)
    declared = models.DatabaseDefaultSchemaDecl(
        name="public", tables=[models.DatabaseDefaultTableDecl(name="big", key=["id"])]
    )
    database = databases.create_database(
        models.CreateDatabaseRequest(name="sdk", schemas=[declared])
    )
    assert database.default_schema == "public"

    uploads = UploadsApi(client)
    big = uploads.upload_file(big_parquet(), filename="big.parquet")
    receipt = load(client, database, big.upload_id, "replace")
    assert receipt.row_count == ROWS, receipt
    assert load(client, database, big.upload_id, "replace").row_count == ROWS

    out = io.BytesIO()
    pq.write_table(pa.table({"id": [0, ROWS], "name": ["first", "last"]}), out)
    small = uploads.upload_file(out.getvalue())
    assert load(client, database, small.upload_id, "upsert").row_count == ROWS + 1

    sql = 'SELECT id, name FROM "default"."public"."big" WHERE id IN (0, 700000) ORDER BY id'
    answer = hotdata.QueryApi(client).query(models.QueryRequest(sql=sql), x_database_id=database.id)
    assert answer.rows == [[0, "first"], [ROWS, "last"]], answer.rows
    results = ResultsApi(client)
    everything = hotdata.QueryApi(client).query(
        models.QueryRequest(sql="SELECT * FROM big ORDER BY id"), x_database_id=database.id
    )
    assert everything.truncated
    assert everything.total_row_count == ROWS + 1
    table = results.get_result_arrow(everything.result_id, database.id)
    assert table.num_rows == ROWS + 1
    assert table["id"][ROWS].as_py() == ROWS
    listed = hotdata.InformationSchemaApi(client).information_schema(
        connection_id=database.default_connection_id, include_columns=True
    )
    assert [c.data_type for c in listed.tables[0].columns] == ["int64", "Utf8"]
    databases.delete_database(database.id)
    print("ok")


if __name__ == "__main__":
    main()
