# SPDX-License-Identifier: Apache-2.0
"""`hotload serve --plain`: strictly what Hotdata offers."""

import pytest
from serving import Server


@pytest.fixture(scope="module")
def plain_server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("plain") / "root", "--plain") as running:
        yield running


def test_hotloads_own_calls_are_not_there(plain_server):
    database = plain_server.create_database(name="shop")
    own = f"/v1/hotload/databases/{database.id}"
    for path in (f"{own}/schemas", f"{own}/history", f"{own}/loads/s/1", "/", "/console.js"):
        answer = plain_server.get(path, status=404)
        assert answer.error == ("NOT_FOUND", f"path {path} not found")
    plain_server.post(f"{own}/sessions", {}, status=404)
    plain_server.call("PUT", f"{own}/loads/s/1/files/t/j", b"x", status=404)
    paths = plain_server.get("/openapi.json", status=200).json["paths"]
    assert "/v1/query" in paths
    assert not [path for path in paths if path.startswith("/v1/hotload") or path == "/"]


def test_only_a_server_with_the_extension_says_so(plain_server, shared_server):
    assert "x-hotload-extension" not in plain_server.get("/v1/workspaces", status=200).headers
    answer = shared_server.get("/v1/workspaces", status=200)
    assert answer.headers["x-hotload-extension"] == "1"


def test_published_calls_work_and_errors_have_no_word_of_hotloads(plain_server):
    database = plain_server.create_database()
    database.load("t", [{"id": 1}])
    assert database.rows("SELECT id FROM t") == [[1]]
    error = database.query("SELECT * FROM nothing", status=400).json["error"]
    assert error.keys() == {"code", "message"}
