# SPDX-License-Identifier: Apache-2.0
"""The load that a call belongs to. Inside a load package of dlt every call adds to one load, which
complete_load commits; outside of one each call is a load of its own, committed at once."""

import datetime
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from dlt.common.configuration.container import Container
from dlt.common.configuration.exceptions import ContextDefaultCannotBeCreated
from dlt.common.storages.load_package import (
    LoadPackageStateInjectableContext,
    ParsedLoadJobFileName,
)

from hotload.values import LoadKey

if TYPE_CHECKING:
    from hotload import Database, Load

COMPLETED: Literal["completed_jobs"] = "completed_jobs"


def now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).isoformat()


class Package:
    """A load package of dlt: its id, its state and its files."""

    def __init__(self, context: LoadPackageStateInjectableContext) -> None:
        self.load_id = context.load_id
        self._context = context

    @property
    def created_at(self) -> datetime.datetime | None:
        return self._context.state.get("created_at")

    def time_of(self, step: str) -> str:
        """When this step was first tried: a step that is repeated after a crash writes the same
        rows again, and the load keeps them once."""
        times: dict[str, str] = self._context.state.setdefault("destination_state", {}).setdefault(
            "hotload", {}
        )
        if step not in times:
            times[step] = now()
            self._context.commit()
        return times[step]

    @property
    def dropped_tables(self) -> set[str]:
        """Tables that a refresh drops; the load drops them when it commits."""
        return {table["name"] for table in self._context.state.get("dropped_tables", ())}

    @property
    def truncated_tables(self) -> set[str]:
        """Tables that a refresh empties."""
        return {table["name"] for table in self._context.state.get("truncated_tables", ())}

    def completed_jobs(self) -> list[ParsedLoadJobFileName]:
        return self._context.storage.get_load_package_jobs(self.load_id)[COMPLETED]

    def referenced_files(self) -> set[tuple[str, str]]:
        """Tables and ids of the files that went to a staging destination."""
        jobs = self._context.storage.get_load_package_jobs(self.load_id)
        return {
            (job.table_name, job.file_id)
            for in_state in jobs.values()
            for job in in_state
            if job.file_format == "reference"
        }

    def completed_path(self, job: ParsedLoadJobFileName) -> str:
        files = self._context.storage
        folder = files.get_job_state_folder_path(self.load_id, COMPLETED)
        return files.storage.make_full_path(os.path.join(folder, job.file_name()))


def current_package() -> Package | None:
    try:
        return Package(Container()[LoadPackageStateInjectableContext])
    except ContextDefaultCannotBeCreated:
        return None


@contextmanager
def load_of(
    database: "Database", dataset: str, schema_name: str, package: Package | None
) -> Iterator["Load"]:
    """The package's load, left open; or a load that is committed when the block ends well."""
    if package is not None:
        load = database.open_load(LoadKey(dataset, schema_name, package.load_id))
        try:
            yield load
        finally:
            load.close()
        return
    load = database.open_load(LoadKey(dataset, schema_name, uuid.uuid4().hex))
    try:
        try:
            yield load
        except BaseException:
            load.abort()
            raise
        # not aborted when it fails: a commit that throws may have happened
        load.commit()
    finally:
        load.close()
