"""What the gate asks for, in numbers: the brief, the scaffold and the scorer all take them here."""

from __future__ import annotations

TESTS = 10
"""Tests that are executed at least."""
CASES, ADVERSARIAL = 20, 5
"""Cases of the eval suite at least, and adversarial ones among them."""
THREATS = 8
EXAMPLES = 3
"""Different requests that service.json gives as examples, at least."""
REQUESTS = 12
"""Requests that the running service is asked, each under an id of ours."""
READY_SECONDS, STOP_SECONDS = 60, 10
DELAY_MS = 2_000
"""By which the slow mutant is late. A latency budget that the suite checks has to be below it."""
RUNBOOK_WORDS, REFLECTION_WORDS = 30, 80
"""Under each heading that is asked for."""
EVAL_SECONDS = 180
"""For one run of `make eval`."""
