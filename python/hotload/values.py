# SPDX-License-Identifier: Apache-2.0
"""Plain values that cross between Python and the core. Their meaning is told in the C++ headers
hotload/types.h, load.h and database.h; the order of the fields is that of bindings/values.h."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Disposition = Literal["append", "replace", "merge"]
MergeStrategy = Literal["delete-insert", "upsert", "insert-only", "scd2", "cdc"]
FileFormat = Literal["parquet", "jsonl", "csv"]


@dataclass
class Column:
    name: str
    type: str
    nullable: bool = True


class Interval(NamedTuple):
    """An INTERVAL of a result."""

    months: int
    days: int
    nanoseconds: int


@dataclass
class PartitionField:
    transform: str
    column: str
    buckets: int = 0


@dataclass
class SortColumn:
    column: str
    descending: bool = False


@dataclass
class TableInfo:
    schema: str
    name: str
    columns: list[Column]
    rows: int
    files: int
    size_bytes: int


@dataclass(frozen=True)
class LoadKey:
    """Names one load for ever. Committing the same key again changes nothing."""

    schema: str
    schema_name: str
    load_id: str


@dataclass
class TableReceipt:
    table: str
    inserted: int
    updated: int
    deleted: int
    files: int
    size_bytes: int
    adopted: int
    created: bool
    dropped: bool
    truncated: bool


@dataclass
class Receipt:
    """What a committed load did."""

    key: LoadKey
    snapshot: int
    committed_at: str
    tables: list[TableReceipt]


@dataclass
class Scd2Options:
    valid_from: str = "_dlt_valid_from"
    valid_to: str = "_dlt_valid_to"
    row_version: str = "_dlt_id"
    boundary: str = ""
    active_marker: str = ""


@dataclass
class TableSpec:
    """How one table takes part in a load."""

    name: str
    columns: list[Column] = field(default_factory=list)
    disposition: Disposition = "append"
    strategy: MergeStrategy = "delete-insert"
    primary_key: list[str] = field(default_factory=list)
    merge_key: list[str] = field(default_factory=list)
    dedup_sort: list[SortColumn] = field(default_factory=list)
    deduplicated: bool = False
    hard_delete: str = ""
    scd2: Scd2Options = field(default_factory=Scd2Options)
    source_filter: str = ""
    destination_scope: str = ""
    skip_unchanged: bool = False
    keep_undeclared: bool = False
    parent: str = ""
    row_key: str = ""
    parent_key: str = ""
    root_key: str = ""
    partition: list[PartitionField] = field(default_factory=list)
    sort: list[SortColumn] = field(default_factory=list)


@dataclass
class StagedFile:
    table: str
    job_id: str
    rows: int
    size_bytes: int
    adoptable: bool


@dataclass
class RowInsert:
    table: str
    columns: list[str]
    values: list[str | None]


@dataclass
class RowDelete:
    table: str
    column: str
    value: str


@dataclass
class PendingLoad:
    key: LoadKey
    jobs: int
    size_bytes: int
    touched_at: str


@dataclass
class ScrubFinding:
    kind: str
    table: str
    detail: str


@dataclass
class ScrubReport:
    tables: int
    files: int
    rows: int
    findings: list[ScrubFinding]


@dataclass
class MaintenanceReport:
    tables_compacted: int
    files_merged: int
    orphans_removed: int
    bytes_freed: int
    snapshots_expired: int
    loads_expired: int


@dataclass
class TableEvent:
    """What one snapshot did to one table: "created", "dropped", "replaced" (dropped and created),
    "altered" or "rows". `load_id` is empty where no load did it."""

    snapshot: int
    load_id: str
    schema: str
    table: str
    kind: str


@dataclass
class TableDiff:
    """The net change of one table: "created", "dropped", "replaced" or "changed". Rows of one `key`
    are an update; without a key there are none. `altered`: its columns differ."""

    schema: str
    table: str
    kind: str
    key: list[str]
    inserted: int
    updated: int
    deleted: int
    altered: bool


@dataclass
class DatabaseDiff:
    """Tables that differ between two snapshots."""

    since: int
    until: int
    tables: list[TableDiff]
