# SPDX-License-Identifier: Apache-2.0
"""A pipeline's working folder names its destination `hotdata_dlt_destination.factory.hotdata`."""

from hotload.destinations import hotdata

__all__ = ["hotdata"]
