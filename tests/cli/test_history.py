# SPDX-License-Identifier: Apache-2.0
"""diff, changes, undo and publish."""

import pytest


@pytest.fixture
def loads(lake):
    for version in ("one", "two"):
        lake.write(f"{version}.jsonl", f'{{"name": "Ada", "born": 1815, "note": "{version}"}}\n')
        lake.run(
            *("load", f"{version}.jsonl", "--table", "notes", "--mode", "upsert"),
            *("--key", "name", "--load-id", version),
        )
    return lake


def test_changes_list_events_and_rows(loads):
    events = loads.json("changes", "--since", "one")
    assert [(e["load_id"], e["table"], e["kind"]) for e in events] == [("two", "notes", "rows")]
    rows = loads.json("changes", "notes", "--since", "one")
    assert [(r["_change"], r["_load_id"], r["note"]) for r in rows] == [
        ("update_before", "two", "one"),
        ("update_after", "two", "two"),
    ]
    assert "update_after" in loads.run("changes", "notes", "--since", "one").stdout
    assert loads.run("changes", "notes", "--csv", "--max-rows", "1").stdout.count("\n") == 2
    assert "created" in loads.run("changes").stdout


def test_diff_counts_and_shows_rows(loads):
    (table,) = loads.json("diff", "one", "two")
    assert (table["table"], table["updated"], table["key"]) == ("notes", 1, ["name"])
    assert "notes" in loads.run("diff", "one").stdout
    assert len(loads.json("diff", "one", "--table", "notes")) == 2
    assert loads.error("diff", "two", "one", code=3)["code"] == "invalid_argument"
    assert loads.error("diff", "one", "--table", "nosuch", code=3)["code"] == "not_found"


def test_undo_takes_back_once_and_says_why_not(loads):
    error = loads.error("undo", "one", code=3)
    assert error["code"] == "failed_precondition"
    assert "load two" in error["message"]
    (receipt,) = loads.json("undo", "two")
    assert receipt["key"]["load_id"] == "undo:two"
    assert loads.json("undo", "two")[0]["snapshot"] == receipt["snapshot"]
    assert loads.rows("SELECT note FROM notes") == [{"note": "one"}]
    assert loads.json("history", "--limit", "1")[0]["key"]["load_id"] == "undo:two"


def test_publish_brings_a_fork_home_or_says_what_moved(loads):
    loads.run("fork", "main", "try")
    loads.run("fork", "main", "late")
    for fork in ("try", "late"):
        loads.run("--database", fork, "load", "people.jsonl", "--table", "people")
    (receipt,) = loads.json("publish", "try")
    assert receipt["tables"][0]["inserted"] == 2
    assert loads.rows("SELECT count(*) AS n FROM people") == [{"n": 5}]
    error = loads.error("publish", "late", code=3)
    assert error["code"] == "failed_precondition"
    assert "load publish:try@" in error["message"]
    assert loads.error("publish", "main", code=3)["code"] == "invalid_argument"


def kill_at(program, point, *arguments):
    killed = program.run(*arguments, code=None, env={"HOTLOAD_FAILPOINT": point})
    assert killed.returncode == -9, killed.stderr


COMMIT = ("commit.synced", "commit.committed")


@pytest.mark.parametrize("point", ["undo.table", "undo.recorded", *COMMIT])
def test_an_undo_that_is_killed_happened_or_did_not(loads, point):
    kill_at(loads, point, "undo", "two")
    done = point == "commit.committed"
    assert loads.rows("SELECT note FROM notes") == [{"note": "one" if done else "two"}]
    assert len(loads.json("history")) == (4 if done else 3)
    loads.run("undo", "two")
    assert loads.rows("SELECT note FROM notes") == [{"note": "one"}]
    assert len(loads.json("history")) == 4
    loads.run("scrub")


@pytest.mark.parametrize("point", ["publish.table", "publish.recorded", *COMMIT])
def test_a_publish_that_is_killed_happened_or_did_not(loads, point):
    loads.run("fork", "main", "try")
    loads.run("--database", "try", "load", "people.jsonl", "--table", "people")
    loads.run("--database", "try", "undo", "two")
    kill_at(loads, point, "publish", "try")
    done = point == "commit.committed"
    state = "SELECT count(*) AS n, (SELECT note FROM notes) AS note FROM people"
    before, after = {"n": 3, "note": "two"}, {"n": 5, "note": "one"}
    assert loads.rows(state) == [after if done else before]
    loads.run("publish", "try")
    assert loads.rows(state) == [after]
    assert len(loads.json("history")) == 4
    loads.run("scrub")
