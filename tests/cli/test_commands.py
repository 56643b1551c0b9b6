# SPDX-License-Identifier: Apache-2.0
"""The other commands, the choice of the lake, and two processes on one lake."""

import fcntl
import re
import select
import signal
import subprocess
import time

import pytest

COMMANDS = (
    *("load", "query", "tables", "history", "changes", "diff", "undo"),
    *("databases", "fork", "publish", "drop"),
    *("scrub", "maintain", "pending", "abort", "key"),
)


def test_version(hotload):
    assert re.fullmatch(r"hotload \d+\.\d+\.\d+\n", hotload.run("--version").stdout)


def test_help_names_every_command(hotload):
    out = hotload.run("--help").stdout
    for command in COMMANDS:
        assert re.search(rf"^  {command} ", out, re.MULTILINE)


def test_every_example_of_the_help_runs(hotload):
    ran = 0
    for command in COMMANDS:
        out = hotload.run(command, "--help").stdout
        for line in out.partition("Examples:")[2].strip().splitlines():
            done = hotload.shell(line.strip())
            assert done.returncode == 0, f"{line}: {done.stderr}"
            ran += 1
    assert ran >= 20


def test_the_lake_is_the_one_that_is_here(hotload):
    assert hotload.error("tables", code=2)["message"].startswith("which lake?")
    hotload.run("--lake", "a.lake", "load", "people.csv", "--table", "t")
    assert len(hotload.json("tables")) == 1
    hotload.run("--lake", "b.lake", "load", "people.csv", "--table", "t")
    assert "a.lake, b.lake" in hotload.error("tables", code=2)["message"]
    hotload.environment["HOTLOAD_LAKE"] = "b.lake"
    assert len(hotload.json("tables")) == 1


def test_reading_does_not_make_a_lake(hotload):
    assert hotload.error("--lake", "no.lake", "tables", code=3)["code"] == "not_found"
    assert not (hotload.folder / "no.lake").exists()


def test_a_folder_that_is_no_lake_is_left_alone(hotload):
    error = hotload.error("--lake", ".", "load", "people.csv", "--table", "t", code=3)
    assert error["code"] == "invalid_argument"
    assert "is not a lake" in error["message"]


def test_no_command_and_unknown_commands_are_usage_errors(hotload):
    for arguments in ((), ("nosuch",), ("tables", "--nosuch"), ("query",)):
        done = hotload.run(*arguments, code=2)
        assert done.stderr.startswith("hotload: ")
        assert done.stderr.count("\n") == 1
    assert "nosuch" in hotload.run("nosuch", code=2).stderr


def test_global_options_may_stand_behind_the_command(lake):
    out = lake.run("tables", "--json", "--lake", "demo.lake").stdout
    assert '"name":"people"' in out


def test_tables_of_a_schema(lake):
    lake.run("load", "people.jsonl", "--table", "log", "--schema", "raw")
    assert [t["name"] for t in lake.json("tables", "--schema", "raw")] == ["log"]
    assert [t["schema"] for t in lake.json("tables")] == ["main", "raw"]
    assert lake.error("tables", "nosuch", code=3)["code"] == "not_found"


def test_history_is_newest_first(lake):
    for i in range(3):
        lake.run("load", "people.jsonl", "--table", "people", "--load-id", f"load-{i}")
    ids = [receipt["key"]["load_id"] for receipt in lake.json("history", "--limit", "2")]
    assert ids == ["load-2", "load-1"]
    assert len(lake.json("history", "--limit", "0")) == 4


def test_databases_are_apart(lake):
    lake.run("--database", "other", "load", "people.jsonl", "--table", "people")
    assert [row["name"] for row in lake.json("databases")] == ["main", "other"]
    assert lake.rows("SELECT count(*) AS n FROM people", "--database", "other") == [{"n": 2}]
    assert lake.rows("SELECT count(*) AS n FROM people") == [{"n": 3}]


