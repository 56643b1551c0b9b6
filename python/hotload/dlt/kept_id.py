# SPDX-License-Identifier: Apache-2.0
"""The id of the database that a pipeline has found by its name on a server, kept in the pipeline's
working folder. Names are not unique there: one of the same name that is made later is another."""

import json
import os
import threading

from hotload.dlt.configuration import HotloadClientConfiguration

FILE = "hotload_databases.json"


def kept_id(config: HotloadClientConfiguration) -> str | None:
    return _all(config).get(_key(config)) if _folder(config) else None


def keep_id(config: HotloadClientConfiguration, identity: str) -> None:
    folder = _folder(config)
    if folder is None or identity in (config.credentials.database, kept_id(config)):
        return
    ids = {**_all(config), _key(config): identity}
    # another thread of the pipeline may do the same at this moment, or read
    unfinished = os.path.join(folder, f"{FILE}.{os.getpid()}.{threading.get_ident()}")
    with open(unfinished, "w", encoding="utf-8") as file:
        json.dump(ids, file, indent=2)
    os.replace(unfinished, os.path.join(folder, FILE))


def _folder(config: HotloadClientConfiguration) -> str | None:
    """None where there is no pipeline, or its database is told by the folder that it lies in."""
    folder = config.pipeline_working_dir
    if not config.credentials.is_server or not folder or not os.path.isdir(folder):
        return None
    return folder


def _all(config: HotloadClientConfiguration) -> dict[str, str]:
    try:
        with open(os.path.join(config.pipeline_working_dir or "", FILE), encoding="utf-8") as file:
            ids: dict[str, str] = json.load(file)
            return ids
    except (FileNotFoundError, ValueError):
        return {}


def _key(config: HotloadClientConfiguration) -> str:
    keys = config.credentials
    return f"{(keys.location or '').rstrip('/')} {keys.workspace_id or ''} {keys.database}"
