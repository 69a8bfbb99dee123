"""Tokens of the local GitHub: each says what it may do, and is signed so that none is made up.

An App's private key signs its installation tokens; GitHub itself signs those of workflow jobs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

PREFIX = "ghs_"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token may do."""

    actor: str
    """Login that acts: `jobtwin[bot]`, or `github-actions[bot]` for a job's own token."""
    repository: str
    permissions: Mapping[str, str]
    """Permission, for example `pull_requests` → `read` or `write`."""
    run: int = 0
    job: str = ""

    @property
    def starts_workflows(self) -> bool:
        """Say whether what it does starts workflows, as only an App's or a person's doing does."""
        return self.actor != "github-actions[bot]"


def mint(key: str, grant: Grant) -> str:
    """Return a token for a grant."""
    told = json.dumps(asdict(grant), sort_keys=True).encode()
    text = base64.urlsafe_b64encode(told).decode().rstrip("=")
    return f"{PREFIX}{text}.{_signature(key, text)}"


def read(token: str, keys: Mapping[str, str]) -> Grant | None:
    """Return what a token may do; None unless the key of its actor signed it."""
    text, _, signature = token.removeprefix(PREFIX).partition(".")
    if not token.startswith(PREFIX) or not signature:
        return None
    grant = Grant(**json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    key = keys.get(grant.actor)
    return grant if key and hmac.compare_digest(signature, _signature(key, text)) else None


def _signature(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:40]
