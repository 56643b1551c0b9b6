# SPDX-License-Identifier: Apache-2.0
"""What a client does with servers that hold it up, or are none."""

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import hotload
import pytest


@pytest.fixture
def silent():
    """The URL of what takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def answering():
    """answering(status, body, seconds): the URL of a server that answers so after that time."""
    servers = []

    def start(status, body, seconds):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                time.sleep(seconds)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

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


def test_what_is_no_server_of_the_api_is_named(answering):
    url = answering(200, b"<html>Sign in</html>", 0)
    with pytest.raises(hotload.Error, match="is no server of this API") as failure:
        hotload.open_workspace(url, api_key="k").list_databases()
    assert url in str(failure.value)
