# SPDX-License-Identifier: Apache-2.0
"""The program `hotload` as a client of a server."""

import json
import os
import subprocess

from serving import PROGRAM


class Client:
    """The program, with a folder of its own for what it remembers."""

    def __init__(self, folder, server):
        self.folder = folder
        self.server = server
        self.url = server.url

    def environment(self):
        return {
            **os.environ,
            "HOTLOAD_API_KEY": self.server.key,
            "HOTLOAD_STATE_DIR": str(self.folder / "state"),
        }

    def command(self, *arguments):
        return [PROGRAM, "--lake", self.url, *arguments]

    def run(self, *arguments, failpoint=None):
        environment = self.environment()
        if failpoint is not None:
            environment["HOTLOAD_FAILPOINT"] = failpoint
        return subprocess.run(
            self.command(*arguments), env=environment, capture_output=True, text=True, timeout=60
        )

    def load(self, load_id, rows, mode, **options):
        path = self.folder / f"{load_id}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        key = [] if mode in ("append", "replace") else ["--key", "id"]
        arguments = ["--table", "t", "--mode", mode, "--load-id", load_id, *key]
        return self.run("load", str(path), *arguments, **options)

    def loaded(self, load_id, rows, mode):
        done = self.load(load_id, rows, mode)
        assert done.returncode == 0, done.stderr

    def pushes_file(self):
        (path,) = self.folder.glob("state/plain/*/loads/*/pushes.json")
        return path

    def rows(self, columns="id, name"):
        """Of the table, as the server has it."""
        databases = self.server.get("/v1/databases").json["databases"]
        (database,) = [one["id"] for one in databases if one["name"] == "main"]
        body = {"sql": f"SELECT {columns} FROM t ORDER BY ALL", "database_id": database}
        return self.server.post("/v1/query", body, status=200).json["rows"]
