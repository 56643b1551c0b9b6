# SPDX-License-Identifier: Apache-2.0
"""A load of many tables straight into the core, and ways to break it off. Run as a program it
serves a lake to the test, which may kill it."""

import contextlib
import io
import json
import os
import pickle
import signal
import subprocess
import sys
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


class Lake:
    """A database in a process of its own, which is killed and started as interruptions want it."""

    def __init__(self, location):
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
            self._start(HOTLOAD_FAILPOINT=point)
            with contextlib.suppress(EOFError, BrokenPipeError):
                self._call(make, key, parts)
            self.close()
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

    def _start(self, **environment):
        self._process = subprocess.Popen(
            [sys.executable, __file__, self._location],
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def _call(self, function, *arguments):
        pickle.dump((function.__name__, arguments), self._process.stdin)
        self._process.stdin.flush()
        result, problem = pickle.load(self._process.stdout)
        assert problem is None, problem
        return result

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        assert self._process.wait() in (0, -signal.SIGKILL)
        self._process.stdout.close()


def abort(database, key):
    load = database.open_load(key)
    load.abort()
    load.close()


def rows(database, sql):
    return database.query(sql).arrow().to_pylist()


def pending(database):
    return database.pending_loads()


def main():
    """Calls come in, answers go out, until there are none."""
    known = {function.__name__: function for function in (make, abort, rows, pending)}
    # the classes of what is called with are those that the caller imports
    sys.modules["core_loads"] = sys.modules["__main__"]
    with core.open_workspace(sys.argv[1], auto_maintenance=False, threads=1) as workspace:
        database = workspace.open_or_create_database("main")
        while True:
            try:
                name, arguments = pickle.load(sys.stdin.buffer)
            except EOFError:
                break
            try:
                answer = (known[name](database, *arguments), None)
            except core.Error as problem:
                answer = (None, str(problem))
            pickle.dump(answer, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        database.close()


if __name__ == "__main__":
    main()
