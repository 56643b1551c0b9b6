# SPDX-License-Identifier: Apache-2.0
"""dlt's tests import a module of this name, if there is one, to learn of destinations that are
not dlt's own. script/dlt-suite puts it on their path."""

import tempfile
from typing import Any

import dlt.common.time as times

NAME = "hotload"
STAGING = f"file://{tempfile.gettempdir()}/hotload-dlt-suite"
# A test that names one of these holds for a lake too.
KIN = ("duckdb", "ducklake", "postgres")

# The tests are of another release than the dlt that is installed: what was renamed in between.
RENAMED = {
    "ensure_pendulum_datetime_utc": "ensure_pendulum_datetime",
    "ensure_pendulum_datetime_non_utc": "_parse_pendulum_datetime",
}
for old, new in RENAMED.items():
    if not hasattr(times, old):
        setattr(times, old, getattr(times, new))


def register_destinations(implemented: set[str], non_sql: set[str]) -> None:
    implemented.add(NAME)


def destinations_configs(subset: Any = (), **options: Any) -> list[Any]:
    """With a folder for staging, where a test wants that; dlt itself adds one configuration for
    each SQL destination. What a test picks by name is widened, in the caller's list."""
    if isinstance(subset, list) and NAME not in subset and any(name in subset for name in KIN):
        subset.append(NAME)
    if not options.get("all_staging_configs"):
        return []
    from tests.load.utils import DestinationTestConfiguration

    return [
        DestinationTestConfiguration(
            destination_type=NAME,
            staging="filesystem",
            file_format=file_format,
            bucket_url=STAGING,
            extra_info=f"folder-{file_format}",
        )
        for file_format in ("parquet", "jsonl")
    ]
