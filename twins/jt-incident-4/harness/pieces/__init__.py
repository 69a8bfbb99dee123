"""The four modules in which kits differ: whole files, sound, faulty and half-mended.

A kit gets one piece per module under the module's name. A piece uses nothing of the assistant's
package, so that the oracle can call the very code that a kit contains.
"""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from types import ModuleType

MODULES = {
    "find": "name_lookup",
    "latest": "leaflet_versions",
    "dose": "dose_table",
    "context": "context_window",
}
"""Published class of hallucination → the module that carries it."""

FUNCTIONS = {
    "find": "find_entries",
    "latest": "select_leaflet",
    "dose": "dose_for",
    "context": "assemble_context",
}
"""Class → the function that its module offers."""

SOUND = ("sound_a", "sound_b")
FAULTS = ("fault_a", "fault_b", "fault_c")
PARTIAL = "partial_a"
"""A plausible fix that leaves part of the class in place."""


@cache
def source(module: str, piece: str) -> str:
    """Return the text of a piece, such as `source("dose_table", "sound_a")`."""
    return Path(__file__).with_name(f"{module}_{piece}.py").read_text(encoding="utf-8")


@cache
def loaded(module: str, piece: str) -> ModuleType:
    """Return the piece as a module."""
    return importlib.import_module(f".{module}_{piece}", __package__)
