# SPDX-License-Identifier: Apache-2.0
"""The program `hotload serve` in a process, and calls of its API without any client library."""

import io
import json
import os
import re
import signal
import ssl
import subprocess
import time
import urllib.parse
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("HOTLOAD_CLI", ROOT / "build" / "release" / "bin" / "hotload"))
KEY = "test-key"
WORKSPACE = "ws1"
ARROW = "application/vnd.apache.arrow.stream"


class Answer:
    """Status, headers (by lower case name) and body of a response."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        """(code, message) of an error body."""
        error = self.json["error"]
        return error["code"], error["message"]

    @property
    def table(self):
        return pa.ipc.open_stream(self.body).read_all()


def parquet_bytes(rows):
    """`rows`: a table, or a list of dicts."""
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows)
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


class Server:
    """A server on a free port of 127.0.0.1."""

    def __init__(self, root, *options, key=KEY):
        self.root = Path(root)
        self.options = options
        self.key = key
        self.port = 0
        self.tls = False  # whether it speaks TLS: by its options
        self.log = self.root.parent / "server.log"

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()

    def start(self):
        environment = {**os.environ, "HOTLOAD_API_KEY": self.key}
        self.log.parent.mkdir(parents=True, exist_ok=True)
        begin = self.log.stat().st_size if self.log.exists() else 0
        command = [PROGRAM, "serve", "--root", self.root, "--listen", f"127.0.0.1:{self.port}"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *self.options], stderr=log, stdout=log, env=environment
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            text = self.log.read_bytes()[begin:].decode()
            if found := re.search(r"listening on 127\.0\.0\.1:(\d+)", text):
                self.port = int(found[1])
                return
            assert self.process.poll() is None, text
            time.sleep(0.02)
        raise AssertionError("the server does not listen")

    def stop(self):
        """Asks it to end, and waits; its exit code must be 0."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0, self.log.read_text()[-2000:]

    def kill(self):
        self.process.kill()
        self.process.wait(60)

    def restart(self):
        self.stop()
        self.start()

    @property
    def url(self):
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    def connection(self):
        if not self.tls:
            return HTTPConnection("127.0.0.1", self.port, timeout=60)
        anyone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
        return HTTPSConnection("127.0.0.1", self.port, timeout=60, context=anyone)

    def call(self, method, path, body=None, *, status=None, **headers):
        """One request; `body` is bytes or JSON; names of headers with _ for -."""
        sent = {"Authorization": f"Bearer {self.key}", "X-Workspace-Id": WORKSPACE}
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        sent = {name: value for name, value in sent.items() if value is not None}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        connection = self.connection()
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        answer = Answer(response.status, response.getheaders(), response.read())
        connection.close()
        assert status in (None, answer.status), (method, path, answer.status, answer.body[:500])
        return answer

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, body, **options):
        return self.call("POST", path, body, **options)

    def put_url(self, url, body, status=200):
        """PUT to a storage URL, with no header of ours."""
        parts = urllib.parse.urlsplit(url)
        connection = self.connection()
        assert parts.port == self.port
        connection.request("PUT", parts.path, body)
        response = connection.getresponse()
        answer = Answer(response.status, response.getheaders(), response.read())
        connection.close()
        assert answer.status == status, answer.body
        return answer

    def create_database(self, **fields):
        return Database(self, self.post("/v1/databases", fields, status=201).json)

    def upload(self, content, **fields):
        """Uploads in one piece; the id of the finalized upload."""
        fields.setdefault("declared_size_bytes", len(content))
        session = self.post("/v1/uploads", fields, status=201).json
        self.put_url(session["url"], content)
        self.post(
            f"/v1/uploads/{session['upload_id']}/finalize",
            {},
            X_Upload_Finalize_Token=session["finalize_token"],
            status=200,
        )
        return session["upload_id"]


class Database:
    """One database of a server."""

    def __init__(self, server, info):
        self.server = server
        self.info = info
        self.id = info["id"]
        self.connection = info["default_connection_id"]

    def loads_path(self, table, schema="main"):
        return f"/v1/connections/{self.connection}/schemas/{schema}/tables/{table}/loads"

    def load(self, table, rows, mode="append", *, schema="main", status=200, **fields):
        """Uploads `rows` (bytes, a table, or dicts) as Parquet and loads them; the answer."""
        content = rows if isinstance(rows, bytes) else parquet_bytes(rows)
        fields.setdefault("upload_id", self.server.upload(content))
        body = {"mode": mode, **fields}
        return self.server.post(self.loads_path(table, schema), body, status=status)

    def query(self, sql, *, status=200, **fields):
        body = {"sql": sql, "database_id": self.id, **fields}
        return self.server.post("/v1/query", body, status=status)

    def rows(self, sql):
        return self.query(sql).json["rows"]

    def result(self, result_id, query="", **options):
        path = f"/v1/results/{result_id}{query}"
        return self.server.get(path, X_Database_Id=self.id, **options)

    def run_async(self, sql):
        """The finished run of an asynchronous query."""
        run_id = self.query(sql, status=202, **{"async": True}).json["query_run_id"]
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            run = self.server.get(f"/v1/query-runs/{run_id}", X_Database_Id=self.id).json
            if run["status"] != "running":
                return run
            time.sleep(0.02)
        raise AssertionError("the run does not end")

    def tables(self, query=""):
        """information_schema of this database, by table."""
        path = f"/v1/information_schema?connection_id={self.connection}{query}"
        return {table["table"]: table for table in self.server.get(path, status=200).json["tables"]}
