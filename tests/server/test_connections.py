# SPDX-License-Identifier: Apache-2.0
"""Connections that are not as they should be: none ends the server, none leaves anything behind."""

import contextlib
import hashlib
import os
import random
import socket
import ssl
import time
from pathlib import Path

import pytest
from conftest import make_certificate
from serving import Server, parquet_bytes

BROKEN = [
    b"GARBAGE\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
    b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    b"POST /v1/query HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    b"POST /v1/query HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
    b"POST /v1/auth/jwt HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /v1/auth/jwt HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n",
    b"\r\n\r\n\r\n",
    b"* * HTTP/1.1\r\n\r\n",
    bytes(range(256)),
]


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def connect_safely(server):
    """Through TLS, whoever the server is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(connect(server))


def first_line(raw):
    """The status line of the answer; empty when the server hung up."""
    try:
        return raw.recv(4096).split(b"\r\n")[0]
    except ConnectionResetError:
        return b""


@pytest.mark.parametrize("sent", BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_http_is_refused_and_the_server_lives(shared_server, sent):
    with connect(shared_server) as raw:
        # The server may have answered and hung up before it has all of it.
        with contextlib.suppress(OSError):
            raw.sendall(sent)
            raw.shutdown(socket.SHUT_WR)
        line = first_line(raw)
    assert line == b"" or line.split()[1] in (b"400", b"401", b"404", b"431")
    assert shared_server.get("/health").status == 200


@pytest.mark.parametrize("chunks", [b"zz\r\nabc\r\n0\r\n\r\n", b"3\r\nabcd\r\n0\r\n\r\n"])
@pytest.mark.parametrize("route", ["POST /v1/query", "PUT /storage/"])
def test_a_body_of_broken_chunks_is_answered_and_the_connection_closed(
    shared_server, chunks, route
):
    if "storage" in route:
        upload = shared_server.post("/v1/uploads", {"declared_size_bytes": 3}).json
        route = "PUT " + upload["url"][upload["url"].index("/storage") :]
    head = f"{route} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {shared_server.key}\r\n"
    with connect(shared_server) as raw:
        raw.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        answer = raw.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Connection: close" in answer
    assert b"BAD_REQUEST" in answer


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = make_certificate(folder)
    with Server(folder / "root", "--tls-certificate", certificate, "--tls-key", key) as server:
        server.tls = True
        yield server


def usage(server):
    """(threads, open files, resident bytes) of the server's process."""
    folder = Path(f"/proc/{server.process.pid}")
    resident = int((folder / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return len(list((folder / "task").iterdir())), len(list((folder / "fd").iterdir())), resident


@pytest.mark.parametrize("open_one", [connect, connect_safely], ids=["plain", "tls"])
@pytest.mark.parametrize("expect", ["", "Expect: 100-continue\r\n"], ids=["", "asks first"])
@pytest.mark.parametrize(("length", "status"), [(1000, 401), (1 << 30, 401), (1 << 63, 413)])
def test_a_refusal_comes_before_the_body_that_it_refuses(
    shared_server, tls_server, open_one, expect, length, status
):
    server = tls_server if open_one is connect_safely else shared_server
    path = "/v1/query"
    if status == 413:
        url = server.post("/v1/uploads", {"declared_size_bytes": 3}).json["url"]
        path = url[url.index("/storage") :]
    head = f"PUT {path}" if status == 413 else f"POST {path}"
    head += f" HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n{expect}\r\n"
    with open_one(server) as raw:
        raw.sendall(head.encode())  # and no byte of the body
        answer = raw.recv(65536)
        assert answer.split()[1] == str(status).encode()
        goes_on = length == 1000 and not expect
        assert goes_on == (b"Connection: close" not in answer)
        if goes_on:
            raw.sendall(b"x" * length)
        with contextlib.suppress(OSError):  # one that is to end may have ended
            raw.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert (b"200 OK" in raw.makefile("rb").read()) == goes_on


class Troublemaker:
    """Opens connections and leaves them: to close them is another's work."""

    def __init__(self, server, open_one):
        self.server = server
        self.open_one = open_one

    def half_open(self):
        """Says nothing, and a part of a header."""
        quiet, partial = self.open_one(self.server), self.open_one(self.server)
        partial.sendall(b"GET /health HTTP/1.1\r\nHos")
        return [quiet, partial]

    def half_a_handshake(self):
        """What is no handshake where one is due, and one that ends in its first record."""
        odd, partial = connect(self.server), connect(self.server)
        odd.sendall(b"GET /health HTTP/1.1\r\n")
        partial.sendall(b"\x16\x03\x01\x02\x00\x01")
        return [odd, partial]

    def sends_a_part(self, url):
        path = url[url.index("/storage") :].encode()
        raw = self.open_one(self.server)
        raw.sendall(b"PUT " + path + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n")
        raw.sendall(b"x" * 300_000)
        return raw

    def vanishes_in_a_body(self, url):
        """Without a word of TLS, at once: with a reset or with an end."""
        for linger in (b"\1\0\0\0\0\0\0\0", b"\0\0\0\0\0\0\0\0"):
            raw = self.sends_a_part(url)
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            socket.socket(fileno=raw.detach()).close()

    def reads_nothing(self, database, result):
        raw = self.open_one(self.server)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.sendall(
            f"GET /v1/results/{result}?format=arrow HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {self.server.key}\r\n"
            f"X-Database-Id: {database.id}\r\n\r\n".encode()
        )
        raw.recv(100)
        return raw


@pytest.mark.parametrize("open_one", [connect, connect_safely], ids=["plain", "tls"])
def test_clients_that_are_slow_or_vanish_leave_no_thread_file_or_memory_behind(
    tmp_path, certificate, open_one
):
    limits = ["--header-timeout", "1", "--idle-timeout", "2", "--io-timeout", "1"]
    if open_one is connect_safely:
        limits += ["--tls-certificate", certificate[0], "--tls-key", certificate[1]]
    with Server(tmp_path / "root", *limits) as server:
        server.tls = open_one is connect_safely
        client = Troublemaker(server, open_one)
        database = server.create_database()
        database.load("t", [{"id": i, "text": f"{i * 7919:0100}"} for i in range(200_000)])
        result = database.query("SELECT * FROM t").json["result_id"]

        def trouble():
            open_sockets = []
            for _ in range(10):
                open_sockets += client.half_open()
                if server.tls:
                    open_sockets += client.half_a_handshake()
                url = server.post("/v1/uploads", {"declared_size_bytes": 4_000_000}).json["url"]
                client.vanishes_in_a_body(url)
                open_sockets.append(client.sends_a_part(url))  # a slow writer: stays
                open_sockets.append(client.reads_nothing(database, result))
            assert database.rows("SELECT count(*) FROM t") == [[200_000]]
            return open_sockets

        def settled():
            """Once the time-outs have struck: all connections of trouble() are gone."""
            deadline = time.monotonic() + 20
            while usage(server)[1] > files and time.monotonic() < deadline:
                time.sleep(0.1)
            return usage(server)

        files = usage(server)[1] + 2  # the lake may keep a file or two open
        first = trouble()
        before = settled()
        rounds = [trouble() for _ in range(3)]
        after = settled()
        for raw in [*first, *(raw for sockets in rounds for raw in sockets)]:
            raw.close()
        assert before[1] <= files
        assert after[1] <= files
        assert after[0] <= before[0]
        assert after[2] < before[2] + (32 << 20)


def test_a_slow_writer_that_goes_on_is_served(tmp_path):
    with Server(tmp_path / "root", "--io-timeout", "1") as server:
        content = parquet_bytes([{"id": 1}])
        session = server.post("/v1/uploads", {"declared_size_bytes": len(content)}).json
        path = session["url"][session["url"].index("/storage") :].encode()
        with connect(server) as raw:
            raw.sendall(b"PUT " + path + b" HTTP/1.1\r\nHost: x\r\n")
            raw.sendall(b"Content-Length: %d\r\n\r\n" % len(content))
            step = len(content) // 8 + 1
            for at in range(0, len(content), step):
                raw.sendall(content[at : at + step])
                time.sleep(0.3)  # more than the time-out in all, less each time
            assert first_line(raw).split()[1] == b"200"


def in_chunks(content, size):
    parts = [content[at : at + size] for at in range(0, len(content), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in [*parts, b""])


@pytest.mark.parametrize("step", [70_001, 1 << 20], ids=["in pieces", "at once"])
@pytest.mark.parametrize("chunk", [None, 1000, 300_000], ids=["length", "small chunks", "chunks"])
@pytest.mark.parametrize("size", [0, 1, (256 << 10) - 1, 256 << 10, 700_001])
def test_a_body_is_taken_to_its_last_byte_and_no_further(shared_server, size, chunk, step):
    content = random.Random(size).randbytes(size)
    asked = {"checksum_algo": "sha256", "checksum_value": hashlib.sha256(content).hexdigest()}
    asked["declared_size_bytes"] = size
    upload = shared_server.post("/v1/uploads", asked, status=201).json
    how = f"Content-Length: {size}" if chunk is None else "Transfer-Encoding: chunked"
    path = upload["url"][upload["url"].index("/storage") :]
    sent = f"PUT {path} HTTP/1.1\r\nHost: x\r\n{how}\r\n\r\n".encode()
    sent += content if chunk is None else in_chunks(content, chunk)
    sent += b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with connect(shared_server) as raw:
        for at in range(0, len(sent), step):
            raw.sendall(sent[at : at + step])
        answers = raw.makefile("rb").read()
    assert answers.count(b"HTTP/1.1 200 OK") == 2
    path = f"/v1/uploads/{upload['upload_id']}/finalize"
    token = upload["finalize_token"]
    shared_server.post(path, {}, status=200, X_Upload_Finalize_Token=token)


@pytest.mark.parametrize(
    ("headers", "base"),
    [
        ({"Forwarded": "proto=HTTPS;host=a.example"}, "https://a.example"),
        ({"Forwarded": 'for=1.2.3.4; xhost=b; Host="a.example" , host=c'}, "http://a.example"),
        ({"Forwarded": 'for="a,b;c\\";d";proto=https;host=e'}, "https://e"),
        ({"X_Forwarded_Proto": "https, http", "X_Forwarded_Host": "a, b"}, "https://a"),
        ({"X_Forwarded_Proto": "http", "X_Forwarded_Host": "a:81"}, "http://a:81"),
        ({}, None),
    ],
)
def test_urls_are_those_by_which_the_client_came(shared_server, headers, base):
    upload = shared_server.post(
        "/v1/uploads", {"declared_size_bytes": 1}, status=201, **headers
    ).json
    assert upload["url"].startswith(f"{base or shared_server.url}/storage/")
