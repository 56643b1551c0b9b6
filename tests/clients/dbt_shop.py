# SPDX-License-Identifier: Apache-2.0
"""A dbt project with the published adapter: seeds, tables, incremental models, tests, docs."""

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
URL = os.environ["HOTDATA_API_URL"]
HEADERS = {
    "Authorization": f"Bearer {os.environ['HOTDATA_API_KEY']}",
    "X-Workspace-Id": os.environ["HOTDATA_WORKSPACE"],
    "Content-Type": "application/json",
}


def post(path, body):
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), HEADERS)
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def dbt(*arguments):
    command = [Path(sys.executable).parent / "dbt", *arguments, "--profiles-dir", "."]
    done = subprocess.run(command, cwd="project", capture_output=True, text=True, check=False)
    print(done.stdout[-6000:], done.stderr[-3000:])
    assert done.returncode == 0, arguments


def main():
    shutil.copytree(HERE / "dbt_project", "project")
    database = post("/v1/databases", {"name": "shop"})["id"]
    os.environ.update(SHOP_DATABASE=database, DBT_SEND_ANONYMOUS_USAGE_STATS="false")

    def rows(sql):
        return post("/v1/query", {"sql": sql, "database_id": database})["rows"]

    dbt("build")
    assert rows("SELECT customer, orders, amount FROM public.customers ORDER BY customer") == [
        ["Ada", 2, 15.75],
        ["Bob", 1, 20.0],
    ]
    dbt("run", "--select", "orders_log", "--vars", "{factor: 2}")
    assert rows("SELECT id, amount FROM public.orders_log ORDER BY id") == [
        [1, 10.5],
        [2, 20.0],
        [3, 10.5],
    ]
    dbt("docs", "generate")
    catalog = json.loads(Path("project/target/catalog.json").read_text())
    columns = catalog["nodes"]["model.shop.customers"]["columns"]
    assert sorted(columns) == ["amount", "customer", "last_at", "orders"]
    print("ok")


if __name__ == "__main__":
    main()
