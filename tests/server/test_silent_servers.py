# SPDX-License-Identifier: Apache-2.0
"""What a client does with servers that hold it up, or are none."""

import logging
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import hotload
import pytest
from hotload import waits


@pytest.fixture
def silent():
    """The URL of what takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def answering():
    """answering(status, body, seconds): the URL of a server that answers so after that time."""
    servers = []

    def start(status, body, seconds, headers=None):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                time.sleep(seconds)
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_CONNECT = do_GET

            def log_message(self, *arguments):
                pass

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_silence_has_an_end(silent):
    begun = time.monotonic()
    with pytest.raises(hotload.Error, match=silent) as failure:
        hotload.open_workspace(silent, api_key="k", answer_timeout_ms=1000, max_attempts=1)
    assert failure.value.code == "timeout"
    assert failure.value.transient
    assert time.monotonic() - begun < 20


def test_attempts_count_against_the_time_of_a_call(answering):
    url = answering(503, b"{}", 1)
    begun = time.monotonic()
    with pytest.raises(hotload.Error):
        hotload.open_workspace(
            url, api_key="k", wait_budget_ms=1500, first_wait_ms=1, max_attempts=50
        )
    assert time.monotonic() - begun < 10


def test_a_result_that_has_failed_is_no_reason_to_wait(answering):
    url = answering(409, b'{"result_id":"r","status":"failed","error_message":"full disk"}', 0)
    begun = time.monotonic()
    with pytest.raises(hotload.Error, match="full disk") as failure:
        hotload.open_workspace(url, api_key="k", first_wait_ms=5000)
    assert not failure.value.transient
    assert time.monotonic() - begun < 4


def test_a_redirect_is_not_followed_and_says_where_it_points(answering):
    elsewhere = {"Location": "https://elsewhere.invalid/v1"}
    url = answering(307, b"", 0, elsewhere)
    with pytest.raises(hotload.Error, match=r"307 and points to https://elsewhere.invalid"):
        hotload.open_workspace(url, api_key="k")


@pytest.mark.parametrize("status", [403, 407])
def test_a_proxy_that_lets_nobody_through_is_an_error_at_once(answering, monkeypatch, status):
    monkeypatch.setenv("https_proxy", answering(status, b"", 0))
    begun = time.monotonic()
    with pytest.raises(hotload.Error, match=str(status)) as failure:
        hotload.open_workspace("https://elsewhere.invalid", api_key="k", first_wait_ms=5000)
    assert failure.value.code == "permission"
    assert time.monotonic() - begun < 4


def test_long_waits_are_said(answering, caplog):
    waits.tell(logging.getLogger("hotload").warning)
    url = answering(503, b'{"error":{"code":"OVERLOADED","message":"busy"}}', 0)
    with pytest.raises(hotload.Error):
        hotload.open_workspace(url, api_key="k", first_wait_ms=600, max_attempts=3)
    lines = [record.getMessage() for record in caplog.records if record.name == "hotload"]
    assert len(lines) == 1  # the first wait is short
    assert f"waiting for {url}: busy; attempt 2 of 3, the next in 1." in lines[0]
    assert caplog.records[-1].levelname == "WARNING"


def test_what_is_no_server_of_the_api_is_named(answering):
    url = answering(200, b"<html>Sign in</html>", 0)
    with pytest.raises(hotload.Error, match="is no server of this API") as failure:
        hotload.open_workspace(url, api_key="k").list_databases()
    assert url in str(failure.value)
