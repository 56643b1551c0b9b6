# SPDX-License-Identifier: Apache-2.0
"""Where projects of the package hotdata-dlt-destination may have the adapter from."""

from hotload.destinations import hotdata_adapter

__all__ = ["hotdata_adapter"]
