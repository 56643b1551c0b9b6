# SPDX-License-Identifier: Apache-2.0
"""Random sequences of loads into the core, interrupted at random, against rows in memory.

A group of sequences shares the loads of a lake, each in a table of its own with its own schema,
hints and rows: five loads of ten rows or more. HOTLOAD_TEST_CORE_SEQUENCES says how many sequences
there are in all (.ci/run: 2000), HOTLOAD_TEST_SEED makes others of them.
"""

import datetime
import itertools
import os
import random
import sys
import tempfile
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hotload.values import Column, LoadKey, PartitionField, SortColumn, TableSpec
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from core_loads import INTERRUPTIONS, KILLED_AT, KILLED_ONCE_AT, Lake, Part
from reference import Table

SEQUENCES = int(os.environ.get("HOTLOAD_TEST_CORE_SEQUENCES", 100))
SEED = int(os.environ.get("HOTLOAD_TEST_SEED", 0))
WORKERS = 4
GROUP = 25
LOADS = 5
WAYS = ["append", "replace", "delete-insert", "upsert", "insert-only", "cdc", "scd2"]
UTC = datetime.timezone.utc
TYPES = {
    "BIGINT": (pa.int64(), lambda r: r.choice([0, -1, 2**62, r.randrange(9)])),
    "VARCHAR": (pa.string(), lambda r: r.choice(["", "a", "Ä'\"\n\\", "x" * r.randrange(40)])),
    "DOUBLE": (pa.float64(), lambda r: r.choice([0.5, -1e300, float(r.randrange(9))])),
    "BOOLEAN": (pa.bool_(), lambda r: r.random() < 0.5),
    "BLOB": (pa.binary(), lambda r: r.randbytes(r.randrange(4))),
    "DATE": (pa.date32(), lambda r: datetime.date(1 + r.randrange(3000), 2, 3)),
    "DECIMAL(38,9)": (pa.decimal128(38, 9), lambda r: Decimal(r.randrange(-9, 9)) / 8),
    "TIMESTAMP WITH TIME ZONE": (
        pa.timestamp("us", tz="UTC"),
        lambda r: datetime.datetime(1969 + r.randrange(90), 1, 2, 3, 4, 5, r.randrange(10**6), UTC),
    ),
}
AS_JSON = {"BIGINT", "VARCHAR", "BOOLEAN", "DATE"}
numbers = itertools.count()


@st.composite
def tables(draw, way):
    """How one sequence loads: hints, schema, layout, and the seed of its rows."""
    merges = way not in ("append", "replace", "scd2")
    keys = [] if not merges else draw(st.sampled_from([["id"], ["id"], ["id", "region"]]))
    merge_key = merges and way in ("delete-insert", "cdc") and draw(st.booleans())
    if way == "delete-insert" and draw(st.integers(0, 5)) == 0:
        keys = []
    return {
        "way": way,
        "keys": keys,
        "merge_key": ["day"] if merge_key else [],
        "hard_delete": draw(st.sampled_from(["", "BOOLEAN", "VARCHAR"])) if keys else "",
        "dedup": draw(st.sampled_from([None, True, False])) if way == "delete-insert" else None,
        "filtered": way in ("delete-insert", "upsert") and bool(keys) and draw(st.booleans()),
        "skip": way in ("upsert", "cdc") and draw(st.booleans()),
        "nested": way != "scd2" and draw(st.integers(0, 3)) == 0,
        "types": draw(st.lists(st.sampled_from(sorted(TYPES)), min_size=1, max_size=3)),
        "later": draw(st.sampled_from(sorted(TYPES))),
        "later_from": draw(st.integers(0, LOADS)),
        "layout": draw(st.sampled_from(["", "", "partition", "bucket", "sort"])),
        "emptied": draw(st.sampled_from(["", "", "", "truncated", "dropped"])),
        "emptied_at": draw(st.integers(1, LOADS - 1)),
        "seed": draw(st.integers(0, 2**32)),
    }


@st.composite
def groups(draw):
    interruption = st.tuples(
        st.sampled_from(INTERRUPTIONS),
        st.one_of(
            st.sampled_from(KILLED_ONCE_AT),
            st.builds("{}:{}".format, st.sampled_from(KILLED_AT), st.integers(1, 30)),
        ),
    )
    ways = draw(st.permutations([WAYS[n % len(WAYS)] for n in range(GROUP)]))
    return [draw(tables(way)) for way in ways], [draw(interruption) for _ in range(LOADS)]


