# SPDX-License-Identifier: Apache-2.0
"""The scripts beside this file assert values; here they meet a live server."""

import pytest

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
