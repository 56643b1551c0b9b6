# SPDX-License-Identifier: Apache-2.0
"""A staging destination in a bucket, served by a local S3 server over HTTP."""

import dlt
import pytest
from dlt.common.configuration.specs import AwsCredentials
from dlt.destinations import filesystem
from hotload.destinations import hotload

boto3 = pytest.importorskip("boto3")
server = pytest.importorskip("moto.server")
pytest.importorskip("s3fs")

KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}


@pytest.fixture(scope="module")
def endpoint():
    running = server.ThreadedMotoServer(port=0)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(endpoint):
    client = boto3.client("s3", endpoint_url=endpoint, **KEYS)
    client.create_bucket(Bucket="stage")
    yield client
    for entry in client.list_objects_v2(Bucket="stage").get("Contents", ()):
        client.delete_object(Bucket="stage", Key=entry["Key"])
    client.delete_bucket(Bucket="stage")


@pytest.fixture
def pipeline(bucket, endpoint, lake, tmp_path):
    keys = AwsCredentials(endpoint_url=endpoint, s3_url_style="path", **KEYS)
    return dlt.pipeline(
        "p",
        destination=hotload(lake),
        staging=filesystem("s3://stage", credentials=keys),
        dataset_name="d",
        pipelines_dir=str(tmp_path / "pipelines"),
    )


@pytest.mark.parametrize("file_format", ["parquet", "jsonl", "csv"])
@pytest.mark.parametrize("compressed", ["true", "false"])
def test_files_are_taken_from_the_bucket(
    pipeline, bucket, query, monkeypatch, file_format, compressed
):
    plain = "false" if compressed == "true" else "true"
    monkeypatch.setenv("NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION", plain)
    rows = [{"id": n, "name": "ä", "tags": ["x"]} for n in range(100)]
    pipeline.run(rows, table_name="t", loader_file_format=file_format)
    keys = [entry["Key"] for entry in bucket.list_objects_v2(Bucket="stage")["Contents"]]
    assert any(key.startswith("d/t/") and f".{file_format}" in key for key in keys)
    assert query(pipeline, "SELECT count(*), sum(id), min(name) FROM t") == [(100, 4950, "ä")]
    assert query(pipeline, "SELECT count(*) FROM t__tags") == [(100,)]


def test_what_a_load_took_may_go_from_the_bucket(pipeline, bucket, query):
    pipeline.run([{"id": 1}], table_name="t", write_disposition="replace")
    for entry in bucket.list_objects_v2(Bucket="stage")["Contents"]:
        bucket.delete_object(Bucket="stage", Key=entry["Key"])
    assert query(pipeline, "SELECT id FROM t") == [(1,)]
    merged = {"write_disposition": "merge", "primary_key": "id"}
    pipeline.run([{"id": 1, "v": "b"}], table_name="t", **merged)
    assert query(pipeline, "SELECT id, v FROM t") == [(1, "b")]
