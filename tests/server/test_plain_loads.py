# SPDX-License-Identifier: Apache-2.0
"""Loads into plain Hotdata when something breaks: the client is killed between any two steps, the
server is killed, answers are lost after the server has done its part. Rows are there exactly once.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from client_program import Client
from lossy_proxy import LossyProxy
from serving import Server

STEPS = ["computed", "uploaded", "loaded"]
OLD = [{"id": 1, "name": "old"}, {"id": 2, "name": "old"}]
NEW = [{"id": 2, "name": "new"}, {"id": 3, "name": "new"}]
OUTCOMES = {
    "append": [[1, "old"], [2, "new"], [2, "old"], [3, "new"]],
    "replace": [[2, "new"], [3, "new"]],
    "upsert": [[1, "old"], [2, "new"], [3, "new"]],
    "insert-only": [[1, "old"], [2, "old"], [3, "new"]],
    "delete-insert": [[1, "old"], [2, "new"], [3, "new"]],
}


@pytest.fixture
def plain_server(tmp_path):
    with Server(tmp_path / "root", "--plain") as running:
        yield running


@pytest.fixture
def client(tmp_path, plain_server):
    client = Client(tmp_path, plain_server)
    client.loaded("old", OLD, "append")
    return client


@pytest.mark.parametrize("mode", OUTCOMES)
def test_a_client_that_is_killed_goes_on_where_it_was(client, mode):
    for step in STEPS:
        client.loaded(f"old-{step}", OLD, "replace")
        killed = client.load(f"new-{step}", NEW, mode, failpoint=f"plain.{step}")
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        client.loaded(f"new-{step}", NEW, mode)
        assert client.rows() == OUTCOMES[mode], step


@pytest.mark.parametrize("step", ["planned", "recorded"])
def test_a_client_that_is_killed_before_or_after_all_of_it(client, step):
    client.load("new", NEW, "append", failpoint=f"plain.{step}")
    client.loaded("new", NEW, "append")
    assert client.rows() == OUTCOMES["append"]


def test_nothing_is_there_before_the_first_push(client):
    client.load("new", NEW, "append", failpoint="plain.uploaded")
    assert client.rows() == [[1, "old"], [2, "old"]]


def test_what_is_on_the_server_in_part_is_not_forgotten(client):
    client.load("new", NEW, "append", failpoint="plain.uploaded")
    refused = client.run("abort", "new")
    assert refused.returncode == 3
    assert "commit it again" in refused.stderr
    client.loaded("new", NEW, "append")
    assert client.rows() == OUTCOMES["append"]


def test_a_server_that_was_killed_knows_the_load(client, plain_server):
    client.load("new", NEW, "append", failpoint="plain.loaded")
    plain_server.kill()
    plain_server.start()
    client.loaded("new", NEW, "append")
    assert client.rows() == OUTCOMES["append"]


def forget_upload(client):
    """As a server does after a week."""
    path = client.pushes_file()
    pushes = json.loads(path.read_text())
    for push in pushes["pushes"]:
        push["upload_id"] = "forgotten"
    path.write_text(json.dumps(pushes))


def test_an_append_of_which_nobody_knows_is_an_error_that_says_what_to_look_at(client):
    client.load("new", NEW, "append", failpoint="plain.loaded")
    forget_upload(client)
    unknown = client.load("new", NEW, "append")
    assert unknown.returncode == 3
    for word in ("outcome unknown", "main.t", "load new", "upload forgotten"):
        assert word in unknown.stderr
    assert client.rows() == OUTCOMES["append"]


@pytest.mark.parametrize("mode", ["upsert", "delete-insert"])
def test_what_replaces_rows_is_done_again_when_nobody_knows(client, mode):
    client.load("new", NEW, mode, failpoint="plain.loaded")
    forget_upload(client)
    client.loaded("new", NEW, mode)
    assert client.rows() == OUTCOMES[mode]


PIPELINE = """
import hotload, pyarrow, sys
from hotload import Column, LoadKey, TableSpec

database = hotload.open_workspace(sys.argv[1]).open_or_create_database("main")
for table in ("roots", "leaves"):
    rows = pyarrow.table({"n": [1, 2], "_dlt_id": [sys.argv[2] + table, "y" + sys.argv[2]]})
    load = database.open_load(LoadKey("main", "shop", sys.argv[2]))
    load.declare([TableSpec(table, [Column("n", "BIGINT"), Column("_dlt_id", "VARCHAR")])])
    load.stage_stream(table, "rows", rows.to_reader())
