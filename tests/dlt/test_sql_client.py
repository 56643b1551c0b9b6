# SPDX-License-Identifier: Apache-2.0
import datetime
import decimal
import uuid

import pyarrow as pa
import pytest
from dlt.destinations.exceptions import (
    DatabaseTerminalException,
    DatabaseTransientException,
    DatabaseUndefinedRelation,
    LoadClientNotConnected,
)
from hotload.dlt.sql_client import bind_parameters
from hotload.error import Error

PLACES = ("folder", "server")


@pytest.fixture
def client(pipeline):
    rows = [{"id": i, "name": f"n{i}"} for i in range(5000)]
    pipeline.run(rows, table_name="t")
    with pipeline.sql_client() as client:
        yield client


def test_unqualified_names_resolve_in_the_dataset(client):
    assert client.execute_sql("SELECT count(*) FROM t") == [(5000,)]
    assert client.execute_sql("SELECT count(*) FROM d.t") == [(5000,)]


def test_parameters(client):
    assert client.execute_sql("SELECT id FROM t WHERE name = %s AND id < %s", "n7", 100) == [(7,)]
    assert client.execute_sql("SELECT name FROM t WHERE id = $id", id=8) == [("n8",)]


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -5,
        2**100,
        1.25,
        "it's %s",
        b"\x00\xff",
        decimal.Decimal("12.50"),
        datetime.date(2026, 1, 2),
        datetime.time(1, 2, 3),
        datetime.datetime(2026, 1, 2, 3, 4, 5, 6),
        datetime.datetime(2026, 1, 2, 3, 4, 5, 6, datetime.timezone.utc),
    ],
)
def test_values_come_back_as_bound(client, value):
    ((back,),) = client.execute_sql("SELECT %s AS v", value)
    assert back == value or str(back) == str(value)


def test_marks_in_literals_and_comments_are_text():
    text, values = bind_parameters("SELECT '%s', \"%s\", %s -- %s\n/* %s */", [1], {})
    assert text == "SELECT '%s', \"%s\", $1 -- %s\n/* %s */"
    assert values == [1]


def test_a_uuid_is_bound_as_one():
    text, _ = bind_parameters("SELECT %s", [uuid.UUID(int=1)], {})
    assert text == "SELECT CAST($1 AS UUID)"


@pytest.mark.parametrize(("sql", "args"), [("SELECT %s, %s", [1]), ("SELECT %s", [1, 2])])
def test_marks_and_values_must_match(sql, args):
    with pytest.raises(Error) as caught:
        bind_parameters(sql, args, {})
    assert caught.value.code == "invalid_argument"


def test_what_is_missing_is_undefined(client):
    for sql in ("SELECT * FROM nowhere", "SELECT * FROM nowhere.t", "DROP TABLE nowhere"):
        with pytest.raises(DatabaseUndefinedRelation):
            client.execute_sql(sql)


@pytest.mark.parametrize("sql", ["SELECT nothing FROM t", "SELECT 'x'::INTEGER"])
def test_a_wrong_statement_is_terminal(client, sql):
    with pytest.raises(DatabaseTerminalException) as caught:
        client.execute_sql(sql)
    assert client.is_dbapi_exception(caught.value.dbapi_exception)
    assert client.execute_sql("SELECT 1") == [(1,)]


@pytest.mark.parametrize(
    ("sql", "values"),
    [("SELEC 1", []), ("SELECT %s", []), ("SELECT %s, %s", [1]), ("SELECT %s", [1, 2])],
)
def test_a_malformed_statement_is_told_apart(client, sql, values):
    """As dlt has it for other destinations."""
    with pytest.raises(DatabaseTransientException) as caught:
        client.execute_sql(sql, *values)
    assert client.is_dbapi_exception(caught.value.dbapi_exception)
    assert client.execute_sql("SELECT 1") == [(1,)]


def test_a_transaction_commits(client):
    with client.begin_transaction():
        client.execute_sql("DELETE FROM t WHERE id > 0")
    assert client.execute_sql("SELECT count(*) FROM t") == [(1,)]


def test_a_transaction_can_be_committed_within(client):
    with client.begin_transaction() as transaction:
        client.execute_sql("DELETE FROM t WHERE id > 0")
        transaction.commit_transaction()
        assert client.execute_sql("SELECT count(*) FROM t") == [(1,)]


