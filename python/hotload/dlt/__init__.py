# SPDX-License-Identifier: Apache-2.0
"""The dlt destination. factory.py is the entry; client.py tells how a load package becomes one
hotload load."""
