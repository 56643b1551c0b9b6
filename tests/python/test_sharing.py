# SPDX-License-Identifier: Apache-2.0
"""Several processes on one folder: whoever holds it answers the others."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager
from pathlib import Path

import hotload
import pytest
from serving import PROGRAM, Server

SOCKET = "hotload.sock"

# It does what a line of its input says, and answers with a line.
HOLDER = """
import os, sys, hotload
from hotload import Column, LoadKey, TableSpec

lake = sys.argv[1]
workspace = hotload.open_workspace(lake)
database = workspace.open_or_create_database("main")
database.load("t", [{"id": i} for i in range(10)])

def load_two(number):
    load = database.open_load(LoadKey("main", "", f"two-{number}"))
    load.declare([TableSpec(name, [Column("n", "BIGINT")]) for name in ("a", "b")])
    for name in ("a", "b"):
        with open(f"{lake}.{name}.jsonl", "w") as file:
            file.write('{"n": %d}\\n' % number * 100)
        load.stage_file(name, "job", f"{lake}.{name}.jsonl", format="jsonl")
    load.commit()

print("ready", flush=True)
for line in sys.stdin:
    exec(line)
    print("done", flush=True)
"""


class Holder:
    def __init__(self, lake, **options):
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(lake)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            **options,
        )
        assert self.process.stdout.readline() == "ready\n"
        self.pid = self.process.pid

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def wait(self):
        assert self.process.stdout.readline() == "done\n"

    def do(self, line):
        self.tell(line)
        self.wait()

    def end(self):
        self.process.stdin.close()
        return self.process.wait(60)

    def kill(self):
        self.process.kill()
        self.process.wait(60)


@contextmanager
def held(lake, **options):
    holder = Holder(lake, **options)
    try:
        yield holder
    finally:
        holder.kill()


@pytest.fixture
def lake(tmp_path):
    return tmp_path / "x.lake"


@pytest.fixture
def holder(lake):
    with held(lake) as running:
        yield running


def count(database, table="t"):
    return database.query(f"SELECT count(*) FROM {table}").fetchall()[0][0]


def refusal(call):
    with pytest.raises(hotload.Error) as raised:
        call()
    return raised.value


def program(*arguments, code=0):
    done = subprocess.run(
        [PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def test_what_another_process_holds_can_be_read(lake, holder):
    with hotload.open_workspace(lake) as workspace:
        assert workspace.location == str(lake)
        assert workspace.list_databases() == ["main"]
        assert not workspace.has_database("other")
        database = workspace.open_or_create_database("main")
        assert count(database) == 10
        assert database.columns("main", "t")[0].name == "id"
        assert [table.rows for table in database.list_tables("main")] == [10]
        assert len(database.history()) == 1
        with database.open_session() as session:
            rows = session.query("SELECT id FROM t WHERE id < $1 ORDER BY id", [3]).fetchall()
            assert rows == [(0,), (1,), (2,)]
        holder.do("database.load('t', [{'id': 99}])")
        assert count(database) == 11
        assert len(database.diff(database.history()[1].key.load_id).tables) == 1


def test_the_program_reads_it_too(lake, holder):
    assert "10" in program("--lake", lake, "query", "SELECT count(*) FROM t")
    assert "main" in program("--lake", lake, "databases")
    assert "t" in program("--lake", lake, "tables")
    assert len(program("--lake", lake, "--json", "history").splitlines()) == 1


def test_a_reads_only_holder_refuses_at_once_and_says_what_to_do(lake, holder):
    database = hotload.open_workspace(lake).open_database("main")
    workspace = hotload.open_workspace(lake)
    session = database.open_session()
    calls = [
        lambda: database.load("t", [{"id": 1}]),
        lambda: session.query("DELETE FROM t"),
        lambda: session.query("CREATE TABLE u(i INT)"),
        lambda: workspace.create_database("other"),
        lambda: workspace.drop_database("main"),
        lambda: database.create_schema("s"),
        lambda: database.scrub(),
    ]
    begun = time.monotonic()
    for call in calls:
        error = refusal(call)
        assert (error.code, error.transient) == ("locked", True), error
        for part in (f"process {holder.pid} (", "reads alone", f"--root {lake.parent}", "Wait"):
            assert part in str(error)
    assert time.monotonic() - begun < 5
    assert count(database) == 10
    (line,) = program(*("--lake", lake, "query", "--write", "DELETE FROM t"), code=4).splitlines()
    assert f"process {holder.pid}" in line
    # who asks for a session that only reads is told what it always is
    assert refusal(lambda: database.query("DELETE FROM t")).code == "permission"


def test_readers_see_whole_loads_alone(lake, holder):
    holder.do("load_two(0)")
    holder.tell("[load_two(n) for n in range(1, 30)]")
    database = hotload.open_workspace(lake).open_database("main")
    seen = set()
    sql = "SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b), (SELECT max(n) FROM a)"
    while max(seen, default=0) < 3000:
        ((a, b, newest),) = database.query(sql).fetchall()
        assert (a, b) == ((newest + 1) * 100, (newest + 1) * 100)
        seen.add(a)
    holder.wait()
    assert len(seen) > 2


def test_a_writer_does_not_hold_readers_up(lake, holder):
    holder.do("session = database.open_session(); session.begin()")
    holder.do("_ = session.query('DELETE FROM t WHERE id < 5')")
    # the writers' door is shut, and what it does is not committed
    database = hotload.open_workspace(lake).open_database("main")
    assert count(database) == 10
    holder.do("session.commit()")
    assert count(database) == 5


def test_after_a_kill_the_next_one_takes_the_folder(lake, holder):
    assert count(hotload.open_workspace(lake).open_database("main")) == 10
    holder.kill()
    assert (lake / SOCKET).exists()  # nobody was there to take it away
    with hotload.open_workspace(lake) as workspace:
        database = workspace.open_database("main")
        assert database.load("t", [{"id": 10}]).tables[0].inserted == 1
        assert "11" in program("--lake", lake, "query", "SELECT count(*) FROM t")


def test_a_reader_whose_holder_has_gone_is_told_so(lake, holder):
    database = hotload.open_workspace(lake).open_database("main")
    result = database.query("SELECT * FROM range(50000000)")
    assert count(database) == 10
    holder.kill()
    error = refusal(lambda: count(database))
    assert (error.code, error.transient) == ("unavailable", True)
    assert str(lake) in str(error)
    assert "open it again" in str(error)
    error = refusal(result.fetchall)
    assert error.transient, error
    assert count(hotload.open_workspace(lake).open_database("main")) == 10


def test_readers_do_not_keep_the_folder_open(lake, holder):
    database = hotload.open_workspace(lake).open_database("main")
    result = database.query("SELECT * FROM range(50000000)")
    begun = time.monotonic()
    holder.do("database.close(); workspace.close()")
    # two seconds after its last use
    while (lake / SOCKET).exists():
        assert time.monotonic() - begun < 10
        time.sleep(0.05)
    assert refusal(result.fetchall).transient
    assert refusal(lambda: count(database)).transient
    own = hotload.open_workspace(lake).open_database("main")
    assert own.load("t", [{"id": 10}]).tables[0].inserted == 1
    assert holder.end() == 0


def test_a_long_query_is_ended_when_the_holder_closes(lake, holder):
    reader = subprocess.Popen(
        [
            PROGRAM,
            "--lake",
            lake,
            "query",
            "SELECT count(*) FROM range(10000000) a, range(100000) b",
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(1)
    assert reader.poll() is None
    begun = time.monotonic()
    assert holder.end() == 0
    assert time.monotonic() - begun < 10
    _, err = reader.communicate(timeout=30)
    assert reader.returncode == 4, err


def test_a_process_ends_though_others_are_connected(lake):
    with held(lake) as holder:
        database = hotload.open_workspace(lake).open_database("main")
        assert count(database) == 10
        begun = time.monotonic()
        assert holder.end() == 0
        assert time.monotonic() - begun < 5
        assert not (lake / SOCKET).exists()


def test_only_the_user_gets_to_the_socket(lake, holder):
    mode = (lake / SOCKET).lstat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    if os.geteuid() != 0:
        pytest.skip("needs another user")
    for folder in (lake, *list(lake.parents)[:-1]):
        folder.chmod(folder.stat().st_mode | 0o055)
    (lake / SOCKET).chmod(0o666)  # even then
    script = f"""
        import os, socket
        os.setuid(65534)
        end = socket.socket(socket.AF_UNIX)
        end.connect({str(lake / SOCKET)!r})
        try:
            end.sendall(b"GET /v1/workspaces HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
            print(end.recv(100))
        except OSError:
            print(b"")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "b''\n", done.stderr
    assert count(hotload.open_workspace(lake).open_database("main")) == 10


def test_a_deep_folder_is_shared_too(tmp_path):
    lake = tmp_path / ("d" * 100) / ("e" * 100) / "x.lake"
    with held(lake):
        assert count(hotload.open_workspace(lake).open_database("main")) == 10


def test_without_an_answer_it_is_the_old_error(lake, holder):
    (lake / SOCKET).unlink()
    error = refusal(lambda: hotload.open_workspace(lake))
    assert error.code == "locked"
    assert f"process {holder.pid}" in str(error)
    with socket.socket(socket.AF_UNIX) as nobody:
        nobody.bind(str(lake / SOCKET))
        assert refusal(lambda: hotload.open_workspace(lake)).code == "locked"


def test_a_forked_child_does_not_answer(lake, holder):
    assert count(hotload.open_workspace(lake).open_database("main")) == 10
    holder.do("child = os.fork() or exec('import time; time.sleep(60); os._exit(0)')")
    holder.do("open(lake + '.child', 'w').write(str(child))")
    child = int(Path(f"{lake}.child").read_text())
    try:
        database = hotload.open_workspace(lake).open_database("main")
        result = database.query("SELECT * FROM range(50000000)")
        holder.kill()
        # the child has the lock, and says nothing: nobody waits for it
        begun = time.monotonic()
        assert refusal(result.fetchall).transient
        assert refusal(lambda: count(database)).transient
        assert refusal(lambda: hotload.open_workspace(lake)).code == "locked"
        assert time.monotonic() - begun < 5
    finally:
        os.kill(child, signal.SIGKILL)


def test_a_child_that_ends_leaves_the_socket(lake, holder):
    holder.do("child = os.fork() or os._exit(0)")
    holder.do("os.waitpid(child, 0)")
    assert count(hotload.open_workspace(lake).open_database("main")) == 10


def test_a_folder_that_takes_no_socket_works_as_ever(lake):
    hotload.open_workspace(lake).open_or_create_database("main").load("t", [{"id": 1}])
    copy = lake.with_name("copy.lake")
    shutil.copytree(lake, copy, ignore=shutil.ignore_patterns(SOCKET))
    (copy / SOCKET).mkdir()  # nothing can be bound there
    workspace = hotload.open_workspace(copy)
    assert count(workspace.open_database("main")) == 1


def costs(holder):
    """Its threads, and its open files."""
    folder = Path(f"/proc/{holder.pid}")
    threads = (folder / "status").read_text().partition("Threads:")[2].split()[0]
    return int(threads), len(list((folder / "fd").iterdir()))


def test_a_holder_costs_little(lake, holder):
    threads, files = costs(holder)
    for _ in range(3):
        assert count(hotload.open_workspace(lake).open_database("main")) == 10
    more_threads, more_files = costs(holder)
    assert more_threads - threads <= 2 * os.cpu_count() + 4
    assert more_files - files <= 12


LOADER = """
import sys, hotload
database = hotload.open_workspace(sys.argv[1]).open_or_create_database("main")
for n in range(int(sys.argv[3])):
    rows = [{"who": sys.argv[2], "n": n * 100 + i} for i in range(100)]
    database.load("t", rows, load_id=f"{sys.argv[2]}-{n}")
    database.load("latest", [{"who": sys.argv[2], "n": n}], mode="upsert", key="who")
"""


def test_through_a_server_many_processes_load_at_once(tmp_path):
    lake = tmp_path / "served" / "ws1.lake"
    with Server(tmp_path / "served") as server:
        loaders = [
            subprocess.Popen([sys.executable, "-c", LOADER, lake, str(who), "8"])
            for who in range(4)
        ]
        assert [loader.wait(120) for loader in loaders] == [0] * 4
        workspace = hotload.open_workspace(lake)
        assert workspace.location == str(lake)
        database = workspace.open_database("main")
        assert count(database) == 3200
        assert count(database, "(SELECT DISTINCT who, n FROM t)") == 3200
        latest = database.query("SELECT * FROM latest ORDER BY who").fetchall()
        assert latest == [(str(who), 7) for who in range(4)]
        rows = tmp_path / "rows.csv"
        rows.write_text("a\n1\n2\n")
        program("--lake", lake, "load", rows, "--table", "c")
        program("--lake", lake, "query", "--write", "DELETE FROM c WHERE a = 1")
        assert count(database, "c") == 1
        workspace.fork_database("main", "fork")
        assert workspace.list_databases() == ["fork", "main"]
        workspace.drop_database("fork")
        server.stop()
    # the folder is as if each had had it alone
    own = hotload.open_workspace(lake)
    assert own.list_databases() == ["main"]
    assert count(own.open_database("main")) == 3200
    assert own.open_database("main").scrub().findings == []
