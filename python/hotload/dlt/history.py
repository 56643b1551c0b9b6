# SPDX-License-Identifier: Apache-2.0
"""A pipeline's dataset as an earlier load left it."""

import dlt

from hotload.destinations import hotload
from hotload.dlt.configuration import HotloadClientConfiguration


def dataset(pipeline: dlt.Pipeline, *, as_of: str) -> dlt.Dataset:
    """The pipeline's dataset as it was: right after the load with that id, at a snapshot's number,
    or at an ISO 8601 time. Tables, columns and dlt's own schema are those of then. Read-only."""
    with pipeline.destination_client() as client:
        config = client.config
    if not isinstance(config, HotloadClientConfiguration):
        raise TypeError(
            f"Pipeline {pipeline.pipeline_name!r} loads into {config.destination_type}, whose past"
            " hotload cannot read."
        )
    past = dlt.dataset(
        hotload(
            config.credentials,
            memory_limit_mb=config.memory_limit_mb,
            threads=config.threads,
            lock_timeout_ms=config.lock_timeout_ms,
            retention_seconds=config.retention_seconds,
            auto_maintenance=config.auto_maintenance,
            as_of=str(as_of),
        ),
        pipeline.dataset_name,
    )
    # the schemas that the pipeline's state named then
    past._pipeline_name = pipeline.pipeline_name
    return past
