# SPDX-License-Identifier: Apache-2.0
"""Job files that the core does not read as they lie there: those of a staging destination, and
texts of another form. Each is at hand as a file of a plain format while its block runs."""

import codecs
import csv
import gzip
import os
import shutil
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import IO, Any

from dlt.common.configuration.specs import AwsCredentialsWithoutDefaults
from dlt.common.json import json
from dlt.common.storages import FileStorage
from dlt.common.storages.configuration import FilesystemConfiguration
from dlt.common.storages.fsspec_filesystem import fsspec_from_config
from dlt.destinations.exceptions import LoadJobTerminalException
from dlt.destinations.job_impl import ReferenceFollowupJobRequest


@contextmanager
def referenced_file(file_path: str, staging: Any) -> Iterator[str]:
    """The file that a reference names. One that lies in a bucket is fetched first, as `staging`
    says: the configuration of the staging destination, if there is one."""
    url = ReferenceFollowupJobRequest.resolve_reference(file_path)
    if FilesystemConfiguration.is_local_path(url):
        yield url
    elif url.startswith("file:"):
        yield FilesystemConfiguration.make_local_path(url)
    elif staging is None:
        raise LoadJobTerminalException(
            file_path, f"it names {url}, but the pipeline has no staging destination to read it"
        )
    else:
        with TemporaryDirectory(prefix="hotload-") as folder:
            path = os.path.join(folder, os.path.basename(url))
            _fetch(url, path, staging)
            yield path


def _fetch(url: str, path: str, staging: Any) -> None:
    keys = staging.credentials
    if url.startswith("s3://") and isinstance(keys, AwsCredentialsWithoutDefaults):
        from hotload._core import fetch_object

        session = keys.to_session_credentials()
        endpoint = keys.endpoint_url or ""
        fetch_object(
            url,
            path,
            endpoint=endpoint,
            region=keys.region_name or "us-east-1",
            access_key=session["aws_access_key_id"] or "",
            secret_key=session["aws_secret_access_key"] or "",
            session_token=session["aws_session_token"] or "",
            path_style=keys.s3_url_style == "path" or bool(endpoint and not keys.s3_url_style),
        )
    else:
        filesystem, _ = fsspec_from_config(staging)
        filesystem.get_file(filesystem._strip_protocol(url), path)


@contextmanager
def unpacked(file_path: str, mode: str, **options: Any) -> Iterator[IO[Any]]:
    """A job's file, which dlt may have packed. That one is cut or damaged will not pass."""
    try:
        with FileStorage.open_zipsafe_ro(file_path, mode, **options) as file:
            yield file
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise LoadJobTerminalException(
            file_path,
            f"the gzip file is cut short or damaged ({error}). Extract and normalize again",
        ) from error


@contextmanager
def typed_jsonl_as_jsonl(file_path: str) -> Iterator[str]:
    """A line of the one is a list of rows whose values are marked with their types."""
    with TemporaryDirectory(prefix="hotload-") as folder:
        path = os.path.join(folder, "rows.jsonl")
        with unpacked(file_path, "rb") as lines, open(path, "wb") as plain:
            for line in lines:
                for row in json.typed_loadb(line):
                    json.dump(row, plain)
                    plain.write(b"\n")
        yield path


@contextmanager
def csv_as_utf8(
    file_path: str, encoding: str, names: Sequence[str], delimiter: str
) -> Iterator[str]:
    """A CSV file in UTF-8. Where `names` are given the file has no first line that names its
    columns, and gets one."""
    if not names and codecs.lookup(encoding).name in ("utf-8", "ascii"):
        yield file_path
        return
    with TemporaryDirectory(prefix="hotload-") as folder:
        path = os.path.join(folder, "rows.csv")
        with (
            unpacked(file_path, "r", encoding=encoding, newline="") as text,
            open(path, "w", encoding="utf-8", newline="") as plain,
        ):
            if names:
                csv.writer(plain, delimiter=delimiter, lineterminator="\n").writerow(names)
            shutil.copyfileobj(text, plain)
        yield path
