# SPDX-License-Identifier: Apache-2.0
"""Imports, values, errors, and the ends of processes."""

import pickle
import subprocess
import sys
import textwrap

import hotload
import pytest
from hotload import values
from hotload.error import Error


def run(script, *args, timeout=120):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, args)],
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def test_importing_loads_nothing_native():
    done = run(
        """
        import sys, hotload, hotload.destinations
        heavy = {"hotload._core", "pyarrow", "dlt", "pandas"} & set(sys.modules)
        assert not heavy, heavy
        hotload.open_workspace
        assert "hotload._core" in sys.modules
        """
    )
    assert done.returncode == 0, done.stderr


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        hotload.nonsense  # noqa: B018


def test_an_error_survives_pickling():
    error = pickle.loads(pickle.dumps(Error("locked", "held by 12", True)))
    assert (error.code, str(error), error.transient) == ("locked", "held by 12", True)


def test_values_of_the_core_are_dataclasses(database):
    receipt = database.load("t", [{"id": 1}])
    assert isinstance(receipt, values.Receipt)
    assert isinstance(receipt.tables[0], values.TableReceipt)
    (table,) = database.list_tables("main")
    assert table.columns == [values.Column("id", "BIGINT", True)]
    assert (table.schema, table.name, table.rows) == ("main", "t", 1)


@pytest.mark.parametrize(
    "order", ["workspace, database, session, result", "result, session, database, workspace"]
)
def test_what_is_open_at_exit_does_no_harm(tmp_path, order):
    done = run(
        f"""
        import sys, hotload
        workspace = hotload.open_workspace(sys.argv[1])
        database = workspace.open_or_create_database("main")
        database.load("t", [{{"id": i}} for i in range(5000)])
        session = database.open_session()
        result = session.query("SELECT * FROM t")
        kept = [{order}]
        sys.stdout.write("done")
        """,
        tmp_path / "x.lake",
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "done", "")


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
def test_a_forked_child_gets_an_error_and_the_parent_goes_on(tmp_path):
    done = run(
        """
        import os, sys, hotload
        workspace = hotload.open_workspace(sys.argv[1])
        database = workspace.open_or_create_database("main")
        database.load("t", [{"id": 1}])
        child = os.fork()
        if child == 0:
            def query():
                database.query("SELECT 1")

            def open():
                hotload.open_workspace(sys.argv[1])

            for call in (query, open):
                try:
                    call()
                except hotload.Error as error:
                    assert "fork" in str(error), error
                else:
                    os._exit(3)
            del database, workspace
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0, status
        database.load("t", [{"id": 2}])
        assert database.query("SELECT count(*) FROM t").fetchall() == [(2,)]
        """,
        tmp_path / "x.lake",
    )
    assert done.returncode == 0, done.stderr


def test_another_process_is_told_who_holds_the_lake(workspace):
    done = run(
        """
        import sys, hotload
        try:
            hotload.open_workspace(sys.argv[1]).create_database("other")
        except hotload.Error as error:
            print(error.code, error.transient, sys.argv[2] in str(error))
        """,
        workspace.location,
        __import__("os").getpid(),
    )
    assert done.stdout.split() == ["locked", "True", "True"], done.stderr
