# SPDX-License-Identifier: Apache-2.0
"""Servers behind a proxy that speaks HTTP/2, as most are: it is used, and what may go wrong with a
stream is taken as what it means."""

import hashlib
import os
import shutil
import socket
import subprocess
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from client_program import Client
from http2_proxy import Http2Proxy
from serving import Server

ROWS = [{"id": number, "name": f"name {number}"} for number in range(3000)]
NEW = [{"id": 1, "name": "new"}, {"id": 3000, "name": "new"}]
NGHTTPX = shutil.which("nghttpx", path=os.environ["PATH"] + ":/usr/sbin")
KINDS = {"hotload": [], "plain": ["--plain"]}


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Nghttpx:
    """A reverse proxy of nghttp2's: HTTP/2 over TLS outside, HTTP/1.1 to the server."""

    def __init__(self, folder, server, certificate):
        self.url = f"https://127.0.0.1:{free_port()}"
        self.log = folder / "access.log"
        pem, key = certificate
        address = self.url.removeprefix("https://").replace(":", ",")
        self.command = [NGHTTPX, "--conf=/dev/null", "--log-level=ERROR", f"--frontend={address}"]
        self.command += [f"--backend=127.0.0.1,{server.port}", f"--accesslog-file={self.log}"]
        self.command += ["--accesslog-format=$alpn $status $request", str(key), str(pem)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            host, port = self.url.removeprefix("https://").split(":")
            with socket.socket() as probe:
                if probe.connect_ex((host, int(port))) == 0:
                    return self
            time.sleep(0.02)
        raise AssertionError("nghttpx does not listen")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)

    def requests(self):
        """(protocol, status, method, path) of each."""
        lines = [line.split() for line in self.log.read_text().splitlines()]
        return [(line[0], int(line[1]), line[2], line[3]) for line in lines if len(line) > 3]


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def behind(tmp_path, kind):
    with Server(tmp_path / "root", *KINDS[kind]) as running:
        yield running


@pytest.fixture
def client(tmp_path, behind, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    return Client(tmp_path, behind)


def test_loads_queries_and_parts_go_over_http2(tmp_path, behind, client, certificate, kind):
    blobs = [os.urandom(1 << 19).hex() for _ in range(40)]
    pq.write_table(pa.table({"id": range(40), "name": blobs}), tmp_path / "large.parquet")
    with Nghttpx(tmp_path, behind, certificate) as proxy:
        client.url = proxy.url
        client.loaded("first", ROWS, "append")
        client.loaded("second", NEW, "delete-insert")
        large = str(tmp_path / "large.parquet")
        done = client.run("load", large, "--table", "large", "--load-id", "large")
        assert done.returncode == 0, done.stderr
        sql = "SELECT count(*), count(DISTINCT id), max(name) FROM t"
        read = client.run("query", "--csv", sql)
        assert read.stdout.splitlines()[1:] == ["3001,3001,new"], read.stderr
        all_of_it = client.run("query", "--csv", "SELECT name FROM large ORDER BY id").stdout
        assert [hashlib.md5(line.encode()).digest() for line in all_of_it.split()[1:]] == [
            hashlib.md5(blob.encode()).digest() for blob in blobs
        ]
        refused = client.run("query", "SELEC 1")
        assert refused.returncode == 3, refused.stderr
    requests = proxy.requests()
    assert {protocol for protocol, *_ in requests} == {"h2"}
    parts = [path for _, _, method, path in requests if method == "PUT" and "/storage/" in path]
    assert len({path for path in parts if "/0/" not in path}) >= (3 if kind == "plain" else 0)


CALLS = {
    "plain": {"new database": 1, "bytes": 1, "load": 1, "query": 1},
    "hotload": {"new database": 1, "bytes": 1, "commit": 1},
}


def call_of(method, path):
    """What is to happen once, and what is read."""
    if (method, path) == ("POST", "/v1/databases"):
        return "new database"
    if method == "PUT":
        return "bytes"
    ends = {"/commit": "commit", "/loads": "load", "/v1/query": "query"}
    return next((name for end, name in ends.items() if path.endswith(end)), None)


@pytest.mark.parametrize("harm", ["refused", "sent away", "reset", "hung up", "cut", "broken off"])
def test_a_stream_that_ends_without_its_answer(behind, client, certificate, kind, harm):
    with Http2Proxy(behind, certificate, chosen=call_of, harm=harm) as proxy:
        client.url = proxy.url
        client.loaded("old", ROWS, "append")
        client.loaded("new", NEW, "delete-insert")
        client.loaded("more", ROWS[:1], "append")
    assert proxy.harmed == CALLS[kind]
    assert client.rows("count(*), count(DISTINCT id), max(name)") == [[3002, 3001, "new"]]


def test_what_must_not_happen_twice_is_sent_again_when_it_was_refused(
    behind, client, certificate, kind
):
    creates = lambda *request: "it" if call_of(*request) == "new database" else None  # noqa: E731
    with Http2Proxy(behind, certificate, chosen=creates, times=7) as proxy:
        client.url = proxy.url
        client.loaded("old", NEW, "append")
    assert proxy.harmed == {"it": 7}
    assert len([request for request in proxy.requests if creates(*request)]) == 8
    assert client.rows() == [[1, "new"], [3000, "new"]]
