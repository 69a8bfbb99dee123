"""A signed checkpoint: up to which commit an auditor found that the history holds.

It is the auditor's own word, signed with a key that whoever goes on from it names. The repository
under audit is never asked whom to trust.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from jobtwin import __version__
from jobtwin.credential.jsonbytes import parse_object
from jobtwin.errors import Refused
from jobtwin.findings import Code
from jobtwin.rules.signature import AUDIT, check_signature

if TYPE_CHECKING:
    from jobtwin.acts.audit.report import Report

NO_CHECKPOINT = Code(
    "AUD-072",
    "the file is not a checkpoint that counts",
    why="What comes before a checkpoint is taken as it is, so it must be somebody's signed word.",
    fix="Audit the whole history, write a checkpoint, and sign it.",
)
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def write_checkpoint(report: Report) -> bytes:
    """Return the checkpoint after an audit; raises `Refused` when the history does not hold."""
    if not report.ok:
        raise Refused([NO_CHECKPOINT.at("the history does not hold, so there is none")])
    data = {
        "format": 1,
        "kind": "audit-checkpoint",
        "commit": report.commit,
        "report": report.digest,
        "tool": f"jobtwin {__version__}",
    }
    return (json.dumps(data, indent=2) + "\n").encode("ascii")


def open_checkpoint(content: bytes, signature: bytes, public_key: str, path: str = "") -> str:
    """Return the commit that a checkpoint speaks of; raises `Refused` unless the key signed it.

    `signature` is what `ssh-keygen -Y sign -n jobtwin-audit@v1` writes, `public_key` a line
    `ssh-ed25519 …`. Whether main follows the commit is for the audit from there.
    """
    if found := list(check_signature(content, signature, public_key, AUDIT, path)):
        raise Refused(found)
    data = parse_object(content)
    commit = data.get("commit")
    if (data.get("format"), data.get("kind")) != (1, "audit-checkpoint"):
        raise Refused([NO_CHECKPOINT.at("it is signed, and says something else", path)])
    if not isinstance(commit, str) or not _COMMIT.fullmatch(commit) or not commit.strip("0"):
        raise Refused([NO_CHECKPOINT.at("it names no commit", path)])
    return commit
