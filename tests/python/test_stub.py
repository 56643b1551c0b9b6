# SPDX-License-Identifier: Apache-2.0
"""_core.pyi names what _core has, no more and no less."""

import ast
import dataclasses
from pathlib import Path

import hotload
from hotload import _core, values


def public_names(names):
    return {n for n in names if not n.startswith("_") or n in ("__enter__", "__exit__")}


def stubs():
    tree = ast.parse(Path(hotload.__file__).with_name("_core.pyi").read_text())
    members = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name != "ArrowStreamExporter":
            members[node.name] = {n.name for n in node.body if isinstance(n, ast.FunctionDef)}
        elif isinstance(node, ast.FunctionDef):
            members[node.name] = None
    return members


def test_the_stub_names_the_module():
    assert public_names(stubs()) == public_names(dir(_core))


def test_the_stub_names_the_methods():
    for name, methods in stubs().items():
        if methods is not None:
            assert public_names(methods) == public_names(dir(getattr(_core, name))), name


def test_every_value_crosses_with_all_its_fields(database):
    spec = hotload.TableSpec(
        "t",
        [hotload.Column("id", "BIGINT", False)],
        disposition="merge",
        strategy="upsert",
        primary_key=["id"],
        partition=[hotload.PartitionField("identity", "id")],
        sort=[hotload.SortColumn("id", True)],
    )
    load = database.open_load(hotload.LoadKey("main", "s", "l"))
    load.declare([spec])
    receipt = load.commit()
    assert dataclasses.asdict(receipt.key) == {
        "schema": "main",
        "schema_name": "s",
        "load_id": "l",
    }
    (table,) = [t for t in receipt.tables if t.table == "t"]
    assert (table.created, table.inserted) == (True, 0)
    assert {f.name for f in dataclasses.fields(values.TableReceipt)} == set(vars(table))
