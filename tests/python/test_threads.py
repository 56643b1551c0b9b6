# SPDX-License-Identifier: Apache-2.0
"""Many threads on one database: the core runs without the interpreter's lock."""

import threading

import pyarrow as pa


def test_readers_see_whole_loads_while_writers_write(database):
    database.load("t", pa.table({"id": list(range(1000))}))
    done, errors = threading.Event(), []

    def read():
        try:
            while not done.is_set():
                ((count,),) = database.query("SELECT count(*) FROM t").fetchall()
                assert count % 1000 == 0
        except BaseException as error:
            errors.append(error)

    def write():
        try:
            for _ in range(3):
                database.load("t", pa.table({"id": list(range(1000))}))
        except BaseException as error:
            errors.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    writers = [threading.Thread(target=write) for _ in range(3)]
    for thread in readers + writers:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert errors == []
    assert database.query("SELECT count(*) FROM t").fetchall() == [(10_000,)]


def test_a_producer_in_python_feeds_a_load_from_another_thread(database):
    """The core pulls batches that Python makes, while this thread holds the lock now and then."""

    def batches():
        for start in range(0, 5000, 500):
            yield pa.record_batch({"id": list(range(start, start + 500))})

    reader = pa.RecordBatchReader.from_batches(pa.schema({"id": pa.int64()}), batches())
    thread = threading.Thread(target=database.load, args=["t", reader])
    thread.start()
    while thread.is_alive():
        sum(range(1000))
    thread.join()
    assert database.query("SELECT count(*) FROM t").fetchall() == [(5000,)]
