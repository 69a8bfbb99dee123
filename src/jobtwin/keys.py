"""Where secrets come from: the environment of the job that needs them, or a folder.

One file or variable per secret, each in one line. `<id>:<64 hex digits>` for signing keys, 64 hex
digits for the others. An act that lacks a secret it needs says which; no act is given more. A
signing key may be `command:<id>:<path>` instead: then a program signs, and the key stays with it.

JOBTWIN_CLOCK_KEY       clock.key        start, receive, evaluate, sweep, appeal
JOBTWIN_DESK_KEY        desk.key         claim, review, decide, calibrate, attest
JOBTWIN_ISSUER_KEY      issuer.key       issue, revoke
JOBTWIN_SUBJECT_SECRET  subject.secret   opaque ids
JOBTWIN_COHORT_SECRETS  cohorts.secret   seeds: `<cohort>:<64 hex digits>`, several by commas
JOBTWIN_COHORT_KEYS     cohort-keys.secret  opens sealed reviews: `<cohort>:<64 hex digits>`, …
JOBTWIN_GOLD_SECRET     gold.secret      opens sealed gold sets
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobtwin.errors import EngineError, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.credential.keys import Signer

_HEX = re.compile(r"[0-9a-f]{64}")
_NAMED = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*):([0-9a-f]{64})")
_COMMAND = re.compile(r"command:([a-z0-9]+(?:-[a-z0-9]+)*):(/[^\x00-\x1f\x7f]+)")
VARIABLES = {
    "clock": "JOBTWIN_CLOCK_KEY",
    "desk": "JOBTWIN_DESK_KEY",
    "issuer": "JOBTWIN_ISSUER_KEY",
    "subject": "JOBTWIN_SUBJECT_SECRET",
    "cohorts": "JOBTWIN_COHORT_SECRETS",
    "cohort_keys": "JOBTWIN_COHORT_KEYS",
    "gold": "JOBTWIN_GOLD_SECRET",
}
FILES = {
    "clock": "clock.key",
    "desk": "desk.key",
    "issuer": "issuer.key",
    "subject": "subject.secret",
    "cohorts": "cohorts.secret",
    "cohort_keys": "cohort-keys.secret",
    "gold": "gold.secret",
}


@dataclass(frozen=True, slots=True)
class Holders:
    """The secrets that a job holds, as text; what is not there cannot be used."""

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def signer(self, name: str) -> Signer:
        """Return the signer `clock`, `desk` or `issuer`; raises `EngineError` without it."""
        from jobtwin.credential.keys import SeedSigner

        if program := _COMMAND.fullmatch(self._need(name)):
            return SigningProgram(program[1], Path(program[2]))
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
        return self._of_cohort("cohorts", cohort_id, "secret")

    def cohort_key(self, cohort_id: str) -> bytes:
        """Return the X25519 secret that opens a cohort's boxes; raises `EngineError` without it."""
        return self._of_cohort("cohort_keys", cohort_id, "key")

    @property
    def cohort_keys(self) -> tuple[bytes, ...]:
        """The X25519 secrets of all cohorts; raises `EngineError` without any."""
        return tuple(self.keys_of_cohorts.values())

    @property
    def keys_of_cohorts(self) -> dict[str, bytes]:
        """Cohort → its X25519 secret, for all that are here; raises `EngineError` without any."""
        named = (part.strip().partition(":")[0] for part in self._need("cohort_keys").split(","))
        return {name: self.cohort_key(name) for name in named}

    def _of_cohort(self, name: str, cohort_id: str, what: str) -> bytes:
        for part in self._need(name).split(","):
            found = _NAMED.fullmatch(part.strip())
            if found is None:
                raise _malformed(name)
            if found[1] == cohort_id:
                return bytes.fromhex(found[2])
        raise EngineError(f"the {what} of cohort `{cohort_id}` is not here", _where(name))

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


@dataclass(frozen=True)
class SigningProgram:
    """A signer behind a program of the operator's: a key service, a hardware module, an agent.

    The program is run once for each request, without arguments or shell. It reads one JSON object
    from stdin and writes one to stdout, and ends with 0:
    `{"format": 1, "do": "public-key", "key": ID}` is answered by `{"public_key": "z6Mk…"}`,
    `{"format": 1, "do": "sign", "key": ID, "payload": BASE64URL}` by `{"signature": BASE64URL}`
    (Ed25519, RFC 8032, over the payload's bytes). Every signature is verified before it is used.
    """

    key_id: str
    path: Path
    timeout: float = 30.0
    """Seconds for one answer."""

    @cached_property
    def public_key(self) -> bytes:
        """The 32 bytes of the public half; raises `EngineError`."""
        from jobtwin.credential.keys import from_multikey

        try:
            return from_multikey(self._ask("public-key").get("public_key"))
        except Refused as error:
            raise self._failed(f"its public key is none: {error.message}") from error

    def sign(self, payload: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature of `payload`; raises `EngineError`."""
        from jobtwin.credential.keys import base64url_decode, base64url_encode, is_signature

        answer = self._ask("sign", payload=base64url_encode(payload))
        try:
            signature = base64url_decode(str(answer.get("signature")))
        except ValueError as error:
            raise self._failed("its signature is not base64url") from error
        if not is_signature(self.public_key, payload, signature):
            raise self._failed("its signature does not hold with its public key")
        return signature

    def _ask(self, what: str, **more: str) -> dict[str, Any]:
        request = json.dumps({"format": 1, "do": what, "key": self.key_id} | more)
        # It has its own way to the key, and needs none of the other secrets of this job.
        own = {name: v for name, v in os.environ.items() if name not in VARIABLES.values()}
        try:
            done = subprocess.run(
                [str(self.path)],
                input=request.encode("ascii"),
                capture_output=True,
                timeout=self.timeout,
                env=own,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise self._failed(f"it gave no answer within {self.timeout:g} seconds") from error
        except OSError as error:
            raise self._failed(f"it cannot be run: {error.strerror}") from error
        if done.returncode != 0:
            raise self._failed(f"it ended with {done.returncode}{_last_words(done.stderr)}")
        return self._answer(done.stdout)

    def _answer(self, content: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(content) if len(content) <= _LONGEST_ANSWER else None
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise self._failed("its answer is not one short JSON object")
        return answer

    def _failed(self, why: str) -> EngineError:
        return EngineError(
            f"the program that signs as `{self.key_id}` failed: {why}",
            f"run {self.path} by hand; docs/explanation/keys.md has the protocol",
        )


_LONGEST_ANSWER = 4096


def _last_words(stderr: bytes) -> str:
    text = "".join(c if c.isprintable() else " " for c in stderr.decode("utf-8", "replace"))
    return f" and said: {text.strip()[-200:]}" if text.strip() else ""


@dataclass(frozen=True, slots=True)
class _Under:
    key_id: str
    signer: Signer

    @property
    def public_key(self) -> bytes:
        return self.signer.public_key

    def sign(self, payload: bytes) -> bytes:
        return self.signer.sign(payload)


def under(key_id: str, signer: Signer) -> Signer:
    """Return the same signer under another id: a record names it otherwise than a proof."""
    return _Under(key_id, signer)


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