class Sequence:
    """One table of the lake and its reference, load by load."""

    def __init__(self, name, how, coverage):
        self.name, self.how, self.coverage = name, how, coverage
        self.random = random.Random(how["seed"])
        self.columns = {"id": "BIGINT", "region": "VARCHAR", "day": "BIGINT", "n": "INTEGER"}
        self.columns |= {f"c{i}": kind for i, kind in enumerate(how["types"])}
        if how["hard_delete"]:
            self.columns["gone"] = how["hard_delete"]
        if how["dedup"] is not None:
            self.columns["at"] = "BIGINT"
        self.table = Table(
            how["way"],
            primary_key=tuple(how["keys"]) or None,
            merge_key="day" if how["merge_key"] else None,
            hard_delete="gone" if how["hard_delete"] else None,
            dedup_sort="at" if how["dedup"] is not None else None,
            ascending=how["dedup"] is False,
            skip_unchanged=how["skip"],
            where=(lambda row: (row["n"] or 0) > 0) if how["filtered"] else (lambda row: True),
        )

    def parts(self, load):
        how = self.how
        if load == how["later_from"]:
            self.columns["later"] = how["later"]
        if load == LOADS // 2:
            self.columns["n"] = "BIGINT"  # wider than it was
        rows = self._rows(load)
        emptied = how["emptied"] if load == how["emptied_at"] else ""
        if emptied:
            self.table.rows, self.table.retired = [], []
            self.coverage[emptied] += 1
        self.table.load([dict(row) for row in rows])
        self._count(rows)
        root, nested = self._specs()
        parts = [Part(root, self._schema(root), self._jobs(load, rows), emptied == "truncated")]
        parts[0].dropped = emptied == "dropped"
        if nested:
            tags = [tag for row in rows for tag in self._tags(row)]
            parts.append(Part(nested, self._schema(nested), [("stream", tags)]))
            parts[1].truncated, parts[1].dropped = parts[0].truncated, parts[0].dropped
        return parts

    def _rows(self, load):
        rng, how = self.random, self.how
        rows, seen = [], set()
        wanted = 10 + rng.randrange(4)
        for number in itertools.count():
            if len(rows) == wanted:
                break
            row = {
                "id": rng.randrange(16),
                "region": rng.choice(["eu", "us"]),
                "day": rng.choice([None, 1, 2, 3]),
                "n": rng.choice([None, -1, 5, 2**31 - 1]),
            }
            for name, kind in self.columns.items():
                if name not in row and name not in ("gone", "at"):
                    row[name] = None if rng.random() < 0.2 else TYPES[kind][1](rng)
            if how["hard_delete"] == "BOOLEAN":
                row["gone"] = rng.choice([None, False, False, True])
            elif how["hard_delete"]:
                row["gone"] = rng.choice([None, None, None, "by hand"])
            if how["dedup"] is not None:
                row["at"] = number
            key = tuple(row[k] for k in how["keys"])
            if how["way"] in ("upsert", "insert-only", "cdc") and key in seen:
                continue
            seen.add(key)
            if how["way"] == "scd2":
                row["id"] = number  # no row twice in one load
                row["_dlt_id"] = repr(sorted(row.items()))
            elif how["way"] in ("upsert", "insert-only", "cdc"):
                row["_dlt_id"] = repr(key)
            else:
                row["_dlt_id"] = f"{load}/{number}"
            if how["nested"]:
                row["tags"] = [rng.choice("xyz") for _ in range(rng.randrange(3))]
            rows.append(row)
        if how["dedup"] is not None:
            for row, at in zip(rows, rng.sample(range(99), len(rows)), strict=True):
                row["at"] = at
        return rows

    def _count(self, rows):
        self.coverage["rows"] += len(rows)
        self.coverage["nested rows"] += sum(len(row.get("tags", ())) for row in rows)
        self.coverage["nulls"] += sum(value is None for row in rows for value in row.values())
        self.coverage["rows that delete"] += sum(self.table._is_deleted(row) for row in rows)
        keys = Counter(tuple(row[k] for k in self.how["keys"]) for row in rows)
        self.coverage["repeated keys"] += len(rows) - len(keys) if self.how["keys"] else 0

    def _jobs(self, load, rows):
        """The rows as one to three files, of formats that can hold them."""
        formats = ["stream", "parquet"]
        if set(self.columns.values()) <= AS_JSON | {"INTEGER"}:
            formats.append("jsonl")
        cuts = sorted(self.random.sample(range(1, len(rows)), min(len(rows) - 1, load % 3)))
        plain = [{k: v for k, v in row.items() if k != "tags"} for row in rows]
        jobs = []
        for start, end in itertools.pairwise([0, *cuts, len(rows)]):
            jobs.append((self.random.choice(formats), plain[start:end]))
            self.coverage[f"{jobs[-1][0]} files"] += 1
        return jobs

    def _tags(self, row):
        for index, value in enumerate(row["tags"]):
            key = row["_dlt_id"]
            yield {
                "value": value,
                "_dlt_id": f"{key}/{index}",
                "_dlt_parent_id": key,
                "_dlt_root_id": key,
            }

    def _specs(self):
        how = self.how
        way = how["way"]
        disposition = way if way in ("append", "replace") else "merge"
        spec = TableSpec(
            self.name,
            [Column(name, kind) for name, kind in (self.columns | {"_dlt_id": "VARCHAR"}).items()],
            disposition=disposition,
            row_key="_dlt_id",
        )
        if disposition == "merge":
            spec.strategy = way
            spec.primary_key, spec.merge_key = how["keys"], how["merge_key"]
            spec.hard_delete = "gone" if how["hard_delete"] else ""
            spec.skip_unchanged = how["skip"]
            spec.source_filter = "n > 0" if how["filtered"] else ""
            if how["dedup"] is not None and how["keys"]:
                spec.dedup_sort = [SortColumn("at", how["dedup"])]
        if how["layout"] == "partition":
            spec.partition = [PartitionField("identity", "region")]
        elif how["layout"] == "bucket":
            spec.partition = [PartitionField("bucket", "id", 3)]
        elif how["layout"] == "sort":
            spec.sort = [SortColumn("day"), SortColumn("id", True)]
        if not how["nested"]:
            return spec, None
        names = ["value", "_dlt_id", "_dlt_parent_id", "_dlt_root_id"]
        nested = TableSpec(
            f"{self.name}__tags",
            [Column(name, "VARCHAR") for name in names],
            disposition=disposition,
            strategy=spec.strategy,
            parent=self.name,
            row_key="_dlt_id",
            parent_key="_dlt_parent_id",
            root_key="_dlt_root_id" if self.how["seed"] % 2 else "",
        )
        return spec, nested

    def _schema(self, spec):
        kinds = {name: kind for name, (kind, _) in TYPES.items()} | {"INTEGER": pa.int32()}
        return pa.schema([(column.name, kinds[column.type]) for column in spec.columns])

    def check(self, lake):
        names = list(self.columns)
        found = Counter(
            (tuple(row.get(name) for name in names), row.get("_dlt_valid_to") is None)
            for row in lake.rows(f"SELECT * FROM s.{self.name}")
        )
        tags = Counter()
        if self.how["nested"]:
            joined = (
                f"SELECT t.id, n.value FROM s.{self.name}__tags n"
                f" LEFT JOIN s.{self.name} t ON n._dlt_parent_id = t._dlt_id"
            )
            tags.update((row["id"], row["value"]) for row in lake.rows(joined))
        expected = self.table.counts(names)
        assert (found, tags) == expected, self.how


