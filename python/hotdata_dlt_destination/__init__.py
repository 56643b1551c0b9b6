# SPDX-License-Identifier: Apache-2.0
"""The names by which projects of the package hotdata-dlt-destination know the destination: they
change the package that they install, and nothing else. It is `hotload.dlt.hotdata`."""

from hotload.destinations import hotdata, hotdata_adapter

__all__ = ["hotdata", "hotdata_adapter"]
