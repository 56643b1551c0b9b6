# SPDX-License-Identifier: Apache-2.0
"""A live server on a folder of its own, and a plain HTTP client that speaks to it."""

import pytest
from serving import Server


@pytest.fixture
def server(tmp_path):
    """A running server; `restart()` and `kill()` are its own."""
    with Server(tmp_path / "root") as running:
        yield running


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory):
    """One server for the tests of a module that make databases of their own."""
    with Server(tmp_path_factory.mktemp("server") / "root") as running:
        yield running


@pytest.fixture
def database(shared_server):
    """A new database of the shared server."""
    return shared_server.create_database()