load.commit()
"""


class Pipeline:
    """Loads as dlt does, their rows with keys of their own, in processes of their own."""

    def __init__(self, folder, server):
        self.state = folder / "state"
        self.server = server

    def run(self, load_id, failpoint="", host="127.0.0.1"):
        environment = {
            **os.environ,
            "HOTLOAD_API_KEY": self.server.key,
            "HOTLOAD_STATE_DIR": str(self.state),
            "HOTLOAD_FAILPOINT": failpoint,
        }
        url = self.server.url.replace("127.0.0.1", host)
        command = [sys.executable, "-c", PIPELINE, url, load_id]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


@pytest.fixture
def pipeline(tmp_path, plain_server):
    pipeline = Pipeline(tmp_path, plain_server)
    assert pipeline.run("1").returncode == 0
    return pipeline


def test_a_load_of_which_the_memory_is_lost_is_not_made_twice(pipeline):
    assert pipeline.run("2", "plain.loaded:2").returncode == -signal.SIGKILL
    shutil.rmtree(pipeline.state)
    again = pipeline.run("2")
    assert again.returncode != 0
    assert "outcome unknown" in again.stderr
    assert "HOTLOAD_STATE_DIR" in again.stderr
    assert pipeline.run("3").returncode == 0, "others load"


def test_a_load_is_remembered_by_whatever_name_its_server_is_reached(pipeline, plain_server):
    assert pipeline.run("2", "plain.loaded").returncode == -signal.SIGKILL
    again = pipeline.run("2", host="localhost")
    assert again.returncode == 0, again.stderr
    (database,) = [one["id"] for one in plain_server.get("/v1/databases").json["databases"]]
    for table in ("roots", "leaves"):
        body = {"sql": f"SELECT count(*), count(DISTINCT _dlt_id) FROM {table}"}
        body["database_id"] = database
        assert plain_server.post("/v1/query", body, status=200).json["rows"] == [[4, 4]]


def test_what_is_remembered_is_for_its_owner(pipeline):
    (folder,) = (pipeline.state / "plain").iterdir()
    assert folder.stat().st_mode & 0o077 == 0


def test_processes_of_one_machine_push_one_after_the_other(client):
    """Insert-only is worked out here, of what is read back."""
    rows = [[{"id": 100 + 10 * n + i, "name": "x"} for i in range(5)] for n in range(4)]
    with ThreadPoolExecutor() as threads:
        done = list(threads.map(lambda n: client.load(f"w{n}", rows[n], "insert-only"), range(4)))
    assert [one.returncode for one in done] == [0] * 4
    assert client.rows("count(*)") == [[2 + 4 * 5]]


LOST = {
    "load": lambda method, path: path.endswith("/loads"),
    "finalize": lambda method, path: path.endswith("/finalize"),
    "new upload": lambda method, path: path == "/v1/uploads",
    "bytes": lambda method, path: method == "PUT" and path.startswith("/storage/"),
    "new database": lambda method, path: (method, path) == ("POST", "/v1/databases"),
    "new table": lambda method, path: method == "POST" and path.endswith("/tables"),
    "query": lambda method, path: path == "/v1/query",
}


@pytest.mark.parametrize("what", LOST)
def test_an_answer_that_is_lost_after_the_server_has_done_it(tmp_path, plain_server, what):
    with LossyProxy(plain_server, LOST[what], times=1) as proxy:
        client = Client(tmp_path, plain_server)
        client.url = proxy.url
        client.loaded("old", OLD, "append")
        client.loaded("new", NEW, "delete-insert")
        client.loaded("more", [{"id": 1, "name": "more"}], "append")
        assert proxy.lost == 1
        assert proxy.compressed > 10
    assert client.rows() == [[1, "more"], [1, "old"], [2, "new"], [3, "new"]]


def test_a_database_is_made_though_the_server_was_busy(tmp_path, plain_server):
    makes = lambda method, path: (method, path) == ("POST", "/v1/databases")  # noqa: E731
    with LossyProxy(plain_server, makes, times=2, refuse=503) as proxy:
        client = Client(tmp_path, plain_server)
        client.url = proxy.url
        client.loaded("old", OLD, "append")
        assert proxy.lost == 2
    assert client.rows() == [[1, "old"], [2, "old"]]


def test_rows_that_break_off_are_read_again(tmp_path, plain_server):
    rows = [{"id": number, "name": f"name {number}"} for number in range(20_000)]
    reads = lambda method, path: path == "/v1/query"  # noqa: E731
    with LossyProxy(plain_server, reads, times=3, cut=True) as proxy:
        client = Client(tmp_path, plain_server)
        client.loaded("old", rows, "append")
        client.url = proxy.url
        client.loaded("new", NEW, "delete-insert")
        assert proxy.lost == 3
    assert client.rows("count(*), count(DISTINCT id), max(name)") == [[20_000, 20_000, "new"]]


@pytest.mark.parametrize("harm", ["torn", "unknown", "another file"])
def test_what_is_kept_of_an_upload_may_be_of_no_use(tmp_path, plain_server, harm):
    client = Client(tmp_path, plain_server)
    client.load("new", NEW, "append", failpoint="plain.computed")
    (push,) = json.loads(client.pushes_file().read_text())["pushes"]
    file = client.pushes_file().parent / f"push-{short_hash(push['table'])}.parquet"
    if harm == "unknown":
        pq.write_table(pa.Table.from_pylist(NEW), file)
    else:
        file.write_bytes(b"PAR1")
    size = file.stat().st_size + (harm == "another file")
    begun = {"upload_id": "up1", "finalize_token": "x", "size": size, "part_size": size}
    begun["modified_ns"] = file.stat().st_mtime_ns
    text = json.dumps(begun) + '\n{"part":1,"e_tag":"a"}\n{"par'
    file.with_name(f"{file.name}.upload").write_text('{"up' if harm == "torn" else text)
    client.loaded("new", NEW, "append")
    assert client.rows() == [[2, "new"], [3, "new"]]


def short_hash(text):
    """As the core names files: FNV-1a of 64 bits."""
    digest = 14695981039346656037
    for byte in text.encode():
        digest = (digest ^ byte) * 1099511628211 % 2**64
    return f"{digest:016x}"
