# SPDX-License-Identifier: Apache-2.0
"""The Python of README.md runs as it stands."""

import re
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_examples_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    with_dlt, with_python = re.findall(r"```python\n(.*?)```", README.read_text(), re.S)
    names = {}
    exec(with_dlt, names)
    orders = names["pipeline"].dataset().orders.df()
    assert orders["name"].tolist() == ["first"]
    assert (tmp_path / "shop.lake" / "hotload.json").exists()
    names = {}
    exec(with_python, names)
    assert names["table"].to_pylist() == [{"id": 1, "name": "first"}]