@pytest.fixture
def folder():
    """In memory where there is such a folder: what is killed is a process, not the machine."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as path:
        yield Path(path)


@pytest.mark.parametrize("worker", range(WORKERS))
def test_loads_are_what_they_would_be_in_memory(worker, folder, capsys):
    coverage = Counter()
    lake = Lake(folder / "x.lake")
    first = True

    @seed(SEED + worker)
    @settings(
        max_examples=1 + max(1, SEQUENCES // WORKERS // GROUP),
        deadline=None,
        database=None,
        phases=[Phase.generate],  # a failure names the sequence, and its seed makes it again
        suppress_health_check=list(HealthCheck),
    )
    @given(groups())
    def check(group):
        nonlocal first
        if first:  # the simplest there is, the same in all workers
            first = False
            return
        hows, interruptions = group
        number = next(numbers)
        sequences = [Sequence(f"t{number}_{i}", how, coverage) for i, how in enumerate(hows)]
        for load, (interruption, point) in enumerate(interruptions):
            parts = [part for sequence in sequences for part in sequence.parts(load)]
            lake.load(LoadKey("s", "", f"{number}-{load}"), parts, interruption, point)
            coverage[interruption] += 1
            if load == LOADS - 1:
                for sequence in sequences:
                    sequence.check(lake)
        for sequence in sequences:
            coverage["sequences"] += 1
            coverage[sequence.how["way"]] += 1
            coverage["loads of a table"] += LOADS

    check()
    assert lake.pending() == []
    lake.close()
    coverage["processes killed"] = lake.killed
    with capsys.disabled():
        print("\n  " + ", ".join(f"{name}: {n}" for name, n in sorted(coverage.items())))
