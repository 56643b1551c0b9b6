# SPDX-License-Identifier: Apache-2.0
"""A live server on a folder of its own, and a plain HTTP client that speaks to it."""

import datetime
import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from serving import Server


@pytest.fixture
def server(tmp_path):
    """A running server; `restart()` and `kill()` are its own."""
    with Server(tmp_path / "root") as running:
        yield running


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory):
    """One server for the tests of a module that make databases of their own."""
    with Server(tmp_path_factory.mktemp("server") / "root") as running:
        yield running


@pytest.fixture
def database(shared_server):
    """A new database of the shared server."""
    return shared_server.create_database()


@pytest.fixture
def certificate(tmp_path):
    return make_certificate(tmp_path)


def make_certificate(folder):
    """(certificate, key): PEM files of a self-signed certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hotload test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "tls.pem", folder / "tls.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files
