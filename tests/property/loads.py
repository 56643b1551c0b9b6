# SPDX-License-Identifier: Apache-2.0
"""Rows of the reference into a lake through dlt, and what the lake then holds."""

from collections import Counter

import dlt
from reference import columns_of

NAMES = ["id", "v", "day", "extra", "gone", "at"]


def resource_of(way, hints, rows, name="t"):
    """The rows as a resource of dlt that is loaded in that way."""
    columns = {"v": {"data_type": "text"}}
    if hints.get("hard_delete"):
        columns["gone"] = {"data_type": "bool", "hard_delete": True}
    if hints.get("dedup_sort"):
        columns["at"] = {"data_type": "bigint", "dedup_sort": "desc"}
    disposition = way if way in ("append", "replace") else {"disposition": "merge", "strategy": way}
    return dlt.resource(
        [dict(row) for row in rows],
        name=name,
        write_disposition=disposition,
        primary_key=hints.get("primary_key"),
        merge_key=hints.get("merge_key"),
        columns=columns,
    )


def counts_in_lake(pipeline, table="t"):
    """What `Table.counts` says, from the lake."""
    with pipeline.sql_client() as client:

        def rows_of(sql):
            with client.execute_query(sql) as cursor:
                return cursor.arrow().to_pylist()

        def has_table(name):
            return client.connection.database.columns(client.dataset_name, name) is not None

        rows, tags = Counter(), Counter()
        if has_table(table):
            rows.update(
                (columns_of(row, NAMES), row.get("_dlt_valid_to") is None)
                for row in rows_of(f"SELECT * FROM {table}")
            )
        if has_table(f"{table}__tags"):
            joined = (
                f"SELECT t.id, n.value FROM {table}__tags n"
                f" LEFT JOIN {table} t ON n._dlt_parent_id = t._dlt_id"
            )
            tags.update((row["id"], row["value"]) for row in rows_of(joined))
        return rows, tags
