# SPDX-License-Identifier: Apache-2.0
"""Keys, settings and TLS: who is let in, by which way, and how the server is told."""

import http.client
import json
import os
import ssl
import subprocess
import time
import urllib.parse

import pytest
from serving import PROGRAM, Server


def run(*arguments, code=0, **environment):
    clean = {n: v for n, v in os.environ.items() if not n.startswith("HOTLOAD_")}
    done = subprocess.run(
        [PROGRAM, *arguments],
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done


def add_key(root, *options):
    return run("key", "add", "--root", root, "someone", *options).stdout.strip()


def eventually(check):
    deadline = time.monotonic() + 10
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def status_of(server, key, method="GET", path="/v1/databases", body=None):
    return server.call(method, path, body, Authorization=f"Bearer {key}").status


def test_keys_are_made_and_removed_while_the_server_runs(server):
    key = add_key(server.root)
    eventually(lambda: status_of(server, key) == 200)
    assert status_of(server, key, "POST", body={}) == 201
    assert status_of(server, key[:-1] + ("0" if key[-1] != "0" else "1")) == 401
    (line,) = run("--json", "key", "list", "--root", server.root).stdout.splitlines()
    listed = json.loads(line)
    assert (listed["name"], listed["may"], listed["workspaces"]) == ("someone", "write", [])
    for file in server.root.rglob("*"):
        assert not file.is_file() or key.encode() not in file.read_bytes()
    assert (server.root / "keys.json").stat().st_mode & 0o077 == 0
    run("key", "remove", "--root", server.root, listed["id"])
    eventually(lambda: status_of(server, key) == 401)
    assert status_of(server, server.key) == 200
    assert key not in server.log.read_text()
    error = run("key", "remove", "--root", server.root, listed["id"], code=3).stderr
    assert "there is no key" in error


def test_a_read_key_reads_and_queries_and_writes_nothing(server):
    database = server.create_database()
    database.load("t", [{"id": 1}])
    key = add_key(server.root, "--read-only")
    eventually(lambda: status_of(server, key) == 200)
    query = {"sql": "SELECT id FROM t", "database_id": database.id}
    assert status_of(server, key, "POST", "/v1/query", query) == 200
    document = server.get("/openapi.json").json
    refused = 0
    for path, methods in document["paths"].items():
        for method in methods:
            sent = path.replace("{database_id}", database.id)
            sent = sent.replace("{connection_id}", database.connection).replace("{schema}", "main")
            status = status_of(server, key, method.upper(), sent.replace("{table}", "t"), {})
            reads = method == "get" or path in ("/v1/query", "/v1/queries/{id}/execute")
            open_to_all = path == "/v1/auth/jwt" or path.startswith("/v1/workspaces")
            # Sessions are open to keys that read, when they only read.
            open_to_all = open_to_all or path.startswith("/v1/hotload/sessions/")
            if not reads and not open_to_all:
                assert status == 403, (method, path, status)
                refused += 1
    assert refused > 20
    sessions = f"/v1/hotload/databases/{database.id}/sessions"
    mine = {"Authorization": f"Bearer {key}"}
    session = server.post(sessions, {"read_only": True}, status=201, **mine).json["session_id"]
    for sql, expected in (("SELECT id FROM t", 200), ("DELETE FROM t", 400)):
        body = {"sql": sql}
        server.post(f"/v1/hotload/sessions/{session}/query", body, status=expected, **mine)
        server.post(f"/v1/hotload/sessions/{session}/query", body, status=404)
    assert database.rows("SELECT id FROM t") == [[1]]


def test_a_key_of_another_workspace_sees_nothing_of_this_one(server):
    other = add_key(server.root, "--workspace", "ws2")
    both = add_key(server.root, "--workspace", "ws2", "--workspace", "ws1")
    eventually(lambda: status_of(server, both) == 200)
    assert status_of(server, other) == 403
    assert status_of(server, other, path="/metrics") == 403
    names = [
        [
            w["public_id"]
            for w in server.get("/v1/workspaces", Authorization=f"Bearer {key}").json["workspaces"]
        ]
        for key in (other, both)
    ]
    assert names == [[], ["ws1"]]


def test_old_clients_exchange_a_key_for_a_token_that_may_no_more(server):
    key = add_key(server.root, "--read-only")
    eventually(lambda: status_of(server, key) == 200)
    form = {"grant_type": "api_token", "api_token": key, "client_id": "c"}
    headers = {"Authorization": None, "Content_Type": "application/x-www-form-urlencoded"}

    def exchange():
        body = urllib.parse.urlencode(form).encode()
        return server.call("POST", "/v1/auth/jwt", body, **headers)

    token = exchange().json["access_token"]
    assert status_of(server, token) == 200
    assert status_of(server, token, "POST", body={}) == 403
    form["api_token"] = key[:-2] + "xx"
    assert exchange().status == 401


def test_a_server_needs_a_key_or_the_word_that_it_needs_none(tmp_path):
    root = tmp_path / "root"
    error = run("serve", "--root", root, "--listen", "127.0.0.1:0", code=2).stderr
    assert "there is no API key" in error
    error = run("serve", "--root", root, "--listen", "0.0.0.0:0", "--no-key", code=2).stderr
    assert "loopback" in error
    with Server(root, "--no-key", key="") as server:
        assert server.get("/v1/databases", Authorization=None).status == 200
    add_key(root)
    with Server(root, key="") as server:
        assert server.get("/v1/databases", Authorization=None).status == 401


def test_settings_come_from_flags_the_environment_and_a_file_in_this_order(tmp_path, monkeypatch):
    file = tmp_path / "hotload.toml"
    file.write_text(
        'workspace = "filed"\nmax-sql-bytes = "1KB"\nquery-timeout = 7\nno-key = true\n'
    )
    options = ["--config", file, "--max-body-bytes", "4096"]
    monkeypatch.setenv("HOTLOAD_MAX_BODY_BYTES", "10")
    monkeypatch.setenv("HOTLOAD_WORKSPACE", "ws1")
    with Server(tmp_path / "root", *options, key="") as server:
        (workspace,) = server.get("/v1/workspaces", Authorization=None).json["workspaces"]
        assert workspace["public_id"] == "ws1"
        database = server.create_database()
        database.query(f"SELECT '{'x' * 900}'")
        database.query(f"SELECT '{'x' * 1100}'", status=400)
        database.query(f"SELECT '{'x' * 5000}'", status=413)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no-such = 1", "there is no setting 'no-such'"),
        ("query-timeout = 'soon'", "query-timeout"),
        ("listen = ", "line 1"),
        ("workspace = [1]", "a setting is a text"),
    ],
)
def test_a_file_of_settings_that_makes_no_sense_is_refused(tmp_path, text, said):
    file = tmp_path / "hotload.toml"
    file.write_text(text)
    error = run("serve", "--config", file, "--root", tmp_path / "root", "--no-key", code=2).stderr
    assert said in error


