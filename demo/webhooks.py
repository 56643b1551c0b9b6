# SPDX-License-Identifier: Apache-2.0
"""Example payloads of GitHub's webhooks: deeply nested JSON, a table for each kind of event."""

import json
from pathlib import Path

import dlt


def read_events(file: Path):
    """(kind, payload) of each example. `example_id` names it: examples have no id of their own."""
    for kind in json.loads(file.read_text()):
        for number, payload in enumerate(kind["examples"]):
            yield kind["name"], {"example_id": f"{kind['name']}/{number}", **payload}


@dlt.source(name="github", max_table_nesting=8)
def webhooks(file: Path, kinds=None):
    """Merged on `example_id`: what is loaded again replaces itself, nested rows included."""

    @dlt.resource(write_disposition="merge", primary_key="example_id")
    def events():
        for kind, payload in read_events(file):
            if kinds is None or kind in kinds:
                yield dlt.mark.with_table_name(payload, kind)

    return events
