# SPDX-License-Identifier: Apache-2.0
"""What projects of the package hotdata-dlt-destination read with."""

from hotload.dlt.hotdata_sources import hotdata_query, hotdata_table

__all__ = ["hotdata_query", "hotdata_table"]