@pytest.mark.parametrize(
    "options", [["--workspace", "../x"], ["--workspace", ""], ["--public-url", "notaurl"]]
)
def test_a_setting_that_makes_no_sense_ends_the_start(tmp_path, options):
    root = tmp_path / "a" / "root"
    error = run("serve", "--root", root, "--listen", "127.0.0.1:0", "--no-key", *options, code=2)
    assert options[0] in error.stderr
    assert not (tmp_path / "a").exists()


def test_what_is_stored_is_for_its_owner_alone(server):
    database = server.create_database()
    database.load("t", [{"id": 1}])
    for path in server.root.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_tls_serves_all_of_it_and_nothing_in_the_clear(tmp_path, certificate, monkeypatch):
    pem, key = certificate
    options = ["--tls-certificate", pem, "--tls-key", key]
    with Server(tmp_path / "root", *options) as server:
        clear = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        clear.request("GET", "/health")
        with pytest.raises((http.client.HTTPException, OSError)):
            clear.getresponse()
        context = ssl.create_default_context(cafile=pem)

        class Secure(http.client.HTTPSConnection):
            def __init__(self, *address, **options):
                super().__init__(*address, context=context, **options)

        monkeypatch.setattr("serving.HTTPConnection", Secure)
        database = server.create_database()
        session = server.post("/v1/uploads", {"declared_size_bytes": 1}, status=201).json
        assert session["url"].startswith(f"https://127.0.0.1:{server.port}/")
        rows = [{"id": i, "name": f"{i:050}"} for i in range(50_000)]
        assert database.load("t", rows).json["row_count"] == len(rows)
        result = database.query("SELECT * FROM t ORDER BY id").json
        table = database.result(result["result_id"], "?format=arrow").table
        assert table.num_rows == len(rows)
        assert table["name"][49_999].as_py() == rows[-1]["name"]
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname = False
        old.verify_mode = ssl.CERT_NONE
        with pytest.warns(DeprecationWarning, match="deprecated"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        bad = http.client.HTTPSConnection("127.0.0.1", server.port, context=old, timeout=10)
        with pytest.raises(OSError, match=r"(?i)ssl|tls"):
            bad.request("GET", "/health")


def test_a_certificate_that_cannot_be_used_is_said_at_the_start(tmp_path, certificate):
    pem, _ = certificate
    options = ["serve", "--root", tmp_path / "root", "--listen", "127.0.0.1:0", "--no-key"]
    error = run(*options, "--tls-certificate", pem, "--tls-key", tmp_path / "no", code=3).stderr
    assert "cannot be used" in error
    error = run(*options, "--tls-certificate", pem, code=2).stderr
    assert "need each other" in error
