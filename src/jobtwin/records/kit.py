""".jobtwin.yml: what a kit was made from, so that `eval` and `submit` need not be told."""

from __future__ import annotations

from jobtwin.records.base import Hex64, Record, TwinId
from jobtwin.records.twin import Version


class KitOrigin(Record):
    """.jobtwin.yml in a kit: twin, version and seed; nothing in it is secret."""

    twin: TwinId
    twin_version: Version
    kit_seed: Hex64
    sealed_to: Hex64 | None = None
    """Where the cohort is sealed, the key that `submit` closes the work to."""
