# SPDX-License-Identifier: Apache-2.0
"""The scripts beside this file assert values; here they meet a live server."""

import json
import os
import sys

import pytest
from serving import WORKSPACE

from tests.clients.conftest import Client

DLT = ["hotdata-dlt-destination==0.17.0", "dlt==1.28.2", "sqlglot==28.10.1", "pandas"]

SDK = ["pyarrow==26.0.1"]


def test_hotdata_dlt_destination(client):
    client("dlt", DLT).run("dlt_pipelines.py")


def test_hotdata_framework(client):
    client("framework", ["hotdata-framework==0.14.1", *SDK]).run("framework.py")


@pytest.mark.parametrize("version", ["0.9.1", "0.11.0", "0.12.0"])
def test_hotdata_sdk(client, version):
    client(f"sdk-{version}", [f"hotdata=={version}", *SDK]).run("sdk.py")


@pytest.mark.parametrize("version", ["0.6.0", "0.7.0"])
def test_hotdata_ibis(client, version):
    packages = [f"hotdata-ibis=={version}", "packaging", "pandas", "duckdb", "sqlglot==28.10.1"]
    client(f"ibis-{version}", packages).run("ibis_expressions.py")


def test_dbt_hotdata(client):
    client("dbt", ["dbt-hotdata==0.2.2", "dbt-core<1.12"]).run("dbt_shop.py")


def test_a_project_changes_its_package_and_goes_on(client):
    """With the same working folder, and from an empty one without the database's id, which hotload
    needs no more: state, cursor and rows are there."""
    published = client("dlt", DLT)
    server = published.server
    ours = Client(sys.executable, server, published.folder)
    database = server.create_database(name="dlt", schemas=[{"name": "public", "tables": []}])
    options = {"HOTDATA_API_BASE_URL": server.url, "DESTINATION__HOTDATA__WORKSPACE_ID": WORKSPACE}
    pinned = {"HOTDATA_DATABASE_ID": database.id}
    published.run("switch_project.py", "5", "pipelines", **options, **pinned)
    if path := os.environ.get("PYTHONPATH"):
        options["PYTHONPATH"] = path
    for upto, folder, more in ((7, "pipelines", pinned), (9, "elsewhere", {})):
        found = json.loads(ours.run("switch_project.py", str(upto), folder, **options, **more))
        assert found["events"] == [[n] for n in range(1, upto + 1)]
        assert found["people"] == [[n, upto] for n in range(3)]
    assert found["runs"] == [[5], [7], [9]]
    assert found["runs__parts"] == [[1]] * 3 + [[2]] * 3
    assert found["_dlt_loads"] == [[0]] * 6
    assert [one["id"] for one in server.get("/v1/databases").json["databases"]] == [database.id]
