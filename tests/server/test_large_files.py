# SPDX-License-Identifier: Apache-2.0
"""Files that clients send in parts, when something breaks, to servers with hotload's own calls and
without."""

import hashlib
import os
import signal
import subprocess
from contextlib import contextmanager

import hotload
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from client_program import Client
from lossy_proxy import LossyProxy
from serving import Server


@pytest.fixture(params=["", "--plain"], ids=["hotload", "plain"])
def server(tmp_path, request):
    with Server(tmp_path / "root", *filter(None, [request.param])) as running:
        yield running


@pytest.fixture
def blobs(tmp_path):
    """80 MB of text, in large.parquet."""
    blobs = [os.urandom(1 << 20).hex() for _ in range(40)]
    pq.write_table(pa.table({"id": range(40), "name": blobs}), tmp_path / "large.parquet")
    return blobs


def load_of(tmp_path):
    return ["load", str(tmp_path / "large.parquet"), "--table", "t", "--load-id", "large"]


def assert_loaded(client, blobs):
    hashes = [hashlib.md5(blob.encode()).hexdigest() for blob in blobs]
    assert client.rows("id, md5(name)") == [list(row) for row in enumerate(hashes)]


def parts_of(requests):
    return {path.split("/")[3] for _, path in requests if path.startswith("/storage/")}


def is_part(method, path, number):
    return method == "PUT" and path.split("/")[1] == "storage" and path.split("/")[3] == str(number)


@contextmanager
def killed_in_upload(tmp_path, server):
    """A client behind a proxy, whose process was killed when it sent the fifth part, and the
    requests so far."""
    process = None

    def kills(method, path):
        if is_part(method, path, 5) and process is not None:
            process.kill()
        return False

    with LossyProxy(server, kills, times=0) as proxy:
        client = Client(tmp_path, server)
        client.url = proxy.url
        command = client.command(*load_of(tmp_path))
        process = subprocess.Popen(command, env=client.environment())
        assert process.wait(60) == -signal.SIGKILL
        process = None
        yield client, proxy.requests


def test_a_large_file_goes_on_where_a_killed_client_was(tmp_path, server, blobs):
    """The second client sends the parts that are missing, into the upload of the first."""
    with killed_in_upload(tmp_path, server) as (client, requests):
        first = parts_of(requests)
        begun = len(requests)
        done = client.run(*load_of(tmp_path))
        assert done.returncode == 0, done.stderr
        again = parts_of(requests[begun:])
        assert [path for _, path in requests].count("/v1/uploads") == 1
    assert again, "the upload was complete"
    assert len(first & again) <= 4  # those that were under way
    assert first - again, "no part that had arrived was left out"
    assert_loaded(client, blobs)
    assert not list(tmp_path.glob("state/**/*.upload"))


@pytest.mark.parametrize("refuse", [0, 403], ids=["lost", "expired"])
def test_a_large_file_goes_in_parts_and_a_part_again(tmp_path, server, blobs, refuse):
    chosen = lambda method, path: is_part(method, path, 2)  # noqa: E731
    with LossyProxy(server, chosen, times=1, refuse=refuse) as proxy:
        client = Client(tmp_path, server)
        client.url = proxy.url
        done = client.run(*load_of(tmp_path))
        assert done.returncode == 0, done.stderr
        assert proxy.lost == 1
        parts = [path for method, path in proxy.requests if is_part(method, path, 3)]
        assert len(parts) == 1
        minted = [path for method, path in proxy.requests if path.endswith("/parts")]
        assert len(minted) == bool(refuse)
    assert_loaded(client, blobs)


# On plain Hotdata nothing is staged, and what is sent is a file of the load's own.
on_hotload = pytest.mark.parametrize("server", [""], indirect=True, ids=["hotload"])


@on_hotload
def test_a_large_file_that_is_staged_is_not_sent_again(tmp_path, server, blobs):
    commits = lambda method, path: path.endswith("/commit")  # noqa: E731
    with LossyProxy(server, commits, times=1, refuse=400) as proxy:
        client = Client(tmp_path, server)
        client.url = proxy.url
        assert client.run(*load_of(tmp_path)).returncode != 0
        begun = len(proxy.requests)
        done = client.run(*load_of(tmp_path))
        assert done.returncode == 0, done.stderr
        assert not parts_of(proxy.requests[begun:])
    assert_loaded(client, blobs)


@on_hotload
def test_a_file_with_another_time_begins_anew(tmp_path, server, blobs):
    """Parts of two files are never mixed."""
    with killed_in_upload(tmp_path, server) as (client, requests):
        blobs.reverse()
        pq.write_table(pa.table({"id": range(40), "name": blobs}), tmp_path / "large.parquet")
        done = client.run(*load_of(tmp_path))
        assert done.returncode == 0, done.stderr
        assert [path for _, path in requests].count("/v1/uploads") == 2
    assert_loaded(client, blobs)


@on_hotload
def test_a_large_file_needs_no_journal(tmp_path, server, blobs):
    """As on a full disk: what cannot be written down costs no load."""
    client = Client(tmp_path, server)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "uploads").write_text("in the way")
    done = client.run(*load_of(tmp_path))
    assert done.returncode == 0, done.stderr
    assert_loaded(client, blobs)


def test_no_other_upload_is_begun_at_a_server_that_is_away(tmp_path, server, blobs, monkeypatch):
    """All attempts were made by then; the next run goes on with the parts that are missing."""
    monkeypatch.setenv("HOTLOAD_STATE_DIR", str(tmp_path / "state"))
    away = lambda method, path: is_part(method, path, 5)  # noqa: E731
    with LossyProxy(server, away, times=1, refuse=503) as proxy:
        workspace = hotload.open_workspace(proxy.url, api_key=server.key, max_attempts=1)
        database = workspace.open_or_create_database("main")
        load = lambda: database.load("t", tmp_path / "large.parquet", load_id="large")  # noqa: E731
        with pytest.raises(hotload.Error, match="503"):
            load()
        load()
        assert [path for _, path in proxy.requests].count("/v1/uploads") == 1
    assert_loaded(Client(tmp_path, server), blobs)
