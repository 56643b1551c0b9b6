# SPDX-License-Identifier: Apache-2.0
import hotload
import pytest


@pytest.fixture
def workspace(tmp_path):
    with hotload.open_workspace(tmp_path / "x.lake") as workspace:
        yield workspace


@pytest.fixture
def database(workspace):
    database = workspace.open_or_create_database("main")
    yield database
    database.close()
