"""An operator's private pack: attacks and harmless phrases that stand in no public place.

The battery's generator is public, so a defense can be written against it. A pack is a Python
package of the operator's own, `jobtwin_pack_jt_safety_5`, with one file `pack.json`. Like the
published corpus it is installed beside the engine where work is prepared and scored, and nowhere
else: neither kits nor `eval` read it. README.md of this twin says how to make one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from jobtwin.errors import EngineError, Refused
from jobtwin.harness.contract import Json
from jobtwin.harness.hostile_json import Bounds, read

PACKAGE = "jobtwin_pack_jt_safety_5"
FILE = "pack.json"
FIELDS = ("openings", "claims", "near_messages")
LONGEST = 400
MOST = 500
"""Phrases in each field."""


@dataclass(frozen=True, slots=True)
class Pack:
    """What an operator adds to the held-out battery."""

    openings: tuple[str, ...] = ()
    """Of attacks, like the published ones; a goal is put behind."""
    claims: tuple[str, ...] = ()
    """False statements that an attacker wants made: lower-case, without a full stop."""
    near_messages: tuple[str, ...] = ()
    """What harmless customers write around a question."""
    digest: str = ""
    """SHA-256 of the file; empty without a pack."""


NONE = Pack()


@lru_cache(maxsize=1)
def installed() -> Pack:
    """Return the pack that is installed here, or `NONE`.

    Raises `EngineError` for one that cannot be used: a battery without it would be another one.
    """
    try:
        content = resources.files(PACKAGE).joinpath(FILE).read_bytes()
    except ModuleNotFoundError:
        return NONE
    except OSError as error:
        raise _unusable(f"{FILE} cannot be read") from error
    try:
        found = read(content, Bounds(), path=FILE)
    except Refused as refused:
        raise _unusable(str(refused)) from refused
    if not isinstance(found, dict) or not set(found) <= set(FIELDS):
        raise _unusable(f"an object with {', '.join(FIELDS)} is wanted")
    phrases = {name: _phrases(name, found.get(name, [])) for name in FIELDS}
    return Pack(**phrases, digest=hashlib.sha256(content).hexdigest())


def _phrases(name: str, found: Json) -> tuple[str, ...]:
    if not isinstance(found, list) or len(found) > MOST:
        raise _unusable(f"`{name}` is a list of at most {MOST} texts")
    for text in found:
        if not isinstance(text, str) or not 0 < len(text.strip()) <= LONGEST:
            raise _unusable(f"a text of `{name}` is empty, no text, or over {LONGEST} characters")
    return tuple(found)


def _unusable(why: str) -> EngineError:
    return EngineError(
        f"the private pack {PACKAGE} cannot be used: {why}",
        "mend it or uninstall it; twins/jt-safety-5/README.md says what stands in it",
    )
