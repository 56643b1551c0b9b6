# SPDX-License-Identifier: Apache-2.0
"""Reading through dlt's datasets and relations."""

import pytest

PLACES = ("folder", "server")


@pytest.fixture
def dataset(pipeline):
    pipeline.run(
        [{"id": i, "grp": i % 3, "tags": ["x"] * (i % 2)} for i in range(30)], table_name="t"
    )
    pipeline.run([{"id": i, "name": f"g{i}"} for i in range(3)], table_name="groups")
    return pipeline.dataset()


def test_relations(dataset):
    relation = dataset["t"].select("id", "grp").where("grp", "eq", 1).order_by("id").limit(2)
    assert relation.fetchall() == [(1, 1), (4, 1)]
    assert relation.arrow().num_rows == 2
    assert relation.df()["id"].tolist() == [1, 4]


def test_a_query_over_two_tables(dataset):
    rows = dataset(
        "SELECT g.name, count(*) AS n FROM t JOIN groups g ON t.grp = g.id "
        "GROUP BY g.name ORDER BY 1"
    ).fetchall()
    assert rows == [("g0", 10), ("g1", 10), ("g2", 10)]


def test_a_join_of_relations(dataset):
    joined = dataset["t"].join(dataset["groups"], on="t.grp = groups.id")
    assert len(joined.fetchall()) == 30


def test_row_counts(dataset):
    counts = dict(dataset.row_counts().fetchall())
    assert counts["t"] == 30
    assert counts["t__tags"] == 15


def test_an_empty_relation_has_its_columns(dataset):
    table = dataset["t"].where("id", "eq", -1).arrow()
    assert table.num_rows == 0
    assert "id" in table.column_names


def test_chunks(dataset):
    assert [len(frame) for frame in dataset["t"].iter_df(chunk_size=12)] == [12, 12, 6]


def test_datasets_of_one_location_are_the_same(pipeline, dataset):
    assert dataset.is_same_dataset(pipeline.dataset())
