# SPDX-License-Identifier: Apache-2.0
"""Turns the benchmarks' lines into bench/results.md, a table that the README shows too."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"(<!-- results: begin[^\n]*-->\n).*?(<!-- results: end -->)", re.DOTALL)


def table(results: list[dict[str, object]]) -> str:
    out = ["| work | ours | floor | ratio | target |", "| --- | --- | --- | --- | --- |"]
    for r in results:
        share = f" (dlt itself {r['dlt_share_s']:.2f} s)" if "dlt_share_s" in r else ""
        other = f"; dlt's ducklake: {r['ducklake_s']:.2f}" if "ducklake_s" in r else ""
        target = "" if r["target"] is None else str(r["target"])
        met = "" if not target or float(str(r["ratio"])) <= float(target) else " (missed)"
        out.append(
            f"| {r['work']}{share} | {r['ours_s']:.2f} | {r['floor']}: {r['floor_s']:.2f}{other}"
            f" | {r['ratio']:.2f} | {target}{met} |"
        )
    return "\n".join(out) + "\n"


def main(lines: str, results_file: str) -> None:
    results = [json.loads(line) for line in Path(lines).read_text().splitlines() if line]
    scale = os.environ.get("HOTLOAD_BENCH_SCALE", "1")
    head = (
        "# Benchmarks\n\nWritten by `script/bench`. Each row compares hotload with a floor that was"
        " measured in the same run, in seconds (memory: GiB); the ratio is ours over the floor's,"
        f" smaller is better. {os.cpu_count()} cores, {platform.system()} {platform.machine()},"
        f" scale {scale}.\n\n"
    )
    text = table(results)
    Path(results_file).write_text(head + text)
    readme = README.read_text()
    if BLOCK.search(readme):
        README.write_text(BLOCK.sub(lambda m: m[1] + text + m[2], readme))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
