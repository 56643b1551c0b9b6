# SPDX-License-Identifier: Apache-2.0
"""Many clients at once: errors are 429 and 503 alone, counts are exact, memory stays in its budget.

HOTLOAD_TEST_PRESSURE_SECONDS: how long (15).
"""

import asyncio
import json
import os
import threading
import time
from pathlib import Path

from serving import KEY, Server, parquet_bytes

SECONDS = float(os.environ.get("HOTLOAD_TEST_PRESSURE_SECONDS", "15"))
CLIENTS = 200
WAITING = 400  # more connections that are open and ask now and then
BUDGET = 256 << 20  # of the engine
PROCESS = 700 << 20  # of all
BATCH = parquet_bytes([{"id": i, "name": f"n{i}"} for i in range(100)])
ROWS = 100


class Client:
    """One keep-alive connection of HTTP/1.1."""

    def __init__(self, port, counts):
        self.port = port
        self.counts = counts
        self.reader = None

    async def open(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def call(self, method, path, body=None, *, headers=""):
        """(status, body); counts the status. Waits as Retry-After says."""
        if self.reader is None:
            await self.open()
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body else b""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Authorization: Bearer {KEY}\r\nContent-Length: {len(content)}\r\n{headers}\r\n"
        )
        self.writer.write(head.encode() + content)
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        status = int(lines[0].split()[1])
        fields = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        answer = await self.reader.readexactly(int(fields.get("content-length", 0)))
        if fields.get("connection") == "close":
            self.writer.close()
            self.reader = None
        self.counts[status] = self.counts.get(status, 0) + 1
        if status in (429, 503):
            assert "retry-after" in fields
            await asyncio.sleep(0.2)
        return status, answer

    async def until_done(self, *arguments, **options):
        while True:
            status, answer = await self.call(*arguments, **options)
            if status not in (429, 503):
                assert status < 300, (status, answer[:300])
                return json.loads(answer) if answer else None


async def load(client, database):
    session = await client.until_done("POST", "/v1/uploads", {"declared_size_bytes": len(BATCH)})
    path = "/storage" + session["url"].partition("/storage")[2]
    await client.until_done("PUT", path, BATCH)
    upload = session["upload_id"]
    token = f"X-Upload-Finalize-Token: {session['finalize_token']}\r\n"
    await client.until_done("POST", f"/v1/uploads/{upload}/finalize", {"x": 1}, headers=token)
    await client.until_done(
        "POST", database.loads_path("t"), {"mode": "append", "upload_id": upload}
    )


async def work(number, client, database, deadline, loads):
    while time.monotonic() < deadline:
        if number % 4 == 0:
            await load(client, database)
            loads.append(number)
        else:
            sql = f"SELECT count(*) AS n, {number} AS me FROM t"
            body = {"sql": sql, "database_id": database.id}
            answer = await client.until_done("POST", "/v1/query", body)
            (row,) = answer["rows"]
            assert row[1] == number
            assert row[0] % ROWS == 0  # whole loads alone are seen


async def visit(client, deadline):
    while time.monotonic() < deadline:
        await client.until_done("GET", "/v1/databases?limit=1")
        await asyncio.sleep(2)


async def run_all(server, database, counts, loads):
    deadline = time.monotonic() + SECONDS
    clients = [Client(server.port, counts) for _ in range(CLIENTS + WAITING)]
    tasks = [work(i, c, database, deadline, loads) for i, c in enumerate(clients[:CLIENTS])]
    tasks += [visit(c, deadline) for c in clients[CLIENTS:]]
    await asyncio.wait_for(asyncio.gather(*tasks), SECONDS + 120)
    for client in clients:
        if client.reader is not None:
            client.writer.close()


def watch(server, peak, ended):
    folder = Path(f"/proc/{server.process.pid}")
    while not ended.wait(0.1):
        pages = int((folder / "statm").read_text().split()[1])
        peak[0] = max(peak[0], pages * os.sysconf("SC_PAGE_SIZE"))
        peak[1] = max(peak[1], len(list((folder / "task").iterdir())))


def test_two_hundred_clients_load_and_query_while_twice_as_many_wait(tmp_path):
    with Server(tmp_path / "root", "--memory", str(BUDGET)) as server:
        database = server.create_database()
        database.load("t", BATCH)
        counts, loads, peak, ended = {}, [], [0, 0], threading.Event()
        watcher = threading.Thread(target=watch, args=(server, peak, ended))
        watcher.start()
        try:
            asyncio.run(run_all(server, database, counts, loads))
        finally:
            ended.set()
            watcher.join()
        print(counts, len(loads), peak)
        assert set(counts) <= {200, 201, 429, 503}, counts
        assert len(loads) >= CLIENTS // 4
        assert database.rows("SELECT count(*) FROM t") == [[ROWS * (len(loads) + 1)]]
        assert peak[0] < PROCESS
        assert peak[1] < 200
