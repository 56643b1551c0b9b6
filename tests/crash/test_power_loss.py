# SPDX-License-Identifier: Apache-2.0
"""Power loss: everything that a commit names is synced before the commit is, and a lake that has
lost all that was not synced is as after a whole number of loads."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from syscalls import TRACED, Account, calls

ROOT = Path(__file__).parents[2]
PROGRAM = Path(os.environ.get("HOTLOAD_BUILD", ROOT / "build" / "release")) / "bin" / "tests_crash"
LOADS = 3

pytestmark = [
    pytest.mark.skipif(not PROGRAM.exists(), reason=f"{PROGRAM} is not built"),
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]


def child(test: str, prefix: list[str] | None = None, **variables: str) -> int:
    environment = {
        **os.environ,
        "HOTLOAD_CRASH_KIND": "mixed",
        "HOTLOAD_CRASH_LOADS": str(LOADS),
        **variables,
    }
    done = subprocess.run(
        [*(prefix or []), str(PROGRAM), f"--gtest_filter=CrashChild.{test}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    print(done.stdout[-3000:], done.stderr[-1000:])
    return done.returncode


def traced_loads(folder: Path, failpoint: str = "") -> list[tuple[str, str, int, str | None]]:
    assert child("Files", HOTLOAD_CRASH_FILES=str(folder)) == 0
    trace = folder / "trace"
    strace = ["strace", "-f", "-y", "-s", "300", "-o", str(trace), "-e", f"trace={TRACED}"]
    code = child("Loads", strace, HOTLOAD_CRASH_FOLDER=str(folder), HOTLOAD_FAILPOINT=failpoint)
    assert (code == 0) == (failpoint == "")
    return calls(trace)


def test_data_is_synced_before_the_commit_that_names_it(tmp_path: Path) -> None:
    data = tmp_path / "x.lake" / "main" / "data"
    account = Account(tmp_path / "x.lake")
    commits = 0
    for name, args, result, path in traced_loads(tmp_path):
        if result < 0:
            continue
        if name in ("fsync", "fdatasync") and "catalog.ducklake.wal>" in args:
            commits += 1
            assert account.dirty_below(data) == [], f"at sync {commits} of the catalog's log"
        account.apply(name, args, path)
    # The database itself, a schema and the rows of each load.
    assert commits >= LOADS
    assert any(p.startswith(str(data)) for p in account.files)


@pytest.mark.parametrize(
    "point",
    [
        "stage.recorded",
        "publish.done",
        "commit.linked",
        "commit.recorded",
        "commit.synced",
        "commit.committed",
        "commit.cleared",
    ],
)
@pytest.mark.parametrize("passing", [1, 2])
def test_what_was_not_synced_is_not_missed(tmp_path: Path, point: str, passing: int) -> None:
    lake = tmp_path / "x.lake"
    account = Account(lake)
    for name, args, result, path in traced_loads(tmp_path, f"{point}:{passing}"):
        if result >= 0:
            account.apply(name, args, path)
    for path in sorted(account.unsynced_names, key=len, reverse=True):
        target = Path(path)
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
    for path, file in account.files.items():
        # The catalog and its log are the engine's: it survives a torn log by itself.
        if file.dirty and Path(path).exists() and "catalog.ducklake" not in path:
            os.truncate(path, 0)
    assert child("Checks", HOTLOAD_CRASH_CHECK=str(tmp_path)) == 0
