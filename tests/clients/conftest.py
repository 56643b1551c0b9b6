# SPDX-License-Identifier: Apache-2.0
"""Published clients of the Hotdata API, unmodified, each in an environment of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from serving import KEY, ROOT, WORKSPACE, Server

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = ROOT / "build" / "clients"


def python_of(name, requirements):
    """The interpreter of an environment with exactly these packages asked for; made once."""
    folder = ENVIRONMENTS / name
    python = folder / ".venv" / "bin" / "python"
    wanted = "\n".join(requirements)
    stamp = folder / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        folder.mkdir(parents=True, exist_ok=True)
        venv = [sys.executable, "-m", "venv", "--without-pip", folder / ".venv"]
        subprocess.run(venv, check=True)
        uv = [Path(sys.executable).parent / "uv", "pip", "install", "-q", "--python", python]
        environment = {**os.environ, "UV_NATIVE_TLS": "1"}
        subprocess.run([*uv, *requirements], check=True, env=environment)
        stamp.write_text(wanted)
    return python


@pytest.fixture
def environment():
    """environment(name, requirements): see python_of."""
    return python_of


class Client:
    """Runs scripts of this folder with one client's packages against one server."""

    def __init__(self, python, server, folder):
        self.python = python
        self.server = server
        self.folder = folder

    def run(self, script, *arguments, **environment):
        """Its standard output; the script must end with 0."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("HOTDATA_", "PYTHON"))
        }
        done = subprocess.run(
            [self.python, HERE / script, *arguments],
            cwd=self.folder,
            env={
                **inherited,
                "HOTDATA_API_KEY": KEY,
                "HOTDATA_API_URL": self.server.url,
                "HOTDATA_WORKSPACE": WORKSPACE,
                "RUNTIME__DLTHUB_TELEMETRY": "false",
                **environment,
            },
            text=True,
            capture_output=True,
            timeout=170,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
        return done.stdout


@pytest.fixture
def client(tmp_path):
    """client(name, requirements): a Client on a new server."""
    servers = []

    def make(name, requirements):
        python = python_of(name, requirements)
        server = Server(tmp_path / "root")
        servers.append(server.__enter__())
        return Client(python, server, tmp_path)

    yield make
    for server in servers:
        server.__exit__()
