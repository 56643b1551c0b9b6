# SPDX-License-Identifier: Apache-2.0
"""Each test has its own lake, pipelines folder and working folder. The tests of a module that says
`PLACES = ("folder", "server", "plain")` run on these, but for those marked `folder`: a folder, a
server, one that offers plain Hotdata alone."""

import os

import pytest

os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
os.environ.setdefault("RUNTIME__LOG_LEVEL", "CRITICAL")

import dlt
from hotload.destinations import hotload
from serving import Server


def pytest_generate_tests(metafunc):
    places = getattr(metafunc.module, "PLACES", ())
    if "lake" in metafunc.fixturenames and places:
        if metafunc.definition.get_closest_marker("folder"):
            places = ("folder",)
        metafunc.parametrize("lake", places, indirect=True)


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def lake(request, tmp_path, monkeypatch):
    """Where a test loads to: a folder, or the URL of a server or of one with plain Hotdata."""
    if getattr(request, "param", "folder") == "folder":
        yield str(tmp_path / "x.lake")
        return
    options = ["--plain"] if request.param == "plain" else []
    with Server(tmp_path / "served", *options) as server:
        monkeypatch.setenv("HOTLOAD_STATE_DIR", str(tmp_path / "state"))
        monkeypatch.setenv("HOTLOAD_API_KEY", server.key)
        yield server.url


@pytest.fixture
def make_pipeline(tmp_path, lake):
    def make(name="p", dataset_name="d", pipelines_dir="pipelines", **options):
        return dlt.pipeline(
            name,
            destination=hotload(lake, **options),
            dataset_name=dataset_name,
            pipelines_dir=str(tmp_path / pipelines_dir),
        )

    return make


@pytest.fixture
def pipeline(make_pipeline):
    return make_pipeline()


@pytest.fixture
def query():
    """Rows of a statement, sorted."""

    def run(pipeline, sql):
        with pipeline.sql_client() as client:
            return sorted(client.execute_sql(sql), key=repr)

    return run
