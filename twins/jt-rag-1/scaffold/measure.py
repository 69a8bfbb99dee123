"""`make eval`: start the service on the kit's corpus, ask the development questions, report.

Writes figures by stratum with 95 % intervals, and every answer they were worked out from. The
grade runs `make eval` again on the same corpus and works the figures out of these answers.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import mean

READY_SECONDS, QUERY_SECONDS = 900, 10
PATIENCE = 3
"""After so many questions without an answer, one after the other, no more are asked."""


class Unix(http.client.HTTPConnection):
    def __init__(self, place: Path) -> None:
        super().__init__("service", timeout=QUERY_SECONDS)
        self.place = place

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.place))


def call(place: Path, method: str, path: str, body: dict | None = None) -> dict | None:
    connection = Unix(place)
    try:
        content = json.dumps(body) if body is not None else None
        connection.request(method, path, content, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read())
        return answer if response.status == 200 else None
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()


@contextmanager
def service(data: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "service.sock"
        surroundings = {**os.environ, "JOBTWIN_DATA": str(data), "JOBTWIN_SOCKET": str(place)}
        started = subprocess.Popen([sys.executable, "-m", "ragservice"], env=surroundings)
        try:
            until = time.monotonic() + READY_SECONDS
            while call(place, "GET", "/healthz") is None:
                if started.poll() is not None or time.monotonic() > until:
                    sys.exit("the service did not become ready")
                time.sleep(0.2)
            yield place
        finally:
            started.kill()
            started.wait()


def ask_all(place: Path, questions: list[dict]) -> dict[str, dict]:
    answers, silent = {}, 0
    for question in questions:
        answer = call(place, "POST", "/query", {"query": question["query"], "top_k": 10})
        silent = silent + 1 if answer is None else 0
        if silent == PATIENCE:
            break
        if answer is not None:
            answers[question["id"]] = answer
    return answers


def worth(question: dict, answer: dict) -> dict[str, float]:
    ranked = list(dict.fromkeys(one["doc_id"] for one in answer.get("results", [])))[:10]
    rank = ranked.index(question["doc_id"]) + 1 if question["doc_id"] in ranked else 0
    given = [(one["doc_id"], one["page"]) for one in answer.get("citations", [])]
    right = (question["doc_id"], question["page"])
    found = {
        "recall_at_5": float(1 <= rank <= 5),
        "mrr_at_10": 1 / rank if rank else 0.0,
        "citation_accuracy": (right in given) / len(given) if 1 <= len(given) <= 3 else 0.0,
    }
    if question["superseded"]:
        found["superseded_cited"] = float(any(name in question["superseded"] for name, _ in given))
    return found


def interval(values: list[float]) -> list[float]:
    chance = random.Random(1)
    means = sorted(mean(chance.choices(values, k=len(values))) for _ in range(1000))
    return [round(means[25], 4), round(means[974], 4)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    data = Path(os.environ.get("JOBTWIN_DATA", "data")).resolve()
    lines = (data / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line) for line in lines]
    with service(data) as place:
        answers = ask_all(place, questions)
    rows = defaultdict(lambda: defaultdict(list))
    for question in questions:
        for name, value in worth(question, answers.get(question["id"], {})).items():
            rows["all"][name].append(value)
            rows[question["stratum"]][name].append(value)
    figures = {s: {n: round(mean(v), 4) for n, v in own.items()} for s, own in rows.items()}
    intervals = {s: {n: interval(v) for n, v in own.items()} for s, own in rows.items()}
    for stratum, own in figures.items():
        told = (f"{n} {v:.2f} [{intervals[stratum][n][0]:.2f}, {intervals[stratum][n][1]:.2f}]" for n, v in own.items())
        print(f"{stratum:<15} n={len(rows[stratum]['recall_at_5']):<4} {'  '.join(told)}")
    report = {"figures": figures, "intervals": intervals, "answers": answers}
    given.out.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
