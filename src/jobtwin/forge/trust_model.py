"""Who may what on GitHub, as data: `init` sets it up, `doctor` compares with it.

The workflow files say the same in GitHub's words; tests/workflows holds the two together. What a
stolen key would do is told in docs/explanation/keys.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BOT_KEY = "JOBTWIN_BOT_KEY"
"""Private key of the GitHub App; every environment that speaks for the bot holds it."""
BOT_ID = "JOBTWIN_BOT_ID"
"""Variable of the repository: the App's client id."""
BOT_PERMISSIONS: Mapping[str, str] = {
    "actions": "write",  # starts the workflow that follows
    "contents": "write",  # adds records to main
    "issues": "write",  # answers claims, sets labels
    "metadata": "read",  # every App has it
    "pull_requests": "write",  # the one comment, closing and reopening
}
"""What the App is installed with. Never `workflows`: it must not change what runs."""
QUEUE_LABEL = "queue"
"""The issue on which mentors comment `/claim <twin>`."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A GitHub environment: which jobs open it, and which secrets it has for them."""

    secrets: tuple[str, ...]
    jobs: tuple[tuple[str, str], ...]
    """(workflow, job) that may name it."""
    reviewed: bool = False
    """Whether a person has to approve each time, and administrators cannot pass by."""


ENVIRONMENTS: Mapping[str, Environment] = {
    "clock": Environment(
        (
            "JOBTWIN_CLOCK_KEY",
            "JOBTWIN_SUBJECT_SECRET",
            "JOBTWIN_COHORT_SECRETS",
            "JOBTWIN_COHORT_KEYS",
            BOT_KEY,
        ),
        (("intake", "intake"), ("sweep", "sweep")),
    ),
    "grading": Environment(
        ("JOBTWIN_CLOCK_KEY", "JOBTWIN_SUBJECT_SECRET", "JOBTWIN_COHORT_SECRETS", BOT_KEY),
        (("evaluate", "prepare"), ("evaluate", "score")),
    ),
    "desk": Environment(
        (
            "JOBTWIN_DESK_KEY",
            "JOBTWIN_SUBJECT_SECRET",
            "JOBTWIN_COHORT_SECRETS",
            "JOBTWIN_COHORT_KEYS",
            BOT_KEY,
        ),
        (
            ("mentor", "claim"),
            ("mentor", "review"),
            ("decide", "decide"),
            ("attest", "ask"),
            ("attest", "record"),
        ),
    ),
    "gold": Environment(
        ("JOBTWIN_DESK_KEY", "JOBTWIN_SUBJECT_SECRET", "JOBTWIN_GOLD_SECRET", BOT_KEY),
        (("calibrate", "calibrate"),),
    ),
    "signing": Environment(
        ("JOBTWIN_ISSUER_KEY", "JOBTWIN_SUBJECT_SECRET", BOT_KEY),
        (("issue", "sign"),),
        reviewed=True,
    ),
    "github-pages": Environment((), (("publish", "deploy"),)),
}
"""Nothing is a secret of the repository or of the organisation: those every job could read."""

WITHOUT_SECRETS: tuple[tuple[str, str], ...] = (
    ("ci", "check"),
    ("ci", "test"),
    ("deep", "test"),
    ("evaluate", "run"),
    ("evaluate", "probe"),
    ("evaluate", "container"),
    ("issue", "list"),
    ("publish", "build"),
    ("publish", "stranger"),
    ("audit", "audit"),
)
"""Every other job: it opens no environment."""
UNPRIVILEGED = ("ci", "deep")
"""Workflows that run the commit they were started for; all others run the pinned engine."""
STARTED_BY_ACTS: Mapping[str, tuple[str, ...]] = {
    "evaluate": ("twin", "attempt", "slot"),
    "decide": ("twin", "attempt"),
    "issue": (),
    "calibrate": ("twin",),
}
"""Workflow → inputs that an act's `Effects.then` gives it."""