def test_another_client_from_the_same_credentials(client):
    other = type(client)(
        client.dataset_name, client.staging_dataset_name, client.credentials, client.capabilities
    )
    with other:
        assert other.execute_sql("SELECT count(*) FROM t") == [(5000,)]


def test_a_transaction_that_fails_changes_nothing(client):
    def fail():
        with client.begin_transaction():
            client.execute_sql("DELETE FROM t")
            client.execute_sql("SELEC")

    with pytest.raises(DatabaseTransientException):
        fail()
    assert client.execute_sql("SELECT count(*) FROM t") == [(5000,)]


def test_a_transaction_can_be_rolled_back(client):
    with client.begin_transaction() as transaction:
        client.execute_sql("DELETE FROM t")
        transaction.rollback_transaction()
    assert client.execute_sql("SELECT count(*) FROM t") == [(5000,)]


def test_a_statement_without_rows_returns_none(client):
    assert client.execute_sql("CREATE TABLE u (id BIGINT)") is None
    assert client.execute_sql("INSERT INTO u VALUES (1)") is None
    assert client.execute_many(["INSERT INTO u VALUES (2)", "INSERT INTO u VALUES (3)"]) is not None
    assert client.execute_sql("SELECT sum(id)::BIGINT FROM u") == [(6,)]


def test_datasets(client):
    assert client.has_dataset()
    with client.with_alternative_dataset_name("other"):
        assert not client.has_dataset()
        client.create_dataset()
        assert client.has_dataset()
        with pytest.raises(DatabaseTerminalException, match="exists already"):
            client.create_dataset()
        client.drop_dataset()
        assert not client.has_dataset()
        with pytest.raises(DatabaseUndefinedRelation):
            client.drop_dataset()


def test_truncate_and_drop_tables(client):
    client.truncate_tables("t")
    assert client.execute_sql("SELECT * FROM t") == []
    client.drop_tables("t", "never_there")
    with pytest.raises(DatabaseUndefinedRelation):
        client.execute_sql("SELECT * FROM t")


def test_a_cursor_fetches(client):
    with client.execute_query("SELECT id, name FROM t ORDER BY id") as cursor:
        assert [c[0] for c in cursor.description] == ["id", "name"]
        assert cursor.fetchone() == (0, "n0")
        assert cursor.fetchmany(2) == [(1, "n1"), (2, "n2")]
        assert len(cursor.fetchall()) == 4997
        assert cursor.fetchone() is None
        assert cursor.fetchmany(2) == []


def test_ways_to_fetch_take_turns(client):
    with client.execute_query("SELECT id FROM t ORDER BY id") as cursor:
        assert cursor.fetchmany(3) == [(0,), (1,), (2,)]
        assert cursor.arrow(chunk_size=10)["id"].to_pylist() == list(range(3, 13))
        assert cursor.df(chunk_size=2)["id"].tolist() == [13, 14]
        assert cursor.fetchone() == (15,)
        assert cursor.arrow()["id"].to_pylist() == list(range(16, 5000))
        assert cursor.fetchall() == []


def test_a_cursor_gives_arrow_and_frames(client):
    with client.execute_query("SELECT id FROM t ORDER BY id") as cursor:
        sizes = [table.num_rows for table in cursor.iter_arrow(chunk_size=2000)]
    assert sizes == [2000, 2000, 1000]
    with client.execute_query("SELECT id FROM t") as cursor:
        assert cursor.arrow().num_rows == 5000
    with client.execute_query("SELECT id FROM t ORDER BY id") as cursor:
        assert cursor.df(chunk_size=10)["id"].tolist() == list(range(10))


def test_an_empty_result_is_one_typed_table(client):
    for chunk_size in (None, 10):
        with client.execute_query("SELECT id, name FROM t WHERE false") as cursor:
            (table,) = cursor.iter_arrow(chunk_size=chunk_size)
        assert table.num_rows == 0
        assert table.schema.types == [pa.int64(), pa.string()]


def test_nested_blocks_share_the_connection(pipeline):
    pipeline.run([{"id": 1}], table_name="t")
    client = pipeline.sql_client()
    with client:
        with client:
            client.execute_sql("SELECT 1")
        assert client.execute_sql("SELECT id FROM t") == [(1,)]
    assert not client.native_connection
    with pytest.raises(LoadClientNotConnected):
        client.execute_sql("SELECT 1")