def test_a_fork_goes_its_own_way(lake):
    lake.run("fork", "main", "trial")
    lake.run("--database", "trial", "load", "people.jsonl", "--table", "people")
    assert lake.rows("SELECT count(*) AS n FROM people", "--database", "trial") == [{"n": 5}]
    assert lake.rows("SELECT count(*) AS n FROM people") == [{"n": 3}]
    assert lake.error("fork", "main", "trial", code=3)["code"] == "already_exists"
    lake.run("drop", "main", "--yes")
    assert lake.rows("SELECT count(*) AS n FROM people", "--database", "trial") == [{"n": 5}]
    assert [row["name"] for row in lake.json("databases")] == ["trial"]


def test_drop_asks_first(lake):
    lake.error("drop", "main", code=2)
    assert [row["name"] for row in lake.json("databases")] == ["main"]


def test_scrub_finds_what_is_missing(lake):
    (report,) = lake.json("scrub")
    assert report["findings"] == []
    assert report["rows"] >= 3
    parquet = next((lake.folder / "demo.lake" / "main" / "data").glob("main/people/*.parquet"))
    parquet.unlink()
    (report,) = lake.json("scrub", code=1)
    assert report["findings"][0]["kind"] == "missing_file"
    assert "findings" in lake.run("scrub", code=1).stdout


def test_maintain_joins_small_files(lake):
    inserts = [f"INSERT INTO people VALUES ('p{i}', {i}, 1)" for i in range(10)]
    lake.run("query", "--write", ";".join(inserts))
    assert lake.json("tables")[0]["files"] == 11
    before = lake.rows("SELECT * FROM people ORDER BY ALL")
    (planned,) = lake.json("maintain", "--dry-run")
    assert (planned["dry_run"], planned["tables_compacted"]) == (True, 1)
    lake.run("maintain", "--grace", "0")
    (table,) = lake.json("tables")
    assert table["files"] == 1
    assert lake.rows("SELECT * FROM people ORDER BY ALL") == before
    assert len(lake.json("history")) == 1


def test_abort_names_what_is_not_there(lake):
    assert lake.error("abort", "nosuch", code=3)["code"] == "not_found"


@pytest.fixture
def holder(lake):
    """A process that has the lake open: its query waits for a reader of its output."""
    process = lake.start("query", "--csv", "SELECT i FROM range(100000000) t(i)")
    ready, _, _ = select.select([process.stdout], [], [], 60)
    assert ready
    yield process
    process.kill()
    process.communicate()


def test_a_second_process_reads_and_is_told_who_has_the_lake(lake, holder):
    assert len(lake.json("tables")) == 1
    error = lake.error("load", "people.jsonl", "--table", "people", code=4)
    assert error["code"] == "locked"
    assert error["transient"] is True
    assert f"process {holder.pid}" in error["message"]
    holder.kill()
    holder.wait()
    assert len(lake.json("tables")) == 1


def test_a_closed_pipe_is_no_error(lake):
    done = lake.shell("hotload query --csv 'SELECT * FROM range(1000000)' | head -n 1")
    assert done.stdout == "range\n"
    assert done.stderr == ""


def is_locked(path):
    with open(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def wait_until(true):
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_ctrl_c_in_a_load_leaves_it_to_be_continued(lake):
    process = lake.start(
        *("load", "-", "--table", "people", "--load-id", "slow"), stdin=subprocess.PIPE
    )
    process.stdin.write('{"name": "Zoe"}\n')
    process.stdin.flush()
    # It reads on and on: the lake gets open, and no commit comes.
    wait_until(lambda: is_locked(lake.folder / "demo.lake" / "lock"))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--load-id slow" in err
    assert lake.rows("SELECT count(*) AS n FROM people") == [{"n": 3}]
    lake.run("load", "-", "--table", "people", "--load-id", "slow", stdin='{"name": "Zoe"}\n')
    assert lake.rows("SELECT count(*) AS n FROM people") == [{"n": 4}]
