# SPDX-License-Identifier: Apache-2.0
"""A load of many tables straight into the core, and ways to break it off. A process of its own
serves the lake to the test, and may be killed."""

import contextlib
import io
import json
import multiprocessing
import os
import signal
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import hotload as core
import pyarrow as pa
import pyarrow.parquet
from hotload.values import TableSpec

# Where a load is broken off before it is made again, under the same key.
INTERRUPTIONS = ["none", "staged in part", "staged", "aborted", "made twice", "killed"]
# The N of name:N is drawn: these are passed once a job or a step.
KILLED_AT = ["stage.recorded", "stage.synced", "commit.step", "commit.linked", "commit.stepped"]
KILLED_ONCE_AT = ["commit.begun", "commit.recorded", "commit.synced", "commit.committed"]


@dataclass
class Part:
    """What one table brings. `jobs` are (format, rows)."""

    spec: TableSpec
    schema: pa.Schema
    jobs: list = field(default_factory=list)
    truncated: bool = False
    dropped: bool = False


def stage(load, part, folder):
    for number, (file_format, rows) in enumerate(part.jobs):
        table = pa.Table.from_pylist(rows, part.schema)
        name, job = part.spec.name, f"j{number}"
        if file_format == "stream":
            load.stage_stream(name, job, table.to_reader())
            continue
        path = Path(folder) / f"{name}-{number}.{file_format}"
        if file_format == "parquet":
            pyarrow.parquet.write_table(table, path)
        else:
            text = io.StringIO()
            for row in rows:
                text.write(json.dumps(row, default=str) + "\n")
            path.write_text(text.getvalue())
        load.stage_file(name, job, path, format=file_format)


def make(database, key, parts, staged=None):
    """One load; with `staged` only so many parts of it are staged, and nothing is committed."""
    load = database.open_load(key)
    try:
        if receipt := load.receipt:
            return receipt
        load.drop_tables([part.spec.name for part in parts if part.dropped])
        load.truncate_tables([part.spec.name for part in parts if part.truncated])
        load.declare([part.spec for part in parts])
        with tempfile.TemporaryDirectory() as folder:
            for part in parts[:staged]:
                stage(load, part, folder)
        return load.commit() if staged is None else None
    finally:
        load.close()


# Processes that serve a lake are forked from one that has imported all and opened nothing.
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
)
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([Path(__file__).stem])


class Lake:
    """A database in a process of its own, which is killed and started as interruptions want it."""

    def __init__(self, location):
        self.killed = 0
        self._location = str(location)
        self._start()

    def load(self, key, parts, interruption, point):
        """The load is made, whatever comes between."""
        if interruption == "staged in part":
            self._call(make, key, parts, len(parts) // 2)
        elif interruption in ("staged", "aborted"):
            self._call(make, key, parts, len(parts))
        elif interruption == "killed":
            self.close()
            self._start(point)
            with contextlib.suppress(EOFError, ConnectionError):
                self._call(make, key, parts)
            self.killed += self.close() == -signal.SIGKILL
            self._start()
        if interruption == "aborted":
            self._call(abort, key)
        receipt = self._call(make, key, parts)
        if interruption == "made twice":
            assert self._call(make, key, parts) == receipt

    def rows(self, sql):
        return self._call(rows, sql)

    def pending(self):
        return self._call(pending)

    def _start(self, failpoint=""):
        self._calls, calls = PROCESSES.Pipe()
        self._process = PROCESSES.Process(target=serve, args=(self._location, calls, failpoint))
        self._process.start()
        calls.close()

    def _call(self, function, *arguments):
        self._calls.send((function, arguments))
        result, problem = self._calls.recv()
        assert problem is None, problem
        return result

    def close(self):
        """Returns the exit code of the process."""
        self._calls.close()
        self._process.join()
        assert self._process.exitcode in (0, -signal.SIGKILL)
        return self._process.exitcode


def abort(database, key):
    load = database.open_load(key)
    load.abort()
    load.close()


def rows(database, sql):
    return database.query(sql).arrow().to_pylist()


def pending(database):
    return database.pending_loads()


def serve(location, calls, failpoint):
    """Calls come in, answers go out, until there are none."""
    os.environ["HOTLOAD_FAILPOINT"] = failpoint
    # What is loaded is small: one process in two adopts it all the same, as it does large files.
    limit = {} if len(failpoint) % 2 else {"adopt_from_bytes": 0}
    with core.open_workspace(location, auto_maintenance=False, threads=1, **limit) as workspace:
        database = workspace.open_or_create_database("main")
        while True:
            try:
                function, arguments = calls.recv()
            except EOFError:
                break
            try:
                answer = (function(database, *arguments), None)
            except core.Error as problem:
                answer = (None, str(problem))
            calls.send(answer)
        database.close()
