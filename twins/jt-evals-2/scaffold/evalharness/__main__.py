"""The command line: `calibrate`, `run` and `online`; docs/contract.md has what they must write."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from evalharness import offline, online
from evalharness.client import Client


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="evalharness")
    acts = parser.add_subparsers(dest="act", required=True)
    for name in ("calibrate", "run"):
        act = acts.add_parser(name)
        act.add_argument("--base-url", required=True)
        act.add_argument("--out", type=Path, required=True)
        if name == "run":
            act.add_argument("--baseline", type=Path, required=True)
    watch = acts.add_parser("online")
    watch.add_argument("--trace", type=Path, required=True)
    watch.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    if given.act == "calibrate":
        result = offline.calibrate(Client(given.base_url))
    elif given.act == "run":
        baseline = json.loads(given.baseline.read_text(encoding="utf-8"))
        result = offline.run(Client(given.base_url), baseline)
    else:
        with given.trace.open(encoding="utf-8") as lines:
            result = {"alerts": online.watch(json.loads(line) for line in lines)}
    given.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(f"{given.out}: {_in_words(result)}")


def _in_words(result: dict) -> str:
    """Return what a result says, for whoever looks on."""
    if "alerts" in result:
        return f"{len(result['alerts'])} alerts"
    if "verdict" not in result:
        return "calibrated"
    failed = [check["name"] for check in result["checks"] if not check["passed"]]
    return f"{result['verdict']}, failing checks: {', '.join(failed) or 'none'}"


if __name__ == "__main__":
    main()
