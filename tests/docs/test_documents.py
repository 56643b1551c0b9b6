# SPDX-License-Identifier: Apache-2.0
"""Documents name what there is: links lead somewhere, and files in backticks exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
MADE = {"bench/results.md"}  # by script/bench
FOLDERS = ("src", "include", "python", "tests", "docs", "script", "cmake", "demo", "bench", ".ci")


def prose(document):
    return re.sub(r"^```.*?^```", "", document.read_text(), flags=re.M | re.S)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", prose(document))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_in_backticks_exist(document):
    missing = []
    for text in re.findall(r"`([^`\n]+)`", prose(document)):
        path = text.split()[0]
        # NAME, GROUP and the like stand for any name.
        if path.split("/")[0] not in FOLDERS or "/" not in path or re.search("[A-Z<]", path):
            continue
        if path not in MADE and not list(ROOT.glob(path.rstrip("/"))):
            missing.append(path)
    assert missing == []
