# SPDX-License-Identifier: Apache-2.0
import hotload
import pytest


def test_a_new_folder_is_made_and_holds_databases(tmp_path):
    location = tmp_path / "new.lake"
    with hotload.open_workspace(str(location)) as workspace:
        assert not workspace.has_database("sales")
        database = workspace.create_database("sales")
        assert database.name == "sales"
        assert workspace.list_databases() == ["sales"]
        assert workspace.has_database("sales")
    assert location.is_dir()


def test_a_missing_folder_is_an_error_when_it_must_exist(tmp_path):
    with pytest.raises(hotload.Error) as caught:
        hotload.open_workspace(str(tmp_path / "none.lake"), create=False)
    assert caught.value.code == "not_found"
    assert not caught.value.transient


def test_create_refuses_a_database_that_exists(workspace):
    workspace.create_database("sales")
    with pytest.raises(hotload.Error) as caught:
        workspace.create_database("sales")
    assert caught.value.code == "already_exists"


def test_open_refuses_a_database_that_does_not_exist(workspace):
    with pytest.raises(hotload.Error) as caught:
        workspace.open_database("sales")
    assert caught.value.code == "not_found"
    assert "sales" in str(caught.value)


def test_a_dropped_database_is_gone(workspace):
    workspace.create_database("sales").close()
    workspace.drop_database("sales")
    assert workspace.list_databases() == []


def test_a_fork_has_the_rows_and_goes_its_own_way(workspace):
    source = workspace.create_database("source")
    source.load("t", [{"id": 1}])
    fork = workspace.fork_database("source", "fork")
    fork.load("t", [{"id": 2}])
    assert source.query("SELECT id FROM t").fetchall() == [(1,)]
    assert sorted(fork.query("SELECT id FROM t").fetchall()) == [(1,), (2,)]


def test_rows_survive_closing_and_opening(tmp_path):
    location = str(tmp_path / "x.lake")
    with hotload.open_workspace(location) as workspace:
        database = workspace.create_database("main")
        database.load("t", [{"id": 1}])
        database.close()
    with hotload.open_workspace(location) as workspace:
        assert workspace.open_database("main").query("SELECT * FROM t").fetchall() == [(1,)]


def test_a_closed_workspace_says_so(tmp_path):
    workspace = hotload.open_workspace(str(tmp_path / "x.lake"))
    workspace.close()
    with pytest.raises(hotload.Error, match="closed") as caught:
        workspace.list_databases()
    assert caught.value.code == "invalid_argument"
