# SPDX-License-Identifier: Apache-2.0
"""`script/setup` on a system that has nothing asks for all that a build needs."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NEEDED = {"g++", "cmake", "ninja-build", "ccache", "npm", "cargo", "strace", "python3"}


def test_a_bare_system_is_given_every_program_that_a_build_runs(tmp_path):
    for name in ("dirname", "env"):
        (tmp_path / name).symlink_to(shutil.which(name))
    asked = tmp_path / "asked"
    stubs = {
        "apt-get": f'echo "$@" >>{asked}\ncase "$*" in *install*) exit 7;; esac',
        "apt-cache": "exit 1",
        "id": "echo 0",
    }
    for name, text in stubs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    ended = subprocess.run(
        [shutil.which("bash"), ROOT / "script" / "setup"], env={"PATH": str(tmp_path)}, check=False
    )
    assert ended.returncode == 7  # the stub's: nothing is really installed
    assert set(asked.read_text().split()) >= NEEDED
