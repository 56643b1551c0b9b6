# SPDX-License-Identifier: Apache-2.0
"""The program `hotload` in a folder of its own, with the small files that the examples name."""

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("HOTLOAD_CLI", ROOT / "build" / "release" / "bin" / "hotload"))

FILES = {
    "people.csv": "name,born,version\nAda,1815,1\nGrace,1906,1\nNobody,,1\n",
    "people.tsv": "name\tborn\tversion\nKurt\t1906\t1\n",
    "people.jsonl": '{"name": "Ada", "born": 1816, "version": 2}\n'
    '{"name": "Linus", "born": 1969, "version": 1}\n',
}


class Program:
    def __init__(self, folder):
        self.folder = folder
        self.path = PROGRAM
        self.environment = dict(os.environ, PATH=f"{PROGRAM.parent}:{os.environ['PATH']}")
        for name in ("HOTLOAD_LAKE", "HOTLOAD_FAILPOINT"):
            self.environment.pop(name, None)

    def start(self, *arguments, **options):
        """A running process with pipes for its output."""
        environment = {**self.environment, **options.pop("env", {})}
        return subprocess.Popen(
            [PROGRAM, *arguments],
            cwd=self.folder,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )

    def run(self, *arguments, code=0, stdin="", env=None):
        """The finished process; its exit code must be `code` (None: any)."""
        process = self.start(*arguments, stdin=subprocess.PIPE, env=env or {})
        out, err = process.communicate(stdin, timeout=120)
        assert code in (None, process.returncode), (
            f"{arguments}: {process.returncode}\n{out}\n{err}"
        )
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def shell(self, line):
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            cwd=self.folder,
            env=self.environment,
            text=True,
            capture_output=True,
            timeout=120,
            check=False,
        )

    def json(self, *arguments, code=0, stdin=""):
        """The JSON lines of its output."""
        out = self.run("--json", *arguments, code=code, stdin=stdin).stdout
        return [json.loads(line) for line in out.splitlines()]

    def error(self, *arguments, code, env=None):
        """The error object of a failure."""
        err = self.run("--json", *arguments, code=code, env=env).stderr
        (line,) = err.splitlines()
        return json.loads(line)["error"]

    def rows(self, sql, *arguments):
        return self.json(*arguments, "query", sql)

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name


@pytest.fixture
def hotload(tmp_path):
    """The program in an empty folder that holds FILES."""
    if not PROGRAM.exists():
        pytest.fail(f"{PROGRAM} is not there: run script/build")
    program = Program(tmp_path)
    for name, text in FILES.items():
        program.write(name, text)
    return program


@pytest.fixture
def lake(hotload):
    """The same with a lake that holds the table people."""
    hotload.run("--lake", "demo.lake", "load", "people.csv", "--table", "people")
    return hotload
