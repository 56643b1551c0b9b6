# SPDX-License-Identifier: Apache-2.0
"""The lakes that this process has open. dlt makes a client for every job and every read: they
share one workspace, which stays open for a while after the last of them, since the next is on
its way. Thread-safe. At exit whatever is open is closed."""

import atexit
import os
import threading
from typing import TYPE_CHECKING, Dict, Optional

from hotload.dlt.configuration import HotloadClientConfiguration

if TYPE_CHECKING:
    from hotload import Database, Workspace

LINGER_SECONDS = 3.0


class Lake:
    """One open workspace and how many use it."""

    def __init__(self, location: str, workspace: "Workspace") -> None:
        self.location = location
        self.workspace = workspace
        self.users = 0
        self.closing: Optional[threading.Timer] = None


class LakePool:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lakes: Dict[str, Lake] = {}

    def borrow(self, config: HotloadClientConfiguration) -> "Lake":
        import hotload

        location = os.path.realpath(config.credentials.location)
        with self._lock:
            lake = self._lakes.get(location)
            if lake is None:
                limit = config.memory_limit_mb
                workspace = hotload.open_workspace(
                    location,
                    memory_limit_bytes=None if limit is None else limit * 1024 * 1024,
                    threads=config.threads,
                    lock_timeout_ms=config.lock_timeout_ms,
                    retention_seconds=config.retention_seconds,
                    auto_maintenance=config.auto_maintenance,
                )
                lake = self._lakes[location] = Lake(location, workspace)
            if lake.closing is not None:
                lake.closing.cancel()
                lake.closing = None
            lake.users += 1
            return lake

    def give_back(self, lake: "Lake") -> None:
        with self._lock:
            lake.users -= 1
            if lake.users == 0 and self._lakes.get(lake.location) is lake:
                timer = threading.Timer(LINGER_SECONDS, self._close_idle, [lake])
                timer.daemon = True
                lake.closing = timer
                timer.start()

    def close_all(self) -> None:
        with self._lock:
            lakes, self._lakes = list(self._lakes.values()), {}
        for lake in lakes:
            if (timer := lake.closing) is not None:
                timer.cancel()
                timer.join()
            lake.workspace.close()

    def _close_idle(self, lake: "Lake") -> None:
        with self._lock:
            if lake.closing is not threading.current_thread():
                return
            self._lakes.pop(lake.location, None)
            # under the lock: whoever opens the folder next must find it closed
            lake.workspace.close()


_pool = LakePool()
atexit.register(lambda: _pool.close_all())


def pool() -> LakePool:
    return _pool


def _forget_in_child() -> None:
    global _pool
    _pool = LakePool()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)

