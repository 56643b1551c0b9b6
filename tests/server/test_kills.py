# SPDX-License-Identifier: Apache-2.0
"""`kill -9` while clients upload, load and wait for jobs, and try again as they do: nothing is lost
and nothing is there twice."""

import http.client
import random
import threading
import time

import pyarrow as pa
from serving import parquet_bytes

KILLS = 6
WORKERS = 4
ROWS = 1000


class Uploader(threading.Thread):
    """Loads batch after batch into one table, each until it is there; notes which."""

    def __init__(self, number, server, database, ended):
        super().__init__()
        self.number = number
        self.server = server
        self.database = database
        self.ended = ended
        self.loaded = []
        self.failed = None

    def run(self):
        try:
            batch = 0
            while not self.ended.is_set():
                self.load(self.number * 1_000_000 + batch)
                batch += 1
        except BaseException as failure:
            self.failed = failure

    def again(self, call):
        """`call` until the server answers it, as clients retry."""
        deadline = time.monotonic() + 60
        while True:
            try:
                answer = call()
                if answer.status not in (409, 429, 500, 502, 503):
                    return answer
                assert time.monotonic() < deadline, answer.body
            except (OSError, http.client.HTTPException, AssertionError):
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.05)

    def load(self, batch):
        content = parquet_bytes(pa.table({"batch": [batch] * ROWS, "row": range(ROWS)}))
        upload = self.upload(content)
        if upload is None:
            return
        asynchronous = batch % 2 == 1
        body = {"mode": "append", "upload_id": upload, "async": asynchronous}
        path = self.database.loads_path("t")
        while True:
            answer = self.again(lambda: self.server.post(path, body))
            if answer.status == 200:
                break
            assert answer.status == 202, answer.body
            job = answer.json["status_url"]
            state = self.again(lambda job=job: self.server.get(job)).json
            assert state["status"] in ("pending", "running", "succeeded"), state
            time.sleep(0.02)
        self.loaded.append(batch)

    def upload(self, content):
        """The id of a finalized upload. The published clients do not finalize again: what became
        of a finalize that was cut off is unknown, and they begin anew."""
        size = {"declared_size_bytes": len(content)}
        session = self.again(lambda: self.server.post("/v1/uploads", size)).json
        self.again(lambda: self.server.put_url(session["url"], content))
        token = {"X_Upload_Finalize_Token": session["finalize_token"]}
        path = f"/v1/uploads/{session['upload_id']}/finalize"
        try:
            answer = self.server.post(path, {}, **token)
            return session["upload_id"] if answer.status == 200 else None
        except (OSError, http.client.HTTPException):
            return None


def loaded_by(workers):
    return sum(len(worker.loaded) for worker in workers)


def test_clients_that_retry_over_kills_lose_and_double_nothing(server):
    database = server.create_database()
    ended = threading.Event()
    workers = [Uploader(i, server, database, ended) for i in range(WORKERS)]
    for worker in workers:
        worker.start()
    choice = random.Random(7)
    try:
        for _ in range(KILLS):
            time.sleep(choice.uniform(0.2, 1.2))
            server.kill()
            server.start()
        # A machine with other work gets little done between kills.
        deadline = time.monotonic() + 60
        while loaded_by(workers) <= 2 * WORKERS and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        ended.set()
        for worker in workers:
            worker.join(90)
    assert [worker.failed for worker in workers] == [None] * WORKERS
    loaded = sorted(batch for worker in workers for batch in worker.loaded)
    assert len(loaded) > 2 * WORKERS
    found = database.rows(
        "SELECT batch, count(*), count(DISTINCT row) FROM t GROUP BY batch ORDER BY batch"
    )
    assert found == [[batch, ROWS, ROWS] for batch in loaded]
    server.stop()
    server.start()
    assert database.rows("SELECT count(*) FROM t") == [[ROWS * len(loaded)]]
