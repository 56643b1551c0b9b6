# SPDX-License-Identifier: Apache-2.0
"""SQL sessions over HTTP: hotload's own calls, one method each."""


class SqlSession:
    """A session of a database. `sequence` counts the calls."""

    def __init__(self, database, status=201, **options):
        self.database = database
        self.server = database.server
        path = f"/v1/hotload/databases/{database.id}/sessions"
        self.answer = self.server.post(path, options, status=status)
        self.id = self.answer.json.get("session_id")
        self.sequence = 0

    def call(self, what, body=None, **options):
        return self.server.post(f"/v1/hotload/sessions/{self.id}/{what}", body or {}, **options)

    def query(self, sql, *parameters, status=200, sequence=None):
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        body = {"sql": sql, "parameters": list(parameters), "sequence": sequence}
        return self.call("query", body, status=status)

    def rows(self, sql, *parameters):
        return [list(row.values()) for row in self.query(sql, *parameters).table.to_pylist()]

    def run(self, sql, *parameters):
        """Rows changed."""
        return int(self.query(sql, *parameters).headers["x-rows-changed"])

    def step(self, what, status=204, sequence=None):
        """begin, commit, rollback; whether a transaction is open then."""
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        answer = self.call(what, {"sequence": sequence}, status=status)
        return answer.headers.get("x-transaction") == "open" if status == 204 else answer

    def close(self):
        self.server.call("DELETE", f"/v1/hotload/sessions/{self.id}", status=204)
