"""Where secrets come from: the environment of the job that needs them, or a folder.

One file or variable per secret, each in one line. `<id>:<64 hex digits>` for signing keys, 64 hex
digits for the others. An act that lacks a secret it needs says which; no act is given more.

JOBTWIN_CLOCK_KEY       clock.key        start, receive, evaluate, sweep
JOBTWIN_DESK_KEY        desk.key         claim, review, decide, calibrate
JOBTWIN_ISSUER_KEY      issuer.key       issue, revoke
JOBTWIN_SUBJECT_SECRET  subject.secret   opaque ids
JOBTWIN_COHORT_SECRETS  cohorts.secret   seeds: `<cohort>:<64 hex digits>`, several by commas
JOBTWIN_GOLD_SECRET     gold.secret      opens sealed gold sets
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobtwin.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jobtwin.credential.keys import SeedSigner

_HEX = re.compile(r"[0-9a-f]{64}")
_NAMED = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*):([0-9a-f]{64})")
VARIABLES = {
    "clock": "JOBTWIN_CLOCK_KEY",
    "desk": "JOBTWIN_DESK_KEY",
    "issuer": "JOBTWIN_ISSUER_KEY",
    "subject": "JOBTWIN_SUBJECT_SECRET",
    "cohorts": "JOBTWIN_COHORT_SECRETS",
    "gold": "JOBTWIN_GOLD_SECRET",
}
FILES = {
    "clock": "clock.key",
    "desk": "desk.key",
    "issuer": "issuer.key",
    "subject": "subject.secret",
    "cohorts": "cohorts.secret",
    "gold": "gold.secret",
}


@dataclass(frozen=True, slots=True)
class Holders:
    """The secrets that a job holds, as text; what is not there cannot be used."""

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def signer(self, name: str) -> SeedSigner:
        """Return the signer `clock`, `desk` or `issuer`; raises `EngineError` without it."""
        from jobtwin.credential.keys import SeedSigner

        found = _NAMED.fullmatch(self._need(name))
        if found is None:
            raise _malformed(name)
        return SeedSigner(found[1], bytes.fromhex(found[2]))

    @property
    def subject(self) -> bytes:
        """The secret behind opaque ids; raises `EngineError` without it."""
        return self._plain("subject")

    @property
    def gold(self) -> bytes:
        """The X25519 secret that opens gold sets; raises `EngineError` without it."""
        return self._plain("gold")

    def cohort(self, cohort_id: str) -> bytes:
        """Return a cohort's secret; raises `EngineError` without it."""
        for part in self._need("cohorts").split(","):
            found = _NAMED.fullmatch(part.strip())
            if found is None:
                raise _malformed("cohorts")
            if found[1] == cohort_id:
                return bytes.fromhex(found[2])
        raise EngineError(f"the secret of cohort `{cohort_id}` is not here", _where("cohorts"))

    def _plain(self, name: str) -> bytes:
        text = self._need(name)
        if not _HEX.fullmatch(text):
            raise _malformed(name)
        return bytes.fromhex(text)

    def _need(self, name: str) -> str:
        if name not in self.secrets:
            raise EngineError(
                f"this act needs the secret `{name}`, which is not here", _where(name)
            )
        return self.secrets[name]


def from_environment(environment: Mapping[str, str]) -> Holders:
    """Return the secrets that a job's environment holds."""
    found = {name: environment.get(variable, "") for name, variable in VARIABLES.items()}
    return Holders({name: value.strip() for name, value in found.items() if value.strip()})


def from_folder(folder: Path) -> Holders:
    """Return the secrets that lie in a folder, one file each."""
    paths = {name: folder / file for name, file in FILES.items()}
    return Holders(
        {name: path.read_text("ascii").strip() for name, path in paths.items() if path.is_file()}
    )


def _where(name: str) -> str:
    return f"set {VARIABLES[name]}, or name a folder with {FILES[name]} by --secrets"


def _malformed(name: str) -> EngineError:
    # The value itself is never shown.
    return EngineError(f"the secret `{name}` is not in the form that it must have", _where(name))
