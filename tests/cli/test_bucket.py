# SPDX-License-Identifier: Apache-2.0
"""Objects of a bucket are files like others: a local S3 server that checks signatures, and a
connection that breaks."""

import json
import socket
import threading
from contextlib import suppress

import pytest

boto3 = pytest.importorskip("boto3")
moto = pytest.importorskip("moto.server")

ROWS = 20_000
CSV = "id,name\n" + "".join(f"{n},name {n}\n" for n in range(ROWS))
KEY = "day 1/rows.csv"
ODD_KEY = "ü+&=.csv"  # the server checks no signature of such


@pytest.fixture(scope="module")
def store():
    """The address of an S3 server that knows one user, and that user's keys."""
    from moto.core.responses import ActionAuthenticatorMixin

    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    root = {"aws_access_key_id": "r", "aws_secret_access_key": "r", "region_name": "eu-north-1"}
    endpoint = f"http://{host}:{port}"
    users = boto3.client("iam", endpoint_url=endpoint, **root)
    users.create_user(UserName="loader")
    key = users.create_access_key(UserName="loader")["AccessKey"]
    allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [allowed]}
    users.put_user_policy(UserName="loader", PolicyName="reads", PolicyDocument=json.dumps(policy))
    objects = boto3.client("s3", endpoint_url=endpoint, **root)
    objects.create_bucket(
        Bucket="files", CreateBucketConfiguration={"LocationConstraint": "eu-north-1"}
    )
    for name in (KEY, ODD_KEY):
        objects.put_object(Bucket="files", Key=name, Body=CSV.encode())
    from moto import settings

    before = settings.INITIAL_NO_AUTH_ACTION_COUNT
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    ActionAuthenticatorMixin.request_count = 0
    yield {
        "AWS_ENDPOINT_URL_S3": endpoint,
        "AWS_REGION": "eu-north-1",
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }
    settings.INITIAL_NO_AUTH_ACTION_COUNT = before
    server.stop()


def load(hotload, environment, key=KEY, code=0):
    return hotload.run(
        "--lake", "t.lake", "load", f"s3://files/{key}", "--table", "t", env=environment, code=code
    )


def count(hotload):
    return json.loads(hotload.run("query", "SELECT count(*) c, sum(id) s FROM t", "--json").stdout)


def test_an_object_is_loaded_as_a_file_is(hotload, store):
    load(hotload, store)
    assert count(hotload) == {"c": ROWS, "s": sum(range(ROWS))}


@pytest.mark.parametrize(
    ("change", "key", "says"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, KEY, "SignatureDoesNotMatch"),
        ({"AWS_ACCESS_KEY_ID": "nobody"}, KEY, "InvalidAccessKeyId"),
        ({}, "none.csv", "NoSuchKey"),
    ],
)
def test_what_the_store_refuses_is_said(hotload, store, change, key, says):
    failed = load(hotload, {**store, **change}, key, code=None)
    assert failed.returncode != 0
    assert says in failed.stderr
    assert store["AWS_SECRET_ACCESS_KEY"] not in failed.stderr
    assert hotload.run("tables", "--json").stdout == ""


class CutConnections:
    """Passes bytes on, and cuts each of the first `cuts` connections after `after` bytes of its
    answer."""

    def __init__(self, endpoint, cuts, after):
        self._target = endpoint.removeprefix("http://").split(":")
        self._cuts, self._after = cuts, after
        self.made = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self._listener.accept()
            self.made += 1
            server = socket.create_connection((self._target[0], int(self._target[1])))
            limit = self._after if self.made <= self._cuts else None
            for source, sink, most in ((client, server, None), (server, client, limit)):
                threading.Thread(target=self._pass, args=(source, sink, most), daemon=True).start()

    @staticmethod
    def _pass(source, sink, most):
        passed = 0
        while data := source.recv(4096):
            if most is not None and passed + len(data) > most:
                sink.sendall(data[: most - passed])
                break
            sink.sendall(data)
            passed += len(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def test_the_rest_is_asked_for_when_the_connection_breaks(hotload, store):
    # the signature covers the address, so that this store does not check it
    from moto import settings

    settings.INITIAL_NO_AUTH_ACTION_COUNT = float("inf")
    try:
        cut = CutConnections(store["AWS_ENDPOINT_URL_S3"], cuts=3, after=len(CSV) // 4)
        load(hotload, {**store, "AWS_ENDPOINT_URL_S3": cut.endpoint}, ODD_KEY)
    finally:
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    assert cut.made == 4
    assert count(hotload) == {"c": ROWS, "s": sum(range(ROWS))}
