# SPDX-License-Identifier: Apache-2.0
"""Schemathesis makes requests from the served document, and holds each answer against it."""

import os
import subprocess

import pytest
from serving import KEY, Server

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
]
SECONDS = os.environ.get("HOTLOAD_TEST_SCHEMATHESIS_SECONDS", "40")


# What requests are about: things that are there, so that answers are not all 404. What deletes
# databases and tables is given others. A 501 is fine where the document has it.
SETTINGS = """
[checks]
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "501"]

[parameters]
"path.database_id" = "{database.id}"
"path.connection_id" = "{database.connection}"
"path.schema" = "main"
"path.table" = "t"
"header.X-Database-Id" = "{database.id}"
"header.X-Workspace-Id" = "ws1"

[[operations]]
include-operation-id = "delete_database"
parameters = {{ "path.database_id" = "{other.id}" }}

[[operations]]
include-operation-id = "delete_managed_table"
parameters = {{ "path.table" = "u" }}

[[operations]]
include-operation-id = "get_result"
parameters = {{ "path.id" = "{result}" }}
"""

# Batches are asked for by the thousand; few do as well. What is no number of a batch stays so.
HOOKS = """
import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    body = case.body
    if case.operation.path == "/v1/databases/bulk" and isinstance(body, dict):
        count = body.get("count")
        if isinstance(count, int) and 3 < count <= 10_000:
            case.body = {**body, "count": 3}
"""


def settings(server):
    database, other = server.create_database(name="a"), server.create_database()
    database.load("t", [{"id": i, "name": f"n{i}"} for i in range(10)])
    database.load("u", [{"id": 1}])
    result = database.query("SELECT * FROM t").json["result_id"]
    return SETTINGS.format(database=database, other=other, result=result)


@pytest.mark.slow
def test_every_answer_is_one_that_the_document_promises(tmp_path, environment):
    python = environment("schemathesis", ["schemathesis==4.32.5"])
    with Server(tmp_path / "root") as server:
        (tmp_path / "schemathesis.toml").write_text(settings(server))
        (tmp_path / "fewer.py").write_text(HOOKS)
        done = subprocess.run(
            [
                *(python.parent / "st", "run", f"{server.url}/openapi.json"),
                *("-H", f"Authorization: Bearer {KEY}"),
                *("--exclude-by", "/x-implemented == false"),
                *("--checks", ",".join(CHECKS)),
                *("--max-time", SECONDS, "--seed", "20", "--max-examples", "10"),
                *("--workers", "1", "--no-color", "--continue-on-failure"),
                *("--suppress-health-check", "all", "--generation-database", "none"),
            ],
            cwd=tmp_path,
            env={**os.environ, "SCHEMATHESIS_HOOKS": "fewer"},
            text=True,
            capture_output=True,
            timeout=170,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-6000:]
        assert "Network Error" not in done.stdout
        assert server.get("/health", status=200)
