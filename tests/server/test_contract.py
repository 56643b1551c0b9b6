# SPDX-License-Identifier: Apache-2.0
"""The document that the server offers of itself, and whether it does what that says."""

import re

METHODS = ("get", "post", "put", "delete")


def operations(document):
    """(method, path, operation) of each operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert method in METHODS
            yield method.upper(), path, operation


def test_the_document_is_served_to_anyone_and_says_what_needs_a_key(shared_server):
    document = shared_server.get("/openapi.json", Authorization=None, status=200).json
    assert document["openapi"].startswith("3.1")
    public = {path for _, path, operation in operations(document) if operation["security"] == []}
    console = {"/", "/console.css", "/console.js"}
    assert public == {"/health", "/ready", "/openapi.json", "/v1/auth/jwt"} | console
    for _, path, operation in operations(document):
        assert "401" in operation["responses"] or path in public
    parameters = document["paths"]["/v1/jobs/{id}"]["get"]["parameters"]
    assert [(p["name"], p["in"]) for p in parameters] == [("id", "path")]


def test_what_is_not_implemented_says_why_and_nothing_else_does(shared_server):
    document = shared_server.get("/openapi.json", status=200).json
    for method, path, operation in operations(document):
        answer = shared_server.call(method, re.sub(r"\{\w+\}", "x", path), {})
        if operation.get("x-implemented", True):
            assert answer.status not in (405, 501), (method, path)
        else:
            assert answer.status == 501, (method, path)
            reason = operation["responses"]["501"]["description"]
            plain = path.startswith("/v1/workspaces")
            error = reason if plain else {"code": "NOT_IMPLEMENTED", "message": reason}
            assert answer.json["error"] == error


def test_errors_about_workspaces_are_a_text(shared_server):
    document = shared_server.get("/openapi.json", status=200).json
    for _, path, operation in operations(document):
        if not path.startswith("/v1/workspaces"):
            continue
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Error"}
    for headers in ({"Authorization": None}, {"Authorization": "Bearer wrong"}):
        answer = shared_server.get("/v1/workspaces", status=401, **headers)
        assert answer.json == {"error": "the API key is missing or not valid"}


def test_other_methods_and_paths_are_refused(shared_server):
    answer = shared_server.call("PATCH", "/v1/databases", {}, status=405)
    assert answer.headers["allow"] == "POST, GET"
    assert shared_server.get("/v1/nothing").status == 404
