# SPDX-License-Identifier: Apache-2.0
"""Every Python example of docs/dlt-options.md runs as it stands, in a folder of its section."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "dlt-options.md"


def sections():
    """The document's code by headings; what comes before the first belongs to all."""
    preamble, *parts = re.split(r"^## ", DOCUMENT.read_text(), flags=re.M)
    for part in parts:
        title, _, text = part.partition("\n")
        yield title, code_of(preamble) + code_of(text)


def code_of(text):
    return "\n".join(re.findall(r"^```python\n(.*?)^```", text, flags=re.M | re.S))


@pytest.mark.parametrize(("title", "code"), sections(), ids=lambda value: value.partition("\n")[0])
def test_an_example_runs(title, code, tmp_path):
    script = tmp_path / "example.py"
    script.write_text(code)
    environment = os.environ | {
        "DLT_DATA_DIR": str(tmp_path / "data"),
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "CRITICAL",
    }
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]


def test_the_table_leads_to_each_section():
    named = re.findall(r"^\| \[(.+?)\]\(#(.+?)\)", DOCUMENT.read_text(), flags=re.M)
    titles = [title for title, _ in sections()]
    assert [name.lower() for name, _ in named] == [title.lower() for title in titles]
    assert [anchor for _, anchor in named] == [t.lower().replace(" ", "-") for t in titles]
