# SPDX-License-Identifier: Apache-2.0
"""Loads of many tables over HTTP: hotload's own calls, one method each."""

import urllib.parse


def quoted(text):
    return urllib.parse.quote(text, safe="")


def column(name, sql_type="BIGINT"):
    return {"name": name, "type": sql_type}


class Package:
    """One load of a database, by its key. `call()` leaves the status to the caller."""

    def __init__(self, database, load_id, schema="main", schema_name=""):
        self.database = database
        self.server = database.server
        self.path = f"/v1/hotload/databases/{database.id}/loads/{schema}/{quoted(load_id)}"
        self.query = f"schema_name={quoted(schema_name)}" if schema_name else ""

    def call(self, method, rest="", body=None, query="", **options):
        query = "&".join(part for part in (self.query, query) if part)
        path = self.path + rest + ("?" + query if query else "")
        return self.server.call(method, path, body, **options)

    def declare(self, *tables, status=204):
        return self.call("POST", "/tables", {"tables": list(tables)}, status=status)

    def stage(self, table, job, content, query="", status=200):
        """The body itself; `query` says its format."""
        rest = f"/files/{quoted(table)}/{quoted(job)}"
        return self.call("PUT", rest, content, query, status=status)

    def stage_upload(self, table, job, upload, status=200, **options):
        rest = f"/files/{quoted(table)}/{quoted(job)}"
        body = {"upload_id": upload, "options": options}
        return self.call("POST", rest, body, status=status)

    def send(self, rest, status=204, **body):
        return self.call("POST", rest, body, status=status)

    def staged(self):
        return self.call("GET", "/files", status=200).json["files"]

    def outcome(self):
        return self.call("GET", status=200).json

    def state(self):
        return self.outcome()["state"]

    def commit(self, status=200):
        return self.call("POST", "/commit", status=status)

    def abort(self):
        return self.call("DELETE", status=204)
