# SPDX-License-Identifier: Apache-2.0
"""A branch: a fork of a pipeline's database, and a pipeline into it. Load there, look, then publish
it or throw it away. No data is copied."""

import os
import shutil
from pathlib import Path

import dlt

from hotload.dlt.configuration import HotloadCredentials
from hotload.dlt.connection import open_workspace
from hotload.dlt.history import configuration, same_destination
from hotload.error import Error
from hotload.values import DatabaseDiff, Receipt


class Branch:
    """What branch() returns. Left as a context without publish(), it is dropped."""

    def __init__(self, origin: dlt.Pipeline, name: str) -> None:
        self.name = name
        self._origin = origin
        self._config = configuration(origin)
        self._folder = os.path.join(origin.working_dir, "branches", name)
        self._forked_at = self._open_fork()
        self.pipeline = self._make_pipeline()

    def _open_fork(self) -> str:
        """The snapshot at which the branch was made, now or by an earlier process of this
        pipeline. Any other database of that name is none of ours to load into, or to drop."""
        mark = Path(self._folder, "forked_at")
        with open_workspace(self._config) as workspace:
            if workspace.has_database(self.name):
                if not mark.exists():
                    raise Error(
                        "already_exists",
                        f"There is a database {self.name!r} which is no branch of pipeline "
                        f"{self._origin.pipeline_name!r}: name the branch otherwise.",
                    )
                return mark.read_text()
            shutil.rmtree(self._folder, ignore_errors=True)
            fork = workspace.fork_database(self._config.credentials.database, self.name)
            loads = fork.history(1)
            at = str(fork.diff(str(loads[0].snapshot) if loads else "").until)
            fork.close()
        mark.parent.mkdir(parents=True)
        mark.write_text(at)
        return at

    def _make_pipeline(self) -> dlt.Pipeline:
        config = self._config
        pipeline = dlt.pipeline(
            # the pipeline's state is kept by its name
            self._origin.pipeline_name,
            pipelines_dir=self._folder,
            destination=same_destination(
                config,
                HotloadCredentials(
                    config.credentials.location,
                    self.name,
                    config.credentials.api_key,
                    config.credentials.workspace_id,
                ),
                csv_format=config.csv_format,
            ),
            dataset_name=self._origin.dataset_name,
        )
        self._origin.activate()
        return pipeline

    def diff(self) -> DatabaseDiff:
        """What publish() would bring, table by table."""
        with open_workspace(self._config) as workspace:
            return workspace.open_database(self.name).diff(self._forked_at)

    def publish(self) -> list[Receipt]:
        """Brings the branch's net change, the pipeline's state with it, into the database that it
        was made from, in one commit, and drops the branch.

        Raises: hotload.Error "failed_precondition" where that database has moved on since."""
        with open_workspace(self._config) as workspace:
            receipts = workspace.publish_database(self.name)
        self.drop()
        self._origin.sync_destination()
        return receipts

    def drop(self) -> None:
        """Throws the branch away. Nothing happens when it is gone already."""
        with open_workspace(self._config) as workspace:
            if workspace.has_database(self.name):
                workspace.drop_database(self.name)
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> "Branch":
        return self

    def __exit__(self, *exc: object) -> None:
        self.drop()


def branch(pipeline: dlt.Pipeline, name: str) -> Branch:
    """Forks the pipeline's database under that name, or goes on with the branch of that name that
    this pipeline made before.

    Raises: hotload.Error "already_exists" for a database that is no branch of this pipeline.

    Example:
        with hotload.dlt.branch(pipeline, "try") as trial:
            trial.pipeline.run(orders())
            print(trial.diff())
            trial.publish()
    """
    return Branch(pipeline, name)
