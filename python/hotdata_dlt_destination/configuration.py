# SPDX-License-Identifier: Apache-2.0
"""Where projects of the package hotdata-dlt-destination have its classes of configuration from."""

from hotload.dlt.hotdata import HotdataClientConfiguration, HotdataCredentials

__all__ = ["HotdataClientConfiguration", "HotdataCredentials"]
