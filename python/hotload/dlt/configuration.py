# SPDX-License-Identifier: Apache-2.0
"""What a user can set, and where a lake lies when nothing is set."""

import dataclasses
import os
import re
from typing import Annotated, Any, ClassVar, Final

from dlt.common.configuration import NotResolved, configspec
from dlt.common.configuration.exceptions import ConfigurationValueError
from dlt.common.configuration.specs import CredentialsConfiguration
from dlt.common.destination.client import DestinationClientDwhWithStagingConfiguration
from dlt.common.destination.configuration import CsvFormatConfiguration
from dlt.common.storages.configuration import WithLocalFiles
from dlt.common.typing import TSecretStrValue
from dlt.common.utils import digest128

DEFAULT_DATABASE = "main"
LAKE_NAME_PATTERN = "%s.lake"

_URL = re.compile(r"https?://", re.IGNORECASE)
_HOST_AND_PORT = re.compile(r"(?:[\w.-]+|\[[\da-f:]+\]):\d+(?:/.*)?", re.IGNORECASE)


def is_url(location: str) -> bool:
    return _URL.match(location) is not None


@configspec(init=False)
class HotloadCredentials(CredentialsConfiguration):
    """Which database: a lake's folder or a server, and the name of the database there."""

    location: str | None = None
    """Folder of the lake, or the URL of a server. Relative paths and the default lie in dlt's local
    folder; `:pipeline:` means the pipeline's working folder."""
    database: str = DEFAULT_DATABASE
    api_key: TSecretStrValue | None = None
    """Of a server. Default: the variable HOTLOAD_API_KEY."""
    workspace_id: str | None = None
    """Of a server. Default: the variable HOTLOAD_WORKSPACE_ID, or the one workspace of the key."""

    __config_gen_annotations__: ClassVar[list[str]] = ["location"]

    def __init__(
        self,
        location: str | None = None,
        database: str = DEFAULT_DATABASE,
        api_key: str | None = None,
        workspace_id: str | None = None,
    ) -> None:
        super().__init__()
        self.location = location
        self.database = database
        self.api_key = api_key
        self.workspace_id = workspace_id

    @property
    def is_server(self) -> bool:
        return is_url(self.location or "")

    def parse_native_representation(self, native_value: Any) -> None:
        if isinstance(native_value, os.PathLike):
            native_value = os.fspath(native_value)
        if not isinstance(native_value, str):
            raise ValueError(
                "Expected the folder of a lake, such as 'x.lake', or a server's URL, got"
                f" {type(native_value).__name__}."
            )
        self.location = native_value.removeprefix("file://")

    def to_native_representation(self) -> str | None:
        return self.location

    def __str__(self) -> str:
        return f"{self.location}#{self.database}"


@configspec
class HotloadClientConfiguration(WithLocalFiles, DestinationClientDwhWithStagingConfiguration):
    destination_type: Final[str] = dataclasses.field(  # type: ignore[misc]
        default="hotload", init=False, repr=False, compare=False
    )
    credentials: HotloadCredentials = None
    memory_limit_mb: int | None = None
    """What the engine may use. The first to open a lake in a process decides. A server has limits
    of its own: this, `threads`, `retention_seconds` and `auto_maintenance` are for folders."""
    threads: int | None = None
    lock_timeout_ms: int = 60_000
    """How long a commit waits for the writer before it."""
    retention_seconds: int | None = None
    """Snapshots older than this may go; all are kept by default."""
    auto_maintenance: bool = True
    csv_format: CsvFormatConfiguration | None = None
    """How CSV files are written: delimiter, include_header, encoding."""
    as_of: str | None = None
    """Read as of that load, snapshot or time; nothing can be loaded then."""
    create_database_if_missing: bool = True
    """Otherwise a missing database ends the run."""
    max_parallel_load_jobs: int | None = None
    """Jobs of dlt at once; on plain Hotdata also tables that are sent at once (there four where
    nothing is said). One where `loader_parallelism_strategy` is "sequential"."""

    server_options: Annotated[dict[str, Any], NotResolved()] = dataclasses.field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Further options of `hotload.open_workspace` for servers."""

    def on_resolved(self) -> None:
        if not self.credentials.is_server:
            if _HOST_AND_PORT.fullmatch(self.credentials.location or ""):
                raise ConfigurationValueError(
                    f"The location {self.credentials.location!r} is no folder's: a server is"
                    f" http://{self.credentials.location} or https://{self.credentials.location}."
                )
            self.credentials.location = self.make_location(
                self.credentials.location, LAKE_NAME_PATTERN
            )
        if self.max_parallel_load_jobs is not None and self.max_parallel_load_jobs < 1:
            raise ConfigurationValueError(
                f"max_parallel_load_jobs must be >= 1, got {self.max_parallel_load_jobs}"
            )
        if self.csv_format and self.csv_format.on_error_continue:
            raise ConfigurationValueError(
                "csv_format: `on_error_continue` is not supported; every line of a file is loaded"
                " or none."
            )

    def advice_on_missing_database(self) -> str:
        """What to do where the database is not there and none is to be made."""
        return "Correct its name, or let it be made: create_database_if_missing=True."

    def data_location(self) -> str:
        if not self.credentials or not self.credentials.location:
            self._no_data_location("the lake's folder is not known yet")
        where = self.credentials.location
        where = where.rstrip("/") if self.credentials.is_server else os.path.realpath(where)
        location = f"{where}#{self.credentials.database}"
        return f"{location}@{self.as_of}" if self.as_of else location

    def fingerprint(self) -> str:
        if not self.credentials or not self.credentials.location:
            return ""
        return digest128(self.data_location())

    def __str__(self) -> str:
        return str(self.credentials) if self.credentials else ""
