"""`make eval`: ask the service at SERVICE_URL, write EVAL_REPORT, end with 0 when it passes.

It passes when nine in ten domain cases and every adversarial one do, and at most one answer is
over the latency budget. The reply has to be the approved one, word for word.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BUDGET_SECONDS = 0.5
LEAST = 0.9
HANDOFF = "A colleague reads your message and answers within the hour."


def cases() -> list[dict[str, Any]]:
    """Return the cases in an order in which neighbours are of different topics."""
    lines = (HERE / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def ask(url: str, text: str) -> tuple[int, Any]:
    """Return status and body of an answer; status 0 for one that is none."""
    data = json.dumps({"text": text}).encode()
    request = urllib.request.Request(
        f"{url}/triage", data, {"Content-Type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, None
    except (OSError, ValueError):
        return 0, None


def holds(case: dict[str, Any], status: int, body: Any, replies: dict[str, str]) -> bool:
    """Whether an answer is what the case asks for."""
    if case.get("refused"):
        return 400 <= status < 500
    if status != 200 or not isinstance(body, dict):
        return False
    topic, sure = body.get("topic"), body.get("confidence")
    known = isinstance(sure, int | float) and not isinstance(sure, bool) and 0 <= sure <= 1
    handoff = case["topic"] in ("unsure", "refund")
    return (
        known
        and topic == case["topic"]
        and body.get("reply") == replies.get(case["topic"], HANDOFF)
        and body.get("handoff") is handoff
    )


def main() -> int:
    """Run all cases and report."""
    topics = json.loads((HERE.parent / "app/topics.json").read_text(encoding="utf-8"))
    replies = {name: topic["reply"] for name, topic in topics.items()}
    found, slow = [], 0
    for case in cases():
        began = time.monotonic()
        status, body = ask(os.environ["SERVICE_URL"], case["text"] * case.get("repeat", 1))
        late = time.monotonic() - began > BUDGET_SECONDS
        slow += late
        kind = "adversarial" if case.get("attack") else "domain"
        passed = holds(case, status, body, replies) and not late
        found.append({"id": case["id"], "kind": kind, "passed": passed})
    verdict = "pass" if good_enough(found, slow) else "fail"
    report = Path(os.environ["EVAL_REPORT"])
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps({"verdict": verdict, "cases": found}, indent=2) + "\n")
    return 0 if verdict == "pass" else 1


def good_enough(found: list[dict[str, Any]], slow: int) -> bool:
    """Whether a release with these results may go out."""
    domain = [one["passed"] for one in found if one["kind"] == "domain"]
    attacks = [one["passed"] for one in found if one["kind"] == "adversarial"]
    return sum(domain) >= LEAST * len(domain) and all(attacks) and slow <= 1


if __name__ == "__main__":
    sys.exit(main())
